//! Makes the calls of cases and compares what comes of them.
//!
//! Every call is made twice from the same world: an operation that answers differently depends on
//! something that the server does not give it. A [`Caller`] makes it: the plugin's code itself
//! here, its built component in `tongban plugin test`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use tongban_sdk::host::{
    Actor, Call, Completion, DeadlineChange, Envelope, Extent, ProcessRef, ScheduleRun, Write,
};
use tongban_sdk::{Instant, OperationError, Plugin, Violation};

use crate::Problem;
use crate::case::{
    self, CallSpec, Case, CaseSpec, ContextSpec, ExpectSpec, ViolationSpec, WriteSpec,
};
use crate::compare;
use crate::manifest::{Manifest, Operation};
use crate::memory_host::{MemoryHost, Refusal, World};

/// What was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Files.
    pub cases: usize,
    /// Calls made.
    pub calls: usize,
    /// Operations that no case calls.
    pub untried: Vec<&'static str>,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} cases with {} calls pass",
            self.cases, self.calls
        )?;
        if !self.untried.is_empty() {
            write!(formatter, "; no case calls {}", self.untried.join(", "))?;
        }
        Ok(())
    }
}

/// All that is wrong, over all cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures(pub Vec<Problem>);

impl fmt::Display for Failures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&crate::list(&self.0))
    }
}

/// Runs all cases under `tests/cases` of the plugin's folder.
pub fn run_all(plugin: &Plugin, plugin_dir: &Path) -> Result<Summary, Failures> {
    let manifest = Manifest::read(plugin_dir).map_err(|problem| Failures(vec![problem]))?;
    let manifest = Arc::new(manifest);
    let cases = case::load(plugin_dir).map_err(Failures)?;
    let mut problems = Vec::new();
    let mut codes = BTreeSet::new();
    let mut native = Native(plugin);
    for case in &cases {
        problems.extend(run_case(&mut native, &manifest, case, &mut codes));
    }
    problems.extend(missing_texts(plugin_dir, &codes));
    if !problems.is_empty() {
        return Err(Failures(problems));
    }
    let tried: BTreeSet<&str> = cases
        .iter()
        .flat_map(|it| &it.spec.call)
        .map(|it| it.operation.as_str())
        .collect();
    let untried = plugin
        .operations
        .iter()
        .map(|it| it.name)
        .filter(|it| !tried.contains(it));
    let calls = cases.iter().map(|it| it.spec.call.len()).sum();
    Ok(Summary {
        cases: cases.len(),
        calls,
        untried: untried.collect(),
    })
}

/// One call of an operation of a plugin.
#[derive(Debug)]
pub struct CallOf<'a> {
    /// What plugin.toml says of the operation.
    pub operation: &'a Operation,
    /// The circumstances.
    pub envelope: &'a Envelope,
    /// The input, which is an object.
    pub input: &'a Value,
}

/// Makes calls.
pub trait Caller {
    /// Runs the operation over a world of its own, and gives back what the call leaves of it:
    /// numbers are taken while the operation runs, writes are made afterwards.
    fn call(&mut self, call: &CallOf<'_>, world: World) -> (Outcome, World);
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It succeeded.
    Completed(Completion),
    /// It succeeded, but its writes cannot be committed.
    Refused(Completion, Refusal),
    /// It failed in one of the four ways that the contract names.
    Failed(OperationError),
    /// It broke down, with this text.
    Broken(String),
    /// Something was asked for that is not granted: the server fails the call whatever it answers.
    Breach(String),
    /// The same call had two answers.
    Unsteady,
}

/// Runs one case and gives all that is wrong; `codes` collects every code that was answered.
pub fn run_case(
    caller: &mut dyn Caller,
    manifest: &Arc<Manifest>,
    case: &Case,
    codes: &mut BTreeSet<String>,
) -> Vec<Problem> {
    let mut world = World::new(Arc::clone(manifest), &case.spec);
    let mut problems = Vec::new();
    for (call_idx, call) in case.spec.call.iter().enumerate() {
        let Some(operation) = manifest.operation(&call.operation) else {
            let text = format!("plugin.toml declares no operation {}", call.operation);
            problems.push(Problem::new(&case.file, text));
            continue;
        };
        let call_of = CallOf {
            operation,
            envelope: &envelope(manifest, &case.spec, call, call_idx),
            input: &Value::Object(call.input.clone()),
        };
        let outcome = outcome(caller, &call_of, &mut world);
        collect_codes(&outcome, codes);
        let differences = differences(&call.expect, &outcome);
        problems.extend(differences.into_iter().map(|line| {
            let place = format!("{} (call {}, {})", case.file, call_idx + 1, call.operation);
            Problem::new(place, line)
        }));
    }
    problems
}

fn outcome(caller: &mut dyn Caller, call: &CallOf<'_>, world: &mut World) -> Outcome {
    let (first, mut after) = caller.call(call, world.clone());
    let (second, _) = caller.call(call, world.clone());
    if first != second {
        return Outcome::Unsteady;
    }
    let Outcome::Completed(completion) = first else {
        return first;
    };
    let named = (call.envelope.call_id.as_str(), call.envelope.today);
    match after.commit(call.operation, named, &completion.writes) {
        Ok(()) if call.envelope.dry_run => Outcome::Completed(completion),
        Ok(()) => {
            *world = after;
            Outcome::Completed(completion)
        }
        Err(refusal) => Outcome::Refused(completion, refusal),
    }
}

/// A plugin in a world of its own, to which any sequence of calls can be made: for properties over
/// random commands, which no list of cases can hold.
pub struct Session<'a> {
    caller: Native<'a>,
    manifest: Arc<Manifest>,
    spec: CaseSpec,
    world: World,
    n_calls: usize,
}

