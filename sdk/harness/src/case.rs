//! Cases: what is given, what is called, what is expected. TOML or JSON, one shape for both.
//!
//! `README.md` beside this crate explains the format; `case.schema.json` is generated from the
//! types here. Anything the format does not know is refused, so that a misspelt expectation
//! cannot pass.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tongban_sdk::{Date, Instant};

use crate::Problem;

mod include;

/// A case with the file it comes from.
#[derive(Debug, Clone)]
pub struct Case {
    /// From the plugin's folder.
    pub file: String,
    /// What the file says.
    pub spec: CaseSpec,
}

/// One file under `tests/cases`: a world, and calls that are made in it one after the other.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Case")]
pub struct CaseSpec {
    /// One sentence: what the case shows.
    pub description: String,
    /// A file under `tests/worlds` of the plugin with the same shape, on which this one builds: its
    /// records, answers and numbers are there too unless this file has others of the same name,
    /// and its calls are made first. It may include another in turn.
    #[serde(default)]
    pub include: Option<String>,
    /// The circumstances of every call; a call may change them for itself.
    #[serde(default)]
    pub context: ContextSpec,
    /// Parameters that differ from their defaults in plugin.toml.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// The working-day calendar; without it, Saturdays and Sundays are rest days and no others.
    #[serde(default)]
    pub calendar: CalendarSpec,
    /// The records that are stored before the first call.
    #[serde(default)]
    pub record: Vec<RecordSpec>,
    /// The deadlines that are set before the first call.
    #[serde(default)]
    pub deadline: Vec<DeadlineSpec>,
    /// The answers of other departments that are stored.
    #[serde(default)]
    pub answer: Vec<AnswerSpec>,
    /// Numbers that have been given out before; without an entry, a series begins with 1.
    #[serde(default)]
    pub number: Vec<NumberSpec>,
    /// The calls, in order. What a call that succeeds writes is there for the next one, unless it
    /// was a dry run; a call that fails leaves nothing.
    pub call: Vec<CallSpec>,
}

/// The circumstances of a call. What is not said is taken from the file's context, then from the
/// defaults named here.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContextSpec {
    /// The instant of the call; 2026-01-05T09:00:00+08:00.
    pub now: Option<Instant>,
    /// The date of the call; that of `now` at +08:00.
    pub today: Option<Date>,
    /// The county bureau; 150627.
    pub tenant: Option<String>,
    /// The division; the tenant.
    pub division: Option<String>,
    /// Names the call; `call-1` for the first, and so on. New records are named after it:
    /// `<call id>-<position in the writes, from 0>`.
    pub call_id: Option<String>,
    /// The attempt; 1.
    pub attempt: Option<u32>,
    /// Who asks; nobody.
    pub actor: Option<ActorSpec>,
    /// Where in which process; outside of one.
    pub process: Option<ProcessSpec>,
    /// Which run of which schedule; none.
    pub schedule: Option<ScheduleSpec>,
    /// Only try; false.
    pub dry_run: Option<bool>,
}

/// Who asks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActorSpec {
    /// The id of the citizen or the staff member.
    pub id: String,
    /// The role codes.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// Where in which process.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessSpec {
    /// The id of the process instance.
    pub instance_id: String,
    /// The BPMN process id.
    pub process_key: String,
    /// The version of the definition; 1.
    #[serde(default = "one")]
    pub process_version: u32,
    /// The BPMN id of the element.
    pub element_id: String,
}

/// Which run of which schedule.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// The key of the schedule.
    pub key: String,
    /// When the run was due; the instant of the call.
    pub scheduled_for: Option<Instant>,
    /// The date as of which it selects; the date of the call.
    pub as_of: Option<Date>,
    /// The period of the item.
    pub period: String,
    /// When the item is due; no day.
    pub due_on: Option<Date>,
    /// The stage of a reminder; none.
    pub stage: Option<i32>,
    /// Whether a run before was missed; false.
    #[serde(default)]
    pub late: bool,
}

