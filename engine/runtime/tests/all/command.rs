//! Idempotency, refusals, and many commands at once.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;
use tongban_runtime::change::Subject;
use tongban_runtime::command::Command;
use tongban_runtime::county::County;
use tongban_runtime::error::CommandError;
use tongban_store::row::process_instance::Status;

use crate::support::{World, options, request, sequence, service, start_command, user};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_is_answered_again_and_does_nothing_again() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let first = world
        .keyed(start_command("p", json!({"a": 1})), "k")
        .await
        .unwrap();
    let again = world
        .keyed(start_command("p", json!({"a": 1})), "k")
        .await
        .unwrap();
    assert_eq!(first.done, again.done);
    assert!(!first.repeated && again.repeated);
    assert_eq!(world.open_tasks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_other_input_is_refused() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    world
        .keyed(start_command("p", json!({"a": 1})), "k")
        .await
        .unwrap();
    let error = world
        .keyed(start_command("p", json!({"a": 2})), "k")
        .await
        .unwrap_err();
    assert_eq!(error.code(), "IDEMPOTENCY_CONFLICT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_evaluated_anew_under_its_key() {
    let world = World::new(options()).await;
    let error = world
        .keyed(start_command("p", json!({})), "k")
        .await
        .unwrap_err();
    assert_eq!(error.code(), "PROCESS_NOT_FOUND");
    world.deploy(&sequence("p", &[user("a")])).await;
    world
        .keyed(start_command("p", json!({})), "k")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_in_one_group_starts_one_instance() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let sent = (0..32).map(|_| world.keyed(start_command("p", json!({})), "k"));
    let answers = join_all(sent).await;
    let done: Vec<_> = answers.into_iter().map(|it| it.unwrap().done).collect();
    assert!(done.windows(2).all(|it| it[0] == it[1]));
    assert_eq!(world.open_tasks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_completions_of_one_task_at_once_complete_it_once() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a"), user("b")])).await;
    world.start("p", json!({})).await;
    let task = world.open_task().await;
    let answers = join_all((0..64).map(|_| world.complete(task))).await;
    let accepted = answers.iter().filter(|it| it.is_ok()).count();
    assert_eq!(accepted, 1);
    let refused = answers
        .iter()
        .filter_map(|it| it.as_ref().err())
        .map(CommandError::code);
    assert_eq!(
        refused.collect::<BTreeSet<_>>(),
        BTreeSet::from(["USER_TASK_NOT_FOUND"])
    );
    assert_eq!(&*world.open_tasks().await[0].element_id, "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_of_a_group_leaves_the_others_alone() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[service("one", "ok")])).await;
    let sent = (0..40).map(|number| {
        let key = if number % 4 == 0 { "missing" } else { "p" };
        world.run(start_command(key, json!({})))
    });
    let answers = join_all(sent).await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_ids_and_wrong_types_are_refused_by_code() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let code = async |command: Command| world.run(command).await.unwrap_err().code().to_owned();
    assert_eq!(code(start_command("p", json!([1]))).await, "INVALID_INPUT");
    assert_eq!(
        code(start_command("p", json!({"t": "x".repeat(300_000)}))).await,
        "VARIABLES_TOO_LARGE"
    );
    let version = Command::StartProcess {
        process_key: "p".into(),
        version: Some(7),
        business_key: None,
        variables: json!({}),
    };
    assert_eq!(code(version).await, "PROCESS_VERSION_NOT_FOUND");
    assert_eq!(
        code(Command::CancelProcessInstance {
            process_instance: 999
        })
        .await,
        "INSTANCE_NOT_FOUND"
    );
    let incident = tongban_runtime::command::IncidentId {
        process_instance: 999,
        number: 1,
    };
    assert_eq!(
        code(Command::ResolveIncident {
            incident,
            variables: serde_json::Value::Null,
            reason: None,
        })
        .await,
        "INSTANCE_NOT_FOUND"
    );
    let operation = |name: &str| Command::InvokeOperation {
        operation: name.into(),
        input: json!({}),
        dry_run: false,
    };
    assert_eq!(code(operation("nothing")).await, "OPERATION_NOT_FOUND");
    assert_eq!(
        code(Command::AdvanceClock { to: i64::MAX }).await,
        "CLOCK_NOT_MANUAL"
    );
    let switch = Command::SwitchExchange {
        kind: "X".into(),
        available: false,
    };
    assert_eq!(code(switch).await, "CLOCK_NOT_MANUAL");
    assert_eq!(
        code(Command::InstallPlugin {
            package: b"no zip".as_slice().into()
        })
        .await,
        "HOST-0020"
    );
    let activate = Command::ActivatePlugin {
        name: "x".into(),
        version: "1.0.0".into(),
    };
    assert_eq!(code(activate).await, "PLUGIN_NOT_FOUND");
    let county = County {
        division: "999999".into(),
        ..County::default()
    };
    assert_eq!(
        code(Command::LoadCounty {
            county: Box::new(county)
        })
        .await,
        "COUNTY_INVALID"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_was_not_set_up_is_refused() {
    let world = World::new(options()).await;
    let mut request = request(start_command("p", json!({})), None);
    request.tenant = "110101".into();
    assert_eq!(
        world.handle.execute(request).await.unwrap_err().code(),
        "TENANT_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_answers_and_stores_nothing() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "ok")]))
        .await;
    let id = world.start("p", json!({})).await;
    let user_task = world.open_task().await;
    let command = Command::CompleteUserTask {
        user_task,
        variables: json!({}),
        dry_run: true,
    };
    world.run(command).await.unwrap();
    assert_eq!(world.open_tasks().await.len(), 1);
    assert_eq!(world.status(id).await, Status::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_are_told_after_the_commit() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let mut changes = world.handle.subscribe();
    let id = world.start("p", json!({})).await;
    let batch = changes.recv().await.unwrap();
    let told = batch.iter().any(|it| {
        matches!(&it.subject, Subject::UserTask { user_task, .. } if user_task.process_instance == id)
    });
    assert!(told, "{batch:?}");
    assert_eq!(world.open_tasks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_engine_answers_what_it_took_and_refuses_the_rest() {
    let mut world = World::new(options()).await;
    world.deploy(&sequence("p", &[service("one", "ok")])).await;
    let handle = world.handle.clone();
    let sent: Vec<_> = (0..200)
        .map(|_| {
            let handle = handle.clone();
            tokio::spawn(async move {
                handle
                    .execute(request(start_command("p", json!({})), None))
                    .await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    world.engine.take().unwrap().stop().await;
    for answer in join_all(sent).await {
        match answer.unwrap() {
            Ok(_) => {}
            Err(error) => assert_eq!(error.code(), "ENGINE_UNAVAILABLE"),
        }
    }
    let late = handle
        .execute(request(start_command("p", json!({})), None))
        .await;
    assert_eq!(late.unwrap_err().code(), "ENGINE_UNAVAILABLE");
}
