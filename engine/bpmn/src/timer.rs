//! When a timer is due: ISO 8601 dates, durations and repeating intervals, and six-field cron.
//!
//! Pure arithmetic over values: the present instant and the zone come in. The core evaluates a
//! timer's expression and asks [`first_due`]; after a repeating timer has fired it asks
//! [`next_due`]. What is to be kept between the two is one text, [`Due::then`].

use std::str::FromStr as _;
use std::sync::Arc;

use chrono::{Datelike as _, TimeZone as _, Timelike as _};
use tongban_feel::time::{Date, DateTime, Time, Timestamp, Zone};
use tongban_feel::value::Value;

/// The shortest interval of a repeating timer.
pub const CYCLE_MICROSECONDS_MIN: i64 = 1_000_000;
/// Repetitions that are skipped when a repeating timer's start lies in the past.
const SKIPPED_MAX: u32 = 10_000;
const DIGITS_MAX: usize = 9;

/// Which of BPMN's three timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// `timeDate`
    Date,
    /// `timeDuration`
    Duration,
    /// `timeCycle`
    Cycle,
}

/// When a timer fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// What remains after that: the cycle to be given to [`next_due`], or nothing if this is the
    /// last time.
    pub then: Option<Arc<str>>,
}

/// Why a value is no timer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a date.
    #[error("expected an ISO 8601 date and time or a FEEL date, found {found}")]
    NotADate {
        /// The value.
        found: String,
    },
    /// Not a duration.
    #[error("expected a positive ISO 8601 or FEEL duration, found {found}")]
    NotADuration {
        /// The value.
        found: String,
    },
    /// Not a cycle.
    #[error("expected R3/PT10M or six cron fields, found {found}: {why}")]
    NotACycle {
        /// The value.
        found: String,
        /// What is wrong with it.
        why: String,
    },
    /// Beyond the years that can be represented, or never.
    #[error("the timer {found} is never due")]
    NeverDue {
        /// The value.
        found: String,
    },
}

impl Error {
    /// The stable code, the same as at deployment.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotADate { .. } => crate::diagnostic::code::INVALID_DATE.code,
            Error::NotADuration { .. } => crate::diagnostic::code::INVALID_DURATION.code,
            Error::NotACycle { .. } | Error::NeverDue { .. } => {
                crate::diagnostic::code::INVALID_CYCLE.code
            }
        }
    }
}

/// When a timer with this value fires for the first time.
///
/// A date in the past is due at that date, that is at once.
///
/// # Errors
/// If the value is not of the kind.
pub fn first_due(
    kind: TimerKind,
    value: &Value,
    now: Timestamp,
    zone: &Zone,
) -> Result<Due, Error> {
    match kind {
        TimerKind::Date => Ok(Due {
            at: date(value, zone)?,
            then: None,
        }),
        TimerKind::Duration => {
            let duration = duration(value)?;
            let at = duration.after(now, zone).ok_or_else(|| never(value))?;
            Ok(Due { at, then: None })
        }
        TimerKind::Cycle => {
            let cycle = cycle(value)?;
            cycle.first(now, zone).ok_or_else(|| never(value))
        }
    }
}

/// When a repeating timer fires next; `then` comes from the [`Due`] before, `previous` is when
/// that was due, so that late firing does not shift the rhythm.
///
/// # Errors
/// If `then` does not come from a [`Due`].
pub fn next_due(then: &str, previous: Timestamp, zone: &Zone) -> Result<Option<Due>, Error> {
    Ok(parse_cycle(then)?.first(previous, zone))
}

/// Checks a static text at deployment.
pub(crate) fn check(kind: TimerKind, text: &str) -> Result<(), Error> {
    let text = text.trim();
    match kind {
        TimerKind::Date => parse_date(text, &Zone::utc()).map(|_| ()),
        TimerKind::Duration => parse_duration(text).map(|_| ()),
        TimerKind::Cycle => parse_cycle(text).map(|_| ()),
    }
}

/// The instant a value names: an ISO 8601 text, or a FEEL date (its midnight) or date and time.
/// What has no zone is read in `zone`.
///
/// # Errors
/// If it names none.
pub fn date(value: &Value, zone: &Zone) -> Result<Timestamp, Error> {
    let instant = match value {
        Value::DateTime(date_time) => date_time.to_timestamp(zone),
        Value::Date(date) => date.at_midnight().to_timestamp(zone),
        Value::String(text) => return parse_date(text.trim(), zone),
        _ => None,
    };
    instant.ok_or_else(|| Error::NotADate {
        found: found(value),
    })
}

fn parse_date(text: &str, zone: &Zone) -> Result<Timestamp, Error> {
    let date_time = DateTime::parse(text)
        .or_else(|| Date::parse(text).map(tongban_feel::time::Date::at_midnight));
    let instant = date_time.and_then(|it| it.to_timestamp(zone));
    instant.ok_or_else(|| Error::NotADate {
        found: text.to_owned(),
    })
}

/// A positive span: months and days by the calendar, the rest exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    months: i64,
    days: i64,
    microseconds: i64,
}