impl<'a> Session<'a> {
    /// In the world of a file under `tests/worlds`, after the calls that the file makes.
    pub fn open(plugin: &'a Plugin, plugin_dir: &Path, world: &str) -> Result<Self, Problem> {
        let manifest = Arc::new(Manifest::read(plugin_dir)?);
        let spec = case::world(plugin_dir, world)?;
        let mut session = Self {
            caller: Native(plugin),
            world: World::new(Arc::clone(&manifest), &spec),
            manifest,
            spec,
            n_calls: 0,
        };
        for call in session.spec.call.clone() {
            session.make(&call)?;
        }
        Ok(session)
    }

    /// The circumstances of the calls that follow.
    pub fn context(&mut self) -> &mut ContextSpec {
        &mut self.spec.context
    }

    /// Makes a call; what it writes is there for the next one if it succeeds.
    pub fn call(&mut self, operation: &str, input: Value) -> Result<Outcome, Problem> {
        let Value::Object(input) = input else {
            return Err(Problem::new(operation, "expected an object as the input"));
        };
        self.make(&CallSpec {
            operation: operation.to_owned(),
            input,
            context: ContextSpec::default(),
            expect: ExpectSpec::default(),
        })
    }

    fn make(&mut self, call: &CallSpec) -> Result<Outcome, Problem> {
        let Some(operation) = self.manifest.operation(&call.operation) else {
            let text = "plugin.toml declares no such operation";
            return Err(Problem::new(&call.operation, text));
        };
        let envelope = envelope(&self.manifest, &self.spec, call, self.n_calls);
        self.n_calls += 1;
        let input = Value::Object(call.input.clone());
        let call = CallOf {
            operation,
            envelope: &envelope,
            input: &input,
        };
        Ok(outcome(&mut self.caller, &call, &mut self.world))
    }

    /// Every record of a kind, by id, with its body.
    pub fn records(&self, kind: &str) -> Vec<(String, Value)> {
        let records = self.world.of_kind(kind);
        let body = |it: &tongban_sdk::host::StoredRecord| {
            let body = serde_json::from_slice(&it.body).unwrap_or(Value::Null);
            (it.id.clone(), body)
        };
        records.map(body).collect()
    }
}

/// Calls the code of the plugin itself.
struct Native<'a>(&'a Plugin);

