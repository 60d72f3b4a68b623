//! Plugins within commands, with the host's test guest, which does whatever its input asks for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};
use tongban_host::package::Package;
use tongban_runtime::clock::ClockMode;
use tongban_runtime::command::Command;
use tongban_runtime::command::process_instance::ProcessInstanceCommand;
use tongban_runtime::engine::Options;
use tongban_runtime::error::CommandError;
use tongban_runtime::outbox::exchange::SimulatedExchange;
use tongban_runtime::outcome::Done;
use tongban_store::query;
use tongban_store::query::page::PageRequest;
use tongban_store::row::check::{CheckRequest, CheckState};
use tongban_store::row::process_instance::Status;
use tongban_store::row::record::Record;

use crate::guest;
use crate::operation::{resume, suspend};
use crate::support::{MORNING, World, eventually, options, sequence, service, tenant, user};

fn guest_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/tests/guests/hostile")
}

/// The guest as a component, built once per test run.
fn guest() -> Vec<u8> {
    static GUEST: OnceLock<Vec<u8>> = OnceLock::new();
    let build = || guest::component(&guest_folder(), "hostile_guest", Some("TONGBAN_TEST_GUEST"));
    GUEST.get_or_init(build).clone()
}

/// The guest as a package.
pub(crate) fn package() -> Arc<[u8]> {
    static PACKAGE: OnceLock<Arc<[u8]>> = OnceLock::new();
    PACKAGE.get_or_init(|| edited(&[])).clone()
}

/// The guest as a package of which some files are other: each `(file, from, to)`; a file of which
/// nothing is there yet is made.
pub(crate) fn edited(edits: &[(&str, &str, &str)]) -> Arc<[u8]> {
    let folder = tempfile::tempdir().unwrap();
    copy(&guest_folder().join("plugin"), folder.path());
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(from), "{file}: {from}");
        let text = if from.is_empty() {
            (*to).to_owned()
        } else {
            text.replace(from, to)
        };
        std::fs::write(&path, text).unwrap();
    }
    let package = Package::from_folder(folder.path(), guest()).unwrap();
    package.pack().into()
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub(crate) async fn world_with(options: Options) -> World {
    let world = World::new(options).await;
    activate(&world).await;
    world
}

/// Installs and activates the guest.
pub(crate) async fn activate(world: &World) {
    let installed = world
        .run(Command::InstallPlugin { package: package() })
        .await
        .unwrap();
    assert!(matches!(
        installed.done,
        Done::PluginInstalled {
            unchanged: false,
            ..
        }
    ));
    let activate = Command::ActivatePlugin {
        name: "hostile".into(),
        version: "0.1.0".into(),
    };
    world.run(activate).await.unwrap();
}

async fn world() -> World {
    world_with(options()).await
}

pub(crate) fn act(what: &str) -> Command {
    Command::InvokeOperation {
        operation: "act".into(),
        input: json!({"do": what}),
        dry_run: false,
    }
}

async fn things(world: &World) -> Vec<Record> {
    let filter = query::record::RecordFilter::default();
    let (tenant, page) = (tenant(), PageRequest::first(100));
    let page = query::record::list(world.handle.database(), &tenant, "thing", &filter, &page);
    page.await.unwrap().into_nodes()
}

