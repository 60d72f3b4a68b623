//! Working days: over a [`Calendar`] that is passed in.
//!
//! A rest day is a Saturday, a Sunday or a public holiday, less the make-up working days (调休上班日)
//! that the State Council orders. Start from [`CalendarTable`] and [`is_working_day`].

mod table;

pub use table::{CalendarError, CalendarTable, LocalOverride};

use crate::time::Date;

/// Days looked at before a search is given up; the longest holiday is nine days.
pub const SEARCH_DAYS_MAX: u32 = 400;
/// The largest count of working days a function takes.
pub const WORKING_DAYS_MAX: i64 = 100_000;

/// Years of which a calendar is asked; no longer period is confirmed.
const YEARS_MAX: u32 = 1_000;

/// What sort of day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// The offices work.
    Working,
    /// The offices rest.
    Rest {
        /// Whether it is one of the days the holiday regulation itself names (法定节假日), rather than
        /// a weekend or a day moved next to a holiday.
        statutory: bool,
    },
}

/// A calendar of working days.
pub trait Calendar: Send + Sync {
    /// What sort of day it is.
    fn day(&self, date: Date) -> DayKind;
    /// Whether the day rests because the yearly table or the holiday regulation says so, and not
    /// merely as a weekend.
    fn is_holiday(&self, date: Date) -> bool {
        self.day(date) == DayKind::Rest { statutory: true }
    }
    /// Whether the year has been published; dates that reach into another year are provisional.
    fn is_confirmed(&self, year: i32) -> bool;
    /// Which edition of the calendar this is.
    fn version(&self) -> &str;
}

/// Saturdays and Sundays rest, nothing else; no year is confirmed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weekends;

impl Calendar for Weekends {
    fn day(&self, date: Date) -> DayKind {
        if date.weekday() >= 6 {
            DayKind::Rest { statutory: false }
        } else {
            DayKind::Working
        }
    }

    fn is_confirmed(&self, _year: i32) -> bool {
        false
    }

    fn version(&self) -> &str {
        "weekends"
    }
}

/// What becomes of 29 February in a year that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeapPolicy {
    /// 28 February.
    February28,
    /// 1 March.
    March1,
}

impl LeapPolicy {
    /// Reads `FEB_28` or `MAR_01`.
    pub fn parse(text: &str) -> Option<LeapPolicy> {
        match text {
            "FEB_28" => Some(LeapPolicy::February28),
            "MAR_01" => Some(LeapPolicy::March1),
            _ => None,
        }
    }
}

/// Whether the offices work on the day.
pub fn is_working_day(calendar: &dyn Calendar, date: Date) -> bool {
    calendar.day(date) == DayKind::Working
}

/// Which days a period may not end on (法定休假日, Civil Code Art. 203).
///
/// Most read the statute so that weekends rest as well; a county whose courts read it otherwise
/// says so, and then only the days of the yearly table count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RestDays {
    /// Weekends and holidays, less the make-up working days.
    #[default]
    All,
    /// Holidays only: a plain Saturday or Sunday is not a rest day.
    Holidays,
}

/// Whether the day is a rest day, read in one of the two ways.
pub fn is_rest_day(calendar: &dyn Calendar, date: Date, rest_days: RestDays) -> bool {
    match rest_days {
        RestDays::All => calendar.day(date) != DayKind::Working,
        RestDays::Holidays => calendar.is_holiday(date),
    }
}

/// The day itself if it is not a rest day, else the next (`step` 1) or previous (-1) that is none.
pub fn roll_off_rest_days(
    calendar: &dyn Calendar,
    date: Date,
    rest_days: RestDays,
    step: i64,
) -> Option<Date> {
    let mut day = date;
    for _ in 0..SEARCH_DAYS_MAX {
        if !is_rest_day(calendar, day, rest_days) {
            return Some(day);
        }
        day = day.add_days(step)?;
    }
    None
}

/// Whether the day is one the holiday regulation itself names.
pub fn is_statutory_holiday(calendar: &dyn Calendar, date: Date) -> bool {
    calendar.day(date) == DayKind::Rest { statutory: true }
}

/// The day itself if it is a working day, else the next one (顺延).
pub fn next_working_day(calendar: &dyn Calendar, date: Date) -> Option<Date> {
    search(calendar, date, 1)
}

/// The day itself if it is a working day, else the last one before it.
pub fn previous_working_day(calendar: &dyn Calendar, date: Date) -> Option<Date> {
    search(calendar, date, -1)
}

fn search(calendar: &dyn Calendar, date: Date, step: i64) -> Option<Date> {
    roll_off_rest_days(calendar, date, RestDays::All, step)
}

/// The `count`-th working day after the date: the day after the event is the first that counts.
/// A negative count goes backwards; 0 is the date itself, whatever day it is.
pub fn add_working_days(calendar: &dyn Calendar, date: Date, count: i64) -> Option<Date> {
    if count.unsigned_abs() > WORKING_DAYS_MAX.unsigned_abs() {
        return None;
    }
    let step = count.signum();
    let mut day = date;
    for _ in 0..count.unsigned_abs() {
        day = search(calendar, day.add_days(step)?, step)?;
    }
    Some(day)
}

/// The number of working days after `from` up to and including `to`; negative if `to` is earlier.
pub fn working_days_between(calendar: &dyn Calendar, from: Date, to: Date) -> Option<i64> {
    if to < from {
        return working_days_between(calendar, to, from).map(|count| -count);
    }
    if to.days_since_epoch() - from.days_since_epoch() > WORKING_DAYS_MAX * 2 {
        return None;
    }
    let mut count = 0;
    let mut day = from;
    while day < to {
        day = day.add_days(1)?;
        count += i64::from(is_working_day(calendar, day));
    }
    Some(count)
}

/// The working day on which what arrives on a date counts as received: the date itself if the
/// offices work and it came before their cut-off, else the next working day.
pub fn receiving_day(calendar: &dyn Calendar, date: Date, before_cut_off: bool) -> Option<Date> {
    if before_cut_off && is_working_day(calendar, date) {
        return Some(date);
    }
    next_working_day(calendar, date.add_days(1)?)
}

/// The same day of the month so many months later, or the last day of a shorter month (Civil Code
/// Art. 202).
pub fn corresponding_day(date: Date, months: i64) -> Option<Date> {
    date.add_months(months)
}

/// The same day so many years later; `policy` says what becomes of 29 February.
pub fn anniversary(date: Date, years: i64, policy: LeapPolicy) -> Option<Date> {
    let year = i32::try_from(i64::from(date.year()).checked_add(years)?).ok()?;
    if let Some(day) = Date::new(year, date.month(), date.day()) {
        return Some(day);
    }
    match policy {
        LeapPolicy::February28 => Date::new(year, 2, 28),
        LeapPolicy::March1 => Date::new(year, 3, 1),
    }
}

/// Whether a period between two dates touches a year that is not confirmed, so that its dates
/// may still move.
pub fn is_provisional(calendar: &dyn Calendar, from: Date, to: Date) -> bool {
    let (first, last) = (from.year().min(to.year()), from.year().max(to.year()));
    if first.abs_diff(last) > YEARS_MAX {
        return true;
    }
    (first..=last).any(|year| !calendar.is_confirmed(year))
}

#[cfg(test)]
pub(crate) mod tests;
