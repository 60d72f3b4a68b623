//! What the author of a Tongban plugin needs: record kinds, operations, what an operation may
//! read and write, and the ways to say no.
//!
//! A plugin is a function. A call brings an input and the circumstances ([`Context`]); the
//! operation reads records, the calendar and stored checks *inside the transaction* of the
//! command, and answers with an output and with writes, which the server commits together with
//! the step of the process. An operation changes nothing itself, and reaches nothing outside:
//! no clock, no network, no randomness. So the same call can be run natively in a test, dry for
//! a draft, and again when a group of commands has to be repeated.
//!
//! It does not know the server, WebAssembly or GraphQL: `sdk/README.md` leads from nothing to a
//! tested plugin. Begin with [`Context`].
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use tongban_sdk::{Context, Date, OperationError, Record, RecordId, Violations, operation};
//!
//! /// A case of the divorce procedure (离婚登记).
//! #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
//! #[serde(rename_all = "camelCase")]
//! #[record(kind = "divorce_case")]
//! pub struct DivorceCase {
//!     pub state: State,
//!     pub accepted_on: Option<Date>,
//! }
//!
//! #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
//! #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
//! pub enum State {
//!     Submitted,
//!     CoolingOff,
//! }
//!
//! #[derive(Debug, Deserialize, JsonSchema)]
//! #[serde(rename_all = "camelCase", deny_unknown_fields)]
//! pub struct AcceptInput {
//!     pub case_id: RecordId,
//! }
//!
//! #[derive(Debug, Serialize, JsonSchema)]
//! #[serde(rename_all = "camelCase")]
//! pub struct AcceptOutput {
//!     pub cooling_off_ends_on: Date,
//! }
//!
//! /// Accepts an application: the cooling-off period of 30 days begins.
//! #[operation(name = "acceptDivorceApplication")]
//! pub fn accept(ctx: &mut Context, input: AcceptInput) -> Result<AcceptOutput, OperationError> {
//!     let mut case = ctx.require::<DivorceCase>(&input.case_id, "/caseId")?;
//!     let mut violations = Violations::new();
//!     violations.require(case.state == State::Submitted, "/caseId", "CASE-NOT-SUBMITTED");
//!     violations.into_result()?;
//!     case.state = State::CoolingOff;
//!     case.accepted_on = Some(ctx.today());
//!     ctx.put(&case)?;
//!     let last_day = ctx.today().plus_days(ctx.parameter("cooling_off_days")?);
//!     Ok(AcceptOutput { cooling_off_ends_on: ctx.calendar().roll_forward(last_day)? })
//! }
//!
//! tongban_sdk::plugin! {
//!     records: [DivorceCase],
//!     operations: [accept],
//! }
//! ```

mod bank_card;
mod calendar;
mod check;
mod check_code;
mod code;
mod context;
mod credit_code;
mod csv;
mod deadline;
mod decision;
mod document;
mod draw;
mod error;
mod find;
pub mod host;
mod mobile;
mod money;
mod notice;
mod numbering;
mod operation;
mod plugin;
mod pointer;
mod query;
mod record;
mod resident_id;
#[cfg(not(target_family = "wasm"))]
pub mod schema;
mod text;
mod time;
mod write;

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod guest;

pub use bank_card::{BankCard, InvalidBankCard};
pub use calendar::{Calendar, CalendarError};
pub use check::{Answer, Checks};
pub use check_code::CheckCode;
pub use code::{CODES, CodeText};
pub use context::Context;
pub use credit_code::{CreditCode, InvalidCreditCode};
pub use csv::{CsvFile, CsvRow, InvalidCsv};
pub use deadline::{Deadline, Reckoned};
pub use decision::Decision;
pub use document::IssueDocument;
pub use draw::Draw;
pub use error::{Business, OperationError, Violation, Violations};
pub use host::{
    Actor, DayKind, DeadlineStatus, DecisionError, Extent, LogLevel, NumberError, ProcessRef,
    ReadError, ScheduleRun,
};
pub use mobile::{InvalidMobileNumber, MobileNumber};
pub use money::Fen;
pub use notice::{Recipient, RecordReference, SendNotice};
pub use operation::{Nothing, Operation, OperationDescriptor, OperationResult};
pub use plugin::Plugin;
pub use query::{Page, Query};
pub use record::{FilterPath, Record, RecordDescriptor, RecordId, Stored};
pub use resident_id::{InvalidResidentId, ResidentId, Sex};
pub use time::{Date, Instant, InvalidTime, LeapPolicy, TimeOfDay, Weekday};
pub use tongban_sdk_macros::{Record, operation};
pub use write::{PublishMessage, StartProcess};
