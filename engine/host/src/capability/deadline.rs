//! Deadlines of records, which own their dates.

use super::Unavailable;
use crate::call::Date;
use crate::manifest::Text;

/// Where a deadline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The clock runs.
    Open,
    /// The clock is stopped.
    Paused,
    /// It has ended.
    Closed,
}

/// A deadline as a plugin sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The key in the manifest.
    pub key: String,
    /// The record whose deadline it is.
    pub record_id: String,
    /// Where it stands.
    pub status: Status,
    /// The day of the fact.
    pub anchor: Date,
    /// The last day as counted.
    pub nominal_on: Date,
    /// The last day; absent while the clock is stopped.
    pub due_on: Option<Date>,
    /// When the last day is over, microseconds since 1970.
    pub due_at_us: Option<i64>,
    /// Reckoned over a year whose table is not published.
    pub provisional: bool,
    /// How it was reckoned.
    pub explanation: Text,
    /// Names the table by which it was reckoned.
    pub calendar_version: String,
}

/// What a deadline would be if its clock were started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reckoned {
    /// The last day as counted.
    pub nominal_on: Date,
    /// The last day.
    pub due_on: Date,
    /// When the last day is over, microseconds since 1970.
    pub due_at_us: i64,
    /// Reckoned over a year whose table is not published.
    pub provisional: bool,
    /// How it was reckoned.
    pub explanation: Text,
    /// Names the table by which it was reckoned.
    pub calendar_version: String,
}

/// Deadlines, by key and record.
pub trait Deadlines {
    /// What setting the deadline would lead to; nothing if it lies beyond the years 1900 to 2200.
    fn reckon(&mut self, key: &str, anchor: Date, amount: Option<u32>) -> Option<Reckoned>;

    /// The deadline, if it was ever set.
    fn deadline(&mut self, key: &str, record_id: &str) -> Result<Option<Deadline>, Unavailable>;
}
