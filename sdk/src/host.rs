//! The border to the server: what a call brings, what can be read during it, what it answers.
//!
//! An author does not need this module. In a component [`Host`] is implemented over the imports
//! of the contract, in native tests by the harness.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::calendar::CalendarError;
use crate::deadline::Reckoned;
use crate::error::Violation;
use crate::time::{Date, Instant};

/// What an operation can read during a call, and how it takes numbers.
///
/// Methods take `&self`: all but [`Host::allocate_number`] and [`Host::log`] change nothing.
#[expect(
    missing_docs,
    reason = "each method is the function of the same name in plugin.wit"
)]
pub trait Host {
    fn get(&self, kind: &str, id: &str) -> Result<Option<StoredRecord>, ReadError>;
    fn get_many(&self, kind: &str, ids: &[&str]) -> Result<Vec<StoredRecord>, ReadError>;
    fn find(&self, query: &RecordQuery) -> Result<RecordPage, ReadError>;
    fn count(&self, query: &RecordQuery) -> Result<u64, ReadError>;

    fn is_working_day(&self, on: Date) -> Result<bool, CalendarError>;
    fn day_kind(&self, on: Date) -> Result<DayKind, CalendarError>;
    fn add_working_days(&self, start: Date, days: i32) -> Result<Date, CalendarError>;
    fn roll_forward(&self, on: Date) -> Result<Date, CalendarError>;
    fn working_days_between(&self, start: Date, end: Date) -> Result<i32, CalendarError>;
    fn is_calendar_confirmed(&self, year: i32) -> bool;
    fn calendar_version(&self) -> String;

    fn lookup_check(
        &self,
        kind: &str,
        subject: &str,
        max_age_hours: u32,
    ) -> Result<Option<CheckAnswer>, ReadError>;

    fn decide(&self, decision: &str, as_of: Date, input: &[u8]) -> Result<Decided, DecisionError>;

    fn deadline(&self, key: &str, record_id: &str) -> Result<Option<StoredDeadline>, ReadError>;
    fn reckon(&self, key: &str, anchor: Date, amount: Option<u32>) -> Result<Reckoned, ReadError>;

    fn allocate_number(
        &self,
        series: &str,
        scope: &[(String, String)],
    ) -> Result<String, NumberError>;

    fn log(&self, level: LogLevel, message: &str, fields: &[(String, String)]);
}

/// The server of this call.
///
/// In a component it is a type, not a trait object, so that an import which no operation uses
/// leaves the component: its import list is its list of capabilities.
#[cfg(not(target_family = "wasm"))]
pub type AnyHost = Box<dyn Host>;
/// The server of this call: the imports of the component.
/// It has the methods of [`Host`] as the trait object has them.
#[cfg(target_family = "wasm")]
pub type AnyHost = crate::guest::Imports;

/// The circumstances of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Names the call; the ids of new records derive from it.
    pub call_id: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The county bureau, by its division code.
    pub tenant: String,
    /// The administrative division in which the case is handled.
    pub division: String,
    /// The instant of the command.
    pub now: Instant,
    /// The date of `now` at the office.
    pub today: Date,
    /// Who asked; nobody if a timer did.
    pub actor: Option<Actor>,
    /// Where in which process; absent outside of one.
    pub process: Option<ProcessRef>,
    /// Which run of which schedule; absent if none called.
    pub schedule: Option<ScheduleRun>,
    /// The plugin's parameters as the tenant has set them.
    pub parameters: Map<String, Value>,
    /// The writes will be checked and then dropped.
    pub dry_run: bool,
}

/// Who asked for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The stable id of the citizen or the staff member.
    pub id: String,
    /// The role codes under which the request was made.
    pub roles: Vec<String>,
}

impl Actor {
    /// Whether the request was made under this role.
    pub fn has_role(&self, code: &str) -> bool {
        self.roles.iter().any(|it| it == code)
    }
}

/// Where in which process a call happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRef {
    /// The id of the process instance.
    pub instance_id: String,
    /// The BPMN process id.
    pub process_key: String,
    /// The version of the definition.
    pub process_version: u32,
    /// The BPMN id of the element that calls.
    pub element_id: String,
}