impl Span {
    fn is_zero(self) -> bool {
        self.months == 0 && self.days == 0 && self.microseconds == 0
    }

    fn after(self, instant: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let moved = if self.months == 0 && self.days == 0 {
            instant
        } else {
            let local = DateTime::from_timestamp(instant, zone.clone());
            let date = local.date().add_months(self.months)?.add_days(self.days)?;
            DateTime::new(date, local.time()).to_timestamp(zone)?
        };
        let microseconds = moved.microseconds().checked_add(self.microseconds)?;
        let due = Timestamp::from_microseconds(microseconds);
        // The ends of the range of years are found by reading it back.
        let read_back = DateTime::from_timestamp(due, zone.clone()).to_timestamp(zone)?;
        (read_back == due).then_some(due)
    }
}

fn duration(value: &Value) -> Result<Span, Error> {
    let not = || Error::NotADuration {
        found: found(value),
    };
    let span = match value {
        Value::DaysTimeDuration(duration) => {
            let microseconds = i64::try_from(duration.nanoseconds() / 1_000).map_err(|_| not())?;
            Span {
                months: 0,
                days: 0,
                microseconds,
            }
        }
        Value::YearsMonthsDuration(duration) => Span {
            months: duration.months(),
            days: 0,
            microseconds: 0,
        },
        Value::String(text) => return parse_duration(text.trim()),
        _ => return Err(not()),
    };
    let positive = span.months >= 0 && span.microseconds >= 0;
    if positive { Ok(span) } else { Err(not()) }
}

/// Reads `P1Y2M3W4DT5H6M7.5S`; every part is optional, at least one is there.
fn parse_duration(text: &str) -> Result<Span, Error> {
    read_duration(text).ok_or_else(|| Error::NotADuration {
        found: text.to_owned(),
    })
}

fn read_duration(text: &str) -> Option<Span> {
    let mut rest = text.strip_prefix('P')?;
    let mut span = Span {
        months: 0,
        days: 0,
        microseconds: 0,
    };
    let mut in_time = false;
    let mut order = 0;
    let mut parts = 0;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            if in_time || time.is_empty() {
                return None;
            }
            (in_time, rest) = (true, time);
            continue;
        }
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.' && it != ',')?;
        let (number, unit) = (&rest[..end], rest[end..].chars().next()?);
        rest = &rest[end + unit.len_utf8()..];
        let position = unit_position(in_time, unit)?;
        if position <= order {
            return None;
        }
        order = position;
        parts += 1;
        add_part(&mut span, in_time, unit, number)?;
    }
    (parts > 0).then_some(span)
}

fn unit_position(in_time: bool, unit: char) -> Option<u8> {
    match (in_time, unit) {
        (false, 'Y') => Some(1),
        (false, 'M') => Some(2),
        (false, 'W') => Some(3),
        (false, 'D') => Some(4),
        (true, 'H') => Some(5),
        (true, 'M') => Some(6),
        (true, 'S') => Some(7),
        _ => None,
    }
}

