//! The process that the clients run, and the documents they send.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tongban_tests_support::client::Client;

/// First a task, then a timer, then another task: acknowledgements, due times and list rows in one case.
const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://tongban/crash">
  <bpmn:process id="crash" isExecutable="true">
    <bpmn:startEvent id="start"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="first"/>
    <bpmn:userTask id="first" name="First">
      <bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="OPERATOR"/></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="first" targetRef="wait"/>
    <bpmn:intermediateCatchEvent id="wait">
      <bpmn:timerEventDefinition id="t"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT0.1S</bpmn:timeDuration></bpmn:timerEventDefinition>
    </bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f3" sourceRef="wait" targetRef="second"/>
    <bpmn:userTask id="second" name="Second">
      <bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="OPERATOR"/></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f4" sourceRef="second" targetRef="end"/>
    <bpmn:endEvent id="end"/>
  </bpmn:process>
</bpmn:definitions>"#;

pub(crate) async fn deploy(client: &Client) -> anyhow::Result<()> {
    let query = "mutation ($input: DeployInput!) { deploy(input: $input) { deployment { processes { key } } userErrors { code message { en } } } }";
    let input = json!({ "resources": [{ "name": "crash.bpmn", "content": PROCESS }], "idempotencyKey": "deploy" });
    let data = client.data(query, json!({ "input": input })).await?;
    refused(&data["deploy"])
}

/// Starts the case of `key`; the same key always means the same case.
pub(crate) async fn start(client: &Client, key: &str) -> anyhow::Result<String> {
    let query = "mutation ($input: StartProcessInput!) { startProcess(input: $input) { processInstance { id } userErrors { code message { en } } } }";
    let input = json!({ "processKey": "crash", "businessKey": key, "variables": { "n": 1 }, "idempotencyKey": format!("start-{key}") });
    let data = client.data(query, json!({ "input": input })).await?;
    refused(&data["startProcess"])?;
    id(&data["startProcess"]["processInstance"])
}

/// Completes the first task of the case of `key`.
pub(crate) async fn complete(client: &Client, key: &str, task: &str) -> anyhow::Result<()> {
    let query = "mutation ($input: CompleteUserTaskInput!) { completeUserTask(input: $input) { userTask { state } userErrors { code message { en } } } }";
    let input =
        json!({ "userTaskId": task, "variables": {}, "idempotencyKey": format!("complete-{key}") });
    let data = client.data(query, json!({ "input": input })).await?;
    refused(&data["completeUserTask"])?;
    if data["completeUserTask"]["userTask"]["state"] != "COMPLETED" {
        bail!(
            "{key}: acknowledged as completed, but shown as {}",
            data["completeUserTask"]["userTask"]["state"]
        );
    }
    Ok(())
}

/// A task of an instance as lists show it.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) element: String,
    pub(crate) state: String,
}

/// All tasks of an instance.
pub(crate) async fn tasks(client: &Client, instance: &str) -> anyhow::Result<Vec<Task>> {
    let query = "query ($id: ID!) { userTasks(first: 20, filter: { processInstanceId: $id, states: [CREATED, COMPLETED, CANCELED] }) { nodes { id elementId state } } }";
    let data = client.data(query, json!({ "id": instance })).await?;
    let nodes = data["userTasks"]["nodes"]
        .as_array()
        .context("no list of tasks")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(nodes
        .iter()
        .map(|it| Task {
            id: text(&it["id"]),
            element: text(&it["elementId"]),
            state: text(&it["state"]),
        })
        .collect())
}

/// Global ids of all instances of a business key.
pub(crate) async fn instances(client: &Client, key: &str) -> anyhow::Result<Vec<String>> {
    let query = "query ($key: String!) { processInstances(first: 20, filter: { businessKey: $key }) { nodes { id } } }";
    let data = client.data(query, json!({ "key": key })).await?;
    let nodes = data["processInstances"]["nodes"]
        .as_array()
        .context("no list of instances")?;
    nodes.iter().map(id).collect()
}

fn id(node: &Value) -> anyhow::Result<String> {
    node["id"]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no id in {node}"))
}

fn refused(payload: &Value) -> anyhow::Result<()> {
    match payload["userErrors"].as_array() {
        Some(errors) if errors.is_empty() => Ok(()),
        _ => bail!("refused: {}", payload["userErrors"]),
    }
}
