//! The clock that moves: forwards, each due item once and at its own instant.

use serde_json::json;
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{
    START, advance, bare, client, code, deployed, error_code, mutate, open_tasks, operator,
    started, timed,
};

#[tokio::test]
async fn timers_fire_at_their_instant_and_once() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &timed()).await;
    let instances = [
        started(&operator, "timed").await,
        started(&operator, "timed").await,
    ];
    assert_eq!(advance(&operator, "2026-03-05T09:59:59+08:00").await, 0);
    assert!(open_tasks(&operator, &instances[0]).await.is_empty());
    assert_eq!(advance(&operator, "2026-03-09T00:00:00+08:00").await, 2);
    assert_eq!(advance(&operator, "2026-04-09T00:00:00+08:00").await, 0);
    for instance in &instances {
        assert_eq!(open_tasks(&operator, instance).await.len(), 1);
        let query = "query ($id: ID!) { processInstance(id: $id) { userTasks { nodes { createdAt } } history { nodes { at } } } }";
        let data = operator
            .data(query, json!({ "id": instance }))
            .await
            .unwrap();
        let created = data["processInstance"]["userTasks"]["nodes"][0]["createdAt"]
            .as_str()
            .unwrap();
        assert!(
            created.starts_with("2026-03-05T10:00:00"),
            "the task appeared when the timer was due: {created}"
        );
    }
}

#[tokio::test]
async fn the_clock_does_not_go_back() {
    let server = bare();
    let operator = operator(&server);
    advance(&operator, "2026-03-06T00:00:00+08:00").await;
    let back = mutate(
        &operator,
        "advanceClock",
        "timersFired",
        json!({ "to": "2026-03-05T00:00:00+08:00" }),
    )
    .await;
    assert_eq!(code(&back), "CLOCK_BACKWARDS");
    for nonsense in [
        "",
        "x",
        "2026-02-30T00:00:00Z",
        "2026-03-06",
        "+99999-01-01T00:00:00Z",
    ] {
        let query = "mutation ($to: DateTime!) { advanceClock(input: { to: $to, idempotencyKey: \"x\" }) { timersFired } }";
        let answer = operator
            .send(query, json!({ "to": nonsense }))
            .await
            .unwrap();
        assert!(answer["errors"].is_array(), "{nonsense}: {answer}");
    }
}

#[tokio::test]
async fn the_machines_clock_is_not_moved() {
    let server = Server::start(&Options::default()).unwrap();
    let operator = operator(&server);
    let data = operator
        .data("{ clock { mode } }", json!({}))
        .await
        .unwrap();
    assert_eq!(data["clock"]["mode"], "MACHINE");
    let refused = mutate(
        &operator,
        "advanceClock",
        "timersFired",
        json!({ "to": "2100-01-01T00:00:00Z" }),
    )
    .await;
    assert_eq!(code(&refused), "CLOCK_NOT_MANUAL");
    let clerk = client(&server, "clerk", &["CLERK"]);
    let answer = clerk.send("mutation { advanceClock(input: { to: \"2100-01-01T00:00:00Z\", idempotencyKey: \"x\" }) { timersFired } }", json!({}));
    assert!(answer.await.unwrap()["errors"].is_array());
}

#[tokio::test]
async fn a_database_of_a_manual_clock_is_never_served_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let data = Some(folder.path().join("data"));
    let manual = Options {
        data: data.clone(),
        ..Options::plain(START)
    };
    let machine = Options {
        data,
        ..Options::default()
    };
    let server = Server::start(&manual).unwrap();
    advance(&operator(&server), "2026-03-06T12:00:00+08:00").await;
    server.stop().unwrap();
    let Err(error) = Server::start(&machine) else {
        panic!("the machine's clock was accepted")
    };
    assert!(format!("{error:#}").contains("manual"), "{error:#}");
    // With its own clock it is served, and stands where it stood.
    let server = Server::start(&manual).unwrap();
    let data = operator(&server)
        .data("{ clock { mode now } }", json!({}))
        .await
        .unwrap();
    assert_eq!(data["clock"]["mode"], "MANUAL");
    let now = data["clock"]["now"].as_str().unwrap();
    assert!(
        now.starts_with("2026-03-06T12:00:00+08:00") || now.starts_with("2026-03-06T04:00:00"),
        "{now}"
    );
}

#[tokio::test]
async fn a_database_of_the_machines_clock_is_not_served_with_a_manual_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = Some(folder.path().join("data"));
    Server::start(&Options {
        data: data.clone(),
        ..Options::default()
    })
    .unwrap()
    .stop()
    .unwrap();
    let manual = Options {
        data,
        ..Options::plain(START)
    };
    assert!(Server::start(&manual).is_err());
}

#[tokio::test]
async fn only_operators_move_the_clock() {
    let server = bare();
    let query = "mutation { advanceClock(input: { to: \"2100-01-01T00:00:00Z\", idempotencyKey: \"x\" }) { timersFired } }";
    let answer = client(&server, "clerk", &["CLERK"])
        .send(query, json!({}))
        .await
        .unwrap();
    assert!(answer["errors"].is_array(), "{answer}");
    assert_ne!(error_code(&answer), "CLOCK_NOT_MANUAL");
}
