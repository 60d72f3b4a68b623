//! Deployments: versions, and everything that is wrong at once.

use serde_json::json;
use tongban_runtime::command::{Command, Resource};
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::Done;

use crate::support::{World, definitions, options, sequence, service, user};

fn bpmn(name: &str, body: &str) -> Resource {
    Resource {
        name: name.into(),
        content: definitions(body).into_bytes(),
        effective_from: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_makes_no_new_version() {
    let world = World::new(options()).await;
    let deploy = || Command::Deploy {
        resources: vec![bpmn("p.bpmn", &sequence("p", &[user("a")]))],
    };
    let versions = async |command: Command| match world.run(command).await.unwrap().done {
        Done::Deployed(deployed) => (
            deployed.processes[0].version,
            deployed.processes[0].unchanged,
        ),
        other => panic!("{other:?}"),
    };
    assert_eq!(versions(deploy()).await, (1, false));
    assert_eq!(versions(deploy()).await, (1, true));
    let other = Command::Deploy {
        resources: vec![bpmn("p.bpmn", &sequence("p", &[user("b")]))],
    };
    assert_eq!(versions(other).await, (2, false));
    world.start("p", json!({})).await;
    assert_eq!(&*world.open_tasks().await[0].element_id, "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_instance_keeps_its_version() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[user("a"), user("old")]))
        .await;
    world.start("p", json!({})).await;
    world
        .deploy(&sequence("p", &[user("a"), user("new")]))
        .await;
    world.complete(world.open_task().await).await.unwrap();
    assert_eq!(&*world.open_tasks().await[0].element_id, "old");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_all_files_is_said_and_nothing_is_stored() {
    let world = World::new(options()).await;
    let resources = vec![
        bpmn("good.bpmn", &sequence("good", &[service("one", "ok")])),
        bpmn(
            "bad.bpmn",
            r#"<process id="bad" isExecutable="true"><startEvent id="s"/><complexGateway id="g"/><sequenceFlow id="f" sourceRef="s" targetRef="nowhere"/></process>"#,
        ),
        Resource {
            name: "x.form".into(),
            content: b"{}".to_vec(),
            effective_from: None,
        },
        Resource {
            name: "x.exe".into(),
            content: Vec::new(),
            effective_from: None,
        },
    ];
    let error = world.run(Command::Deploy { resources }).await.unwrap_err();
    let CommandError::Rejected(rejected) = error else {
        panic!("{error:?}")
    };
    let fields: std::collections::BTreeSet<_> = rejected
        .errors
        .iter()
        .filter_map(|it| it.field.clone())
        .collect();
    assert!(
        fields.is_superset(
            &["/resources/1", "/resources/2", "/resources/3"]
                .map(str::to_owned)
                .into()
        ),
        "{rejected:?}"
    );
    assert!(
        rejected
            .errors
            .iter()
            .filter(|it| it.field.as_deref() == Some("/resources/1"))
            .count()
            >= 2
    );
    assert!(
        rejected
            .errors
            .iter()
            .all(|it| !it.text.zh.is_empty() && !it.text.en.is_empty())
    );
    let start = crate::support::start_command("good", json!({}));
    assert_eq!(
        world.run(start).await.unwrap_err().code(),
        "PROCESS_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_twice_in_one_deployment_is_refused() {
    let world = World::new(options()).await;
    let body = sequence("p", &[user("a")]);
    let resources = vec![bpmn("a.bpmn", &body), bpmn("b.bpmn", &body)];
    let error = world.run(Command::Deploy { resources }).await.unwrap_err();
    assert_eq!(error.code(), "RESOURCE_DUPLICATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_nobody_serves_is_a_warning() {
    let world = World::new(options()).await;
    let resources = vec![bpmn("p.bpmn", &sequence("p", &[service("one", "nobody")]))];
    let Done::Deployed(deployed) = world.run(Command::Deploy { resources }).await.unwrap().done
    else {
        panic!()
    };
    assert_eq!(deployed.warnings[0].code, "JOB_TYPE_UNSERVED");
}
