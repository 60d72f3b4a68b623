//! Messages: who receives them, and how they are kept for those who come later.

use serde_json::json;
use tongban_core::id::ProcessInstanceId;
use tongban_runtime::command::{Command, UserTaskId};
use tongban_runtime::outcome::Done;
use tongban_store::query;
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance::ProcessInstanceFilter;
use tongban_store::query::wait::Share;
use tongban_store::row::process_instance::Status;

use crate::support::{HOUR, MORNING, World, eventually, manual, options, sequence, tenant, user};

const MINUTE: i64 = 60_000_000;

/// A message that is kept for so long.
fn kept(key: &str, number: i64, time_to_live_us: i64) -> Command {
    Command::PublishMessage {
        name: "PAID".into(),
        correlation_key: Some(key.into()),
        variables: json!({ "number": number }),
        time_to_live_us,
        message_id: None,
    }
}

fn named(key: &str, message_id: &str) -> Command {
    Command::PublishMessage {
        name: "PAID".into(),
        correlation_key: Some(key.into()),
        variables: json!({}),
        time_to_live_us: HOUR,
        message_id: Some(message_id.into()),
    }
}

const MESSAGE: &str = r#"<message id="m" name="PAID"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message>"#;

/// Waits for a message, then for a person.
fn waits(process_key: &str) -> String {
    let catch = r#"<intermediateCatchEvent id="catch"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>"#;
    let process = sequence(process_key, &[("catch", catch.to_owned()), user("read")]);
    format!("{MESSAGE}{process}")
}

/// Begins with a message, then waits for a person.
fn begins(process_key: &str) -> String {
    format!(
        r#"{MESSAGE}<process id="{process_key}" isExecutable="true"><startEvent id="start"><messageEventDefinition messageRef="m"/></startEvent>
          <sequenceFlow id="f1" sourceRef="start" targetRef="read"/><userTask id="read"><extensionElements><zeebe:userTask/></extensionElements></userTask>
          <sequenceFlow id="f2" sourceRef="read" targetRef="end"/><endEvent id="end"/></process>"#
    )
}

async fn number_of(world: &World, id: i64) -> Option<i64> {
    let database = world.handle.database();
    let state = query::process_instance::state(database, &tenant(), ProcessInstanceId(id)).await;
    let state = state.unwrap()?;
    let root = state.root()?.id;
    let number = state.variable(root, "number")?;
    number.as_number()?.to_i64()
}

/// What the group of a command has no time for comes in a later one.
async fn receives(world: &World, id: i64, number: i64) {
    eventually(async || number_of(world, id).await == Some(number)).await;
}

async fn instances_of(world: &World, process_key: &str) -> Vec<i64> {
    let filter = ProcessInstanceFilter {
        process_key: Some(process_key.into()),
        ..Default::default()
    };
    let (database, page) = (world.handle.database(), PageRequest::first(100));
    let found = query::process_instance::list(database, &tenant(), &filter, &page).await;
    let mut ids: Vec<i64> = found
        .unwrap()
        .into_nodes()
        .iter()
        .map(|it| it.id.0)
        .collect();
    ids.sort_unstable();
    ids
}

