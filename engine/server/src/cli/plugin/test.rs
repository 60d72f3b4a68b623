//! `tongban plugin test`: a plugin's cases on its built component.
//!
//! The cases, the world they are in and the comparison are the SDK harness's; only the call is
//! another: the component runs in the server's own host, with its checks and budgets. Every call
//! is made twice and must use the same fuel, since fuel is the plugin's contract of effort.

mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value as Json;
use tongban_host::call::{self, Completion, Failure, LogLine, Request};
use tongban_host::host::{Host, Options};
use tongban_host::package::Package;
use tongban_host::plugin::Plugin;
use tongban_host::trap;
use tongban_sdk::{
    IssueDocument, OperationError, PublishMessage, Recipient, RecordReference, SendNotice,
    StartProcess, Violation, host as sdk,
};
use tongban_sdk_harness::Problem;
use tongban_sdk_harness::case::{self, Case};
use tongban_sdk_harness::manifest::Manifest;
use tongban_sdk_harness::memory_host::{MemoryHost, World};
use tongban_sdk_harness::run::{self, CallOf, Caller, Outcome};

use memory::Memory;

/// Arguments of `tongban plugin test`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Run only the cases whose file contains this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Builds the plugin and runs its cases; fails if any fails.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = &arguments.folder;
    let Some(plugin) = load(folder)? else {
        return Ok(ExitCode::FAILURE);
    };
    let manifest = Arc::new(Manifest::read(folder)?);
    let mut cases = case::load(folder).map_err(|it| anyhow::anyhow!("{}", list(&it)))?;
    if let Some(only) = &arguments.only {
        cases.retain(|it| it.file.contains(only));
    }
    if cases.is_empty() {
        bail!("no case to run in {}", folder.join("tests/cases").display());
    }
    let (mut codes, mut failures) = (BTreeSet::new(), Vec::new());
    let mut n_failed = 0;
    for case in &cases {
        let problems = run_case(&plugin, &manifest, case, &mut codes);
        n_failed += usize::from(!problems.is_empty());
        failures.extend(problems);
    }
    failures.extend(run::missing_texts(folder, &codes));
    if !failures.is_empty() {
        println!("\n{}", list(&failures));
    }
    println!("{} passed, {n_failed} failed", cases.len() - n_failed);
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Builds, packs and loads the plugin; prints what is wrong with it if something is.
fn load(folder: &std::path::Path) -> anyhow::Result<Option<Arc<Plugin>>> {
    let component = super::build::component(folder)?;
    let package = match Package::from_folder(folder, component) {
        Ok(package) => package,
        Err(error) if error.problems().is_empty() => return Err(error.into()),
        Err(error) => {
            error.problems().iter().for_each(|it| eprintln!("{it}"));
            return Ok(None);
        }
    };
    let host = Host::new(Options::default()).context("cannot start the plugin machine")?;
    match host.load(&package) {
        Ok(plugin) => Ok(Some(plugin)),
        Err(error) if error.problems().is_empty() => Err(error.into()),
        Err(error) => {
            error.problems().iter().for_each(|it| eprintln!("{it}"));
            Ok(None)
        }
    }
}

/// Runs one case and prints its line; gives all that is wrong with it.
fn run_case(
    plugin: &Arc<Plugin>,
    manifest: &Arc<Manifest>,
    case: &Case,
    codes: &mut BTreeSet<String>,
) -> Vec<Problem> {
    let mut component = Component {
        plugin,
        calls: Vec::new(),
    };
    let mut problems = run::run_case(&mut component, manifest, case, codes);
    // The harness makes each call twice in a row.
    for (call_idx, pair) in component.calls.chunks(2).enumerate() {
        if let [first, second] = pair
            && first.fuel != second.fuel
        {
            let text = format!("the same call used {} and {} fuel", first.fuel, second.fuel);
            let file = format!("{} (call {})", case.file, call_idx + 1);
            problems.push(Problem { file, text });
        }
    }
    // The second of a pair runs on warm caches, as calls in a server do.
    let warm = component.calls.iter().skip(1).step_by(2);
    let (fuel, time) = warm.fold((0, Duration::ZERO), |(fuel, time), it| {
        (fuel + it.fuel, time + it.time)
    });
    let verdict = if problems.is_empty() { "ok" } else { "FAILED" };
    let n_calls = case.spec.call.len();
    println!(
        "{verdict:6} {:56} {n_calls:2} calls {fuel:9} fuel {:6} us",
        case.file,
        time.as_micros()
    );
    if !problems.is_empty() {
        component
            .calls
            .iter()
            .flat_map(|it| &it.logs)
            .for_each(|it| println!("       log: {}", it.message));
    }
    problems
}

