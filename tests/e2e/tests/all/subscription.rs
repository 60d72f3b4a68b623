//! One's task list, live: graphql-transport-ws and server-sent events.

use std::time::Duration;

use serde_json::{Value, json};
use tongban_tests_support::socket::{Frame, Socket};

use crate::fixture::{bare, client, complete, deployed, open_tasks, operator, started, two_tasks};

const FOLLOW: &str =
    "subscription { userTaskChanged { kind userTask { id elementId state assignee } } }";

#[tokio::test]
async fn a_task_that_appears_is_announced_to_its_candidates_only() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let token = |role| server.token(&["--id", role, "--role", role]).unwrap();
    let mut clerk = Socket::connect(server.url(), &token("CLERK"))
        .await
        .unwrap();
    let mut archivist = Socket::connect(server.url(), &token("ARCHIVIST"))
        .await
        .unwrap();
    for socket in [&mut clerk, &mut archivist] {
        socket.subscribe("1", FOLLOW).await.unwrap();
        // The answer to a query on the same socket shows that the subscription stands.
        socket.subscribe("2", "{ viewer { id } }").await.unwrap();
        socket.next("2").await.unwrap();
    }
    let instance = started(&operator, "two_tasks").await;
    let event = clerk.next("1").await.unwrap();
    assert_eq!(
        event["data"]["userTaskChanged"]["kind"], "CREATED",
        "{event}"
    );
    assert_eq!(
        event["data"]["userTaskChanged"]["userTask"]["elementId"],
        "first"
    );

    let anna = client(&server, "CLERK", &["CLERK"]);
    let [task] = open_tasks(&anna, &instance).await.try_into().unwrap();
    assert_eq!(
        event["data"]["userTaskChanged"]["userTask"]["id"],
        Value::from(task.as_str())
    );
    complete(&anna, &task).await;
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let event = clerk.next("1").await.unwrap();
        let changed = &event["data"]["userTaskChanged"];
        kinds.push(format!(
            "{} {}",
            changed["kind"].as_str().unwrap(),
            changed["userTask"]["elementId"].as_str().unwrap()
        ));
    }
    kinds.sort();
    assert_eq!(kinds, ["COMPLETED first", "CREATED second"]);

    // Nothing came to the archivist before the answer to this.
    archivist.subscribe("3", "{ viewer { id } }").await.unwrap();
    loop {
        match archivist.receive().await.unwrap() {
            Frame::Message(it) if it["type"] == "next" => {
                assert_eq!(it["id"], "3", "{it}");
                break;
            }
            Frame::Message(_) => {}
            Frame::Closed(code) => panic!("closed with {code}"),
        }
    }
}

#[tokio::test]
async fn a_socket_without_connection_init_is_closed_with_4408() {
    let server = bare();
    let mut socket = Socket::open(server.url()).await.unwrap();
    assert_eq!(socket.receive().await.unwrap(), Frame::Closed(4408));
}

#[tokio::test]
async fn a_socket_with_a_bad_token_is_closed_with_4403() {
    let server = bare();
    let mut socket = Socket::open(server.url()).await.unwrap();
    let payload = json!({ "authorization": "Bearer x.y.z" });
    socket
        .send(&json!({ "type": "connection_init", "payload": payload }))
        .await
        .unwrap();
    assert_eq!(socket.receive().await.unwrap(), Frame::Closed(4403));
}

#[tokio::test]
async fn a_second_connection_init_is_closed_with_4429() {
    let server = bare();
    let token = server.token(&["--id", "clerk", "--role", "CLERK"]).unwrap();
    let mut socket = Socket::connect(server.url(), &token).await.unwrap();
    socket
        .send(&json!({ "type": "connection_init" }))
        .await
        .unwrap();
    assert_eq!(socket.receive().await.unwrap(), Frame::Closed(4429));
}

#[tokio::test]
async fn limits_hold_on_sockets_too() {
    let server = bare();
    let token = server.token(&["--id", "clerk", "--role", "CLERK"]).unwrap();
    let mut socket = Socket::connect(server.url(), &token).await.unwrap();
    let aliases: String = (0..21).map(|n| format!("a{n}: viewer {{ id }} ")).collect();
    socket
        .subscribe("1", &format!("{{ {aliases} }}"))
        .await
        .unwrap();
    let Frame::Message(answer) = socket.receive().await.unwrap() else {
        panic!("closed")
    };
    assert!(answer.to_string().contains("ALIAS_LIMIT"), "{answer}");
}

#[tokio::test]
async fn a_socket_without_a_token_sees_nothing() {
    let server = bare();
    let mut socket = Socket::open(server.url()).await.unwrap();
    socket
        .send(&json!({ "type": "connection_init" }))
        .await
        .unwrap();
    socket.receive().await.unwrap();
    socket.subscribe("1", "{ viewer { id } }").await.unwrap();
    let Frame::Message(answer) = socket.receive().await.unwrap() else {
        return;
    };
    assert!(answer.to_string().contains("UNAUTHENTICATED"), "{answer}");
}

#[tokio::test]
async fn server_sent_events_carry_the_same_changes() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let token = server.token(&["--id", "clerk", "--role", "CLERK"]).unwrap();
    let mut response = reqwest::Client::new()
        .post(format!("{}/graphql", server.url()))
        .bearer_auth(token)
        .header("accept", "text/event-stream")
        .json(&json!({ "query": FOLLOW }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/event-stream")
    );
    started(&operator, "two_tasks").await;
    let mut body = String::new();
    while !body.contains("\n\n") || !body.contains("event: next") {
        let chunk = tokio::time::timeout(Duration::from_secs(20), response.chunk())
            .await
            .expect("an event comes in time");
        body.push_str(&String::from_utf8_lossy(&chunk.unwrap().unwrap()));
    }
    let data = body
        .lines()
        .find_map(|it| it.strip_prefix("data: ").or(it.strip_prefix("data:")))
        .unwrap();
    let event: Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        event["data"]["userTaskChanged"]["kind"], "CREATED",
        "{event}"
    );
}