/// The days that differ from the weekly rhythm.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarSpec {
    /// Names the table; `test`.
    pub version: Option<String>,
    /// The years whose table is published; all, if not said.
    pub confirmed: Option<Vec<i32>>,
    /// Rest days.
    pub holidays: Vec<Date>,
    /// Make-up workdays (调休上班日).
    pub workdays: Vec<Date>,
}

/// A stored record.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordSpec {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its version; 1.
    #[serde(default = "one_long")]
    pub version: u64,
    /// Its body.
    pub body: Map<String, Value>,
}

/// A deadline whose clock was started.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineSpec {
    /// Its key.
    pub key: String,
    /// The record it belongs to.
    pub record_id: String,
    /// The day of the fact.
    pub anchor: Date,
    /// In place of the declared amount.
    pub amount: Option<u32>,
    /// The day its clock was stopped; it runs.
    pub paused_on: Option<Date>,
    /// Whether it has ended; false.
    #[serde(default)]
    pub closed: bool,
}

/// A stored answer of another department.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerSpec {
    /// The id of the check; `check-1` for the first answer of the file, and so on.
    pub id: Option<String>,
    /// The kind of check.
    pub kind: String,
    /// Whom or what it is about.
    pub subject: String,
    /// `MATCH`, `MISMATCH`, `NOT_FOUND` or another code of the kind.
    pub outcome: String,
    /// When it came.
    pub answered_at: Instant,
    /// What it says; absent: nothing, as departments answer `NOT_FOUND`.
    #[serde(default)]
    pub body: Value,
}

/// The last number that was given out in one scope of a series.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberSpec {
    /// The series.
    pub series: String,
    /// A value, as text, for each name of the series' scope.
    #[serde(default)]
    pub scope: BTreeMap<String, String>,
    /// The last sequence number.
    pub last: u64,
}

/// One call.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallSpec {
    /// The operation.
    pub operation: String,
    /// Its input, which fits its JSON Schema: what does not fit never reaches an operation.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// Circumstances that differ from the file's.
    #[serde(default)]
    pub context: ContextSpec,
    /// What comes of it.
    pub expect: ExpectSpec,
}

/// How an expected JSON value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// Everything is equal.
    #[default]
    Exact,
    /// An object may have more properties than expected; lists have the same length.
    Subset,
}

/// What comes of a call: exactly one of `output`, `business`, `invalid`, `retry`, `failed` and
/// `conflict`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExpectSpec {
    /// It succeeds with this output.
    pub output: Option<Value>,
    /// It fails in the procedure.
    pub business: Option<BusinessSpec>,
    /// The input is wrong at these places, in this order.
    pub invalid: Option<Vec<ViolationSpec>>,
    /// It may succeed later.
    pub retry: Option<RetrySpec>,
    /// It fails with a text that contains this one.
    pub failed: Option<String>,
    /// It succeeds, but its writes break this unique key of plugin.toml.
    pub conflict: Option<String>,
    /// How `output`, `details`, `body` and `variables` are compared.
    #[serde(rename = "match")]
    pub mode: Match,
    /// What the person who asked is warned of, in this order.
    pub warning: Vec<ViolationSpec>,
    /// What is written, in this order and nothing else.
    pub write: Vec<WriteSpec>,
    /// Writes are not looked at.
    pub any_writes: bool,
}

/// A failure in the procedure.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessSpec {
    /// The error code.
    pub code: String,
    /// Variables for the error event; not compared if absent.
    pub details: Option<Map<String, Value>>,
    /// Values for the text; not compared if absent.
    pub arguments: Option<BTreeMap<String, String>>,
}

/// Something wrong at one place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ViolationSpec {
    /// A JSON Pointer into the input.
    #[serde(default)]
    pub path: String,
    /// The code.
    pub code: String,
    /// Values for the text; not compared if absent.
    pub arguments: Option<BTreeMap<String, String>>,
}

/// A pause.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetrySpec {
    /// How long; not compared if absent.
    pub after_ms: Option<u64>,
}

