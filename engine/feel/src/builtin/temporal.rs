//! Dates and times.

use super::Builtin;
use super::argument::single;
use crate::time::{Date, DateTime};
use crate::value::Value;

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::full("now", &[&[]], |evaluator, _| {
        let environment = evaluator.environment;
        let now = DateTime::from_timestamp(environment.now, environment.zone.clone());
        Ok(Value::DateTime(now))
    }),
    Builtin::full("today", &[&[]], |evaluator, _| {
        let environment = evaluator.environment;
        let now = DateTime::from_timestamp(environment.now, environment.zone.clone());
        Ok(Value::Date(now.date()))
    }),
    Builtin::pure("day of year", &[&["date"]], |arguments| {
        Some(Value::from(i32::from(date(&arguments[0])?.day_of_year())))
    }),
    Builtin::pure("day of week", &[&["date"]], |arguments| {
        let place = usize::from(date(&arguments[0])?.weekday()) - 1;
        WEEKDAYS.get(place).map(|name| Value::from(*name))
    }),
    Builtin::pure("month of year", &[&["date"]], |arguments| {
        let place = usize::from(date(&arguments[0])?.month()) - 1;
        MONTHS.get(place).map(|name| Value::from(*name))
    }),
    Builtin::pure("week of year", &[&["date"]], |arguments| {
        Some(Value::from(i32::from(date(&arguments[0])?.week_of_year())))
    }),
    Builtin::pure("last day of month", &[&["date"]], |arguments| {
        let date = date(&arguments[0])?;
        Date::new(date.year(), date.month(), date.days_in_month()).map(Value::Date)
    }),
    Builtin::pure("is", &[&["value1", "value2"]], is),
];

/// The day of a date or of a date and time.
pub(super) fn date(value: &Value) -> Option<Date> {
    match single(value) {
        Value::Date(date) => Some(*date),
        Value::DateTime(date_time) => Some(date_time.date()),
        _ => None,
    }
}

/// The same in form, not only in meaning: 12:00Z and 12:00 at offset 0 are, 12:00Z and
/// 20:00+08:00 are not.
fn is(arguments: &[Value]) -> Option<Value> {
    Some(Value::Boolean(arguments[0] == arguments[1]))
}
