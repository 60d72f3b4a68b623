//! A bug stops one instance and never the server.

use futures::future::join_all;
use serde_json::json;
use tongban_runtime::command::Command;
use tongban_runtime::command::process_instance::ProcessInstanceCommand;
use tongban_store::row::process_instance::Status;

use crate::support::{World, options, sequence, service, start_command, user};

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_undoes_the_command_and_halts_the_instance() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "boom")]))
        .await;
    let id = world.start("p", json!({})).await;
    let task = world.open_task().await;
    let error = world.complete(task).await.unwrap_err();
    assert_eq!(error.code(), "INSTANCE_HALTED");
    assert_eq!(world.status(id).await, Status::Halted);
    assert_eq!(world.open_tasks().await.len(), 1, "the task is as it was");
    assert_eq!(
        world.complete(task).await.unwrap_err().code(),
        "INSTANCE_HALTED"
    );
    let cancel = Command::CancelProcessInstance {
        process_instance: id,
    };
    assert_eq!(
        world.run(cancel).await.unwrap_err().code(),
        "INSTANCE_HALTED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_group_leaves_the_other_commands_alone() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("good", &[service("one", "ok")]))
        .await;
    world
        .deploy(&sequence("bad", &[service("one", "boom")]))
        .await;
    let sent = (0..30).map(|number| {
        let key = if number % 3 == 0 { "bad" } else { "good" };
        world.run(start_command(key, json!({})))
    });
    let answers = join_all(sent).await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 20);
    let id = world.start("good", json!({})).await;
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halted_instance_is_recovered_and_can_be_ended() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "boom")]))
        .await;
    let id = world.start("p", json!({})).await;
    let task = world.open_task().await;
    world.complete(task).await.unwrap_err();
    let recover = |suspended| {
        Command::ProcessInstance(ProcessInstanceCommand::Recover {
            process_instance: id,
            variables: json!({}),
            suspended,
            reason: Some("the plugin was mended".to_owned()),
        })
    };
    world.run(recover(false)).await.unwrap();
    assert_eq!(world.status(id).await, Status::Active);
    assert_eq!(
        world.run(recover(false)).await.unwrap_err().code(),
        "INSTANCE_NOT_HALTED"
    );
    // The cause is still there: it is halted again, and recovered so that it rests.
    assert_eq!(
        world.complete(task).await.unwrap_err().code(),
        "INSTANCE_HALTED"
    );
    world.run(recover(true)).await.unwrap();
    assert_eq!(
        world.complete(task).await.unwrap_err().code(),
        "INSTANCE_SUSPENDED"
    );
    let cancel = Command::CancelProcessInstance {
        process_instance: id,
    };
    world.run(cancel).await.unwrap();
    assert_eq!(world.status(id).await, Status::Canceled);
}