impl Caller for Native<'_> {
    fn call(&mut self, call: &CallOf<'_>, world: World) -> (Outcome, World) {
        let sdk_call = Call {
            operation: call.operation.name.clone(),
            input: call.input.to_string().into_bytes(),
            snapshot: snapshot(call.operation, &world, call.input),
        };
        let host = MemoryHost::new(world, call.operation.clone(), call.envelope.now);
        let lent = Box::new(host.clone());
        let result = catch_unwind(AssertUnwindSafe(|| {
            self.0.handle(lent, call.envelope.clone(), sdk_call)
        }));
        let outcome = match result {
            Ok(Err(OperationError::Failed(text))) if host.is_breach() => Outcome::Breach(text),
            Ok(_) if host.is_breach() => {
                Outcome::Breach("and the refusal was passed over".to_owned())
            }
            Ok(Ok(completion)) => Outcome::Completed(completion),
            Ok(Err(error)) => Outcome::Failed(error),
            Err(panic) => Outcome::Broken(format!("a panic: {}", panic_text(panic.as_ref()))),
        };
        (outcome, host.world())
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|it| (*it).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

fn snapshot(
    operation: &Operation,
    world: &World,
    input: &Value,
) -> Vec<(String, Option<tongban_sdk::host::StoredRecord>)> {
    let mut snapshot = Vec::new();
    for read in &operation.reads {
        let (Some(name), Some(pointer)) = (&read.name, &read.id) else {
            continue;
        };
        let id = input.pointer(pointer).and_then(Value::as_str);
        let record = id.and_then(|id| world.record(&read.kind, id)).cloned();
        snapshot.push((name.clone(), record));
    }
    snapshot
}

fn envelope(manifest: &Manifest, spec: &CaseSpec, call: &CallSpec, call_idx: usize) -> Envelope {
    let (own, file) = (&call.context, &spec.context);
    fn pick<T: Clone>(
        own: &ContextSpec,
        file: &ContextSpec,
        field: fn(&ContextSpec) -> &Option<T>,
    ) -> Option<T> {
        field(own).clone().or_else(|| field(file).clone())
    }
    let now = pick(own, file, |it| &it.now).unwrap_or(NOW);
    // A call with a time of its own has its own date too.
    let today = own
        .today
        .or(if own.now.is_some() { None } else { file.today });
    let tenant = pick(own, file, |it| &it.tenant).unwrap_or_else(|| "150627".to_owned());
    let defaults = manifest
        .parameter
        .iter()
        .map(|it| (it.key.clone(), it.default.clone()));
    let mut parameters: Map<String, Value> = defaults.collect();
    parameters.extend(spec.parameters.clone());
    // One id for all calls would give the same ids to their records.
    let call_id = own.call_id.clone().or_else(|| {
        let prefix = file.call_id.as_ref()?;
        Some(if call_idx == 0 {
            prefix.clone()
        } else {
            format!("{prefix}.{}", call_idx + 1)
        })
    });
    Envelope {
        call_id: call_id.unwrap_or_else(|| format!("call-{}", call_idx + 1)),
        attempt: pick(own, file, |it| &it.attempt).unwrap_or(1),
        division: pick(own, file, |it| &it.division).unwrap_or_else(|| tenant.clone()),
        tenant,
        now,
        today: today.unwrap_or_else(|| now.local_date()),
        actor: pick(own, file, |it| &it.actor).map(|it| Actor {
            id: it.id,
            roles: it.roles,
        }),
        process: pick(own, file, |it| &it.process).map(|it| ProcessRef {
            instance_id: it.instance_id,
            process_key: it.process_key,
            process_version: it.process_version,
            element_id: it.element_id,
        }),
        schedule: pick(own, file, |it| &it.schedule).map(|it| ScheduleRun {
            key: it.key,
            scheduled_for: it.scheduled_for.unwrap_or(now),
            as_of: it.as_of.unwrap_or_else(|| now.local_date()),
            period: it.period,
            due_on: it.due_on,
            stage: it.stage,
            late: it.late,
        }),
        parameters,
        dry_run: pick(own, file, |it| &it.dry_run).unwrap_or(false),
    }
}

/// 2026-01-05T09:00:00+08:00, a Monday.
const NOW: Instant = Instant::from_micros(1_767_574_800_000_000);

fn differences(expect: &ExpectSpec, outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    let expected_conflict = expect.conflict.as_ref();
    match outcome {
        Outcome::Completed(completion) if expect.output.is_some() => {
            completed(expect, completion, &mut lines);
        }
        Outcome::Refused(_, Refusal::Conflict(key)) if expected_conflict == Some(key) => {}
        Outcome::Failed(error) if failed_as_expected(expect, error, &mut lines) => {}
        Outcome::Completed(_)
        | Outcome::Refused(..)
        | Outcome::Failed(_)
        | Outcome::Broken(_)
        | Outcome::Breach(_)
        | Outcome::Unsteady => {
            lines.push(format!(
                "expected {}, found {}",
                expected(expect),
                described(outcome)
            ));
        }
    }
    lines
}

fn completed(expect: &ExpectSpec, completion: &Completion, lines: &mut Vec<String>) {
    let output: Value = serde_json::from_slice(&completion.output).unwrap_or(Value::Null);
    if let Some(expected) = &expect.output {
        compare::values("output ", expected, &output, expect.mode, lines);
    }
    violations("warning", &expect.warning, &completion.warnings, lines);
    if expect.any_writes {
        return;
    }
    if expect.write.len() != completion.writes.len() {
        let found: Vec<String> = completion
            .writes
            .iter()
            .map(|it| write_value(it).to_string())
            .collect();
        let (wanted, count) = (expect.write.len(), found.len());
        let list: Vec<String> = found.iter().map(|it| format!("\n      {it}")).collect();
        lines.push(format!(
            "expected {wanted} writes, found {count}:{}",
            list.concat()
        ));
        return;
    }
    for (write_idx, (expected, found)) in expect.write.iter().zip(&completion.writes).enumerate() {
        let path = format!("write {write_idx} ");
        let (kind, fields) = write_spec_value(expected);
        let found = write_value(found);
        let Some(found_fields) = found.get(kind) else {
            lines.push(format!("{path}: expected {kind}, found {found}"));
            continue;
        };
        for (name, value) in fields {
            let found = found_fields.get(&name).unwrap_or(&Value::Null);
            compare::values(&format!("{path}/{name}"), &value, found, expect.mode, lines);
        }
    }
}

/// Whether the failure is of the expected sort; what differs within it goes to `lines`.
fn failed_as_expected(
    expect: &ExpectSpec,
    error: &OperationError,
    lines: &mut Vec<String>,
) -> bool {
    match error {
        OperationError::Business(business) => {
            let Some(expected) = &expect.business else {
                return false;
            };
            if expected.code != business.code {
                return false;
            }
            if let Some(details) = &expected.details {
                let found = Value::Object(business.details.clone());
                let expected = Value::Object(details.clone());
                compare::values("details ", &expected, &found, expect.mode, lines);
            }
            arguments(
                "business",
                expected.arguments.as_ref(),
                &business.arguments,
                lines,
            );
            true
        }
        OperationError::Invalid(found) => {
            let Some(expected) = &expect.invalid else {
                return false;
            };
            violations("violation", expected, found, lines);
            true
        }
        OperationError::Retry { after_ms, .. } => {
            let Some(expected) = &expect.retry else {
                return false;
            };
            expected.after_ms.is_none_or(|it| it == *after_ms)
        }
        OperationError::Failed(text) => expect
            .failed
            .as_ref()
            .is_some_and(|it| text.contains(it.as_str())),
    }
}

fn violations(
    what: &str,
    expected: &[ViolationSpec],
    found: &[Violation],
    lines: &mut Vec<String>,
) {
    let same = |(a, b): (&ViolationSpec, &Violation)| a.path == b.path && a.code == b.code;
    if expected.len() != found.len() || !expected.iter().zip(found).all(same) {
        let expected: Vec<_> = expected
            .iter()
            .map(|it| format!("{} {}", it.path, it.code))
            .collect();
        let found: Vec<_> = found
            .iter()
            .map(|it| format!("{} {}", it.path, it.code))
            .collect();
        lines.push(format!("{what}s: expected {expected:?}, found {found:?}"));
        return;
    }
    for (expected, found) in expected.iter().zip(found) {
        arguments(
            &found.code,
            expected.arguments.as_ref(),
            &found.arguments,
            lines,
        );
    }
}

fn arguments(
    what: &str,
    expected: Option<&BTreeMap<String, String>>,
    found: &[(String, String)],
    lines: &mut Vec<String>,
) {
    let Some(expected) = expected else { return };
    let found: BTreeMap<String, String> = found.iter().cloned().collect();
    if *expected != found {
        lines.push(format!(
            "arguments of {what}: expected {expected:?}, found {found:?}"
        ));
    }
}

fn expected(expect: &ExpectSpec) -> String {
    if let Some(it) = &expect.business {
        return format!("the business error {}", it.code);
    }
    if let Some(it) = &expect.invalid {
        let codes: Vec<&str> = it.iter().map(|it| it.code.as_str()).collect();
        return format!("invalid {codes:?}");
    }
    if let Some(it) = &expect.failed {
        return format!("a failure with {it:?}");
    }
    if let Some(it) = &expect.conflict {
        return format!("a conflict over {it}");
    }
    if expect.retry.is_some() {
        "a retry".to_owned()
    } else {
        "success".to_owned()
    }
}

fn described(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Completed(completion) => {
            format!("success: {}", String::from_utf8_lossy(&completion.output))
        }
        Outcome::Refused(_, Refusal::Conflict(key)) => format!("a conflict over {key}"),
        Outcome::Refused(_, Refusal::Mistake(text)) => format!("writes the server refuses: {text}"),
        Outcome::Failed(OperationError::Business(it)) => format!("the business error {}", it.code),
        Outcome::Failed(OperationError::Invalid(found)) => {
            let found: Vec<_> = found
                .iter()
                .map(|it| format!("{} {}", it.path, it.code))
                .collect();
            format!("invalid {found:?}")
        }
        Outcome::Failed(OperationError::Retry { after_ms, reason }) => {
            format!("a retry after {after_ms} ms: {reason}")
        }
        Outcome::Failed(OperationError::Failed(text)) => format!("a failure: {text}"),
        Outcome::Broken(text) => text.clone(),
        Outcome::Breach(text) => format!("something that plugin.toml does not grant: {text}"),
        Outcome::Unsteady => "different answers to the same call".to_owned(),
    }
}