fn reached(done: &Done) -> &[i64] {
    match done {
        Done::MessagePublished { process_instances } => process_instances,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_begins_to_wait_finds_what_is_kept_in_the_order_of_publication() {
    let mut world = World::new(manual()).await;
    world.deploy(&waits("p")).await;
    for number in [1, 2] {
        let done = world.run(kept("K", number, HOUR)).await.unwrap().done;
        assert_eq!(reached(&done), [0_i64; 0]);
    }
    world.crash(manual()).await;
    for number in [1, 2] {
        let id = world.start("p", json!({"key": "K"})).await;
        receives(&world, id, number).await;
    }
    let third = world.start("p", json!({"key": "K"})).await;
    assert_eq!(number_of(&world, third).await, None);
    let done = world.run(kept("K", 3, 0)).await.unwrap().done;
    assert_eq!(reached(&done), [third]);
    receives(&world, third, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_kept_until_its_time_is_over() {
    let world = World::new(manual()).await;
    world.deploy(&waits("p")).await;
    world.run(kept("K", 1, 10 * MINUTE)).await.unwrap();
    world.run(kept("K", 2, 20 * MINUTE)).await.unwrap();
    let to = MORNING + 10 * MINUTE;
    world.run(Command::AdvanceClock { to }).await.unwrap();
    let id = world.start("p", json!({"key": "K"})).await;
    receives(&world, id, 2).await;
    let database = world.handle.database();
    let next_expiry = async || {
        query::message::next_expiry_at(database, &Share::Whole)
            .await
            .unwrap()
    };
    assert_eq!(next_expiry().await, Some(MORNING + 10 * MINUTE));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_whose_time_is_over_are_forgotten() {
    let mut quick = manual();
    quick.bounds.period_ms = 5;
    let world = World::new(quick).await;
    for number in 0..3 {
        world.run(kept("K", number, MINUTE)).await.unwrap();
    }
    let to = MORNING + HOUR;
    world.run(Command::AdvanceClock { to }).await.unwrap();
    let database = world.handle.database();
    eventually(async || {
        query::message::next_expiry_at(database, &Share::Whole)
            .await
            .unwrap()
            .is_none()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_the_same_id_counts_once_while_it_is_kept() {
    let world = World::new(manual()).await;
    world.deploy(&waits("p")).await;
    world.run(named("K", "m-1")).await.unwrap();
    let refused = world.run(named("K", "m-1")).await.unwrap_err();
    assert_eq!(refused.code(), "MESSAGE_ALREADY_PUBLISHED");
    world.run(named("L", "m-1")).await.unwrap();
    world.run(named("K", "m-2")).await.unwrap();
    let to = MORNING + HOUR;
    world.run(Command::AdvanceClock { to }).await.unwrap();
    world.run(named("K", "m-1")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_one_instance_of_each_process() {
    let world = World::new(options()).await;
    world.deploy(&waits("p")).await;
    world.deploy(&waits("q")).await;
    let first = world.start("p", json!({"key": "K"})).await;
    let second = world.start("p", json!({"key": "K"})).await;
    let other = world.start("q", json!({"key": "K"})).await;
    let done = world.run(kept("K", 1, HOUR)).await.unwrap().done;
    assert_eq!(reached(&done), [first, other]);
    receives(&world, first, 1).await;
    receives(&world, other, 1).await;
    let third = world.start("p", json!({"key": "K"})).await;
    assert_eq!(number_of(&world, second).await, None);
    assert_eq!(number_of(&world, third).await, None);
    world.run(kept("K", 2, 0)).await.unwrap();
    receives(&world, second, 2).await;
    assert_eq!(number_of(&world, third).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_reaches_who_waits_starts_another_process() {
    let world = World::new(options()).await;
    world.deploy(&waits("p")).await;
    world.deploy(&begins("starter")).await;
    let waiting = world.start("p", json!({"key": "K"})).await;
    let done = world.run(kept("K", 1, 0)).await.unwrap().done;
    let started = instances_of(&world, "starter").await;
    assert_eq!(started.len(), 1);
    assert_eq!(reached(&done), [waiting, started[0]]);
}

/// The numbers that the running instances of a process have received.
async fn running(world: &World, process_key: &str) -> Vec<i64> {
    let mut numbers = Vec::new();
    for id in instances_of(world, process_key).await {
        numbers.extend(number_of(world, id).await);
    }
    numbers
}

/// Ends the instance that has received this number.
async fn finish(world: &World, number: i64) {
    for task in world.open_tasks().await {
        let process_instance = task.process_instance_id.0;
        if number_of(world, process_instance).await == Some(number) {
            let number = task.id.0;
            let user_task = UserTaskId {
                process_instance,
                number,
            };
            world.complete(user_task).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_with_one_key_start_one_instance_after_the_other() {
    let world = World::new(manual()).await;
    world.deploy(&begins("starter")).await;
    for (key, number) in [("K", 1), ("K", 2), ("K", 3), ("L", 4)] {
        world.run(kept(key, number, HOUR)).await.unwrap();
    }
    world.run(kept("K", 5, 0)).await.unwrap();
    eventually(async || running(&world, "starter").await == [1, 4]).await;
    finish(&world, 1).await;
    eventually(async || running(&world, "starter").await == [4, 2]).await;
    finish(&world, 2).await;
    eventually(async || running(&world, "starter").await == [4, 3]).await;
    finish(&world, 3).await;
    assert_eq!(running(&world, "starter").await, [4]);
    world.run(kept("K", 6, 0)).await.unwrap();
    assert_eq!(running(&world, "starter").await, [4, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_without_a_key_start_an_instance_each() {
    let world = World::new(options()).await;
    world.deploy(&begins("starter")).await;
    for number in 0..3 {
        world.run(kept("", number, HOUR)).await.unwrap();
    }
    assert_eq!(instances_of(&world, "starter").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_deployed_later_begins_with_what_is_kept() {
    let world = World::new(manual()).await;
    for (key, number) in [("K", 1), ("", 2), ("K", 3), ("L", 4)] {
        world.run(kept(key, number, HOUR)).await.unwrap();
    }
    world.deploy(&begins("starter")).await;
    eventually(async || instances_of(&world, "starter").await.len() == 3).await;
    assert_eq!(running(&world, "starter").await, [1, 2, 4]);
    world.deploy(&begins("starter").replace("f2", "f3")).await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(instances_of(&world, "starter").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throwing_event_says_how_long_its_message_is_kept() {
    let world = World::new(manual()).await;
    world.deploy(&waits("p")).await;
    let publish = r#"<extensionElements><zeebe:publishMessage correlationKey="=key" timeToLive="PT1H" messageId="=id"/></extensionElements>"#;
    let send = format!(r#"<sendTask id="send" messageRef="m">{publish}</sendTask>"#);
    let sender = format!(
        r#"<message id="m" name="PAID"/>{}"#,
        sequence("sender", &[("send", send)])
    );
    world.deploy(&sender).await;
    let variables = json!({"key": "K", "id": "once"});
    world.start("sender", variables.clone()).await;
    world.start("sender", variables).await;
    let first = world.start("p", json!({"key": "K"})).await;
    let second = world.start("p", json!({"key": "K"})).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(world.open_task().await.process_instance, first);
    assert_eq!(world.status(second).await, Status::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_published_is_refused() {
    let world = World::new(options()).await;
    let code = async |command| world.run(command).await.unwrap_err().code().to_owned();
    assert_eq!(code(kept("K", 1, -1)).await, "MESSAGE_TIME_TO_LIVE_INVALID");
    let too_long = 400 * 24 * HOUR;
    assert_eq!(
        code(kept("K", 1, too_long)).await,
        "MESSAGE_TIME_TO_LIVE_INVALID"
    );
    assert_eq!(code(kept(&"K".repeat(2_000), 1, 0)).await, "INVALID_INPUT");
}

/// A message whose key is read off what it carries, as the model says.
const CONVERSATION: &str = r#"<message id="m" name="PAID"/>
    <correlationProperty id="no"><correlationPropertyRetrievalExpression messageRef="m"><messagePath>= order.no</messagePath></correlationPropertyRetrievalExpression></correlationProperty>
    <collaboration id="c"><correlationKey id="k"><correlationPropertyRef>no</correlationPropertyRef></correlationKey></collaboration>"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_message_is_read_off_what_it_carries() {
    let world = World::new(manual()).await;
    let subscription = r#"<correlationSubscription id="cs" correlationKeyRef="k"><correlationPropertyBinding correlationPropertyRef="no"><dataPath>= key</dataPath></correlationPropertyBinding></correlationSubscription>"#;
    let process = waits("p").replace(MESSAGE, CONVERSATION);
    let process = process.replace("</process>", &format!("{subscription}</process>"));
    world.deploy(&process).await;
    let first = world.start("p", json!({"key": "A"})).await;
    let second = world.start("p", json!({"key": "B"})).await;
    let unkeyed = |variables| Command::PublishMessage {
        name: "PAID".into(),
        correlation_key: None,
        variables,
        time_to_live_us: 0,
        message_id: None,
    };
    let paid = json!({"order": {"no": "B"}, "number": 7});
    let done = world.run(unkeyed(paid)).await.unwrap().done;
    assert_eq!(reached(&done), [second]);
    receives(&world, second, 7).await;
    assert_eq!(number_of(&world, first).await, None);
    // What is not there makes no key, what is no text is refused.
    let nothing = world.run(unkeyed(json!({}))).await.unwrap().done;
    assert_eq!(reached(&nothing), [0_i64; 0]);
    let refused = world.run(unkeyed(json!({"order": {"no": 4}}))).await;
    assert!(refused.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receive_task_starts_its_process() {
    let world = World::new(manual()).await;
    let process = begins("p").replace(
        r#"<startEvent id="start"><messageEventDefinition messageRef="m"/></startEvent>"#,
        r#"<receiveTask id="start" messageRef="m" instantiate="true"/>"#,
    );
    let process = process.replace(
        r#"<sequenceFlow id="f2" sourceRef="read" targetRef="end"/><endEvent id="end"/>"#,
        "",
    );
    world.deploy(&process).await;
    let done = world.run(kept("K", 5, 0)).await.unwrap().done;
    let started = instances_of(&world, "p").await;
    assert_eq!((reached(&done), started.len()), (started.as_slice(), 1));
    receives(&world, started[0], 5).await;
}
