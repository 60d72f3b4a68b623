//! The same engine on PostgreSQL, alone and beside another node; not run where PostgreSQL is absent.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tongban_runtime::command::Command;
use tongban_runtime::engine::Options;
use tongban_store::row::process_instance::Status;

use crate::job::{LEASE_MS, activate, jobs};
use crate::support::{
    World, eventually, options, request, sequence, service, start_command, timer, user,
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
