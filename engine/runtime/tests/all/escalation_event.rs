//! Escalations through called processes.

use serde_json::json;
use tongban_store::row::process_instance::Status;

use crate::support::{World, eventually, options};

const THROWER: &str = r#"<escalation id="late" escalationCode="LATE"/><process id="thrower" isExecutable="true"><startEvent id="start"/>
  <sequenceFlow id="f1" sourceRef="start" targetRef="throw"/>
  <intermediateThrowEvent id="throw"><escalationEventDefinition escalationRef="late"/></intermediateThrowEvent>
  <sequenceFlow id="f2" sourceRef="throw" targetRef="work"/><userTask id="work"><extensionElements><zeebe:userTask/></extensionElements></userTask>
  <sequenceFlow id="f3" sourceRef="work" targetRef="end"/><endEvent id="end"/></process>"#;

/// Calls a process; `boundary` is attached to the call and leads to a task of its own.
fn caller(key: &str, called: &str, boundary: &str) -> String {
    let caught = if boundary.is_empty() {
        String::new()
    } else {
        format!(
            r#"{boundary}<sequenceFlow id="f3" sourceRef="on-late" targetRef="hurry"/>
              <userTask id="hurry"><extensionElements><zeebe:userTask/></extensionElements></userTask>
              <sequenceFlow id="f4" sourceRef="hurry" targetRef="end"/>"#
        )
    };
    format!(
        r#"<escalation id="late" escalationCode="LATE"/><process id="{key}" isExecutable="true"><startEvent id="start"/>
          <sequenceFlow id="f1" sourceRef="start" targetRef="call"/>
          <callActivity id="call"><extensionElements><zeebe:calledElement processId="{called}"/></extensionElements></callActivity>
          {caught}<sequenceFlow id="f2" sourceRef="call" targetRef="end"/><endEvent id="end"/></process>"#
    )
}

async fn open_elements(world: &World) -> Vec<String> {
    let tasks = world.open_tasks().await;
    let mut elements: Vec<String> = tasks.iter().map(|it| it.element_id.to_string()).collect();
    elements.sort();
    elements
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catcher_two_calls_above_lets_the_thrower_go_on() {
    let world = World::new(options()).await;
    let boundary = r#"<boundaryEvent id="on-late" attachedToRef="call" cancelActivity="false"><escalationEventDefinition escalationRef="late"/></boundaryEvent>"#;
    world.deploy(THROWER).await;
    world.deploy(&caller("middle", "thrower", "")).await;
    world.deploy(&caller("top", "middle", boundary)).await;
    world.start("top", json!({})).await;
    eventually(async || open_elements(&world).await == ["hurry", "work"]).await;
    assert!(world.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catcher_that_interrupts_ends_the_called_processes() {
    let world = World::new(options()).await;
    let boundary = r#"<boundaryEvent id="on-late" attachedToRef="call"><escalationEventDefinition escalationRef="late"/></boundaryEvent>"#;
    world.deploy(THROWER).await;
    world.deploy(&caller("middle", "thrower", "")).await;
    world.deploy(&caller("top", "middle", boundary)).await;
    let top = world.start("top", json!({})).await;
    eventually(async || open_elements(&world).await == ["hurry"]).await;
    world.complete(world.open_task().await).await.unwrap();
    eventually(async || world.status(top).await == Status::Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escalation_that_nobody_catches_is_no_fault() {
    let world = World::new(options()).await;
    world.deploy(THROWER).await;
    world.deploy(&caller("top", "thrower", "")).await;
    let top = world.start("top", json!({})).await;
    eventually(async || open_elements(&world).await == ["work"]).await;
    assert!(world.incidents().await.is_empty());
    world.complete(world.open_task().await).await.unwrap();
    eventually(async || world.status(top).await == Status::Completed).await;
}