fn write_value(write: &Write) -> Value {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
    match write {
        Write::PutRecord {
            kind,
            id,
            expected_version,
            body,
        } => serde_json::json!({ "put_record": {
            "kind": kind, "id": id, "expected_version": expected_version, "body": json(body),
        } }),
        Write::RemoveRecord {
            kind,
            id,
            expected_version,
            reason,
        } => {
            serde_json::json!({ "remove_record": {
                "kind": kind, "id": id, "expected_version": expected_version, "reason": reason,
            } })
        }
        Write::StartProcess(it) => serde_json::json!({ "start_process": {
            "process_key": it.process_key,
            "business_key": it.business_key,
            "variables": it.variables,
        } }),
        Write::PublishMessage(it) => serde_json::json!({ "publish_message": {
            "name": it.name,
            "correlation_key": it.correlation_key,
            "variables": it.variables,
        } }),
        Write::SendNotice(it) => serde_json::json!({ "send_notice": notice_value(it) }),
        Write::IssueDocument(it) => serde_json::json!({ "issue_document": {
            "document": it.document,
            "record_kind": it.record.kind,
            "record_id": it.record.id,
            "recipient": it.recipient,
            "data": it.data,
            "dedupe_key": it.dedupe_key,
        } }),
        Write::NoteAudit { code, text } => {
            serde_json::json!({ "note_audit": { "code": code, "text": text } })
        }
        Write::Deadline {
            key,
            record_id,
            change,
        } => deadline_value(key, record_id, change),
    }
}

