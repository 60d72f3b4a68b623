//! What goes into a plugin call and what comes out of it, in the host's own types.
//!
//! These types belong to no version of the WIT contract: `contract/` converts each version to
//! them by hand. Start from [`Request`] and [`Outcome`].

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::capability::{Capabilities, Unavailable};
use crate::trap::Trap;

/// A calendar date that exists (checked by [`Date::new`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The date, or nothing if there is no such date in the years 1900 to 2200.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let exists = (1900..=2200).contains(&year) && (1..=days).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, from 1.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }
}

/// A value with the date from which it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated {
    /// From ever if absent.
    pub from: Option<Date>,
    /// The value; null goes back to the default.
    pub value: Value,
}

impl From<Value> for Dated {
    fn from(value: Value) -> Self {
        Self { from: None, value }
    }
}

/// Of some versions the one that holds on a date: the one that began last by then. Nothing if none
/// has begun, or if it is null.
pub fn in_force(versions: &[Dated], on: Date) -> Option<&Value> {
    let begun = versions
        .iter()
        .filter(|it| it.from.is_none_or(|from| from <= on));
    begun
        .max_by_key(|it| it.from)
        .map(|it| &it.value)
        .filter(|it| !it.is_null())
}

/// Who asked for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The stable id of the person.
    pub id: String,
    /// The role codes under which the request was made.
    pub roles: Vec<String>,
}

/// Where in which process a call happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessReference {
    /// The id of the process instance, as text.
    pub instance_id: String,
    /// The BPMN process id.
    pub process_key: String,
    /// The version of the definition.
    pub process_version: u32,
    /// The BPMN id of the calling element.
    pub element_id: String,
}

/// The run of a schedule that makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRun {
    /// The key of the schedule.
    pub key: String,
    /// Microseconds since 1970, UTC: when the run was due.
    pub scheduled_for_us: i64,
    /// The date as of which the run selects and reckons.
    pub as_of: Date,
    /// The period that the item belongs to.
    pub period: String,
    /// The day on which the item is due.
    pub due_on: Option<Date>,
    /// The stage of a reminder: so many days before the due day.
    pub stage: Option<i32>,
    /// A run before this one was missed, and the item belongs to that time.
    pub late: bool,
}

/// The circumstances of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Names this call; stays the same when the command is decided again.
    pub call_id: String,
    /// From 1.
    pub attempt: u32,
    /// The division code of the county bureau.
    pub tenant: String,
    /// The division in which the case is handled.
    pub division: String,
    /// Microseconds since 1970, UTC: the instant of the command.
    pub now_us: i64,
    /// The date of that instant in the tenant's zone.
    pub today: Date,
    /// Absent when nobody asked (a timer, an arrived answer).
    pub actor: Option<Actor>,
    /// Absent when an operation is called outside a process.
    pub process: Option<ProcessReference>,
    /// Present when a schedule calls.
    pub schedule: Option<ScheduleRun>,
    /// What the tenant has set, each value with the date from which it holds; parameters it has
    /// not set take their defaults from the manifest.
    pub configuration: BTreeMap<String, Vec<Dated>>,
    /// The writes will be dropped.
    pub dry_run: bool,
}

/// One call of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The name of the operation in the manifest.
    pub operation: String,
    /// The circumstances.
    pub envelope: Envelope,
    /// One JSON object; checked against the operation's input schema.
    pub input: Value,
}

/// A stored record as a plugin sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRecord {
    /// The record kind.
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// Rises by one with each write.
    pub version: u64,
    /// The schema version under which the body was written.
    pub schema_version: u32,
    /// The body as JSON text: it is handed to the plugin as it was stored, without parsing.
    pub body: Vec<u8>,
}

/// What a plugin wants changed, already checked against grants and schemas.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Creates or replaces a record.
    PutRecord(PutRecord),
    /// Removes a record.
    RemoveRecord(RemoveRecord),
    /// Starts a process instance.
    StartProcess(StartProcess),
    /// Publishes a message.
    PublishMessage(PublishMessage),
    /// Adds a line to the audit trail.
    NoteAudit(NoteAudit),
    /// Changes a deadline.
    Deadline(DeadlineWrite),
    /// Sends a notice.
    SendNotice(SendNotice),
    /// Issues a document.
    IssueDocument(IssueDocument),
}

/// Changes the deadline of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineWrite {
    /// The key of the deadline in the manifest.
    pub key: String,
    /// The record whose deadline it is.
    pub record_id: String,
    /// What becomes of it.
    pub change: DeadlineChange,
}

/// What becomes of a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadlineChange {
    /// Its clock starts.
    Set {
        /// The day of the fact.
        anchor: Date,
        /// In place of the declared amount.
        amount: Option<u32>,
    },
    /// Its clock stops.
    Pause {
        /// The last day that counts.
        on: Date,
        /// Why.
        reason: String,
    },
    /// Its clock goes on.
    Resume {
        /// The last day that does not count.
        on: Date,
    },
    /// An officer grants more time.
    Extend {
        /// How much.
        extent: Extent,
        /// Who decided it.
        officer: String,
        /// Why.
        reason: String,
    },
    /// It ends.
    Close {
        /// Why.
        reason: String,
    },
}

/// How much time is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many more of the deadline's own unit.
    Amount(u32),
    /// Up to this day.
    Until(Date),
}

