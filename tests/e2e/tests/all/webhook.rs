//! Webhooks: what the server tells programs outside.

use serde_json::json;
use tongban_tests_support::server::{Options, Server};

use crate::errand::{Outside, SECRET, eventually};
use crate::fixture::{
    START, client, deployed, in_a_row, open_tasks, operator, process, started, user_task,
};

fn sends() -> String {
    let send = r#"<bpmn:serviceTask id="send"><bpmn:extensionElements><zeebe:taskDefinition type="tongban:webhook"/><zeebe:taskHeaders><zeebe:header key="target" value="archive"/></zeebe:taskHeaders></bpmn:extensionElements></bpmn:serviceTask>"#;
    let steps = [
        ("start", r#"<bpmn:startEvent id="start"/>"#.to_owned()),
        ("send", send.to_owned()),
        (
            "task",
            user_task("task", "=[webhookAnswer.ticket, &quot;CLERK&quot;]"),
        ),
        ("end", r#"<bpmn:endEvent id="end"/>"#.to_owned()),
    ];
    process("sends", &in_a_row(&steps))
}

/// A server that knows the place as `archive`.
fn server(outside: &Outside, more: &str) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tongban.toml");
    let text = format!(
        "[webhook.archive]\nurl = \"{}\"\nsecret = \"{SECRET}\"\nback_off_ms = 20\n{more}",
        outside.url
    );
    std::fs::write(&file, text).unwrap();
    let options = Options {
        arguments: vec!["--config".to_owned(), file.display().to_string()],
        ..Options::plain(START)
    };
    (Server::start(&options).unwrap(), folder)
}

#[tokio::test]
async fn a_target_that_fails_twice_is_told_the_same_a_third_time() {
    let outside = Outside::answering(&[503, 500, 200]).await;
    let (server, _folder) = server(&outside, "");
    let operator = operator(&server);
    deployed(&operator, &sends()).await;
    let instance = started(&operator, "sends").await;
    let clerk = client(&server, "clerk", &["CLERK"]);
    eventually(async || !open_tasks(&clerk, &instance).await.is_empty()).await;
    let received = outside.received();
    assert_eq!(received.len(), 3);
    let attempts: Vec<&str> = received
        .iter()
        .map(|it| it.header("tongban-attempt"))
        .collect();
    assert_eq!(attempts, ["1", "2", "3"]);
    for it in &received {
        assert_eq!(it.body, received[0].body);
        assert_eq!(
            it.header("idempotency-key"),
            received[0].header("idempotency-key")
        );
        assert!(!it.header("idempotency-key").is_empty());
        let signature = it.header("tongban-signature");
        assert!(
            signature.starts_with("v1=") && signature.len() == 3 + 64,
            "{signature}"
        );
        assert!(it.header("tongban-timestamp").parse::<u64>().is_ok());
    }
    let body = received[0].json();
    assert_eq!(
        (&body["type"], &body["processKey"]),
        (&json!("job"), &json!("sends"))
    );
    // What the target answered is there for the process.
    let query = "query ($id: ID!) { userTasks(first: 1, filter: { processInstanceId: $id }) { nodes { candidateGroups } } }";
    let data = clerk.data(query, json!({ "id": instance })).await.unwrap();
    assert_eq!(
        data["userTasks"]["nodes"][0]["candidateGroups"],
        json!(["T-1", "CLERK"])
    );
}

#[tokio::test]
async fn a_target_that_never_takes_it_leaves_an_incident() {
    let outside = Outside::answering(&[500]).await;
    let (server, _folder) = server(&outside, "tries = 3\n");
    let operator = operator(&server);
    deployed(&operator, &sends()).await;
    started(&operator, "sends").await;
    let query = "{ incidents(first: 5) { nodes { message } } }";
    eventually(async || {
        let data = operator.data(query, json!({})).await.unwrap();
        data["incidents"]["nodes"] != json!([])
    })
    .await;
    let data = operator.data(query, json!({})).await.unwrap();
    let message = data["incidents"]["nodes"][0]["message"].to_string();
    assert!(message.contains("answered 500, after 3 tries"), "{message}");
    assert_eq!(outside.received().len(), 3);
}

#[tokio::test]
async fn a_redirection_to_elsewhere_is_not_followed() {
    let outside = Outside::answering(&[302]).await;
    let (server, _folder) = server(&outside, "");
    let operator = operator(&server);
    deployed(&operator, &sends()).await;
    started(&operator, "sends").await;
    eventually(async || !outside.received().is_empty()).await;
    let query = "{ jobs(first: 1, filter: { type: \"tongban:webhook\" }) { nodes { failures } } }";
    eventually(async || {
        let data = operator.data(query, json!({})).await.unwrap();
        data["jobs"]["nodes"][0]["failures"].as_i64() >= Some(1)
    })
    .await;
}
