//! Jobs under a lease: what external workers take, and what becomes of it.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tongban_runtime::command::Command;
use tongban_runtime::command::job::{JobCommand, JobLease, JobTypes};
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::{ActivatedJob, CommandOutcome, Done};
use tongban_store::row::process_instance::Status;

use crate::support::{World, eventually, options, request, sequence, service};

pub(crate) const LEASE_MS: u64 = 60_000;

fn all() -> JobTypes {
    JobTypes(vec!["*".into()])
}

pub(crate) fn activate(job_type: &str, max: u32, lease_ms: u64) -> Command {
    Command::Job(JobCommand::Activate {
        job_type: job_type.to_owned(),
        max,
        lease_ms,
        may_take: all(),
    })
}

pub(crate) fn jobs(outcome: CommandOutcome) -> Vec<ActivatedJob> {
    match outcome.done {
        Done::JobsActivated { jobs } => jobs,
        other => panic!("{other:?}"),
    }
}

async fn take(world: &World, lease_ms: u64) -> Vec<ActivatedJob> {
    jobs(world.run(activate("archive", 10, lease_ms)).await.unwrap())
}

fn lease(job: &ActivatedJob) -> JobLease {
    JobLease {
        job: job.job,
        token: job.token,
        may_take: all(),
    }
}

pub(crate) fn complete(job: &ActivatedJob, variables: Json) -> Command {
    Command::Job(JobCommand::Complete {
        lease: lease(job),
        variables,
    })
}

fn fail(job: &ActivatedJob, retries: u32, back_off_ms: u64) -> Command {
    Command::Job(JobCommand::Fail {
        lease: lease(job),
        retries: Some(retries),
        back_off_ms,
        message: "the archive is closed".to_owned(),
    })
}

