//! The working-day calendar of the division of the call.

use crate::call::Date;

/// What sort of day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// The offices work.
    Working,
    /// A Saturday or Sunday and nothing else.
    Weekend,
    /// A day off of the yearly table, or of the county's own.
    Holiday,
    /// A day that the holiday regulation itself names.
    StatutoryHoliday,
}

/// Working days of one division. The dates passed in exist and lie within 1900 to 2200.
pub trait Calendar {
    /// Whether offices work on this date.
    fn is_working_day(&mut self, on: Date) -> bool;

    /// What sort of day it is.
    fn day_kind(&mut self, on: Date) -> DayKind;

    /// The date `days` working days after (negative: before) `start`, which is not counted;
    /// nothing if it leaves the years 1900 to 2200.
    fn add_working_days(&mut self, start: Date, days: i32) -> Option<Date>;

    /// The date itself if it is a working day, else the next one.
    fn roll_forward(&mut self, on: Date) -> Option<Date>;

    /// Working days after `start` up to and including `end`; negative if `end` lies before.
    fn working_days_between(&mut self, start: Date, end: Date) -> i32;

    /// Whether the table of this year has been published.
    fn is_confirmed(&mut self, year: i32) -> bool;

    /// Names the published table.
    fn version(&mut self) -> String;
}
