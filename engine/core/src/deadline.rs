//! Deadlines: the day a period ends, counted as the Civil Code (民法典) counts.
//!
//! The day of the fact is not counted (Art. 201), months and years end on the corresponding day or
//! on the last day of a shorter month (Art. 202), and a period whose *last* day is a rest day ends
//! on the first day after it (Art. 203). A clock that is stopped does not count the days after the
//! stop up to the day it goes on. It knows no row and no clock. Start from [`count`].
//!
//! ```
//! use tongban_core::deadline::{Roll, Rule, Term, Unit, count};
//! use tongban_feel::time::Date;
//! use tongban_feel::workday::{RestDays, Weekends};
//!
//! let rule = Rule {
//!     term: Term { amount: 30, unit: Unit::CalendarDays },
//!     roll: Roll::Forward,
//!     rest_days: RestDays::All,
//! };
//! let accepted = Date::parse("2026-03-05").unwrap();
//! let counted = count(&Weekends, accepted, &rule, &[], &[]).unwrap();
//! assert_eq!(counted.nominal_on, Date::parse("2026-04-04").unwrap()); // a Saturday
//! assert_eq!(counted.due_on, Date::parse("2026-04-06").unwrap());
//! ```

use tongban_feel::time::{Date, DateTime, Timestamp, Zone};
use tongban_feel::workday::{
    self, Calendar, RestDays, SEARCH_DAYS_MAX, is_provisional, is_working_day,
};

use crate::id::Instant;

/// The largest amount of a term; a retention period of a century in days fits.
pub const AMOUNT_MAX: u32 = 40_000;
/// The last year of an end: dates are stored and compared as texts with years of four digits.
const YEAR_MAX: i32 = 9_999;
/// Minutes of a day: the boundary of a period that ends at 24:00.
pub const END_OF_DAY_MINUTE: u16 = 1_440;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Every day (自然日).
    CalendarDays,
    /// Days on which the offices work (工作日).
    WorkingDays,
    /// Months, by the corresponding day.
    Months,
    /// Years, by the corresponding day.
    Years,
}

/// So many of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// How many, up to [`AMOUNT_MAX`].
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
}

/// What becomes of a last day that is a rest day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Roll {
    /// It stays: fixed dates of administrative duties.
    None,
    /// The first day after the rest: what protects a person's time to act.
    Forward,
    /// The last day before the rest: the offices' own tasks.
    Back,
}

/// How a period is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    /// Its length.
    pub term: Term,
    /// What becomes of a last day that is a rest day.
    pub roll: Roll,
    /// Which days rest, for that.
    pub rest_days: RestDays,
}

/// A stop of the clock that is over: the days after `from` up to and including `until` do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pause {
    /// The day it was stopped; it still counts.
    pub from: Date,
    /// The day it went on; it does not count.
    pub until: Date,
}

/// More time, granted by an officer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extension {
    /// So much after the end as it was.
    By(Term),
    /// Up to a day, unless the period ends later anyway.
    Until {
        /// The last day.
        on: Date,
        /// The day it was granted: stops of the clock before do not move it.
        granted_on: Date,
    },
}

/// Where a period ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The last day as counted.
    pub nominal_on: Date,
    /// The last day after rest days were looked at.
    pub due_on: Date,
    /// Whether it was counted over a year whose table is not published, so that it may move.
    pub provisional: bool,
}

