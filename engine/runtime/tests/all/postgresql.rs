//! The same engine on PostgreSQL, alone and beside another node; not run where PostgreSQL is absent.

use futures::future::join_all;
use serde_json::json;
use tongban_runtime::command::Command;
use tongban_runtime::engine::Options;
use tongban_runtime::outcome::Done;
use tongban_store::row::process_instance::Status;

use crate::support::{World, eventually, options, sequence, service, start_command, timer, user};

fn two_executors() -> Options {
    let mut options = options();
    options.bounds.executors = 2;
    options
}

async fn world() -> Option<World> {
    let world = World::postgresql(two_executors()).await;
    if world.is_none() {
        eprintln!("not run: postgresql absent");
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_runs_waits_and_is_answered_again_after_an_end_without_warning() {
    let Some(mut world) = world().await else {
        return;
    };
    world
        .deploy(&sequence(
            "p",
            &[service("one", "ok"), user("a"), timer("wait", "PT0.05S")],
        ))
        .await;
    let first = world
        .keyed(start_command("p", json!({})), "k")
        .await
        .unwrap();
    world.crash(two_executors()).await;
    assert_eq!(
        world
            .keyed(start_command("p", json!({})), "k")
            .await
            .unwrap()
            .done,
        first.done
    );
    let task = world.open_task().await;
    world.complete(task).await.unwrap();
    eventually(async || world.status(task.process_instance).await == Status::Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_complete_a_task_once() {
    let Some(world) = world().await else { return };
    let other = world.beside(two_executors()).await;
    world.deploy(&sequence("p", &[user("a"), user("b")])).await;
    for _ in 0..5 {
        let id = world.start("p", json!({})).await;
        let open = world.open_tasks().await;
        let task = open
            .iter()
            .find(|it| it.process_instance_id.0 == id)
            .unwrap();
        let user_task = tongban_runtime::command::UserTaskId {
            process_instance: id,
            number: task.id.0,
        };
        let answers = join_all((0..20).map(|number| {
            let node = if number % 2 == 0 { &world } else { &other };
            node.complete(user_task)
        }))
        .await;
        let accepted = answers.iter().filter(|it| it.is_ok()).count();
        assert_eq!(accepted, 1, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_deployed_on_one_node_is_started_on_the_other_at_once() {
    let Some(world) = world().await else { return };
    let other = world.beside(two_executors()).await;
    for element in ["a", "b", "c"] {
        world.deploy(&sequence("p", &[user(element)])).await;
        let id = other.start("p", json!({})).await;
        let tasks = world.open_tasks().await;
        let task = tasks
            .iter()
            .find(|it| it.process_instance_id.0 == id)
            .unwrap();
        assert_eq!(&*task.element_id, element);
        world
            .run(Command::CancelProcessInstance {
                process_instance: id,
            })
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_on_two_nodes_starts_one_instance() {
    let Some(world) = world().await else { return };
    let other = world.beside(two_executors()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let answers = join_all((0..20).map(|number| {
        let node = if number % 2 == 0 { &world } else { &other };
        node.keyed(start_command("p", json!({})), "k")
    }))
    .await;
    let done: Vec<_> = answers.into_iter().map(|it| it.unwrap().done).collect();
    assert!(done.windows(2).all(|it| it[0] == it[1]));
    assert_eq!(world.open_tasks().await.len(), 1);
}

const WAITS: &str = r#"<message id="m" name="PAID"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message>
  <process id="p" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="catch"/>
  <intermediateCatchEvent id="catch"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
  <sequenceFlow id="f2" sourceRef="catch" targetRef="end"/><endEvent id="end"/></process>"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_message_and_who_waits_for_it_find_each_other_over_two_nodes() {
    let Some(world) = world().await else { return };
    let other = world.beside(two_executors()).await;
    world.deploy(WAITS).await;
    let rounds = 0..20;
    let meet = rounds.map(|number| {
        let (world, other) = (&world, &other);
        async move {
            let publish = Command::PublishMessage {
                name: "PAID".into(),
                correlation_key: Some(number.to_string()),
                variables: json!({}),
                time_to_live_us: 3_600_000_000,
                message_id: None,
            };
            let variables = json!({ "key": number.to_string() });
            let (id, published) = futures::join!(world.start("p", variables), other.run(publish));
            published.unwrap();
            eventually(async || world.status(id).await == Status::Completed).await;
        }
    });
    join_all(meet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iterations_and_signals_go_their_way_over_two_nodes() {
    let Some(world) = world().await else { return };
    let _other = world.beside(two_executors()).await;
    let each = r#"<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1..250]" inputElement="item" outputCollection="results" outputElement="=item"/></extensionElements></multiInstanceLoopCharacteristics>"#;
    let (_, work) = service("work", "ok");
    let work = work.replace("</serviceTask>", &format!("{each}</serviceTask>"));
    let catch = r#"<intermediateCatchEvent id="catch"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>"#;
    let process = sequence("p", &[("work", work), ("catch", catch.to_owned())]);
    world
        .deploy(&format!(r#"<signal id="s" name="GO"/>{process}"#))
        .await;
    let ids = join_all((0..3).map(|_| world.start("p", json!({})))).await;
    let broadcast = || Command::BroadcastSignal {
        name: "GO".into(),
        variables: json!({}),
    };
    let waiting = async || match world.run(broadcast()).await.unwrap().done {
        Done::SignalBroadcast { n_waiting, .. } => n_waiting,
        other => panic!("{other:?}"),
    };
    let mut n_released = 0;
    eventually(async || {
        n_released += waiting().await;
        n_released >= 3
    })
    .await;
    for id in ids {
        eventually(async || world.status(id).await == Status::Completed).await;
    }
}