/// Creates or replaces a record.
#[derive(Clone, Debug, PartialEq)]
pub struct PutRecord {
    /// The record kind.
    pub kind: String,
    /// Always present here: the ids of new records are already derived from the call id.
    pub id: String,
    /// Absent: create, and there must be no such record. Present: replace this version.
    pub expected_version: Option<u64>,
    /// The schema version of the active plugin, under which the body was checked.
    pub schema_version: u32,
    /// The body, which fits the schema of the kind.
    pub body: Value,
}

/// Removes a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveRecord {
    /// The record kind.
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// This version, and no other.
    pub expected_version: u64,
    /// For the audit trail.
    pub reason: String,
}

/// Starts a process instance.
#[derive(Clone, Debug, PartialEq)]
pub struct StartProcess {
    /// The BPMN process id.
    pub process_key: String,
    /// The business key, if it shall have one.
    pub business_key: Option<String>,
    /// A JSON object.
    pub variables: Value,
}

/// Publishes a message.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishMessage {
    /// The name of the message.
    pub name: String,
    /// The correlation key.
    pub correlation_key: String,
    /// A JSON object.
    pub variables: Value,
}

/// Adds a line to the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteAudit {
    /// A code of the plugin.
    pub code: String,
    /// The line.
    pub text: String,
}

/// Whom a notice is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A citizen, by his person id.
    Person(String),
    /// Everybody with a role in a division.
    Role {
        /// The role code.
        role: String,
        /// The division; that of the call if absent.
        division: Option<String>,
    },
    /// A member of staff, by his id.
    Staff(String),
}

/// A record that something is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReference {
    /// The record kind.
    pub kind: String,
    /// The record's id.
    pub id: String,
}

/// Sends a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendNotice {
    /// The code of a declared notice.
    pub code: String,
    /// Whom it is for; one that the declaration allows.
    pub recipient: Recipient,
    /// What it is about.
    pub record: Option<RecordReference>,
    /// Values for placeholders.
    pub arguments: BTreeMap<String, String>,
    /// The key under which it is sent once.
    pub dedupe_key: Option<String>,
}

/// Issues a document.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueDocument {
    /// The key of a declared document.
    pub document: String,
    /// The record it belongs to.
    pub record: RecordReference,
    /// The person id of the citizen for whom it is; all parties if absent.
    pub recipient: Option<String>,
    /// What its template is filled with; an object.
    pub data: Value,
    /// The key under which it is issued once for the record.
    pub dedupe_key: Option<String>,
}

/// Something wrong with one place of the input. The texts are found by
/// [`Plugin::text`](crate::plugin::Plugin::text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// A JSON Pointer into the input; empty for the whole.
    pub path: String,
    /// A code of the plugin's message catalogues, or of the host (`HOST-…`).
    pub code: String,
    /// Values for the placeholders of the text.
    pub arguments: BTreeMap<String, String>,
}

/// A failure that belongs to the procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct BusinessError {
    /// The code of the BPMN error event, and of the message.
    pub code: String,
    /// Values for the placeholders of the text.
    pub arguments: BTreeMap<String, String>,
    /// A JSON object: variables for the error event.
    pub details: Value,
}

/// What an operation that went well gives back.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// A JSON object that fits the output schema: the variables of a service task or the result
    /// of an exposed operation.
    pub output: Value,
    /// In the order in which they are to be applied.
    pub writes: Vec<Write>,
    /// Shown to the person who asked.
    pub warnings: Vec<Violation>,
}

/// The ways in which a call ends without a completion.
#[derive(Debug)]
pub enum Failure {
    /// A BPMN error event.
    Business(BusinessError),
    /// The input does not fit; goes back to the person who submitted it.
    Invalid(Vec<Violation>),
    /// Worth another attempt after the pause.
    Retry {
        /// How long to wait.
        after: Duration,
        /// For the operator.
        reason: String,
    },
    /// An incident, by the plugin's own judgement.
    Failed {
        /// For the operator.
        message: String,
    },
    /// The plugin broke down or broke its contract: an incident.
    Trap(Trap),
    /// A capability could not reach what it needs (the database): not the plugin's fault. The
    /// command is undone and may be decided again.
    Unavailable(Unavailable),
}

/// What a call used up; reported with incidents and in the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The same number for the same call on every machine.
    pub fuel: u64,
    /// The largest size of the linear memory.
    pub memory_bytes_peak: u64,
    /// Calls of read imports, without the snapshot.
    pub reads: u32,
    /// Records handed to the plugin, with the snapshot.
    pub rows: u32,
    /// Bytes of record bodies and answers handed to the plugin.
    pub read_bytes: u64,
    /// Bytes of output, writes and error texts.
    pub output_bytes: u64,
    /// Time within the guest, without the capabilities.
    pub guest_time: Duration,
    /// Time within the capabilities.
    pub capability_time: Duration,
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// For the curious.
    Info,
    /// Somebody should look.
    Warn,
    /// Somebody must act.
    Error,
}

/// A line that a plugin wrote for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How grave it is.
    pub level: LogLevel,
    /// The text.
    pub message: String,
    /// Named values.
    pub fields: BTreeMap<String, String>,
}

/// What is left after a call.
pub struct Outcome {
    /// The completion, or why there is none.
    pub result: Result<Completion, Failure>,
    /// The same object that was passed in, also after a trap.
    pub capabilities: Box<dyn Capabilities>,
    /// What the call used up.
    pub usage: Usage,
    /// At most as many as the log budget holds.
    pub logs: Vec<LogLine>,
}