/// Counts a period. Pauses and extensions come in the order of their days.
///
/// `None` if the end lies beyond the year 9999.
pub fn count(
    calendar: &dyn Calendar,
    anchor: Date,
    rule: &Rule,
    pauses: &[Pause],
    extensions: &[Extension],
) -> Option<Counted> {
    let mut end = advance(calendar, anchor, rule.term, pauses)?;
    let mut asks = rule.term.unit == Unit::WorkingDays;
    for extension in extensions {
        match *extension {
            Extension::By(term) => {
                end = advance(calendar, end, term, pauses)?;
                asks |= term.unit == Unit::WorkingDays;
            }
            Extension::Until { on, granted_on } => {
                let later: Vec<Pause> = pauses
                    .iter()
                    .copied()
                    .filter(|it| it.from >= granted_on)
                    .collect();
                end = end.max(pushed(on, granted_on, &later)?);
            }
        }
    }
    let due_on = match rule.roll {
        Roll::None => end,
        Roll::Forward => workday::roll_off_rest_days(calendar, end, rule.rest_days, 1)?,
        Roll::Back => workday::roll_off_rest_days(calendar, end, rule.rest_days, -1)?,
    };
    if due_on.max(end).year() > YEAR_MAX {
        return None;
    }
    let provisional = asks && is_provisional(calendar, anchor.add_days(1)?, end)
        || rule.roll != Roll::None && is_provisional(calendar, end, due_on);
    Some(Counted {
        nominal_on: end,
        due_on,
        provisional,
    })
}

/// The end of a term that begins after `start`.
fn advance(calendar: &dyn Calendar, start: Date, term: Term, pauses: &[Pause]) -> Option<Date> {
    if term.amount > AMOUNT_MAX {
        return None;
    }
    let amount = i64::from(term.amount);
    match term.unit {
        Unit::CalendarDays => pushed(start.add_days(amount)?, start, pauses),
        Unit::Months => pushed(start.add_months(amount)?, start, pauses),
        Unit::Years => pushed(start.add_months(amount * 12)?, start, pauses),
        Unit::WorkingDays => working_days(calendar, start, term.amount, pauses),
    }
}

/// An end that every stop of the clock before it has pushed by its days.
fn pushed(end: Date, start: Date, pauses: &[Pause]) -> Option<Date> {
    let mut end = end;
    for pause in pauses {
        let from = pause.from.max(start);
        if from < end && pause.until > from {
            end = end.add_days(pause.until.days_since_epoch() - from.days_since_epoch())?;
        }
    }
    Some(end)
}

fn working_days(
    calendar: &dyn Calendar,
    start: Date,
    amount: u32,
    pauses: &[Pause],
) -> Option<Date> {
    let mut day = start;
    for _ in 0..amount {
        let mut rest = 0;
        loop {
            day = day.add_days(1)?;
            if let Some(pause) = pauses.iter().find(|it| it.from < day && day <= it.until) {
                day = pause.until;
            } else if is_working_day(calendar, day) {
                break;
            } else {
                rest += 1;
                if rest > SEARCH_DAYS_MAX {
                    return None;
                }
            }
        }
    }
    Some(day)
}

/// The instant at which a period that ends on that day is over: at a minute of the day, 1 440 being
/// 24:00 (Art. 203(2): at closing time where there are business hours).
pub fn due_at(due_on: Date, boundary_minute: u16, zone: &Zone) -> Option<Instant> {
    let days = i64::from(boundary_minute / END_OF_DAY_MINUTE);
    let minutes = i64::from(boundary_minute % END_OF_DAY_MINUTE);
    let midnight = start_of(due_on.add_days(days)?, zone)?;
    Some(midnight.plus_us(minutes * 60_000_000))
}

/// The first instant of a day.
pub fn start_of(date: Date, zone: &Zone) -> Option<Instant> {
    let midnight = date.at_midnight().to_timestamp(zone)?;
    Some(Instant(midnight.microseconds()))
}

/// The day an instant lies in.
pub fn date_of(at: Instant, zone: &Zone) -> Date {
    DateTime::from_timestamp(Timestamp::from_microseconds(at.0), zone.clone()).date()
}

/// The day on which something that is due at this instant is due: midnight belongs to the day that
/// ends with it.
pub fn due_date_of(due_at: Instant, zone: &Zone) -> Date {
    date_of(due_at.plus_us(-1), zone)
}

/// The day so many days before the end from which a warning stands; after it if negative.
pub fn before(calendar: &dyn Calendar, due_on: Date, days: i32, working: bool) -> Option<Date> {
    let back = -i64::from(days);
    if working {
        workday::add_working_days(calendar, due_on, back)
    } else {
        due_on.add_days(back)
    }
}

#[cfg(test)]
mod tests;