/// Calls the built component.
struct Component<'a> {
    plugin: &'a Plugin,
    calls: Vec<Used>,
}

/// What a call used.
struct Used {
    fuel: u64,
    time: Duration,
    logs: Vec<LogLine>,
}

impl Caller for Component<'_> {
    fn call(&mut self, call: &CallOf<'_>, world: World) -> (Outcome, World) {
        let memory = MemoryHost::new(world, call.operation.clone(), call.envelope.now);
        let request = request(call);
        let started = Instant::now();
        let answer = self.plugin.call(&request, Box::new(Memory(memory.clone())));
        let time = started.elapsed();
        self.calls.push(Used {
            fuel: answer.usage.fuel,
            time,
            logs: answer.logs,
        });
        (outcome(answer.result), memory.world())
    }
}

fn request(call: &CallOf<'_>) -> Request {
    let envelope = call.envelope;
    let actor = envelope.actor.as_ref();
    let process = envelope.process.as_ref();
    Request {
        operation: call.operation.name.clone(),
        envelope: call::Envelope {
            call_id: envelope.call_id.clone(),
            attempt: envelope.attempt,
            tenant: envelope.tenant.clone(),
            division: envelope.division.clone(),
            now_us: envelope.now.as_micros(),
            today: memory::host_date(envelope.today),
            actor: actor.map(|it| call::Actor {
                id: it.id.clone(),
                roles: it.roles.clone(),
            }),
            process: process.map(|it| call::ProcessReference {
                instance_id: it.instance_id.clone(),
                process_key: it.process_key.clone(),
                process_version: it.process_version,
                element_id: it.element_id.clone(),
            }),
            schedule: envelope.schedule.as_ref().map(|it| call::ScheduleRun {
                key: it.key.clone(),
                scheduled_for_us: it.scheduled_for.as_micros(),
                as_of: memory::host_date(it.as_of),
                period: it.period.clone(),
                due_on: it.due_on.map(memory::host_date),
                stage: it.stage,
                late: it.late,
            }),
            configuration: envelope
                .parameters
                .clone()
                .into_iter()
                .map(|(key, value)| (key, vec![value.into()]))
                .collect(),
            dry_run: envelope.dry_run,
        },
        input: call.input.clone(),
    }
}

fn outcome(result: Result<Completion, Failure>) -> Outcome {
    match result {
        Ok(completion) => Outcome::Completed(sdk::Completion {
            output: completion.output.to_string().into_bytes(),
            writes: completion.writes.into_iter().map(write).collect(),
            warnings: completion.warnings.into_iter().map(violation).collect(),
        }),
        Err(Failure::Business(error)) => {
            Outcome::Failed(OperationError::Business(tongban_sdk::Business {
                code: error.code,
                arguments: error.arguments.into_iter().collect(),
                details: object(error.details),
            }))
        }
        Err(Failure::Invalid(violations)) => Outcome::Failed(OperationError::Invalid(
            violations.into_iter().map(violation).collect(),
        )),
        Err(Failure::Retry { after, reason }) => {
            let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            Outcome::Failed(OperationError::Retry { after_ms, reason })
        }
        Err(Failure::Failed { message }) => Outcome::Failed(OperationError::Failed(message)),
        Err(Failure::Trap(it)) if it.kind == trap::Kind::NotGranted => Outcome::Breach(it.message),
        Err(Failure::Trap(it)) => Outcome::Broken(it.to_string()),
        Err(Failure::Unavailable(it)) => Outcome::Broken(it.to_string()),
    }
}

