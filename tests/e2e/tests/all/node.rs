//! Two servers on one PostgreSQL database. On SQLite there is one server, and nothing to test here.

use std::time::Duration;

use serde_json::json;
use tongban_tests_support::concurrency::{at_once, outcomes};
use tongban_tests_support::server::{Options, Server};
use tongban_tests_support::socket::Socket;

use crate::fixture::{
    START, advance, client, complete, deployed, in_a_row, open_tasks, operator, process, started,
    timed, two_tasks, user_task,
};

/// Two servers on the database of one; none where the run is on SQLite.
fn two(options: &Options) -> Option<[Server; 2]> {
    let first = Server::start(options).unwrap();
    let database = first.database()?.to_owned();
    let second = Server::start(&Options {
        database: Some(database),
        ..options.clone()
    });
    Some([first, second.unwrap()])
}

#[tokio::test]
async fn what_one_server_answered_the_other_shows_at_once() {
    let Some(servers) = two(&Options::plain(START)) else {
        return;
    };
    let operators = [operator(&servers[0]), operator(&servers[1])];
    let clerks = [
        client(&servers[0], "clerk", &["CLERK"]),
        client(&servers[1], "clerk", &["CLERK"]),
    ];
    deployed(&operators[0], &two_tasks()).await;
    for n in 0..20 {
        let (here, there) = (n % 2, (n + 1) % 2);
        let instance = started(&operators[here], "two_tasks").await;
        for _ in ["first", "second"] {
            let [task] = open_tasks(&clerks[there], &instance)
                .await
                .try_into()
                .unwrap();
            let done = complete(&clerks[here], &task).await;
            assert_eq!(done["userErrors"], json!([]), "{done:#}");
        }
        assert_eq!(
            open_tasks(&clerks[there], &instance).await,
            Vec::<String>::new()
        );
    }
}

#[tokio::test]
async fn of_two_clerks_at_two_servers_one_completes_the_task() {
    let Some(servers) = two(&Options::plain(START)) else {
        return;
    };
    let operator = operator(&servers[0]);
    deployed(&operator, &two_tasks()).await;
    let clerks = [
        client(&servers[0], "clerk-1", &["CLERK"]),
        client(&servers[1], "clerk-2", &["CLERK"]),
    ];
    for _ in 0..10 {
        let instance = started(&operator, "two_tasks").await;
        let [task] = open_tasks(&clerks[1], &instance).await.try_into().unwrap();
        let answers = at_once(8, |n| {
            let (clerk, task) = (clerks[n % 2].clone(), task.clone());
            async move { complete(&clerk, &task).await }
        })
        .await;
        assert_eq!(outcomes(&answers).get(""), Some(&1), "{answers:#?}");
    }
}

#[tokio::test]
async fn a_subscriber_hears_of_what_the_other_server_has_committed() {
    let Some(servers) = two(&Options::plain(START)) else {
        return;
    };
    let operator = operator(&servers[0]);
    deployed(&operator, &two_tasks()).await;
    let token = servers[1]
        .token(&["--id", "clerk", "--role", "CLERK"])
        .unwrap();
    let mut clerk = Socket::connect(servers[1].url(), &token).await.unwrap();
    let follow = "subscription { userTaskChanged { kind userTask { id } } }";
    clerk.subscribe("1", follow).await.unwrap();
    clerk.subscribe("2", "{ viewer { id } }").await.unwrap();
    clerk.next("2").await.unwrap();
    started(&operator, "two_tasks").await;
    let event = tokio::time::timeout(Duration::from_secs(30), clerk.next("1")).await;
    let event = event.unwrap().unwrap();
    assert_eq!(
        event["data"]["userTaskChanged"]["kind"], "CREATED",
        "{event}"
    );
}

#[tokio::test]
async fn a_clock_that_one_server_moves_has_moved_for_the_other() {
    let Some(servers) = two(&Options::plain(START)) else {
        return;
    };
    let operators = [operator(&servers[0]), operator(&servers[1])];
    deployed(&operators[0], &timed()).await;
    let instance = started(&operators[1], "timed").await;
    assert_eq!(advance(&operators[0], "2026-03-05T12:00:00+08:00").await, 1);
    let clerk = client(&servers[1], "clerk", &["CLERK"]);
    assert_eq!(open_tasks(&clerk, &instance).await.len(), 1);
}

#[tokio::test]
async fn timers_of_a_server_that_is_killed_fire_on_the_other() {
    let machine = Options {
        plain_county: true,
        ..Options::default()
    };
    let Some([first, second]) = two(&machine) else {
        return;
    };
    let operator = operator(&second);
    let wait = r#"<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="t"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT2S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#;
    let steps = [
        ("start", r#"<bpmn:startEvent id="start"/>"#.to_owned()),
        ("wait", wait.to_owned()),
        ("task", user_task("task", "OPERATOR")),
        ("end", r#"<bpmn:endEvent id="end"/>"#.to_owned()),
    ];
    deployed(&operator, &process("short", &in_a_row(&steps))).await;
    let mut instances = Vec::new();
    for _ in 0..16 {
        instances.push(started(&operator, "short").await);
    }
    first.kill();
    for instance in &instances {
        let mut tries = 0;
        while open_tasks(&operator, instance).await.is_empty() {
            tries += 1;
            assert!(tries < 600, "the timer of {instance} does not fire");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(open_tasks(&operator, instance).await.len(), 1, "once");
    }
}
