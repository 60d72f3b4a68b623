//! Deadlines (期限): the server owns their dates and keeps them right.
//!
//! An operation starts, stops, extends and ends the clock; what day that leads to, the server
//! reckons by the rule in `plugin.toml` and the published calendar, and reckons again when a new
//! one is published. Timers of a diagram that are bound to the deadline follow, and so do the
//! fields of the record that the manifest mirrors.

use crate::context::Context;
use crate::error::OperationError;
#[cfg(target_family = "wasm")]
use crate::host::Host;
use crate::host::{DeadlineChange, DeadlineStatus, Extent, StoredDeadline, Write};
use crate::record::RecordId;
use crate::time::{Date, Instant};

/// A deadline as earlier calls left it; see [`Context::deadline`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline(StoredDeadline);

/// What a deadline comes to when its clock is started; see [`Context::set_deadline`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reckoned {
    /// The last day as counted, before rest days were looked at.
    pub nominal_on: Date,
    /// The last day.
    pub due_on: Date,
    /// When the last day is over.
    pub due_at: Instant,
    /// Reckoned over a year whose table is not published (暂定).
    pub provisional: bool,
    /// How it was reckoned, in Chinese.
    pub explanation_zh: String,
    /// How it was reckoned, in English.
    pub explanation_en: String,
    /// Names the table by which it was reckoned.
    pub calendar_version: String,
}

impl Deadline {
    /// Where it stands.
    pub fn status(&self) -> DeadlineStatus {
        self.0.status
    }

    /// The day of the fact, which is not counted itself.
    pub fn anchor(&self) -> Date {
        self.0.anchor
    }

    /// The last day as counted, before rest days were looked at.
    pub fn nominal_on(&self) -> Date {
        self.0.nominal_on
    }

    /// The last day; absent while the clock is stopped.
    pub fn due_on(&self) -> Option<Date> {
        self.0.due_on
    }

    /// When the last day is over: at 24:00, or when the offices close.
    pub fn due_at(&self) -> Option<Instant> {
        self.0.due_at
    }

    /// Whether its time is over at this instant.
    pub fn is_over(&self, now: Instant) -> bool {
        self.0.due_at.is_some_and(|it| it <= now)
    }

    /// Reckoned over a year whose table is not published (暂定): no ground for an adverse decision.
    pub fn is_provisional(&self) -> bool {
        self.0.provisional
    }

    /// How it was reckoned, in Chinese and in English.
    pub fn explanation(&self) -> (&str, &str) {
        (&self.0.explanation_zh, &self.0.explanation_en)
    }

    /// Names the table by which it was reckoned.
    pub fn calendar_version(&self) -> &str {
        &self.0.calendar_version
    }
}

/// Deadlines.
impl Context {
    /// The deadline of this key of a record, as it was before this call; absent if it was never
    /// set.
    pub fn deadline(
        &self,
        key: &str,
        record: &RecordId,
    ) -> Result<Option<Deadline>, OperationError> {
        Ok(self.host().deadline(key, record.as_str())?.map(Deadline))
    }

    /// What setting a deadline would lead to; nothing is written.
    pub fn reckon_deadline(&self, key: &str, anchor: Date) -> Result<Reckoned, OperationError> {
        Ok(self.host().reckon(key, anchor, None)?)
    }

    /// Starts the clock of a deadline on the day of the fact (which is not counted itself), or
    /// starts it anew, and says where it ends.
    ///
    /// ```no_run
    /// # use tongban_sdk::{Context, OperationError, RecordId};
    /// # fn accept(ctx: &mut Context, case: &RecordId) -> Result<(), OperationError> {
    /// let today = ctx.today();
    /// let cooling_off = ctx.set_deadline("cooling_off", case, today)?;
    /// let last_day = cooling_off.due_on;
    /// # let _ = last_day;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_deadline(
        &mut self,
        key: &str,
        record: &RecordId,
        anchor: Date,
    ) -> Result<Reckoned, OperationError> {
        self.start_clock(key, record, anchor, None)
    }

    /// Like [`Context::set_deadline`], with an amount in place of the declared one.
    pub fn set_deadline_of(
        &mut self,
        key: &str,
        record: &RecordId,
        anchor: Date,
        amount: u32,
    ) -> Result<Reckoned, OperationError> {
        self.start_clock(key, record, anchor, Some(amount))
    }

    fn start_clock(
        &mut self,
        key: &str,
        record: &RecordId,
        anchor: Date,
        amount: Option<u32>,
    ) -> Result<Reckoned, OperationError> {
        let reckoned = self.host().reckon(key, anchor, amount)?;
        self.change_deadline(key, record, DeadlineChange::Set { anchor, amount });
        Ok(reckoned)
    }

    /// Stops the clock (补正, 公示, 检验): days after `on` do not count until it goes on.
    /// The reason is shown to staff: no personal data.
    pub fn pause_deadline(
        &mut self,
        key: &str,
        record: &RecordId,
        on: Date,
        reason: impl Into<String>,
    ) {
        let reason = reason.into();
        self.change_deadline(key, record, DeadlineChange::Pause { on, reason });
    }

    /// Lets a stopped clock go on: the day after `on` counts again.
    pub fn resume_deadline(&mut self, key: &str, record: &RecordId, on: Date) {
        self.change_deadline(key, record, DeadlineChange::Resume { on });
    }

    /// Grants more time, on the decision of an officer, named by his stable id.
    /// The reason is shown to staff: no personal data.
    pub fn extend_deadline(
        &mut self,
        key: &str,
        record: &RecordId,
        extent: Extent,
        (officer, reason): (impl Into<String>, impl Into<String>),
    ) {
        let change = DeadlineChange::Extend {
            extent,
            officer: officer.into(),
            reason: reason.into(),
        };
        self.change_deadline(key, record, change);
    }

    /// Ends a deadline: what it was for is done, or will not be.
    pub fn close_deadline(&mut self, key: &str, record: &RecordId, reason: impl Into<String>) {
        let reason = reason.into();
        self.change_deadline(key, record, DeadlineChange::Close { reason });
    }

    fn change_deadline(&mut self, key: &str, record: &RecordId, change: DeadlineChange) {
        self.push_write(Write::Deadline {
            key: key.to_owned(),
            record_id: record.as_str().to_owned(),
            change,
        });
    }
}
