//! Periodic work: when it wakes, what becomes of runs that were missed, and which items are open.
//!
//! A cron expression only wakes a schedule; the calendar decides on which days it runs
//! ([`Rhythm`]). Runs that were missed are run each, once or not at all ([`plan`]). An item is due
//! on a day and opened some time before ([`Aim::openings`]); within a period it is handled once.

pub use opening::{Aim, Due, Lead, Opening, Span};
pub use wake::{LATE_AFTER_US, PlannedRun, Rhythm, Wakes, plan};

mod opening;
mod period;
mod wake;

/// On which days a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Days {
    /// Whenever it wakes.
    Every,
    /// On working days.
    WorkingDays,
    /// On the first working day of the month.
    FirstWorkingDayOfMonth,
    /// On the last working day of the month.
    LastWorkingDayOfMonth,
}

/// Within which an item is handled once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// One due day.
    DueDate,
    /// One run.
    Run,
    /// One day.
    Day,
    /// One week, from Monday.
    Week,
    /// One month.
    Month,
    /// One quarter.
    Quarter,
    /// One half-year.
    Half,
    /// One year.
    Year,
}

/// What becomes of runs that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missed {
    /// The run selects what is due: a missed one changes nothing but lateness.
    DateDriven,
    /// Each missed period runs, in order, as of its own date.
    Each,
    /// They become one.
    Once,
    /// Worthless when late.
    Skip,
}

#[cfg(test)]
mod tests;