/// The run of a schedule that makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRun {
    /// The key of the schedule.
    pub key: String,
    /// When the run was due.
    pub scheduled_for: Instant,
    /// The date as of which the run selects and reckons.
    pub as_of: Date,
    /// The period that the item belongs to.
    pub period: String,
    /// The day on which the item is due.
    pub due_on: Option<Date>,
    /// The stage of a reminder: so many days before the due day, negative after it.
    pub stage: Option<i32>,
    /// A run before this one was missed, and the item belongs to that time.
    pub late: bool,
}

/// One call of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The name of the operation.
    pub operation: String,
    /// The input, as JSON.
    pub input: Vec<u8>,
    /// Records that the manifest has the server read beforehand, by the name of the read.
    pub snapshot: Vec<(String, Option<StoredRecord>)>,
}

/// A stored record with its body as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Rises by one with each write.
    pub version: u64,
    /// The version of the schema under which the body was written.
    pub schema_version: u32,
    /// The body, as JSON.
    pub body: Vec<u8>,
}

/// How a filter is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The filter is the value.
    Equal,
    /// The filter is less.
    Less,
    /// The filter is less or equal.
    AtMost,
    /// The filter is greater.
    Greater,
    /// The filter is greater or equal.
    AtLeast,
    /// The filter is one of the values of a list.
    OneOf,
}

impl Comparison {
    /// Whether a value that was found fulfils the comparison with the value wanted.
    pub fn holds(self, found: &Value, wanted: &Value) -> bool {
        let order = || compare_values(found, wanted);
        match self {
            Self::Equal => found == wanted || order() == Some(Ordering::Equal),
            Self::Less => order() == Some(Ordering::Less),
            Self::AtMost => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order() == Some(Ordering::Greater),
            Self::AtLeast => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
            Self::OneOf => wanted.as_array().is_some_and(|all| all.contains(found)),
        }
    }
}

/// The order of two values of a filter: texts (and with them dates) by their characters, integers
/// by size; others have none.
pub fn compare_values(a: &Value, b: &Value) -> Option<Ordering> {
    let integer = |it: &serde_json::Number| {
        it.as_i64()
            .map(i128::from)
            .or_else(|| it.as_u64().map(i128::from))
    };
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(integer(a)?.cmp(&integer(b)?)),
        _ => None,
    }
}

/// One condition on a declared filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The name of the filter.
    pub filter: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: Value,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The name of the filter.
    pub filter: String,
    /// Greatest first.
    pub descending: bool,
}

/// A query over the records of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordQuery {
    /// The kind.
    pub kind: String,
    /// All of these hold.
    pub conditions: Vec<Condition>,
    /// Ends with the id, so that it is total.
    pub order: Vec<Order>,
    /// At most this many.
    pub limit: u32,
    /// After the page that ended with this.
    pub after: Option<String>,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPage {
    /// The records.
    pub items: Vec<StoredRecord>,
    /// Absent on the last page.
    pub next: Option<String>,
}

/// A stored answer of another department, with its body as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAnswer {
    /// The id of the check.
    pub check_id: String,
    /// The kind of check.
    pub kind: String,
    /// Whom or what it is about.
    pub subject: String,
    /// `MATCH`, `MISMATCH`, `NOT_FOUND` or another code of the kind.
    pub outcome: String,
    /// When the department answered.
    pub answered_at: Instant,
    /// Whether it is not older than asked for.
    pub fresh: bool,
    /// The body, as JSON.
    pub body: Vec<u8>,
}

/// What was decided, with the output as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The output, as JSON.
    pub output: Vec<u8>,
    /// The version that decided.
    pub version: u32,
    /// From which day that version holds; absent: from the beginning.
    pub effective_from: Option<Date>,
    /// The ids of the rules that matched, those of required decisions first.
    pub rules: Vec<String>,
}

/// What sort of day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind {
    /// The offices work.
    Working,
    /// A Saturday or Sunday and nothing else.
    Weekend,
    /// A day off of the yearly table, or of the county's own.
    Holiday,
    /// A day that the holiday regulation itself names (法定节假日).
    StatutoryHoliday,
}

