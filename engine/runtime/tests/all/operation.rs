//! What operators do to running instances, one by one and many at once.

use serde_json::{Value as Json, json};
use tongban_runtime::command::Command;
use tongban_runtime::command::batch::{BatchAction, BatchCommand, BatchSelection};
use tongban_runtime::command::process_instance::ProcessInstanceCommand;
use tongban_runtime::engine::Options;
use tongban_runtime::job_handler::{JobFailure, JobHandlers};
use tongban_runtime::outcome::Done;
use tongban_store::query;
use tongban_store::query::audit_entry::AuditEntryFilter;
use tongban_store::query::page::PageRequest;
use tongban_store::row::batch::{Batch, BatchState};
use tongban_store::row::process_instance::Status;

use crate::multi_instance::children;
use crate::support::{
    HOUR, MORNING, World, eventually, manual, options, principal, sequence, service, tenant, timer,
    user,
};

pub(crate) fn suspend(process_instance: i64) -> Command {
    Command::ProcessInstance(ProcessInstanceCommand::Suspend { process_instance })
}

pub(crate) fn resume(process_instance: i64) -> Command {
    Command::ProcessInstance(ProcessInstanceCommand::Resume { process_instance })
}

/// A large instance has no room any more: at rest it refuses whatever comes by itself, and going on
/// from there it has an incident.
fn without_room() -> Options {
    let mut options = manual();
    options.core_limits.state_bytes_max = 10_000;
    options
}

fn large(key: &str) -> Json {
    json!({ "key": key, "long": "x".repeat(20_000) })
}

/// Whether what an instance waited for has come.
async fn has_come(world: &World, id: i64) -> bool {
    let incidents = world.incidents().await;
    incidents.iter().any(|it| it.process_instance_id.0 == id)
}