fn deadline_value(key: &str, record_id: &str, change: &DeadlineChange) -> Value {
    match change {
        DeadlineChange::Set { anchor, amount } => serde_json::json!({ "set_deadline": {
            "key": key, "record_id": record_id, "anchor": anchor, "amount": amount,
        } }),
        DeadlineChange::Pause { on, reason } => serde_json::json!({ "pause_deadline": {
            "key": key, "record_id": record_id, "on": on, "reason": reason,
        } }),
        DeadlineChange::Resume { on } => serde_json::json!({ "resume_deadline": {
            "key": key, "record_id": record_id, "on": on,
        } }),
        DeadlineChange::Extend {
            extent,
            officer,
            reason,
        } => {
            let (amount, until) = match extent {
                Extent::Amount(amount) => (Some(*amount), None),
                Extent::Until(until) => (None, Some(*until)),
            };
            serde_json::json!({ "extend_deadline": {
                "key": key, "record_id": record_id, "amount": amount, "until": until,
                "officer": officer, "reason": reason,
            } })
        }
        DeadlineChange::Close { reason } => serde_json::json!({ "close_deadline": {
            "key": key, "record_id": record_id, "reason": reason,
        } }),
    }
}

fn notice_value(notice: &tongban_sdk::SendNotice) -> Value {
    use tongban_sdk::Recipient;
    let (person, role, division, staff) = match &notice.recipient {
        Recipient::Person(id) => (Some(id), None, None, None),
        Recipient::Role { role, division } => (None, Some(role), division.as_ref(), None),
        Recipient::Staff(id) => (None, None, None, Some(id)),
    };
    let arguments: BTreeMap<_, _> = notice.arguments.iter().cloned().collect();
    let record = notice.record.as_ref();
    serde_json::json!({
        "code": notice.code,
        "person": person,
        "role": role,
        "division": division,
        "staff": staff,
        "record_kind": record.map(|it| &it.kind),
        "record_id": record.map(|it| &it.id),
        "arguments": arguments,
        "dedupe_key": notice.dedupe_key,
    })
}