#[tokio::test(flavor = "multi_thread")]
async fn installing_and_activating_again_changes_nothing() {
    let world = world().await;
    let again = world
        .run(Command::InstallPlugin { package: package() })
        .await
        .unwrap();
    assert!(matches!(
        again.done,
        Done::PluginInstalled {
            unchanged: true,
            ..
        }
    ));
    let activate = Command::ActivatePlugin {
        name: "hostile".into(),
        version: "0.1.0".into(),
    };
    let again = world.run(activate).await.unwrap();
    assert!(matches!(
        again.done,
        Done::PluginActivated {
            unchanged: true,
            ..
        }
    ));
    let catalogue = world.handle.catalogue();
    assert!(catalogue.is_active("150627", "hostile"));
    assert!(catalogue.operation("act").unwrap().1.exposed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exposed_operation_writes_with_its_command_and_once_for_a_key() {
    let world = world().await;
    let first = world.keyed(act("write-new"), "k").await.unwrap();
    let again = world.keyed(act("write-new"), "k").await.unwrap();
    assert!(again.repeated);
    assert_eq!(first.done, again.done);
    assert_eq!(things(&world).await.len(), 1);
    let error = world.run(act("write-new")).await.unwrap_err();
    assert_eq!(error.code(), "RECORD_NOT_UNIQUE");
    assert_eq!(things(&world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn active_plugins_and_their_records_survive_a_restart() {
    let mut world = world().await;
    world.run(act("write-new")).await.unwrap();
    world.crash(options()).await;
    assert_eq!(things(&world).await.len(), 1);
    assert_eq!(
        world.run(act("write-new")).await.unwrap_err().code(),
        "RECORD_NOT_UNIQUE"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_called_plugin_does_wrong_is_a_coded_error_and_stores_nothing() {
    let world = world().await;
    let cases = [
        ("panic", "PLUGIN_TRAPPED"),
        ("loop", "PLUGIN_TRAPPED"),
        ("allocate", "PLUGIN_TRAPPED"),
        ("recurse", "PLUGIN_TRAPPED"),
        ("bad-json", "PLUGIN_TRAPPED"),
        ("read-undeclared-and-swallow", "PLUGIN_TRAPPED"),
        ("write-forged-id", "PLUGIN_TRAPPED"),
        ("write-undeclared", "PLUGIN_TRAPPED"),
        ("start-undeclared", "PLUGIN_TRAPPED"),
        ("failed", "PLUGIN_FAILED"),
        ("retry", "OPERATION_BUSY"),
        ("business", "TOO_EARLY"),
        ("invalid", "TOO_EARLY"),
    ];
    for (what, code) in cases {
        let error = world.run(act(what)).await.unwrap_err();
        let found = error.code();
        assert!(
            found == code || (what == "loop" && found == "PLUGIN_DEADLINE"),
            "{what}: {error:?}"
        );
        let text = &error.user_errors()[0].text;
        assert!(!text.zh.is_empty() && !text.en.is_empty(), "{what}");
    }
    assert_eq!(things(&world).await, []);
    world.run(act("write-new")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_the_field_and_fills_its_text() {
    let world = world().await;
    let CommandError::Rejected(rejected) = world.run(act("invalid")).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(rejected.errors[0].field.as_deref(), Some("/do"));
    assert!(
        rejected.errors[0].text.zh.contains("2026-03-01"),
        "{rejected:?}"
    );
    let wrong = Command::InvokeOperation {
        operation: "act".into(),
        input: json!({"do": 1}),
        dry_run: false,
    };
    let CommandError::Rejected(rejected) = world.run(wrong).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(rejected.errors[0].field.as_deref(), Some("/do"));
    let hidden = Command::InvokeOperation {
        operation: "noop".into(),
        input: json!({}),
        dry_run: false,
    };
    assert_eq!(
        world.run(hidden).await.unwrap_err().code(),
        "OPERATION_NOT_EXPOSED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_an_operation_stores_nothing() {
    let world = world().await;
    let input = json!({"do": "write-new"});
    let dry = Command::InvokeOperation {
        operation: "act".into(),
        input,
        dry_run: true,
    };
    assert!(matches!(
        world.run(dry).await.unwrap().done,
        Done::Checked { .. }
    ));
    assert_eq!(things(&world).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_at_a_service_task_is_an_incident_and_what_came_before_stays() {
    let world = world().await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "act")]))
        .await;
    world.start("p", json!({"do": "panic"})).await;
    world.complete(world.open_task().await).await.unwrap();
    let incidents = world.incidents().await;
    assert_eq!(&*incidents[0].kind, "INCIDENT_PLUGIN_TRAPPED");
    assert!(
        incidents[0].message.contains("boom: 7") && incidents[0].message.contains("lib.rs"),
        "{incidents:?}"
    );
    assert!(world.open_tasks().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_submission_keeps_the_task_open() {
    let world = world().await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "act")]))
        .await;
    world.start("p", json!({"do": "invalid"})).await;
    let error = world.complete(world.open_task().await).await.unwrap_err();
    assert_eq!(error.code(), "TOO_EARLY");
    assert_eq!(world.open_tasks().await.len(), 1);
}

fn listening(id: &'static str) -> (&'static str, String) {
    let xml = format!(
        r#"<userTask id="{id}"><extensionElements><zeebe:userTask/><zeebe:taskListeners><zeebe:taskListener eventType="completing" type="act"/></zeebe:taskListeners></extensionElements></userTask>"#
    );
    (id, xml)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completing_listener_writes_or_refuses_with_the_completion() {
    let world = world().await;
    world.deploy(&sequence("p", &[listening("a")])).await;
    let id = world.start("p", json!({})).await;
    let user_task = world.open_task().await;
    let complete = |what: &str| Command::CompleteUserTask {
        user_task,
        variables: json!({"do": what}),
        dry_run: false,
    };
    for (what, code) in [
        ("business", "TOO_EARLY"),
        ("panic", "PLUGIN_TRAPPED"),
        ("invalid", "TOO_EARLY"),
    ] {
        assert_eq!(world.run(complete(what)).await.unwrap_err().code(), code);
        assert_eq!(world.open_tasks().await.len(), 1);
    }
    let CommandError::Rejected(rejected) = world.run(complete("invalid")).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(rejected.errors[0].field.as_deref(), Some("/variables/do"));
    world.run(complete("write-new")).await.unwrap();
    assert_eq!(things(&world).await.len(), 1);
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writes_of_a_refused_command_go_with_it() {
    let world = world().await;
    // The first task writes, the second refuses what the person submitted.
    let refuse = r#"<serviceTask id="refuse"><extensionElements><zeebe:taskDefinition type="act"/><zeebe:ioMapping><zeebe:input source="=&quot;invalid&quot;" target="do"/></zeebe:ioMapping></extensionElements></serviceTask>"#;
    world
        .deploy(&sequence(
            "p",
            &[
                user("a"),
                service("work", "act"),
                ("refuse", refuse.to_owned()),
            ],
        ))
        .await;
    world.start("p", json!({"do": "write-new"})).await;
    let error = world.complete(world.open_task().await).await.unwrap_err();
    assert_eq!(error.code(), "TOO_EARLY");
    assert_eq!(things(&world).await, []);
    assert_eq!(world.open_tasks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_key_that_is_taken_is_an_incident_where_nobody_submitted_anything() {
    a_taken_key_is_an_incident(&world().await).await;
}

pub(crate) async fn a_taken_key_is_an_incident(world: &World) {
    world.run(act("write-new")).await.unwrap();
    let wait = crate::support::timer("wait", "PT0.05S");
    world
        .deploy(&sequence("p", &[wait, service("work", "act")]))
        .await;
    world.start("p", json!({"do": "write-new"})).await;
    eventually(async || !world.incidents().await.is_empty()).await;
    assert_eq!(&*world.incidents().await[0].kind, "INCIDENT_PLUGIN_FAILED");
    assert_eq!(things(world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_gapless_over_refused_commands() {
    let world = world().await;
    // Draws a number, then the next task refuses what the person submitted.
    let fail = |what: &str| {
        format!(
            r#"<serviceTask id="then"><extensionElements><zeebe:taskDefinition type="act"/><zeebe:ioMapping><zeebe:input source="=&quot;{what}&quot;" target="do"/></zeebe:ioMapping></extensionElements></serviceTask>"#
        )
    };
    world
        .deploy(&sequence(
            "refused",
            &[
                user("a"),
                service("work", "realistic"),
                ("then", fail("invalid")),
            ],
        ))
        .await;
    world
        .deploy(&sequence(
            "drawn",
            &[service("work", "realistic"), user("b")],
        ))
        .await;
    let variables = json!({"applicant": {"name": "x", "birthDate": "1990-01-01"}, "a": "1", "b": "2", "c": "3"});
    world.start("refused", variables.clone()).await;
    world.complete(world.open_task().await).await.unwrap_err();
    for expected in 1..=3 {
        let id = world.start("drawn", variables.clone()).await;
        assert_eq!(world.incidents().await, []);
        let number = number_of(&world, id).await;
        assert_eq!(number, json!(format!("L150627-2026-{expected:06}")));
    }
}

async fn number_of(world: &World, id: i64) -> Json {
    let database = world.handle.database();
    let id = tongban_core::id::ProcessInstanceId(id);
    let loaded = query::process_instance::state(database, &tenant(), id)
        .await
        .unwrap()
        .unwrap();
    let root = loaded.root().unwrap().id;
    tongban_feel::json::to_json(&loaded.variable(root, "number").unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_starts_a_process_and_reaches_those_who_wait() {
    let world = world().await;
    world
        .deploy(r#"<message id="m" name="SOMETHING"><extensionElements><zeebe:subscription correlationKey="=&quot;1&quot;"/></extensionElements></message>
          <process id="waiter" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="catch"/>
          <intermediateCatchEvent id="catch"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
          <sequenceFlow id="f2" sourceRef="catch" targetRef="end"/><endEvent id="end"/></process>"#)
        .await;
    world
        .deploy(&sequence("some-process", &[user("started")]))
        .await;
    let waiter = world.start("waiter", json!({})).await;
    // `every-write` replaces thing-1 at version 3 and removes thing-2 at version 1.
    let county = |amount: i64| tongban_runtime::county::County {
        division: "150627".into(),
        name: "x".into(),
        records: vec![
            record("thing-1", json!({"name": "one", "amount": amount})),
            record("thing-2", json!({"name": "two", "amount": 1})),
        ],
        ..Default::default()
    };
    for amount in 1..=3 {
        let command = Command::LoadCounty {
            county: Box::new(county(amount)),
        };
        world.run(command).await.unwrap();
    }
    world.run(act("every-write")).await.unwrap();
    eventually(async || world.status(waiter).await == Status::Completed).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(&*world.open_tasks().await[0].element_id, "started");
    assert_eq!(things(&world).await.len(), 1);
    assert_eq!(
        world.run(act("every-write")).await.unwrap_err().code(),
        "RECORD_CHANGED"
    );
}

pub(crate) fn record(id: &str, body: Json) -> tongban_runtime::county::CountyRecord {
    tongban_runtime::county::CountyRecord {
        kind: "thing".into(),
        id: id.into(),
        body,
    }
}

fn check_options() -> Options {
    let mut exchange = SimulatedExchange::default();
    let table = json!({"kind": "X-MARRIAGE", "entries": [{"request": {}, "outcome": "MATCH", "body": {"a": 1}}]});
    exchange.add_table(table.to_string().as_bytes()).unwrap();
    let mut options = options();
    options.exchange = Arc::new(exchange);
    options.clock = ClockMode::Manual {
        initial: Some(MORNING),
    };
    options.bounds.check_back_off_ms = 1;
    options
}

const CHECK: &str = r#"<error id="down" errorCode="SOURCE_DOWN"/><process id="p" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="check"/>
  <serviceTask id="check"><extensionElements><zeebe:taskDefinition type="tongban:check"/><zeebe:taskHeaders><zeebe:header key="kind" value="X-MARRIAGE"/><zeebe:header key="prepare" value="noop"/></zeebe:taskHeaders></extensionElements></serviceTask>
  <boundaryEvent id="silent" attachedToRef="check"><errorEventDefinition errorRef="down"/></boundaryEvent>
  <sequenceFlow id="f2" sourceRef="silent" targetRef="by_hand"/><userTask id="by_hand"><extensionElements><zeebe:userTask/></extensionElements></userTask>
  <sequenceFlow id="f3" sourceRef="check" targetRef="answered"/><userTask id="answered"><extensionElements><zeebe:userTask/><zeebe:assignmentDefinition assignee="=checkResult"/></extensionElements></userTask>
  <sequenceFlow id="f4" sourceRef="by_hand" targetRef="end"/><sequenceFlow id="f5" sourceRef="answered" targetRef="end"/><endEvent id="end"/></process>"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_asked_after_the_commit_and_its_answer_goes_on_with_the_task() {
    let world = world_with(check_options()).await;
    world.deploy(CHECK).await;
    world.start("p", json!({"recordId": "somebody"})).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    let task = &world.open_tasks().await[0];
    assert_eq!(
        (&*task.element_id, task.assignee.as_deref()),
        ("answered", Some("MATCH"))
    );
    // The operation finds the stored answer.
    let done = world.run(act("lookup")).await.unwrap().done;
    assert_eq!(
        done,
        Done::OperationDone {
            result: json!({"value": 1}),
            warnings: vec![]
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_prepares_a_check_is_given_the_variables_that_its_schema_names() {
    let world = world_with(check_options()).await;
    let by_act = CHECK.replace("value=\"noop\"", "value=\"act\"");
    world.deploy(&by_act).await;
    // `act` does what `do` says, and traps without it; `other` is none of its schema.
    let variables = json!({"recordId": "somebody", "do": "find", "other": 1});
    world.start("p", variables).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(&*world.open_tasks().await[0].element_id, "answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_stays_silent_leads_to_the_manual_way() {
    let world = world_with(check_options()).await;
    world.deploy(CHECK).await;
    let switch = Command::SwitchExchange {
        kind: "X-MARRIAGE".into(),
        available: false,
    };
    world.run(switch).await.unwrap();
    world.start("p", json!({"recordId": "somebody"})).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(&*world.open_tasks().await[0].element_id, "by_hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_the_clock_waits_for_open_checks() {
    let mut slow = check_options();
    slow.bounds.check_back_off_ms = 3_600_000;
    let world = world_with(slow).await;
    world.deploy(CHECK).await;
    let switch = |available| Command::SwitchExchange {
        kind: "X-MARRIAGE".into(),
        available,
    };
    world.run(switch(false)).await.unwrap();
    world.start("p", json!({"recordId": "somebody"})).await;
    world
        .run(Command::AdvanceClock { to: MORNING + 1 })
        .await
        .unwrap();
    assert_eq!(&*world.open_tasks().await[0].element_id, "by_hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_was_open_at_a_crash_is_asked_again() {
    let mut world = world_with(check_options()).await;
    world.deploy(CHECK).await;
    let mut silent = check_options();
    silent.exchange = Arc::new(Silent);
    world.crash(silent).await;
    world.start("p", json!({"recordId": "somebody"})).await;
    assert!(world.open_tasks().await.is_empty());
    world.crash(check_options()).await;
    eventually(async || !world.open_tasks().await.is_empty()).await;
    assert_eq!(&*world.open_tasks().await[0].element_id, "answered");
}

/// The question of the only check of an instance.
async fn question(world: &World, id: i64) -> CheckRequest {
    for job in 1..20 {
        let (database, name) = (world.handle.database(), format!("{id}-{job}"));
        let found = query::check::get_request(database, &tenant(), &name).await;
        if let Some(found) = found.unwrap() {
            return found;
        }
    }
    panic!("nothing is asked");
}

fn never_answered() -> Options {
    Options {
        exchange: Arc::new(Silent),
        ..options()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_under_way_is_not_asked_anew_after_a_suspension() {
    let world = world_with(never_answered()).await;
    world.deploy(CHECK).await;
    let id = world.start("p", json!({"recordId": "somebody"})).await;
    let asked = question(&world, id).await;
    for command in [suspend(id), resume(id)] {
        world.run(command).await.unwrap();
    }
    assert_eq!(question(&world, id).await.created_at, asked.created_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_not_asked_any_more_though_its_instance_was_migrated_away_from_it() {
    let world = world_with(never_answered()).await;
    world.deploy(CHECK).await;
    let id = world.start("p", json!({"recordId": "somebody"})).await;
    let other = CHECK.replace("type=\"tongban:check\"", "type=\"archive\"");
    world.deploy(&other).await;
    let migrate = Command::ProcessInstance(ProcessInstanceCommand::Migrate {
        process_instance: id,
        version: 2,
        mapping: Vec::new(),
        dry_run: false,
    });
    world.run(migrate).await.unwrap();
    let process_instance = id;
    let cancel = Command::CancelProcessInstance { process_instance };
    world.run(cancel).await.unwrap();
    assert_eq!(question(&world, id).await.state, CheckState::Canceled);
}

/// Never answers.
struct Silent;

#[async_trait::async_trait]
impl tongban_runtime::outbox::exchange::Exchange for Silent {
    async fn ask(
        &self,
        _question: &tongban_runtime::outbox::exchange::Question,
    ) -> Result<
        tongban_runtime::outbox::exchange::Answer,
        tongban_runtime::outbox::exchange::ExchangeError,
    > {
        std::future::pending().await
    }

    fn switch(&self, _kind: &str, _available: bool) -> bool {
        false
    }
}
