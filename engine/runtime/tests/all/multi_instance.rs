//! Activities carried out many times: small ones within their instance, large ones as instances of
//! their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value as Json, json};
use tongban_core::id::ProcessInstanceId;
use tongban_core::variable::Variables;
use tongban_feel::value::Value;
use tongban_runtime::command::job::{JobCommand, JobLease, JobTypes};
use tongban_runtime::command::{Command, IncidentId, UserTaskId};
use tongban_runtime::engine::Options;
use tongban_runtime::job_handler::{JobFailure, JobHandlers};
use tongban_runtime::outcome::Done;
use tongban_store::query;
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance::ProcessInstanceFilter;
use tongban_store::row::process_instance::Status;

use crate::support::{World, eventually, options, sequence, tenant, user};

/// An activity with its loop.
fn looped(xml: &str, characteristics: &str) -> String {
    let (head, tail) = xml.rsplit_once("</").unwrap();
    format!("{head}{characteristics}</{tail}")
}

fn each(collection: &str, attributes: &str, inside: &str) -> String {
    format!(
        r#"<multiInstanceLoopCharacteristics {attributes}><extensionElements>
          <zeebe:loopCharacteristics inputCollection="={collection}" inputElement="item" outputCollection="results" outputElement="=result"/>
          </extensionElements>{inside}</multiInstanceLoopCharacteristics>"#
    )
}

fn service(job_type: &str, characteristics: &str) -> (&'static str, String) {
    let xml = format!(
        r#"<serviceTask id="work"><extensionElements><zeebe:taskDefinition type="{job_type}"/></extensionElements></serviceTask>"#
    );
    ("work", looped(&xml, characteristics))
}

/// `double`: twice the item, `long`: a long text, `odd`: a failure for the item 3 while it is told
/// to. All count how often they were called.
struct Counted {
    options: Options,
    n_calls: Arc<AtomicU32>,
    is_failing: Arc<AtomicU32>,
}

fn counted() -> Counted {
    let n_calls = Arc::new(AtomicU32::new(0));
    let is_failing = Arc::new(AtomicU32::new(1));
    let (counter, failing) = (n_calls.clone(), is_failing.clone());
    let item = |variables: &Variables| variables.get("item").and_then(Value::as_number);
    let result = |value: Value| Ok(Variables::from_iter([(Arc::from("result"), value)]));
    let count = move || counter.fetch_add(1, Ordering::SeqCst);
    let (count_double, count_long) = (count.clone(), count.clone());
    let job_handlers = JobHandlers::default()
        .with("double", move |call| {
            count_double();
            let doubled = item(call.variables).and_then(|it| it.to_i64()).unwrap() * 2;
            result(Value::from(doubled))
        })
        .with("long", move |_| {
            count_long();
            result(Value::from("x".repeat(100).as_str()))
        })
        .with("odd", move |call| {
            count();
            let is_third = item(call.variables).and_then(|it| it.to_i64()) == Some(3);
            if is_third && failing.load(Ordering::SeqCst) == 1 {
                return Err(JobFailure::Failed {
                    message: "not this one".into(),
                });
            }
            result(Value::from(true))
        });
    Counted {
        options: Options {
            job_handlers,
            ..options()
        },
        n_calls,
        is_failing,
    }
}

async fn variable(world: &World, id: i64, name: &str) -> Option<Value> {
    let database = world.handle.database();
    let state = query::process_instance::state(database, &tenant(), ProcessInstanceId(id)).await;
    let state = state.unwrap()?;
    let root = state.root()?.id;
    state.variable(root, name).map(|it| it.into_owned())
}

pub(crate) async fn children(world: &World, parent: i64, status: Status) -> usize {
    let filter = ProcessInstanceFilter {
        parent: Some(ProcessInstanceId(parent)),
        statuses: vec![status],
        ..Default::default()
    };
    let mut request = PageRequest::first(500);
    let mut n_found = 0;
    loop {
        let database = world.handle.database();
        let page = query::process_instance::list(database, &tenant(), &filter, &request).await;
        let page = page.unwrap();
        n_found += page.edges.len();
        request.after = page.edges.last().map(|it| it.cursor.clone());
        if !page.has_next_page {
            return n_found;
        }
    }
}