fn write(write: call::Write) -> sdk::Write {
    match write {
        call::Write::PutRecord(it) => sdk::Write::PutRecord {
            kind: it.kind,
            id: it.id,
            expected_version: it.expected_version,
            body: it.body.to_string().into_bytes(),
        },
        call::Write::RemoveRecord(it) => sdk::Write::RemoveRecord {
            kind: it.kind,
            id: it.id,
            expected_version: it.expected_version,
            reason: it.reason,
        },
        call::Write::StartProcess(it) => sdk::Write::StartProcess(StartProcess {
            process_key: it.process_key,
            business_key: it.business_key,
            variables: object(it.variables),
        }),
        call::Write::PublishMessage(it) => sdk::Write::PublishMessage(PublishMessage {
            name: it.name,
            correlation_key: it.correlation_key,
            variables: object(it.variables),
        }),
        call::Write::SendNotice(it) => sdk::Write::SendNotice(notice(it)),
        call::Write::IssueDocument(it) => sdk::Write::IssueDocument(IssueDocument {
            document: it.document,
            record: RecordReference {
                kind: it.record.kind,
                id: it.record.id,
            },
            recipient: it.recipient,
            data: object(it.data),
            dedupe_key: it.dedupe_key,
        }),
        call::Write::NoteAudit(it) => sdk::Write::NoteAudit {
            code: it.code,
            text: it.text,
        },
        call::Write::Deadline(it) => sdk::Write::Deadline {
            key: it.key,
            record_id: it.record_id,
            change: deadline_change(it.change),
        },
    }
}

fn deadline_change(change: call::DeadlineChange) -> sdk::DeadlineChange {
    match change {
        call::DeadlineChange::Set { anchor, amount } => sdk::DeadlineChange::Set {
            anchor: memory::sdk_date(anchor),
            amount,
        },
        call::DeadlineChange::Pause { on, reason } => sdk::DeadlineChange::Pause {
            on: memory::sdk_date(on),
            reason,
        },
        call::DeadlineChange::Resume { on } => sdk::DeadlineChange::Resume {
            on: memory::sdk_date(on),
        },
        call::DeadlineChange::Extend {
            extent,
            officer,
            reason,
        } => sdk::DeadlineChange::Extend {
            extent: match extent {
                call::Extent::Amount(amount) => sdk::Extent::Amount(amount),
                call::Extent::Until(until) => sdk::Extent::Until(memory::sdk_date(until)),
            },
            officer,
            reason,
        },
        call::DeadlineChange::Close { reason } => sdk::DeadlineChange::Close { reason },
    }
}

fn notice(notice: call::SendNotice) -> SendNotice {
    SendNotice {
        code: notice.code,
        recipient: match notice.recipient {
            call::Recipient::Person(id) => Recipient::Person(id),
            call::Recipient::Role { role, division } => Recipient::Role { role, division },
            call::Recipient::Staff(id) => Recipient::Staff(id),
        },
        record: notice.record.map(|it| RecordReference {
            kind: it.kind,
            id: it.id,
        }),
        arguments: notice.arguments.into_iter().collect(),
        dedupe_key: notice.dedupe_key,
    }
}

fn violation(violation: call::Violation) -> Violation {
    let arguments: BTreeMap<String, String> = violation.arguments;
    Violation {
        path: violation.path,
        code: violation.code,
        arguments: arguments.into_iter().collect(),
    }
}

fn object(value: Json) -> serde_json::Map<String, Json> {
    match value {
        Json::Object(map) => map,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            serde_json::Map::new()
        }
    }
}

fn list(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
