//! Signals: to all who wait for them, and to the processes that begin with them.

use serde_json::{Value as Json, json};
use tongban_runtime::command::Command;
use tongban_runtime::outcome::Done;
use tongban_store::query;
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance::ProcessInstanceFilter;
use tongban_store::row::process_instance::Status;

use crate::support::{World, eventually, manual, options, sequence, tenant, user};

fn broadcast(name: &str, variables: Json) -> Command {
    Command::BroadcastSignal {
        name: name.into(),
        variables,
    }
}

const SIGNAL: &str = r#"<signal id="s" name="CLOSED"/>"#;

fn waits(process_key: &str) -> String {
    let catch = r#"<intermediateCatchEvent id="catch"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>"#;
    format!(
        "{SIGNAL}{}",
        sequence(process_key, &[("catch", catch.to_owned())])
    )
}

fn begins(process_key: &str) -> String {
    sequence(process_key, &[user("read")]).replace(
        r#"<startEvent id="start"/>"#,
        r#"<startEvent id="start"><signalEventDefinition signalRef="s"/></startEvent>"#,
    )
}

async fn count(world: &World, process_key: &str, status: Status) -> usize {
    let filter = ProcessInstanceFilter {
        process_key: Some(process_key.into()),
        statuses: vec![status],
        ..Default::default()
    };
    let (database, page) = (world.handle.database(), PageRequest::first(500));
    let found = query::process_instance::list(database, &tenant(), &filter, &page).await;
    found.unwrap().edges.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_reaches_all_who_wait_page_after_page() {
    let world = World::new(options()).await;
    world.deploy(&waits("p")).await;
    for _ in 0..250 {
        world.start("p", json!({})).await;
    }
    let outcome = world.run(broadcast("CLOSED", json!({"x": 1}))).await;
    let expected = Done::SignalBroadcast {
        n_waiting: 250,
        process_keys: vec![],
    };
    assert_eq!(outcome.unwrap().done, expected);
    eventually(async || count(&world, "p", Status::Completed).await == 250).await;
    let nobody = world.run(broadcast("OPENED", json!({}))).await.unwrap();
    let expected = Done::SignalBroadcast {
        n_waiting: 0,
        process_keys: vec![],
    };
    assert_eq!(nobody.done, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_variables_make_shorter_pages() {
    let world = World::new(options()).await;
    world.deploy(&waits("p")).await;
    for _ in 0..60 {
        world.start("p", json!({})).await;
    }
    let text = "x".repeat(100_000);
    world
        .run(broadcast("CLOSED", json!({ "text": text })))
        .await
        .unwrap();
    eventually(async || count(&world, "p", Status::Completed).await == 60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_starts_the_processes_that_begin_with_it() {
    let world = World::new(options()).await;
    for process_key in ["p", "q"] {
        let process = begins(process_key);
        world.deploy(&format!("{SIGNAL}{process}")).await;
    }
    let outcome = world.run(broadcast("CLOSED", json!({}))).await.unwrap();
    let expected = Done::SignalBroadcast {
        n_waiting: 0,
        process_keys: vec!["p".into(), "q".into()],
    };
    assert_eq!(outcome.done, expected);
    eventually(async || world.open_tasks().await.len() == 2).await;
    world.deploy(&sequence("q", &[user("other")])).await;
    world.run(broadcast("CLOSED", json!({}))).await.unwrap();
    eventually(async || world.open_tasks().await.len() == 3).await;
    assert_eq!(count(&world, "q", Status::Active).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throwing_event_reaches_others_and_its_own_instance_once() {
    let world = World::new(manual()).await;
    world.deploy(&waits("waits")).await;
    let other = world.start("waits", json!({})).await;
    let throws = r#"<signal id="s" name="CLOSED"/><process id="throws" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
      <subProcess id="work"><startEvent id="in"/><sequenceFlow id="g1" sourceRef="in" targetRef="throw"/>
        <intermediateThrowEvent id="throw"><signalEventDefinition signalRef="s"/></intermediateThrowEvent>
        <sequenceFlow id="g2" sourceRef="throw" targetRef="out"/><endEvent id="out"/></subProcess>
      <boundaryEvent id="note" attachedToRef="work" cancelActivity="false"><signalEventDefinition signalRef="s"/></boundaryEvent>
      <sequenceFlow id="f2" sourceRef="note" targetRef="noted"/><userTask id="noted"><extensionElements><zeebe:userTask/></extensionElements></userTask>
      <sequenceFlow id="f3" sourceRef="noted" targetRef="end"/><sequenceFlow id="f4" sourceRef="work" targetRef="end"/><endEvent id="end"/></process>"#;
    world.deploy(throws).await;
    world.start("throws", json!({})).await;
    eventually(async || world.status(other).await == Status::Completed).await;
    assert_eq!(world.open_tasks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_cannot_receive_it_does_not_stop_the_others() {
    let world = World::new(options()).await;
    let catch = r#"<intermediateCatchEvent id="catch"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>"#;
    let fails = sequence(
        "fails",
        &[
            ("catch", catch.to_owned()),
            crate::support::service("work", "boom"),
        ],
    );
    world.deploy(&format!("{SIGNAL}{fails}")).await;
    world.deploy(&waits("p")).await;
    let first = world.start("p", json!({})).await;
    let broken = world.start("fails", json!({})).await;
    let last = world.start("p", json!({})).await;
    world.run(broadcast("CLOSED", json!({}))).await.unwrap();
    for id in [first, last] {
        eventually(async || world.status(id).await == Status::Completed).await;
    }
    assert_ne!(world.status(broken).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_without_a_name_is_refused() {
    let world = World::new(options()).await;
    let refused = world.run(broadcast("", json!({}))).await.unwrap_err();
    assert_eq!(refused.code(), "SIGNAL_NAME_MISSING");
}
