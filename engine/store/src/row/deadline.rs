//! A deadline of a record: it owns its date.

use std::sync::Arc;

use tongban_core::deadline::{Extension, Pause, Rule};
use tongban_feel::time::Date;

/// Where a deadline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadlineStatus {
    /// Its clock runs.
    Open,
    /// Its clock is stopped.
    Paused,
    /// What it was for is done, or will not be.
    Closed,
}

/// Whose time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protects {
    /// A citizen's or an organization's: a new calendar only ever gives more.
    Citizen,
    /// The offices'.
    Office,
}

/// A deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Its key, as a plugin declares it.
    pub key: Arc<str>,
    /// The record it belongs to.
    pub record_id: Arc<str>,
    /// The kind of that record.
    pub record_kind: Arc<str>,
    /// The plugin that declares it.
    pub plugin: Arc<str>,
    /// Where it stands.
    pub status: DeadlineStatus,
    /// The day of the fact.
    pub anchor_on: Date,
    /// How it is counted, as it was set.
    pub rule: Rule,
    /// Minute of the last day at which it is over.
    pub ends_minute: u16,
    /// Whose time it is.
    pub protects: Protects,
    /// The stops of its clock, in order; only the last may lack its end.
    pub pauses: Vec<DeadlinePause>,
    /// What officers have granted, in order.
    pub extensions: Vec<DeadlineExtension>,
    /// A day below which a new calendar may not take it.
    pub floor_on: Option<Date>,
    /// Where it ends.
    pub end: DeadlineEnd,
    /// Names the calendar by which it was reckoned.
    pub calendar_version: Arc<str>,
    /// When its clock was started.
    pub set_at: i64,
    /// By whom.
    pub set_by: Arc<str>,
    /// When a calendar last moved it.
    pub moved_at: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// Why.
    pub close_reason: Option<Arc<str>>,
}

/// Where a deadline ends, reckoned; while its clock is stopped, where it ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadlineEnd {
    /// The last day as counted.
    pub nominal_on: Date,
    /// The last day.
    pub due_on: Date,
    /// When it is over.
    pub due_at: i64,
    /// Reckoned over a year whose table is not published.
    pub provisional: bool,
    /// From when its lamp is yellow.
    pub yellow_at: Option<i64>,
    /// From when its lamp is red.
    pub red_at: Option<i64>,
    /// When the next reminder is due.
    pub remind_at: Option<i64>,
}

/// A stop of the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlinePause {
    /// The last day that counts.
    pub from: Date,
    /// The last day that does not; absent while it lasts.
    pub until: Option<Date>,
    /// Why.
    pub reason: Arc<str>,
}

/// More time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineExtension {
    /// How much.
    pub extension: Extension,
    /// Who decided it.
    pub officer: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
    /// When it was granted.
    pub granted_at: i64,
}

impl Deadline {
    /// The stops that are over.
    #[must_use]
    pub fn ended_pauses(&self) -> Vec<Pause> {
        let ended = |it: &DeadlinePause| {
            Some(Pause {
                from: it.from,
                until: it.until?,
            })
        };
        self.pauses.iter().filter_map(ended).collect()
    }

    /// The extensions as they are counted.
    #[must_use]
    pub fn counted_extensions(&self) -> Vec<Extension> {
        self.extensions.iter().map(|it| it.extension).collect()
    }

    /// When a timer that is bound to it fires; never while the clock is stopped or after the end.
    #[must_use]
    pub fn timer_at(&self) -> i64 {
        match self.status {
            DeadlineStatus::Open => self.end.due_at,
            DeadlineStatus::Paused | DeadlineStatus::Closed => NEVER,
        }
    }
}

/// An instant that no clock reaches: where a timer waits for a deadline that is not running.
pub const NEVER: i64 = i64::MAX;

/// A deadline that a new calendar has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedDeadline {
    /// Its key.
    pub key: Arc<str>,
    /// The record it belongs to.
    pub record_id: Arc<str>,
    /// The kind of that record.
    pub record_kind: Arc<str>,
    /// The last day as it was.
    pub was_on: Date,
    /// Where it ends now.
    pub end: DeadlineEnd,
}
