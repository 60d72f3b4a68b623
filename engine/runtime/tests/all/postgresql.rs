//! The same engine on PostgreSQL, alone and beside another node; not run where PostgreSQL is absent.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tongban_runtime::command::Command;
use tongban_runtime::engine::Options;
use tongban_runtime::outcome::Done;
use tongban_store::row::process_instance::Status;

use tongban_runtime::change::{Change, Subject};
use tongban_runtime::error::CommandError;
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance;

use crate::job::{LEASE_MS, activate, jobs};
use crate::support::{
    HOUR, MORNING, World, eventually, options, postgresql, request, sequence, service,
    start_command, tenant, timer, user,
};

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

/// Ends all connections of engines to the world's database.
async fn cut_connections(world: &World) {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'tongban'";
    postgresql::run(world.url(), cut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_through_while_connections_are_cut() {
    let Some(world) = world().await else { return };
    let other = world.beside(two_executors()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let clients = (0..16).map(|client| {
        let node = if client % 2 == 0 { &world } else { &other };
        async move {
            for number in 0..25 {
                let key = format!("{client}-{number}");
                let mut answer = node.keyed(start_command("p", json!({})), &key).await;
                let mut tries = 0;
                while let Err(CommandError::Unavailable { .. }) = answer {
                    tries += 1;
                    assert!(tries < 20, "{key} is not answered");
                    answer = node.keyed(start_command("p", json!({})), &key).await;
                }
                answer.unwrap();
            }
        }
    });
    let cutting = async {
        for _ in 0..6 {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
            cut_connections(&world).await;
        }
    };
    tokio::join!(join_all(clients), cutting);
    let (filter, page) = (Default::default(), PageRequest::first(1000));
    let database = world.handle.database();
    let found = process_instance::list(database, &tenant(), &filter, &page)
        .await
        .unwrap();
    assert_eq!(found.into_nodes().len(), 16 * 25, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_hears_of_what_another_node_commits() {
    let Some(world) = world().await else { return };
    let other = world.beside(two_executors()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let mut changes = other.handle.subscribe();
    let id = world.start("p", json!({})).await;
    let heard = async {
        loop {
            let batch = changes.recv().await.unwrap();
            let is_ours = |it: &Change| matches!(it.subject, Subject::UserTask { user_task, .. } if user_task.process_instance == id);
            if batch.iter().any(is_ours) {
                return;
            }
        }
    };
    let within = std::time::Duration::from_secs(20);
    tokio::time::timeout(within, heard).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_of_a_node_that_is_gone_fire_on_the_other() {
    let Some(world) = world().await else { return };
    let mut other = world.beside(two_executors()).await;
    world
        .deploy(&sequence("p", &[timer("wait", "PT3S"), user("a")]))
        .await;
    // Both nodes have their part before one of them goes.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    for _ in 0..32 {
        world.start("p", json!({})).await;
    }
    drop(other.engine.take());
    eventually(async || world.open_tasks().await.len() == 32).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(world.open_tasks().await.len(), 32, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_fire_each_timer_once() {
    let Some(world) = world().await else { return };
    let _other = world.beside(two_executors()).await;
    world
        .deploy(&sequence("p", &[timer("wait", "PT0.2S"), user("a")]))
        .await;
    let starts = (0..100).map(|_| world.start("p", json!({})));
    join_all(starts).await;
    eventually(async || world.open_tasks().await.len() == 100).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(world.open_tasks().await.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manual_clock_is_one_for_all_nodes() {
    let Some(world) = World::postgresql(crate::support::manual()).await else {
        return;
    };
    let other = world.beside(crate::support::manual()).await;
    world
        .deploy(&sequence("p", &[timer("wait", "PT1H"), user("a")]))
        .await;
    other.start("p", json!({})).await;
    let to = MORNING + 2 * HOUR;
    world.run(Command::AdvanceClock { to }).await.unwrap();
    assert_eq!(world.open_tasks().await.len(), 1);
    other.start("p", json!({})).await;
    assert_eq!(other.handle.clock().now(), to);
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
    for id in &ids {
        let done = async || crate::multi_instance::children(&world, *id, Status::Completed).await;
        eventually(async || done().await == 250).await;
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn workers_on_two_nodes_share_jobs_and_wait_for_those_of_the_other() {
    let Some(world) = world().await else { return };
    let other = world.beside(two_executors()).await;
    world
        .deploy(&sequence("p", &[service("work", "archive")]))
        .await;
    let take = async |node: &World, max| {
        let outcome = node.handle.activate_jobs(
            request(activate("archive", max, LEASE_MS), None),
            Duration::from_secs(8),
        );
        jobs(outcome.await.unwrap())
    };
    let (waiting, started) = futures::join!(take(&other, 1), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.start("p", json!({})).await
    });
    assert_eq!(waiting[0].job.process_instance, started);
    for _ in 0..20 {
        world.start("p", json!({})).await;
    }
    let takers = (0..10).map(|number| {
        let node = if number % 2 == 0 { &world } else { &other };
        take(node, 3)
    });
    let taken = join_all(takers).await;
    let mut ids: Vec<i64> = taken
        .iter()
        .flatten()
        .map(|it| it.job.process_instance)
        .collect();
    ids.sort_unstable();
    let n_taken = ids.len();
    ids.dedup();
    assert_eq!(
        (ids.len(), n_taken),
        (20, 20),
        "each job once, and all of them"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_takes_effect_on_its_day_on_postgresql() {
    let mut manual = crate::support::manual();
    manual.bounds.executors = 2;
    let Some(world) = World::postgresql(manual).await else {
        return;
    };
    crate::configuration_item::a_member_of_staff_begins_tomorrow(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_key_that_is_taken_is_an_incident_on_postgresql() {
    let Some(world) = world().await else { return };
    crate::plugin::activate(&world).await;
    crate::plugin::a_taken_key_is_an_incident(&world).await;
}
