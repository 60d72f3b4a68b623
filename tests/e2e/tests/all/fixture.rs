//! What the tests start from: servers, people, small processes, and documents for them.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::server::{Options, Server};

/// Where the manual clock of most tests stands.
pub(crate) const START: &str = "2026-03-05T09:00:00+08:00";

/// A server with a county and no plugin, on a manual clock.
pub(crate) fn bare() -> Server {
    Server::start(&Options::plain(START)).unwrap()
}

/// A server with the sample county and its plugin.
pub(crate) fn sample() -> Server {
    Server::start(&Options::sample(START)).unwrap()
}

/// A client with roles of its own.
pub(crate) fn client(server: &Server, id: &str, roles: &[&str]) -> Client {
    let mut arguments = vec!["--id", id];
    roles.iter().for_each(|it| arguments.extend(["--role", it]));
    server
        .anonymous()
        .with_token(server.token(&arguments).unwrap())
}

/// An operator.
pub(crate) fn operator(server: &Server) -> Client {
    client(server, "operator", &["OPERATOR"])
}

/// A BPMN file of one process with the given content.
pub(crate) fn process(key: &str, content: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://tongban/test">
<bpmn:process id="{key}" isExecutable="true">
{content}
</bpmn:process>
</bpmn:definitions>"#
    )
}

/// A user task for candidates of `group`.
pub(crate) fn user_task(id: &str, group: &str) -> String {
    format!(
        r#"<bpmn:userTask id="{id}" name="{id}"><bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="{group}"/></bpmn:extensionElements></bpmn:userTask>"#
    )
}

/// Elements in a row, joined by sequence flows.
pub(crate) fn in_a_row(elements: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (n, (id, element)) in elements.iter().enumerate() {
        text.push_str(element);
        text.push('\n');
        if let Some((next, _)) = elements.get(n + 1) {
            text.push_str(&format!(
                "<bpmn:sequenceFlow id=\"flow_{id}_{next}\" sourceRef=\"{id}\" targetRef=\"{next}\"/>\n"
            ));
        }
    }
    text
}

fn start() -> (&'static str, String) {
    ("start", r#"<bpmn:startEvent id="start"/>"#.to_owned())
}

fn end() -> (&'static str, String) {
    ("end", r#"<bpmn:endEvent id="end"/>"#.to_owned())
}

/// `start → first → second → end`, both tasks for clerks.
pub(crate) fn two_tasks() -> String {
    let steps = [
        start(),
        ("first", user_task("first", "CLERK")),
        ("second", user_task("second", "CLERK")),
        end(),
    ];
    process("two_tasks", &in_a_row(&steps))
}

/// `start → wait one hour → task → end`.
pub(crate) fn timed() -> String {
    let wait = r#"<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="t"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#;
    let steps = [
        start(),
        ("wait", wait.to_owned()),
        ("task", user_task("task", "CLERK")),
        end(),
    ];
    process("timed", &in_a_row(&steps))
}

/// Deploys files and gives the whole payload.
pub(crate) async fn deploy(client: &Client, files: &[(&str, &str)]) -> Value {
    let query = "mutation ($input: DeployInput!) { deploy(input: $input) {
        deployment { processes { key version unchanged } decisions { key version } forms { key version } }
        userErrors { code field message { zh en } details } warnings { code } } }";
    let resources: Vec<Value> = files
        .iter()
        .map(|(name, content)| json!({ "name": name, "content": content }))
        .collect();
    let key = unique("deploy");
    let input = json!({ "resources": resources, "idempotencyKey": key });
    client.data(query, json!({ "input": input })).await.unwrap()["deploy"].take()
}

/// Deploys a file that must be good.
pub(crate) async fn deployed(client: &Client, file: &str) {
    let payload = deploy(client, &[("process.bpmn", file)]).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
}

/// A key that no other call has.
pub(crate) fn unique(what: &str) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Sends a mutation with `input` and gives its payload; the idempotency key is added if none is given.
pub(crate) async fn mutate(
    client: &Client,
    name: &str,
    selection: &str,
    mut input: Value,
) -> Value {
    if input.get("idempotencyKey").is_none() {
        input["idempotencyKey"] = unique(name).into();
    }
    let type_name = name[..1].to_uppercase() + &name[1..];
    let query = format!(
        "mutation ($input: {type_name}Input!) {{ {name}(input: $input) {{ {selection} userErrors {{ code field message {{ zh en }} }} }} }}"
    );
    client
        .data(&query, json!({ "input": input }))
        .await
        .unwrap()[name]
        .take()
}

/// Starts an instance and gives its id.
pub(crate) async fn started(client: &Client, key: &str) -> String {
    let payload = mutate(
        client,
        "startProcess",
        "processInstance { id }",
        json!({ "processKey": key }),
    )
    .await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["processInstance"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Ids of the open tasks of an instance, as `client` sees them.
pub(crate) async fn open_tasks(client: &Client, instance: &str) -> Vec<String> {
    let query = "query ($id: ID!) { userTasks(first: 100, filter: { processInstanceId: $id }) { nodes { id } } }";
    let data = client.data(query, json!({ "id": instance })).await.unwrap();
    let nodes = data["userTasks"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Completes a task and gives the payload.
pub(crate) async fn complete(client: &Client, task: &str) -> Value {
    mutate(
        client,
        "completeUserTask",
        "userTask { state completedBy }",
        json!({ "userTaskId": task }),
    )
    .await
}

/// Moves the manual clock and gives how many timers fired; a long move is done in parts.
pub(crate) async fn advance(client: &Client, to: &str) -> u64 {
    let mut n_fired = 0;
    loop {
        let payload = mutate(
            client,
            "advanceClock",
            "timersFired complete",
            json!({ "to": to }),
        )
        .await;
        assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
        n_fired += payload["timersFired"].as_u64().unwrap();
        if payload["complete"] == true {
            return n_fired;
        }
    }
}

/// The first code among `userErrors`.
pub(crate) fn code(payload: &Value) -> &str {
    payload["userErrors"][0]["code"]
        .as_str()
        .unwrap_or_default()
}

/// The code of the first top-level error.
pub(crate) fn error_code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}
