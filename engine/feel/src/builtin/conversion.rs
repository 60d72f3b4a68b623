//! From one type to another.

use super::Builtin;
use super::argument::{integer, number, single, text};
use super::temporal::date as day_of;
use crate::eval::{Eval, Evaluator, text_of};
use crate::number::Number;
use crate::parse::temporal as temporal_literal;
use crate::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration, Zone};
use crate::value::{Bound, Range, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::pure("date", &[&["from"], &["year", "month", "day"]], date),
    Builtin::pure(
        "date and time",
        &[&["from"], &["date", "time"]],
        date_and_time,
    ),
    Builtin::pure(
        "time",
        &[&["from"], &["hour", "minute", "second", "offset?"]],
        time,
    ),
    Builtin::pure(
        "number",
        &[&["from", "grouping separator?", "decimal separator?"]],
        to_number,
    ),
    Builtin::full("string", &[&["from", "mask?"]], string),
    Builtin::pure("duration", &[&["from"]], duration),
    Builtin::pure(
        "years and months duration",
        &[&["from", "to"]],
        years_and_months,
    ),
    Builtin::pure("range", &[&["from"]], range),
];

fn date(arguments: &[Value]) -> Option<Value> {
    if let [year, month, day] = arguments {
        let year = i32::try_from(integer(year)?).ok()?;
        let month = u8::try_from(integer(month)?).ok()?;
        return Date::new(year, month, u8::try_from(integer(day)?).ok()?).map(Value::Date);
    }
    match single(&arguments[0]) {
        Value::String(text) => Date::parse(text).map(Value::Date),
        Value::Date(date) => Some(Value::Date(*date)),
        Value::DateTime(date_time) => Some(Value::Date(date_time.date())),
        _ => None,
    }
}

fn date_and_time(arguments: &[Value]) -> Option<Value> {
    if let [date, time] = arguments {
        let date = match single(date) {
            Value::Date(date) => *date,
            Value::DateTime(date_time) => date_time.date(),
            _ => return None,
        };
        let Value::Time(time) = single(time) else {
            return None;
        };
        return Some(Value::DateTime(DateTime::new(date, time.clone())));
    }
    match single(&arguments[0]) {
        Value::String(text) => DateTime::parse(text)
            .or_else(|| Date::parse(text).map(Date::at_midnight))
            .map(Value::DateTime),
        Value::Date(date) => Some(Value::DateTime(date.at_midnight())),
        Value::DateTime(date_time) => Some(Value::DateTime(date_time.clone())),
        _ => None,
    }
}

fn time(arguments: &[Value]) -> Option<Value> {
    if let [hour, minute, second, rest @ ..] = arguments {
        let zone = match rest.first().map(single) {
            None | Some(Value::Null) => None,
            Some(Value::DaysTimeDuration(offset)) => {
                let seconds = i32::try_from(offset.nanoseconds() / 1_000_000_000).ok()?;
                Some(Zone::fixed(seconds)?)
            }
            Some(_) => return None,
        };
        let hour = u8::try_from(integer(hour)?).ok()?;
        let minute = u8::try_from(integer(minute)?).ok()?;
        let second = DaysTimeDuration::from_number(number(second)?)?.nanoseconds();
        let whole = u8::try_from(second / 1_000_000_000).ok()?;
        let nanosecond = u32::try_from(second % 1_000_000_000).ok()?;
        return Time::new(hour, minute, whole, nanosecond, zone).map(Value::Time);
    }
    match single(&arguments[0]) {
        Value::String(text) => Time::parse(text.strip_prefix('T').unwrap_or(text)).map(Value::Time),
        Value::Time(time) => Some(Value::Time(time.clone())),
        Value::DateTime(date_time) => Some(Value::Time(date_time.time())),
        Value::Date(_) => Time::new(0, 0, 0, 0, Some(Zone::utc())).map(Value::Time),
        _ => None,
    }
}