/// The kind of write and the fields that are to be compared.
fn write_spec_value(spec: &WriteSpec) -> (&'static str, Vec<(String, Value)>) {
    let (kind, value) = match spec {
        WriteSpec::PutRecord(it) => (
            "put_record",
            serde_json::json!({
                "kind": it.kind, "id": it.id, "expected_version": it.expected_version, "body": it.body,
            }),
        ),
        WriteSpec::RemoveRecord(it) => (
            "remove_record",
            serde_json::json!({
                "kind": it.kind,
                "id": it.id,
                "expected_version": it.expected_version,
                "reason": it.reason,
            }),
        ),
        WriteSpec::StartProcess(it) => (
            "start_process",
            serde_json::json!({
                "process_key": it.process_key,
                "business_key": it.business_key,
                "variables": it.variables,
            }),
        ),
        WriteSpec::PublishMessage(it) => (
            "publish_message",
            serde_json::json!({
                "name": it.name, "correlation_key": it.correlation_key, "variables": it.variables,
            }),
        ),
        WriteSpec::SendNotice(it) => (
            "send_notice",
            serde_json::json!({
                "code": it.code, "person": it.person, "role": it.role, "division": it.division,
                "staff": it.staff, "record_kind": it.record_kind, "record_id": it.record_id,
                "arguments": it.arguments, "dedupe_key": it.dedupe_key,
            }),
        ),
        WriteSpec::IssueDocument(it) => (
            "issue_document",
            serde_json::json!({
                "document": it.document, "record_kind": it.record_kind, "record_id": it.record_id,
                "recipient": it.recipient, "data": it.data, "dedupe_key": it.dedupe_key,
            }),
        ),
        WriteSpec::NoteAudit(it) => (
            "note_audit",
            serde_json::json!({ "code": it.code, "text": it.text }),
        ),
        WriteSpec::SetDeadline(it) => (
            "set_deadline",
            serde_json::json!({
                "key": it.key, "record_id": it.record_id, "anchor": it.anchor, "amount": it.amount,
            }),
        ),
        WriteSpec::PauseDeadline(it) => (
            "pause_deadline",
            serde_json::json!({
                "key": it.key, "record_id": it.record_id, "on": it.on, "reason": it.reason,
            }),
        ),
        WriteSpec::ResumeDeadline(it) => (
            "resume_deadline",
            serde_json::json!({ "key": it.key, "record_id": it.record_id, "on": it.on }),
        ),
        WriteSpec::ExtendDeadline(it) => (
            "extend_deadline",
            serde_json::json!({
                "key": it.key, "record_id": it.record_id, "amount": it.amount, "until": it.until,
                "officer": it.officer, "reason": it.reason,
            }),
        ),
        WriteSpec::CloseDeadline(it) => (
            "close_deadline",
            serde_json::json!({ "key": it.key, "record_id": it.record_id, "reason": it.reason }),
        ),
    };
    let Value::Object(fields) = value else {
        return (kind, Vec::new());
    };
    (
        kind,
        fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
    )
}

fn collect_codes(outcome: &Outcome, codes: &mut BTreeSet<String>) {
    match outcome {
        Outcome::Completed(it) | Outcome::Refused(it, _) => {
            codes.extend(it.warnings.iter().map(|it| it.code.clone()));
        }
        Outcome::Failed(OperationError::Business(it)) => {
            codes.insert(it.code.clone());
        }
        Outcome::Failed(OperationError::Invalid(found)) => {
            codes.extend(found.iter().map(|it| it.code.clone()));
        }
        Outcome::Failed(OperationError::Retry { .. } | OperationError::Failed(_))
        | Outcome::Broken(_)
        | Outcome::Breach(_)
        | Outcome::Unsteady => {}
    }
}

/// Every code that a case has seen needs its text in both languages.
pub fn missing_texts(plugin_dir: &Path, codes: &BTreeSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in ["messages/zh-CN.toml", "messages/en.toml"] {
        let texts = match case::read_value(&plugin_dir.join(file), file) {
            Ok(texts) => texts,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let missing = codes
            .iter()
            .filter(|code| texts.get(code.as_str()).is_none());
        problems.extend(missing.map(|code| {
            let known = tongban_sdk::CODES.iter().find(|it| it.code == code);
            let text = known.map(|it| if file.contains("zh") { it.zh } else { it.en });
            Problem::new(
                file,
                format!("expected a text: {code} = {:?}", text.unwrap_or("…")),
            )
        }));
    }
    problems
}