fn add_part(span: &mut Span, in_time: bool, unit: char, number: &str) -> Option<()> {
    let (whole, fraction) = match number.split_once(['.', ',']) {
        Some((whole, fraction)) if unit == 'S' => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    if whole.is_empty() || whole.len() > DIGITS_MAX || fraction.len() > DIGITS_MAX {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    match (in_time, unit) {
        (false, 'Y') => span.months += whole * 12,
        (false, 'M') => span.months += whole,
        (false, 'W') => span.days += whole * 7,
        (false, _) => span.days += whole,
        (true, 'H') => span.microseconds += whole * 3_600_000_000,
        (true, 'M') => span.microseconds += whole * 60_000_000,
        (true, _) => {
            let mut digits = fraction.to_owned();
            digits.truncate(6);
            let padded = format!("{digits:0<6}");
            span.microseconds += whole * 1_000_000 + padded.parse::<i64>().ok()?;
        }
    }
    Some(())
}

/// A repeating timer.
enum Cycle {
    /// `R3/PT10M`, `R/2026-01-01T00:00:00Z/P1D`
    Interval {
        remaining: Option<u32>,
        start: Option<DateTime>,
        span: Span,
        span_text: String,
    },
    /// Six fields: second, minute, hour, day of month, month, day of week.
    Cron {
        schedule: Box<cron::Schedule>,
        text: String,
    },
}

fn cycle(value: &Value) -> Result<Cycle, Error> {
    match value {
        Value::String(text) => parse_cycle(text.trim()),
        _ => Err(Error::NotACycle {
            found: found(value),
            why: "it is not a text".to_owned(),
        }),
    }
}

fn parse_cycle(text: &str) -> Result<Cycle, Error> {
    let cycle = if text.starts_with('R') && text.contains('/') {
        read_interval(text)
    } else {
        read_cron(text)
    };
    cycle.map_err(|why| Error::NotACycle {
        found: text.to_owned(),
        why,
    })
}

fn read_interval(text: &str) -> Result<Cycle, String> {
    let mut parts = text.split('/');
    let count = parts.next().unwrap_or_default().trim_start_matches('R');
    let remaining = match count {
        "" => None,
        count => match count.parse::<u32>() {
            Ok(count) if count > 0 => Some(count),
            _ => return Err(format!("the number of repetitions is {count}")),
        },
    };
    let (start, span_text) = match (parts.next(), parts.next(), parts.next()) {
        (Some(span), None, None) => (None, span),
        (Some(start), Some(span), None) => {
            let read = DateTime::parse(start);
            (
                Some(read.ok_or_else(|| format!("the start {start} is not a date and time"))?),
                span,
            )
        }
        _ => return Err("expected R<count>/<duration> or R<count>/<start>/<duration>".to_owned()),
    };
    let span = read_duration(span_text).ok_or_else(|| format!("{span_text} is not a duration"))?;
    let exact_only = span.months == 0 && span.days == 0;
    if span.is_zero() || (exact_only && span.microseconds < CYCLE_MICROSECONDS_MIN) {
        return Err("the interval is shorter than a second".to_owned());
    }
    Ok(Cycle::Interval {
        remaining,
        start,
        span,
        span_text: span_text.to_owned(),
    })
}

/// The `cron` crate counts weekdays from 1 = Sunday, other tools from 0 or from Monday; so only
/// their names are accepted.
fn read_cron(text: &str) -> Result<Cycle, String> {
    const BYTES_MAX: usize = 200;
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != 6 || text.len() > BYTES_MAX {
        return Err(format!("it has {} fields", fields.len()));
    }
    let weekday = fields[5].split('/').next().unwrap_or_default();
    if weekday.contains(|it: char| it.is_ascii_digit()) {
        return Err("weekdays are written by name, Mon-Fri".to_owned());
    }
    let schedule = cron::Schedule::from_str(text).map_err(|error| error.to_string())?;
    Ok(Cycle::Cron {
        schedule: Box::new(schedule),
        text: text.to_owned(),
    })
}

impl Cycle {
    /// The first time after `from`, and what remains then.
    fn first(&self, from: Timestamp, zone: &Zone) -> Option<Due> {
        match self {
            Cycle::Interval {
                remaining,
                start,
                span,
                span_text,
            } => {
                let at = match start {
                    Some(start) => first_from_start(start.to_timestamp(zone)?, *span, from, zone)?,
                    None => span.after(from, zone)?,
                };
                let then = match remaining {
                    Some(1) => None,
                    Some(count) => Some(Arc::from(format!("R{}/{span_text}", count - 1))),
                    None => Some(Arc::from(format!("R/{span_text}"))),
                };
                Some(Due { at, then })
            }
            Cycle::Cron { schedule, text } => {
                let at = next_cron(schedule, from, zone)?;
                Some(Due {
                    at,
                    then: Some(Arc::from(text.as_str())),
                })
            }
        }
    }
}

/// A start in the past is moved on by whole intervals, so that nothing is fired in a burst.
fn first_from_start(
    start: Timestamp,
    span: Span,
    from: Timestamp,
    zone: &Zone,
) -> Option<Timestamp> {
    if start >= from {
        return Some(start);
    }
    if span.months == 0 && span.days == 0 {
        let passed = from.microseconds().checked_sub(start.microseconds())?;
        let intervals = passed.checked_add(span.microseconds - 1)? / span.microseconds;
        let moved = start
            .microseconds()
            .checked_add(intervals.checked_mul(span.microseconds)?)?;
        return Some(Timestamp::from_microseconds(moved));
    }
    let mut at = start;
    for _ in 0..SKIPPED_MAX {
        at = span.after(at, zone)?;
        if at >= from {
            return Some(at);
        }
    }
    None
}

/// Cron runs on the clock on the wall: the fields are compared with local time, which is handed to
/// the crate as if it were UTC, and the answer is read back in the zone.
fn next_cron(schedule: &cron::Schedule, from: Timestamp, zone: &Zone) -> Option<Timestamp> {
    let local = DateTime::from_timestamp(from, zone.clone());
    let (date, time) = (local.date(), local.time());
    let day = chrono::NaiveDate::from_ymd_opt(
        date.year(),
        u32::from(date.month()),
        u32::from(date.day()),
    )?;
    let wall = day.and_hms_opt(
        u32::from(time.hour()),
        u32::from(time.minute()),
        u32::from(time.second()),
    )?;
    let next = schedule
        .after(&chrono::Utc.from_utc_datetime(&wall))
        .next()?;
    let date = Date::new(
        next.year(),
        u8::try_from(next.month()).ok()?,
        u8::try_from(next.day()).ok()?,
    )?;
    let time = Time::new(
        u8::try_from(next.hour()).ok()?,
        u8::try_from(next.minute()).ok()?,
        u8::try_from(next.second()).ok()?,
        0,
        None,
    )?;
    DateTime::new(date, time).to_timestamp(zone)
}

fn never(value: &Value) -> Error {
    Error::NeverDue {
        found: found(value),
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.chars().take(100).collect::<String>()),
        other => format!("a value of the type {}", other.type_name()),
    }
}

#[cfg(test)]
mod tests;