fn to_number(arguments: &[Value]) -> Option<Value> {
    let separator = |place: usize, allowed: &[&str]| match arguments.get(place) {
        None | Some(Value::Null) => Some(None),
        Some(value) => {
            let sign = text(value)?;
            allowed.contains(&&**sign).then(|| Some(sign.to_string()))
        }
    };
    if let Value::Number(number) = single(&arguments[0]) {
        return Some(Value::Number(*number));
    }
    let digits = text(&arguments[0])?;
    let grouping = separator(1, &[" ", ",", "."])?;
    let point = separator(2, &[",", "."])?;
    if grouping.is_some() && grouping == point {
        return None;
    }
    let mut plain = digits.to_string();
    if let Some(grouping) = grouping {
        plain = plain.replace(&grouping, "");
    }
    if let Some(point) = point {
        if point != "." && plain.contains('.') {
            return None;
        }
        plain = plain.replace(&point, ".");
    }
    plain.parse::<Number>().ok().map(Value::Number)
}

fn string(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let [value] = arguments else {
        return evaluator.null(|| "string takes no mask".to_owned());
    };
    if value.is_null() {
        return Ok(Value::Null);
    }
    evaluator.charge_bytes(usize::try_from(value.weight()).unwrap_or(usize::MAX))?;
    evaluator.charge(value.weight() / 64)?;
    evaluator.string(text_of(value))
}

fn duration(arguments: &[Value]) -> Option<Value> {
    match single(&arguments[0]) {
        Value::String(text) => YearsMonthsDuration::parse(text)
            .map(Value::YearsMonthsDuration)
            .or_else(|| DaysTimeDuration::parse(text).map(Value::DaysTimeDuration)),
        duration @ (Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_)) => {
            Some(duration.clone())
        }
        _ => None,
    }
}

/// Whole months from one date to another, with the sign of the direction; times do not count.
fn years_and_months(arguments: &[Value]) -> Option<Value> {
    let (from, to) = (day_of(&arguments[0])?, day_of(&arguments[1])?);
    let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    let mut total = months(to) - months(from);
    if total > 0 && to.day() < from.day() {
        total -= 1;
    } else if total < 0 && to.day() > from.day() {
        total += 1;
    }
    Some(Value::YearsMonthsDuration(
        YearsMonthsDuration::from_months(total),
    ))
}

/// The range of a text such as `[1..5)`.
fn range(arguments: &[Value]) -> Option<Value> {
    let text = text(&arguments[0])?.trim();
    let start_included = match text.chars().next()? {
        '[' => true,
        '(' | ']' => false,
        _ => return None,
    };
    let end_included = match text.chars().last()? {
        ']' => true,
        ')' | '[' => false,
        _ => return None,
    };
    let (start, end) = text.get(1..text.len().checked_sub(1)?)?.split_once("..")?;
    let bound = |text: &str, included| match text.trim() {
        "" | "null" => Some(Bound {
            value: Value::Null,
            included: false,
        }),
        text => Some(Bound {
            value: endpoint(text)?,
            included,
        }),
    };
    let range = Range {
        start: Some(bound(start, start_included)?),
        end: Some(bound(end, end_included)?),
    };
    let bounds = [&range.start, &range.end].map(|bound| bound.as_ref().map(|it| &it.value));
    match bounds {
        [Some(Value::Null), Some(Value::Null)] => None,
        [Some(Value::Null), _] | [_, Some(Value::Null)] => Some(range),
        [Some(start), Some(end)] => crate::eval::compare(start, end)
            .filter(|order| order.is_le())
            .map(|_| range),
        _ => None,
    }
    .map(|range| Value::Range(std::sync::Arc::new(range)))
}

fn endpoint(text: &str) -> Option<Value> {
    if let Some(quoted) = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        return (!quoted.contains('"')).then(|| Value::from(quoted));
    }
    if let Some(quoted) = text.strip_prefix("@\"").and_then(|it| it.strip_suffix('"')) {
        return temporal_literal(quoted);
    }
    for function in ["date and time(", "date(", "time(", "duration("] {
        if let Some(inner) = text
            .strip_prefix(function)
            .and_then(|it| it.strip_suffix(')'))
        {
            let quoted = inner.trim().strip_prefix('"')?.strip_suffix('"')?;
            return temporal_literal(quoted);
        }
    }
    text.parse::<Number>().ok().map(Value::Number)
}