/// Waits longer than [`eventually`]: for thousands of instances.
async fn in_the_end<F: AsyncFnMut() -> bool>(mut holds: F) {
    for _ in 0..60 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("it did not happen within a minute");
}

fn numbers(count: i64) -> Vec<Value> {
    (1..=count).map(|n| Value::from(2 * n)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_one_stays_in_its_instance() {
    let counted = counted();
    let world = World::new(counted.options).await;
    let work = service("double", &each("items", "", ""));
    world.deploy(&sequence("p", &[work, user("read")])).await;
    let id = world.start("p", json!({"items": [1, 2, 3]})).await;
    let results = variable(&world, id, "results").await;
    assert_eq!(results, Some(Value::list(numbers(3))));
    assert_eq!(children(&world, id, Status::Completed).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_iterations_run_as_instances_in_bounded_commands() {
    const COUNT: i64 = 5_000;
    let counted = counted();
    let world = World::new(counted.options).await;
    let work = service("double", &each("[1..count]", "", ""));
    world.deploy(&sequence("p", &[work, user("read")])).await;
    world.deploy(&sequence("other", &[])).await;
    let id = world.start("p", json!({ "count": COUNT })).await;
    // Groups are bounded by time: how many others come through, and after how many iterations, depends on the machine.
    let mut n_others_meanwhile = 0;
    while world.open_tasks().await.is_empty() {
        let other = world.start("other", json!({})).await;
        if counted.n_calls.load(Ordering::SeqCst) < 5_000 {
            n_others_meanwhile += 1;
        }
        assert_eq!(world.status(other).await, Status::Completed);
    }
    assert!(n_others_meanwhile > 0, "others wait for a group at most");
    assert_eq!(counted.n_calls.load(Ordering::SeqCst), 5_000);
    assert_eq!(children(&world, id, Status::Completed).await, 5_000);
    let results = variable(&world, id, "results").await;
    assert_eq!(results, Some(Value::list(numbers(COUNT))));
    let sizes = largest_commands(&world, id).await;
    assert!(sizes.instances <= 50, "{sizes:?}");
    assert!(sizes.bytes <= 64 << 10, "{sizes:?}");
    world.complete(world.open_task().await).await.unwrap();
    assert_eq!(world.status(id).await, Status::Completed);
}

/// What the largest command has done.
#[derive(Debug)]
struct Largest {
    instances: usize,
    bytes: usize,
}

/// Read off the history of the body, in which each entry is a command: after each of them the group
/// may end.
async fn largest_commands(world: &World, id: i64) -> Largest {
    let mut request = PageRequest::first(500);
    let mut largest = Largest {
        instances: 0,
        bytes: 0,
    };
    loop {
        let (database, id) = (world.handle.database(), ProcessInstanceId(id));
        let page = query::process_instance::history(database, &tenant(), id, &request).await;
        let page = page.unwrap();
        for edge in &page.edges {
            let started = edge.node.events.iter().map(|event| match event {
                tongban_core::event::Event::IterationsStarted { count, .. } => *count as usize,
                _ => 0,
            });
            largest.instances = largest.instances.max(started.sum());
            let bytes = tongban_store::record::encode_events(&edge.node.events).len();
            largest.bytes = largest.bytes.max(bytes);
        }
        request.after = page.edges.last().map(|it| it.cursor.clone());
        if !page.has_next_page {
            return largest;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iterations_go_on_where_they_stood_after_an_end_without_warning() {
    let mut world = World::new(counted().options).await;
    let work = service("double", &each("[1..count]", "", ""));
    world.deploy(&sequence("p", &[work, user("read")])).await;
    let id = world.start("p", json!({"count": 1_000})).await;
    world.crash(counted().options).await;
    in_the_end(async || !world.open_tasks().await.is_empty()).await;
    let results = variable(&world, id, "results").await;
    assert_eq!(results, Some(Value::list(numbers(1_000))));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_all_iterations_page_by_page() {
    let world = World::new(options()).await;
    let (id_of_task, task) = user("ask");
    let ask = (id_of_task, looped(&task, &each("[1..300]", "", "")));
    world.deploy(&sequence("p", &[ask])).await;
    let id = world.start("p", json!({})).await;
    in_the_end(async || children(&world, id, Status::Active).await == 300).await;
    let cancel = Command::CancelProcessInstance {
        process_instance: id,
    };
    world.run(cancel).await.unwrap();
    in_the_end(async || children(&world, id, Status::Canceled).await == 300).await;
    assert!(world.open_tasks().await.is_empty());
    assert_eq!(world.status(id).await, Status::Canceled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_condition_ends_the_rest() {
    let world = World::new(options()).await;
    let (id_of_task, task) = user("ask");
    let condition =
        r#"<completionCondition>=numberOfCompletedInstances &gt;= 2</completionCondition>"#;
    let ask = (id_of_task, looped(&task, &each("[1..150]", "", condition)));
    world.deploy(&sequence("p", &[ask, user("read")])).await;
    let id = world.start("p", json!({})).await;
    in_the_end(async || children(&world, id, Status::Active).await == 150).await;
    for task in world.open_tasks().await.iter().take(2) {
        let user_task = UserTaskId {
            process_instance: task.process_instance_id.0,
            number: task.id.0,
        };
        let variables = json!({"result": "yes"});
        let complete = Command::CompleteUserTask {
            user_task,
            variables,
            dry_run: false,
        };
        world.run(complete).await.unwrap();
    }
    in_the_end(async || children(&world, id, Status::Canceled).await == 148).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    let task = world.open_task().await;
    assert_eq!(task.process_instance, id);
    let results = variable(&world, id, "results").await.unwrap();
    let Value::List(results) = results else {
        panic!("{results:?}")
    };
    assert_eq!(results.len(), 150);
    let yes = results.iter().filter(|it| it.as_str() == Some("yes"));
    assert_eq!(yes.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_that_are_too_large_together_are_an_incident_that_can_be_passed() {
    let counted = counted();
    let world = World::new(counted.options).await;
    let work = service("long", &each("[1..1200]", "", ""));
    world.deploy(&sequence("p", &[work, user("read")])).await;
    let id = world.start("p", json!({})).await;
    in_the_end(async || !world.incidents().await.is_empty()).await;
    let incidents = world.incidents().await;
    assert_eq!(&*incidents[0].kind, "INCIDENT_OUTPUT_COLLECTION_TOO_LARGE");
    let incident = IncidentId {
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
    eventually(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(world.open_task().await.process_instance, id);
    assert_eq!(variable(&world, id, "results").await, Some(Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_one_iteration_stops_it_alone() {
    let counted = counted();
    let world = World::new(counted.options).await;
    let work = service("odd", &each("[1..120]", "", ""));
    world.deploy(&sequence("p", &[work, user("read")])).await;
    let id = world.start("p", json!({})).await;
    in_the_end(async || children(&world, id, Status::Completed).await == 119).await;
    let incidents = world.incidents().await;
    assert_eq!(incidents.len(), 1);
    assert_ne!(incidents[0].process_instance_id.0, id);
    counted.is_failing.store(0, Ordering::SeqCst);
    let incident = IncidentId {
        process_instance: incidents[0].process_instance_id.0,
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
    in_the_end(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(children(&world, id, Status::Completed).await, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_sequence_carries_out_one_after_the_other_on_what_the_last_one_left() {
    let world = World::new(counted().options).await;
    let adds = r#"<scriptTask id="add"><extensionElements><zeebe:script expression="=sum + item" resultVariable="sum"/></extensionElements></scriptTask>"#;
    let add = looped(adds, &each("[1..150]", r#"isSequential="true""#, ""));
    world
        .deploy(&sequence("p", &[("add", add), user("read")]))
        .await;
    let id = world.start("p", json!({"sum": 0})).await;
    in_the_end(async || !world.open_tasks().await.is_empty()).await;
    let sum = variable(&world, id, "sum").await;
    assert_eq!(sum, Some(Value::from(150_i64 * 151 / 2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn iterations_see_what_is_around_them_and_a_whole_sub_process_may_be_one() {
    let world = World::new(counted().options).await;
    let inner = format!(
        r#"<subProcess id="sub"><startEvent id="in"/><sequenceFlow id="s1" sourceRef="in" targetRef="twice"/>
          <callActivity id="twice"><extensionElements><zeebe:calledElement processId="called" propagateAllParentVariables="true"/></extensionElements></callActivity>
          <sequenceFlow id="s2" sourceRef="twice" targetRef="out"/><endEvent id="out"/>{}</subProcess>"#,
        each("items", "", "")
    );
    let called = r#"<scriptTask id="calc"><extensionElements><zeebe:script expression="=item * factor" resultVariable="result"/></extensionElements></scriptTask>"#;
    world
        .deploy(&sequence("called", &[("calc", called.to_owned())]))
        .await;
    world
        .deploy(&sequence("p", &[("sub", inner), user("read")]))
        .await;
    let items: Vec<Json> = (1..=110).map(|n| json!(n)).collect();
    let id = world.start("p", json!({"items": items, "factor": 2})).await;
    in_the_end(async || !world.open_tasks().await.is_empty()).await;
    let results = variable(&world, id, "results").await;
    assert_eq!(results, Some(Value::list(numbers(110))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boundary_event_of_a_large_one_ends_its_iterations() {
    let world = World::new(options()).await;
    let (_, task) = user("ask");
    let ask = format!(
        r#"{}<boundaryEvent id="stop" attachedToRef="ask"><signalEventDefinition signalRef="s"/></boundaryEvent>
          <sequenceFlow id="f" sourceRef="stop" targetRef="end"/>"#,
        looped(&task, &each("[1..130]", "", ""))
    );
    let process = sequence("p", &[("ask", ask)]);
    world
        .deploy(&format!(r#"<signal id="s" name="STOP"/>{process}"#))
        .await;
    let id = world.start("p", json!({})).await;
    in_the_end(async || children(&world, id, Status::Active).await == 130).await;
    let stop = Command::BroadcastSignal {
        name: "STOP".into(),
        variables: json!({}),
    };
    world.run(stop).await.unwrap();
    eventually(async || world.status(id).await == Status::Completed).await;
    in_the_end(async || children(&world, id, Status::Canceled).await == 130).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_an_iteration_sees_what_is_around_the_activity() {
    let world = World::new(options()).await;
    let work = service("archive", &each("items", "", ""));
    world.deploy(&sequence("p", &[work, user("read")])).await;
    let items: Vec<i64> = (1..=101).collect();
    let id = world.start("p", json!({"items": items, "box": 7})).await;
    in_the_end(async || children(&world, id, Status::Active).await == 101).await;
    let may_take = || JobTypes(vec!["*".into()]);
    for round in 1..=2 {
        let activate = JobCommand::Activate {
            job_type: "archive".to_owned(),
            max: 100,
            lease_ms: 60_000,
            may_take: may_take(),
        };
        let outcome = world.run(Command::Job(activate)).await.unwrap();
        let Done::JobsActivated { jobs } = outcome.done else {
            panic!("{round}: {:?}", outcome.done);
        };
        let details = world.handle.activated_jobs("150627", &jobs).await.unwrap();
        assert_eq!(details.len(), jobs.len());
        for it in details {
            let (number, around) = (&it.variables["item"], &it.variables["box"]);
            assert_eq!((number, around), (&it.variables["loopCounter"], &json!(7)));
            let lease = JobLease {
                job: it.job,
                token: it.token,
                may_take: may_take(),
            };
            let variables = json!({"result": 2 * number.as_i64().unwrap()});
            let complete = JobCommand::Complete { lease, variables };
            world.run(Command::Job(complete)).await.unwrap();
        }
    }
    in_the_end(async || !world.open_tasks().await.is_empty()).await;
    let results = variable(&world, id, "results").await;
    assert_eq!(results, Some(Value::list(numbers(101))));
}