/// One write. Fields that are absent are not compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WriteSpec {
    /// A record is created or replaced.
    PutRecord(PutRecordSpec),
    /// A record is removed.
    RemoveRecord(RemoveRecordSpec),
    /// A process instance starts.
    StartProcess(StartProcessSpec),
    /// A message is published.
    PublishMessage(PublishMessageSpec),
    /// A line goes to the audit trail.
    NoteAudit(NoteAuditSpec),
    /// The clock of a deadline starts.
    SetDeadline(SetDeadlineSpec),
    /// The clock of a deadline stops.
    PauseDeadline(PauseDeadlineSpec),
    /// The clock of a deadline goes on.
    ResumeDeadline(ResumeDeadlineSpec),
    /// More time is granted.
    ExtendDeadline(ExtendDeadlineSpec),
    /// A deadline ends.
    CloseDeadline(CloseDeadlineSpec),
    /// A notice is sent.
    SendNotice(SendNoticeSpec),
    /// A document is issued.
    IssueDocument(IssueDocumentSpec),
}

/// A record is created or replaced.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRecordSpec {
    /// The kind.
    pub kind: String,
    /// The id; a new one is `<call id>-<position in the writes, from 0>`.
    pub id: Option<String>,
    /// The version that is replaced.
    pub expected_version: Option<u64>,
    /// The body.
    pub body: Option<Map<String, Value>>,
}

/// A record is removed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveRecordSpec {
    /// The kind.
    pub kind: String,
    /// The id.
    pub id: Option<String>,
    /// The version that is removed.
    pub expected_version: Option<u64>,
    /// The reason.
    pub reason: Option<String>,
}

/// A process instance starts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartProcessSpec {
    /// The BPMN process id.
    pub process_key: String,
    /// The business key.
    pub business_key: Option<String>,
    /// The variables.
    pub variables: Option<Map<String, Value>>,
}

/// A message is published.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishMessageSpec {
    /// Its name.
    pub name: String,
    /// Which instance it is for.
    pub correlation_key: Option<String>,
    /// The variables.
    pub variables: Option<Map<String, Value>>,
}

/// A line goes to the audit trail.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteAuditSpec {
    /// Its code.
    pub code: String,
    /// Its text.
    pub text: Option<String>,
}

/// The clock of a deadline starts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDeadlineSpec {
    /// The key of the deadline.
    pub key: String,
    /// The record.
    pub record_id: Option<String>,
    /// The day of the fact.
    pub anchor: Option<Date>,
    /// In place of the declared amount.
    pub amount: Option<u32>,
}

/// The clock of a deadline stops.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseDeadlineSpec {
    /// The key of the deadline.
    pub key: String,
    /// The record.
    pub record_id: Option<String>,
    /// The last day that counts.
    pub on: Option<Date>,
    /// Why.
    pub reason: Option<String>,
}

/// The clock of a deadline goes on.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeDeadlineSpec {
    /// The key of the deadline.
    pub key: String,
    /// The record.
    pub record_id: Option<String>,
    /// The last day that does not count.
    pub on: Option<Date>,
}

/// More time is granted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendDeadlineSpec {
    /// The key of the deadline.
    pub key: String,
    /// The record.
    pub record_id: Option<String>,
    /// So many more of its unit.
    pub amount: Option<u32>,
    /// Up to this day.
    pub until: Option<Date>,
    /// Who decided it.
    pub officer: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A deadline ends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseDeadlineSpec {
    /// The key of the deadline.
    pub key: String,
    /// The record.
    pub record_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A notice is sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendNoticeSpec {
    /// Its code.
    pub code: String,
    /// The citizen it is for.
    pub person: Option<String>,
    /// The role it is for.
    pub role: Option<String>,
    /// The division of that role.
    pub division: Option<String>,
    /// The member of staff it is for.
    pub staff: Option<String>,
    /// The kind of record it is about.
    pub record_kind: Option<String>,
    /// The record it is about.
    pub record_id: Option<String>,
    /// Values for placeholders.
    pub arguments: Option<BTreeMap<String, String>>,
    /// The key under which it is sent once.
    pub dedupe_key: Option<String>,
}

/// A document is issued.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueDocumentSpec {
    /// Its key.
    pub document: String,
    /// The kind of record it belongs to.
    pub record_kind: Option<String>,
    /// The record it belongs to.
    pub record_id: Option<String>,
    /// The citizen for whom it is.
    pub recipient: Option<String>,
    /// What the template is filled with.
    pub data: Option<Map<String, Value>>,
    /// The key under which it is issued once.
    pub dedupe_key: Option<String>,
}

