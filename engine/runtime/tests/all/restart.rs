//! What was answered is there after an end without warning, and what was begun is finished.

use serde_json::json;
use tongban_runtime::command::Command;
use tongban_store::row::process_instance::Status;

use crate::support::{World, eventually, options, sequence, service, start_command, timer, user};

#[tokio::test(flavor = "multi_thread")]
async fn open_tasks_and_kept_outcomes_survive() {
    let mut world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "ok")]))
        .await;
    let first = world
        .keyed(start_command("p", json!({})), "k")
        .await
        .unwrap();
    world.crash(options()).await;
    let again = world
        .keyed(start_command("p", json!({})), "k")
        .await
        .unwrap();
    assert_eq!(first.done, again.done);
    assert!(again.repeated);
    let task = world.open_task().await;
    world.complete(task).await.unwrap();
    assert_eq!(world.status(task.process_instance).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_that_fell_due_meanwhile_fires_once() {
    let mut world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[timer("wait", "PT0.3S"), user("after")]))
        .await;
    let id = world.start("p", json!({})).await;
    world.crash(options()).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(world.open_tasks().await.len(), 1);
    assert_eq!(world.status(id).await, Status::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_left_beyond_a_group_is_taken_up() {
    let mut slow = options();
    slow.bounds.jobs_per_command_max = 1;
    // No follow-up runs within a group: each is a row.
    slow.bounds.group_time_ms_max = 0;
    slow.bounds.follow_ups_min = 0;
    let mut world = World::new(slow).await;
    let tasks: Vec<_> = (0..6)
        .map(|number| service(&format!("t{number}"), "ok"))
        .collect();
    world.deploy(&sequence("p", &tasks)).await;
    let id = world.start("p", json!({})).await;
    world.crash(options()).await;
    eventually(async || world.status(id).await == Status::Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halted_instance_stays_halted() {
    let mut world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "boom")]))
        .await;
    let id = world.start("p", json!({})).await;
    let task = world.open_task().await;
    world.complete(task).await.unwrap_err();
    world.crash(options()).await;
    let cancel = Command::CancelProcessInstance {
        process_instance: id,
    };
    assert_eq!(
        world.run(cancel).await.unwrap_err().code(),
        "INSTANCE_HALTED"
    );
}