/// Where a deadline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineStatus {
    /// The clock runs.
    Open,
    /// The clock is stopped.
    Paused,
    /// What it was for is done, or will not be.
    Closed,
}

/// A stored deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDeadline {
    /// Its key.
    pub key: String,
    /// The record it belongs to.
    pub record_id: String,
    /// Where it stands.
    pub status: DeadlineStatus,
    /// The day of the fact.
    pub anchor: Date,
    /// The last day as counted.
    pub nominal_on: Date,
    /// The last day; absent while the clock is stopped.
    pub due_on: Option<Date>,
    /// When the last day is over.
    pub due_at: Option<Instant>,
    /// Reckoned over a year whose table is not published.
    pub provisional: bool,
    /// How it was reckoned, in Chinese.
    pub explanation_zh: String,
    /// How it was reckoned, in English.
    pub explanation_en: String,
    /// Names the table by which it was reckoned.
    pub calendar_version: String,
}

/// What becomes of a deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// How much more time is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many more of the deadline's own unit.
    Amount(u32),
    /// Up to this day, unless the deadline ends later anyway.
    Until(Date),
}

/// Why a read was refused. All of these are mistakes of the plugin or its manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The manifest does not grant it to this operation.
    #[error("read not granted: {0}")]
    NotGranted(String),
    /// The reads, rows or bytes of this call are used up.
    #[error("budget of reads exhausted: {0}")]
    BudgetExhausted(String),
    /// The query names no declared filter, or a value does not fit.
    #[error("bad query: {0}")]
    BadQuery(String),
}

/// Why nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// The manifest does not grant the decision to this operation.
    #[error("decision not granted: {0}")]
    NotGranted(String),
    /// The reads or bytes of this call are used up.
    #[error("budget of reads exhausted: {0}")]
    BudgetExhausted(String),
    /// The input is no JSON object.
    #[error("bad input of a decision: {0}")]
    BadInput(String),
    /// No version of the decision holds on the day, or it cannot be made with this input.
    #[error("not decided: {0}")]
    Undecided(String),
}

/// Why no number was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The manifest does not grant the series to this operation.
    #[error("number series not granted: {0}")]
    NotGranted(String),
    /// A value of the scope is missing or does not fit.
    #[error("scope of the number series does not fit: {0}")]
    BadScope(String),
    /// The series is full.
    #[error("number series exhausted: {0}")]
    Exhausted(String),
}

/// How important a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For the plugin's developers.
    Debug,
    /// Worth knowing.
    Info,
    /// Somebody might have to act.
    Warn,
    /// Somebody has to act.
    Error,
}

/// One change that the server will make when the command is committed.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Creates a record, or replaces the version that was read.
    PutRecord {
        /// Its kind.
        kind: String,
        /// Its id: for a new one `<call id>-<position in the writes>`.
        id: String,
        /// Absent for a new record.
        expected_version: Option<u64>,
        /// The body, as JSON.
        body: Vec<u8>,
    },
    /// Removes the version that was read.
    RemoveRecord {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
        /// The version that was read.
        expected_version: u64,
        /// For the audit trail.
        reason: String,
    },
    /// Starts a process instance.
    StartProcess(crate::write::StartProcess),
    /// Publishes a message.
    PublishMessage(crate::write::PublishMessage),
    /// Sends a notice.
    SendNotice(crate::notice::SendNotice),
    /// Issues a document.
    IssueDocument(crate::document::IssueDocument),
    /// Adds a line to the audit trail.
    NoteAudit {
        /// The stable code.
        code: String,
        /// The text.
        text: String,
    },
    /// Changes a deadline.
    Deadline {
        /// Its key in plugin.toml.
        key: String,
        /// The record it belongs to.
        record_id: String,
        /// What becomes of it.
        change: DeadlineChange,
    },
}

/// What a call that succeeded answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The output, as JSON.
    pub output: Vec<u8>,
    /// What shall change, in order.
    pub writes: Vec<Write>,
    /// What the person who asked should know.
    pub warnings: Vec<Violation>,
}