fn one() -> u32 {
    1
}

fn one_long() -> u64 {
    1
}

/// Reads all cases under `tests/cases` of the plugin's folder, in the order of their names.
pub fn load(plugin_dir: &Path) -> Result<Vec<Case>, Vec<Problem>> {
    let folder = plugin_dir.join("tests/cases");
    let mut files = Vec::new();
    let mut problems = Vec::new();
    collect_files(&folder, &mut files, &mut problems);
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file = path
            .strip_prefix(plugin_dir)
            .unwrap_or(&path)
            .display()
            .to_string();
        match parse(plugin_dir, &path, &file) {
            Ok(spec) => cases.push(Case { file, spec }),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() && cases.is_empty() {
        problems.push(Problem::new(
            "tests/cases",
            "expected at least one .toml or .json file",
        ));
    }
    if problems.is_empty() {
        Ok(cases)
    } else {
        Err(problems)
    }
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::new(
                folder.display().to_string(),
                error.to_string(),
            ));
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_files(&path, files, problems);
        } else if path
            .extension()
            .is_some_and(|it| it == "toml" || it == "json")
        {
            files.push(path);
        }
    }
}

/// Reads a file under `tests/worlds`, with all that it includes; it need not make a call.
pub fn world(plugin_dir: &Path, name: &str) -> Result<CaseSpec, Problem> {
    let included = serde_json::json!({ "description": name, "include": name, "call": [] });
    let value = include::complete(&plugin_dir.join("tests/worlds"), included, name)?;
    serde_json::from_value(value).map_err(|error| Problem::new(name, error.to_string()))
}

fn parse(plugin_dir: &Path, path: &Path, file: &str) -> Result<CaseSpec, Problem> {
    let value = include::complete(
        &plugin_dir.join("tests/worlds"),
        read_value(path, file)?,
        file,
    )?;
    let spec: CaseSpec =
        serde_json::from_value(value).map_err(|error| Problem::new(file, error.to_string()))?;
    if spec.call.is_empty() {
        return Err(Problem::new(file, "expected at least one `[[call]]`"));
    }
    for (call_idx, call) in spec.call.iter().enumerate() {
        let expect = &call.expect;
        let kinds = [
            expect.output.is_some(),
            expect.business.is_some(),
            expect.invalid.is_some(),
            expect.retry.is_some(),
            expect.failed.is_some(),
            expect.conflict.is_some(),
        ];
        let count = kinds.into_iter().filter(|it| *it).count();
        if count != 1 {
            let text = format!(
                "call {}: expected one of output, business, invalid, retry, failed and conflict, \
                 found {count}",
                call_idx + 1
            );
            return Err(Problem::new(file, text));
        }
    }
    Ok(spec)
}

/// Reads a TOML or JSON file; TOML's own dates become texts, its fractions are refused.
pub(crate) fn read_value(path: &Path, file: &str) -> Result<Value, Problem> {
    let problem = |text: String| Problem::new(file, text);
    let text = std::fs::read_to_string(path).map_err(|error| problem(error.to_string()))?;
    if path.extension().is_some_and(|it| it == "json") {
        return serde_json::from_str(&text).map_err(|error| problem(error.to_string()));
    }
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| problem(error.to_string().trim_end().to_owned()))?;
    from_toml(toml::Value::Table(table)).map_err(problem)
}

fn from_toml(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Boolean(is) => Value::from(is),
        toml::Value::Datetime(at) => Value::from(at.to_string()),
        toml::Value::Float(number) => {
            return Err(format!(
                "expected integers of the smallest unit, found {number}"
            ));
        }
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(from_toml).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| Ok((key, from_toml(value)?)))
                .collect::<Result<_, String>>()?,
        ),
    })
}