async fn world() -> World {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[service("work", "archive")]))
        .await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_takes_a_job_and_completes_it() {
    let world = world().await;
    let id = world.start("p", json!({"caseNo": "L-1"})).await;
    let taken = take(&world, LEASE_MS).await;
    assert_eq!(taken.len(), 1);
    assert!(take(&world, LEASE_MS).await.is_empty(), "it is taken");
    let details = world.handle.activated_jobs("150627", &taken).await.unwrap();
    assert_eq!(details[0].variables, json!({"caseNo": "L-1"}));
    assert_eq!(
        (&*details[0].element_id, &*details[0].process_key),
        ("work", "p")
    );
    assert_eq!((details[0].retries, details[0].token), (3, taken[0].token));
    world
        .run(complete(&taken[0], json!({"box": 7})))
        .await
        .unwrap();
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lets_his_lease_lapse_is_out_of_date_once_another_has_the_job() {
    let world = world().await;
    let id = world.start("p", json!({})).await;
    let first = take(&world, 20).await;
    let mut second = Vec::new();
    eventually(async || {
        second = take(&world, LEASE_MS).await;
        !second.is_empty()
    })
    .await;
    assert_eq!(second[0].job, first[0].job);
    assert!(second[0].token > first[0].token);
    for command in [
        complete(&first[0], json!({})),
        fail(&first[0], 2, 0),
        Command::Job(JobCommand::ExtendLease {
            lease: lease(&first[0]),
            lease_ms: LEASE_MS,
        }),
    ] {
        let refused = world.run(command).await.unwrap_err();
        assert_eq!(refused.code(), "JOB_LEASE_STALE");
    }
    world.run(complete(&second[0], json!({}))).await.unwrap();
    assert_eq!(world.status(id).await, Status::Completed);
    let late = world
        .run(complete(&second[0], json!({})))
        .await
        .unwrap_err();
    assert_eq!(late.code(), "INSTANCE_ENDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_extended_goes_on() {
    let world = world().await;
    world.start("p", json!({})).await;
    let taken = take(&world, 100).await;
    let extend = Command::Job(JobCommand::ExtendLease {
        lease: lease(&taken[0]),
        lease_ms: LEASE_MS,
    });
    let extended = world.run(extend).await.unwrap();
    let Done::JobLeaseExtended { job } = extended.done else {
        panic!("{extended:?}")
    };
    assert!(job.until > taken[0].until && job.token == taken[0].token);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(take(&world, LEASE_MS).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_is_woken_by_the_job() {
    let world = world().await;
    let handle = world.handle.clone();
    let waiting = tokio::spawn(async move {
        let request = request(activate("archive", 1, LEASE_MS), None);
        handle.activate_jobs(request, Duration::from_secs(8)).await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished(), "there is no job yet");
    let began = std::time::Instant::now();
    world.start("p", json!({})).await;
    let taken = jobs(waiting.await.unwrap().unwrap());
    assert_eq!(taken.len(), 1);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_in_vain_goes_without() {
    let world = world().await;
    let request = request(activate("archive", 1, LEASE_MS), None);
    let outcome = world
        .handle
        .activate_jobs(request, Duration::from_millis(30))
        .await;
    assert!(jobs(outcome.unwrap()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_comes_back_until_its_tries_are_used_up() {
    let world = world().await;
    let id = world.start("p", json!({})).await;
    let first = take(&world, LEASE_MS).await;
    world.run(fail(&first[0], 1, 30)).await.unwrap();
    assert!(world.incidents().await.is_empty());
    let mut second = Vec::new();
    eventually(async || {
        second = take(&world, LEASE_MS).await;
        !second.is_empty()
    })
    .await;
    assert!(second[0].token > first[0].token);
    world.run(fail(&second[0], 0, 0)).await.unwrap();
    let incidents = world.incidents().await;
    assert_eq!(&*incidents[0].message, "the archive is closed");
    assert!(take(&world, LEASE_MS).await.is_empty());
    // Whoever resolves the incident has it tried again.
    let incident = tongban_runtime::command::IncidentId {
        process_instance: id,
        number: incidents[0].id.0,
    };
    world
        .run(Command::ResolveIncident {
            incident,
            variables: serde_json::Value::Null,
            reason: None,
        })
        .await
        .unwrap();
    let third = take(&world, LEASE_MS).await;
    world.run(complete(&third[0], json!({}))).await.unwrap();
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_takes_the_path_of_its_boundary_event() {
    let world = World::new(options()).await;
    let body = r#"<error id="e" errorCode="LOST"/><process id="p" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
      <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="archive"/></extensionElements></serviceTask>
      <boundaryEvent id="lost" attachedToRef="work"><errorEventDefinition errorRef="e"/></boundaryEvent>
      <sequenceFlow id="f2" sourceRef="lost" targetRef="search"/><userTask id="search"><extensionElements><zeebe:userTask/></extensionElements></userTask>
      <sequenceFlow id="f3" sourceRef="work" targetRef="end"/><sequenceFlow id="f4" sourceRef="search" targetRef="end"/><endEvent id="end"/></process>"#;
    world.deploy(body).await;
    world.start("p", json!({})).await;
    let taken = take(&world, LEASE_MS).await;
    let throw = Command::Job(JobCommand::ThrowError {
        lease: lease(&taken[0]),
        code: "LOST".to_owned(),
        message: "it is not in its box".to_owned(),
        variables: json!({"box": 7}),
    });
    world.run(throw).await.unwrap();
    assert_eq!(&*world.open_tasks().await[0].element_id, "search");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_takes_only_what_it_may() {
    let world = world().await;
    world.start("p", json!({})).await;
    let with = |job_type: &str, may_take: JobTypes| {
        Command::Job(JobCommand::Activate {
            job_type: job_type.to_owned(),
            max: 1,
            lease_ms: LEASE_MS,
            may_take,
        })
    };
    let codes = async |command| -> String {
        let refused: CommandError = world.run(command).await.unwrap_err();
        refused.code().to_owned()
    };
    let other = JobTypes(vec!["send-sms".into()]);
    assert_eq!(
        codes(with("archive", other.clone())).await,
        "JOB_TYPE_NOT_GRANTED"
    );
    // What the server does itself is for nobody, whatever he may.
    assert_eq!(
        codes(with("tongban:check", all())).await,
        "JOB_TYPE_NOT_GRANTED"
    );
    let taken = take(&world, LEASE_MS).await;
    let stolen = Command::Job(JobCommand::Complete {
        lease: JobLease {
            may_take: other,
            ..lease(&taken[0])
        },
        variables: json!({}),
    });
    assert_eq!(codes(stolen).await, "JOB_TYPE_NOT_GRANTED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_key_ends_a_job_once() {
    let world = world().await;
    world.start("p", json!({})).await;
    let taken = take(&world, LEASE_MS).await;
    let first = world
        .keyed(complete(&taken[0], json!({})), "k-1")
        .await
        .unwrap();
    let again = world
        .keyed(complete(&taken[0], json!({})), "k-1")
        .await
        .unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(first.done, again.done);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_shared_out_in_their_order_over_a_crash() {
    let mut world = world().await;
    let mut started = Vec::new();
    for _ in 0..3 {
        started.push(world.start("p", json!({})).await);
    }
    let first = jobs(world.run(activate("archive", 2, LEASE_MS)).await.unwrap());
    let taken: Vec<i64> = first.iter().map(|it| it.job.process_instance).collect();
    assert_eq!(taken, started[..2]);
    world.crash(options()).await;
    // Leases hold over the end of the server; what was not taken still waits.
    let rest = take(&world, LEASE_MS).await;
    assert_eq!(rest[0].job.process_instance, started[2]);
    assert_eq!(rest.len(), 1);
    world.run(complete(&first[0], json!({}))).await.unwrap();
    assert_eq!(world.status(started[0]).await, Status::Completed);
}
