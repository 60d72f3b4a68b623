//! Dates and times.

use super::argument::single;
use super::{Builtin, Family};
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

const DATE_TO_NUMBER: &[&str] = &["date: Any -> number"];
const DATE_TO_TEXT: &[&str] = &["date: Any -> string"];

pub(super) const FAMILY: Family = Family {
    title: "Dates and times",
    clause: "10.3.4.6, 10.3.4.8 and 10.3.4.12",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::full("now", &["-> date and time"], |evaluator, _| {
        let environment = evaluator.environment;
        let now = DateTime::from_timestamp(environment.now, environment.zone.clone());
        Ok(Value::DateTime(now))
    })
    .doc(
        "The instant at which the command is decided; the same throughout one evaluation.",
        &[("now()", "2026-03-05T09:30:00@Asia/Shanghai")],
    ),
    Builtin::full("today", &["-> date"], |evaluator, _| {
        let environment = evaluator.environment;
        let now = DateTime::from_timestamp(environment.now, environment.zone.clone());
        Ok(Value::Date(now.date()))
    })
    .doc(
        "The date of that instant in the zone of the county.",
        &[("today()", "2026-03-05")],
    ),
    Builtin::pure("day of year", DATE_TO_NUMBER, |arguments| {
        Some(Value::from(i32::from(date(&arguments[0])?.day_of_year())))
    })
    .doc(
        "The day within the year, from 1.",
        &[("day of year(date(2019, 9, 17))", "260")],
    ),
    Builtin::pure("day of week", DATE_TO_TEXT, |arguments| {
        let place = usize::from(date(&arguments[0])?.weekday()) - 1;
        WEEKDAYS.get(place).map(|name| Value::from(*name))
    })
    .doc(
        "The English name of the weekday.",
        &[("day of week(date(2019, 9, 17))", "\"Tuesday\"")],
    ),
    Builtin::pure("month of year", DATE_TO_TEXT, |arguments| {
        let place = usize::from(date(&arguments[0])?.month()) - 1;
        MONTHS.get(place).map(|name| Value::from(*name))
    })
    .doc(
        "The English name of the month.",
        &[("month of year(date(2019, 9, 17))", "\"September\"")],
    ),
    Builtin::pure("week of year", DATE_TO_NUMBER, |arguments| {
        Some(Value::from(i32::from(date(&arguments[0])?.week_of_year())))
    })
    .doc(
        "The week by ISO 8601.",
        &[
            ("week of year(date(2019, 9, 17))", "38"),
            ("week of year(date(2003, 12, 29))", "1"),
            ("week of year(date(2005, 1, 1))", "53"),
        ],
    ),
    Builtin::pure("last day of month", &["date: Any -> date"], |arguments| {
        let date = date(&arguments[0])?;
        Date::new(date.year(), date.month(), date.days_in_month()).map(Value::Date)
    })
    .doc(
        "The last day of the date's month. Not in the standard.",
        &[("last day of month(@\"2028-02-01\")", "2028-02-29")],
    ),
    Builtin::pure("is", &["value1: Any, value2: Any -> boolean"], is).doc(
        "Whether both are the same in form, not only in meaning.",
        &[
            ("is(@\"2012-12-25\", @\"23:00:50\")", "false"),
            ("is(@\"2012-12-25\", @\"2012-12-25\")", "true"),
            ("is(@\"23:00:50Z\", @\"23:00:50\")", "false"),
            ("is(@\"23:00:50Z\", @\"23:00:50+00:00\")", "true"),
        ],
    ),
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