async fn advance(world: &World, to: i64) -> u64 {
    // A slow machine takes longer than a caller waits.
    for _ in 0..100 {
        let asked = world.run(Command::AdvanceClock { to }).await;
        match asked.unwrap().done {
            Done::ClockAdvanced {
                n_fired,
                complete: true,
                ..
            } => return n_fired,
            Done::ClockAdvanced { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("the clock does not come to {to}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_timers_of_instances_at_rest_stop_neither_others_nor_the_clock() {
    let mut world = World::new(manual()).await;
    world.deploy(&sequence("p", &[timer("wait", "PT1H")])).await;
    world.deploy(&sequence("q", &[timer("wait", "PT2H")])).await;
    let mut at_rest = Vec::new();
    for _ in 0..3 {
        let id = world.start("p", large("")).await;
        world.run(suspend(id)).await.unwrap();
        at_rest.push(id);
    }
    let other = world.start("q", json!({})).await;
    let mut small = without_room();
    small.bounds.timer_page = 2;
    world.crash(small).await;
    assert_eq!(advance(&world, MORNING + 3 * HOUR).await, 1);
    assert_eq!(world.status(other).await, Status::Completed);
    // What was refused comes as soon as the instance goes on.
    for (id, later) in at_rest.into_iter().zip(1..) {
        assert!(!has_come(&world, id).await);
        world.run(resume(id)).await.unwrap();
        advance(&world, MORNING + 3 * HOUR + later).await;
        assert!(has_come(&world, id).await);
    }
}

const SIGNAL: &str = r#"<signal id="s" name="CLOSED"/>"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_an_instance_at_rest_that_is_full_comes_when_it_goes_on() {
    let mut world = World::new(manual()).await;
    let catch = r#"<intermediateCatchEvent id="catch"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>"#;
    let process = sequence("p", &[("catch", catch.to_owned())]);
    world.deploy(&format!("{SIGNAL}{process}")).await;
    let message = r#"<message id="m" name="PAID"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message>"#;
    let catch = r#"<intermediateCatchEvent id="catch"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>"#;
    let process = sequence("q", &[("catch", catch.to_owned())]);
    world.deploy(&format!("{message}{process}")).await;
    let ids = [
        world.start("p", large("")).await,
        world.start("q", large("a")).await,
        world.start("q", large("b")).await,
    ];
    for id in ids {
        world.run(suspend(id)).await.unwrap();
    }
    world.crash(without_room()).await;
    let variables = json!({});
    let name = "CLOSED".into();
    let broadcast = Command::BroadcastSignal { name, variables };
    world.run(broadcast).await.unwrap();
    for (key, time_to_live_us) in [("a", 0), ("b", HOUR)] {
        let publish = Command::PublishMessage {
            name: "PAID".into(),
            correlation_key: Some(key.into()),
            variables: json!({}),
            time_to_live_us,
            message_id: None,
        };
        world.run(publish).await.unwrap();
    }
    advance(&world, MORNING + 1).await;
    for (id, later) in ids.into_iter().zip(2..) {
        assert!(!has_come(&world, id).await);
        world.run(resume(id)).await.unwrap();
        advance(&world, MORNING + later).await;
        assert!(has_come(&world, id).await, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_multi_instance_at_rest_begins_no_further_iteration() {
    const COUNT: usize = 5_000;
    let world = World::new(manual()).await;
    let each = r#"<serviceTask id="work"><extensionElements><zeebe:taskDefinition type="ok"/></extensionElements>
      <multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1..count]"/></extensionElements></multiInstanceLoopCharacteristics></serviceTask>"#;
    world
        .deploy(&sequence("p", &[("work", each.to_owned())]))
        .await;
    let id = world.start("p", json!({ "count": COUNT })).await;
    world.run(suspend(id)).await.unwrap();
    let begun = async || {
        let n_ended = children(&world, id, Status::Completed).await;
        n_ended + children(&world, id, Status::Active).await
    };
    let n_begun = begun().await;
    assert!(n_begun < COUNT, "{n_begun}");
    advance(&world, MORNING + 1).await;
    assert_eq!(begun().await, n_begun);
    world.run(resume(id)).await.unwrap();
    advance(&world, MORNING + 2).await;
    assert_eq!(world.status(id).await, Status::Completed);
    assert_eq!(children(&world, id, Status::Completed).await, COUNT);
}

/// Starts a batch and waits for its end.
async fn batch(world: &World, action: BatchAction, selection: BatchSelection) -> Batch {
    let start = Command::Batch(BatchCommand::Start {
        action,
        selection,
        reason: None,
    });
    let asked = world.run_as(principal("li", &["OPERATOR"]), start).await;
    let Done::BatchChanged { batch } = asked.unwrap().done else {
        panic!("no batch was started")
    };
    let mut found = None;
    eventually(async || {
        let (database, tenant) = (world.handle.database(), tenant());
        found = query::batch::get(database, &tenant, batch).await.unwrap();
        found
            .as_ref()
            .is_some_and(|it| it.state == BatchState::Done)
    })
    .await;
    found.unwrap()
}

fn counts(batch: &Batch) -> (i64, i64, i64) {
    (batch.n_selected, batch.n_done, batch.n_failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn named_instances_of_a_batch_must_meet_its_conditions_too() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    world.deploy(&sequence("q", &[user("a")])).await;
    let first = world.start("p", json!({})).await;
    let foreign = world.start("q", json!({})).await;
    world.deploy(&sequence("p", &[user("a"), user("b")])).await;
    let newer = world.start("p", json!({})).await;
    let at_rest = world.start("p", json!({})).await;
    world.run(suspend(at_rest)).await.unwrap();
    let named = BatchSelection {
        process_instances: vec![first, foreign, newer, at_rest],
        process_key: Some("p".into()),
        ..BatchSelection::default()
    };
    let with_incident = BatchSelection {
        with_incident: true,
        ..named.clone()
    };
    let none = batch(&world, BatchAction::Cancel, with_incident).await;
    assert_eq!(counts(&none), (4, 0, 4));
    let of_version = BatchSelection {
        version: Some(2),
        suspended: Some(false),
        ..named
    };
    let one = batch(&world, BatchAction::Cancel, of_version).await;
    assert_eq!(counts(&one), (4, 1, 3));
    assert_eq!(world.status(newer).await, Status::Canceled);
    for id in [first, foreign, at_rest] {
        assert_eq!(world.status(id).await, Status::Active);
    }
    let database = world.handle.database();
    let found = query::batch::findings(database, &tenant(), one.id).await;
    let found = found.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(&*found[0].code, "BATCH_CONDITION_NOT_MET");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_instance_of_a_batch_tells_who_asked_for_it() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a")])).await;
    let id = world.start("p", json!({})).await;
    let of_process = BatchSelection {
        process_key: Some("p".into()),
        ..BatchSelection::default()
    };
    let done = batch(&world, BatchAction::Cancel, of_process).await;
    let filter = AuditEntryFilter {
        subject_kind: Some("process_instance".into()),
        subject_id: Some(id.to_string().into()),
        principal: Some("li".into()),
        ..AuditEntryFilter::default()
    };
    let (database, page) = (world.handle.database(), PageRequest::first(9));
    let entries = query::audit_entry::list(database, &tenant(), &filter, &page).await;
    let entries = entries.unwrap().into_nodes();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(&*entries[0].action, "CancelProcessInstance");
    let detail = entries[0].detail.as_deref().unwrap();
    assert!(detail.contains(&done.id.to_string()), "{detail}");
    let id = tongban_core::id::ProcessInstanceId(id);
    let history = query::process_instance::history(database, &tenant(), id, &page).await;
    let entries = history.unwrap().into_nodes();
    assert!(entries.iter().any(|it| &*it.principal == "li"));
}

#[tokio::test(flavor = "multi_thread")]
async fn incidents_of_iterations_and_beyond_a_page_are_resolved_by_a_batch() {
    let failing = || {
        let job_handlers = JobHandlers::default().with("work", |_| {
            Err(JobFailure::Failed {
                message: "not now".into(),
            })
        });
        Options {
            job_handlers,
            ..options()
        }
    };
    let mut world = World::new(failing()).await;
    let each = |collection: &str| {
        format!(
            r#"<serviceTask id="work"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements>
          <multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="={collection}"/></extensionElements></multiInstanceLoopCharacteristics></serviceTask>"#
        )
    };
    world
        .deploy(&sequence("p", &[("work", each("[1..count]"))]))
        .await;
    let large = world.start("p", json!({ "count": 120 })).await;
    eventually(async || world.incidents().await.len() == 120).await;
    let mut inline = failing();
    inline.core_limits.iterations_inline_max = 1_000;
    world.crash(inline).await;
    let wide = world.start("p", json!({ "count": 130 })).await;
    eventually(async || world.incidents().await.len() == 250).await;
    world
        .crash(Options {
            job_handlers: JobHandlers::default().with("work", |_| Ok(Default::default())),
            ..options()
        })
        .await;
    let of_process = BatchSelection {
        process_key: Some("p".into()),
        with_incident: true,
        ..BatchSelection::default()
    };
    batch(&world, BatchAction::RetryJobs, of_process).await;
    for id in [large, wide] {
        eventually(async || world.status(id).await == Status::Completed).await;
    }
    assert!(world.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_with_a_worker_is_left_to_him_though_its_type_is_served_here_since() {
    let mut world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[service("work", "archive")]))
        .await;
    let id = world.start("p", json!({})).await;
    let taken = crate::job::jobs(
        world
            .run(crate::job::activate("archive", 9, 60_000))
            .await
            .unwrap(),
    );
    world.run(suspend(id)).await.unwrap();
    let mut serving = options();
    serving.job_handlers = JobHandlers::default().with("archive", |_| panic!("twice"));
    world.crash(serving).await;
    world.run(resume(id)).await.unwrap();
    assert_eq!(world.status(id).await, Status::Active);
    let complete = crate::job::complete(&taken[0], json!({}));
    world.run(complete).await.unwrap();
    assert_eq!(world.status(id).await, Status::Completed);
}
