//! From one type to another.

use super::argument::{integer, number, single, text};
use super::temporal::date as day_of;
use super::{Builtin, Family};
use crate::eval::{Eval, Evaluator, text_of};
use crate::lex;
use crate::number::Number;
use crate::parse::temporal as temporal_literal;
use crate::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration, Zone};
use crate::value::{Bound, Range, Value};

pub(super) const FAMILY: Family = Family {
    title: "Conversions",
    clause: "10.3.4.1",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::pure(
        "date",
        &[
            "from: Any -> date",
            "year: number, month: number, day: number -> date",
        ],
        date,
    )
    .doc(
        "A date from a text, from a date and time, or from year, month and day.",
        &[
            ("date(\"2012-12-25\")", "2012-12-25"),
            (
                "date(date and time(\"2012-12-25T11:00:00Z\"))",
                "2012-12-25",
            ),
            ("date(2012, 12, 25)", "2012-12-25"),
            ("date(\"2026-02-30\")", "null"),
        ],
    ),
    Builtin::pure(
        "date and time",
        &[
            "from: Any -> date and time",
            "date: Any, time: time -> date and time",
        ],
        date_and_time,
    )
    .doc(
        "A date and time from a text, or from a date and a time.",
        &[
            (
                "date and time(\"2012-12-24T23:59:00\")",
                "2012-12-24T23:59:00",
            ),
            (
                "date and time(date(\"2012-12-24\"), time(\"23:59:00\"))",
                "2012-12-24T23:59:00",
            ),
        ],
    ),
    Builtin::pure(
        "time",
        &[
            "from: Any -> time",
            "hour: number, minute: number, second: number, \
             offset?: days and time duration -> time",
        ],
        time,
    )
    .doc(
        "A time of day from a text, from a date and time, or from its parts.",
        &[
            ("time(\"23:59:00Z\") + duration(\"PT2M\")", "00:01:00Z"),
            ("time(23, 59, 0, duration(\"PT0H\"))", "23:59:00Z"),
            ("time(date and time(\"2012-12-25T11:00:00\"))", "11:00:00"),
        ],
    ),
    Builtin::pure(
        "number",
        &[
            "from: string -> number",
            "from: string, grouping separator: string, decimal separator: string -> number",
        ],
        to_number,
    )
    .doc(
        "A number from a text; the separators say how it is written.",
        &[
            ("number(\"1 000,0\", \" \", \",\")", "1000"),
            ("number(\"1,000.5\", \",\", \".\")", "1000.5"),
            ("number(\"12\")", "12"),
        ],
    ),
    Builtin::full("string", &["from: Any -> string"], string).doc(
        "The value as a text.",
        &[
            ("string(1.1)", "\"1.1\""),
            ("string(@\"2026-03-05\")", "\"2026-03-05\""),
            ("string(null)", "null"),
        ],
    ),
    Builtin::pure("duration", &["from: Any -> duration"], duration).doc(
        "A duration from a text: of days and time, or of years and months.",
        &[
            ("duration(\"P2DT20H14M\")", "P2DT20H14M"),
            ("duration(\"P26M\")", "P2Y2M"),
        ],
    ),
    Builtin::pure(
        "years and months duration",
        &["from: Any, to: Any -> years and months duration"],
        years_and_months,
    )
    .doc(
        "The whole months from one date to another.",
        &[(
            "years and months duration(date(\"2011-12-22\"), date(\"2013-08-24\"))",
            "P1Y8M",
        )],
    ),
    Builtin::pure("range", &["from: string -> range"], range).doc(
        "A range from a text with literal ends.",
        &[
            ("range(\"[18..21)\")", "[18..21)"),
            ("5 in range(\"[2..)\")", "true"),
            ("range(\"[..]\")", "null"),
        ],
    ),
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
    let unsigned = plain.strip_prefix('-').unwrap_or(&plain);
    let is_literal = lex::number_end(unsigned, 0) == Some(unsigned.len());
    is_literal.then(|| plain.parse::<Number>().ok().map(Value::Number))?
}

fn string(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let value = &arguments[0];
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

/// The range of a text such as `[1..5)` (grammar rule 66): a side that is left out has no limit and
/// is open.
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
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let (start, end) = (0..inner.len())
        .filter(|at| inner.is_char_boundary(*at) && inner[*at..].starts_with(".."))
        .find_map(|at| {
            let start = endpoint(&inner[..at], start_included)?;
            let end = endpoint(&inner[at + 2..], end_included)?;
            Some((start, end))
        })?;
    match (&start, &end) {
        (None, None) => return None,
        (Some(start), Some(end)) => {
            crate::eval::compare(&start.value, &end.value).filter(|order| order.is_le())?;
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    Some(Value::Range(std::sync::Arc::new(Range { start, end })))
}

/// One end: `None` inside for none, `None` outside for what is no literal.
fn endpoint(text: &str, included: bool) -> Option<Option<Bound>> {
    let text = text.trim();
    if text.is_empty() {
        return (!included).then_some(None);
    }
    let value = literal(text)?;
    Some(Some(Bound { value, included }))
}

fn literal(text: &str) -> Option<Value> {
    if text.starts_with('"') {
        let (value, end) = lex::string(text, 0)?;
        return (end == text.len()).then(|| Value::from(value));
    }
    if let Some(quoted) = text.strip_prefix('@') {
        return temporal_literal(&whole_string(quoted.trim())?);
    }
    for function in ["date and time", "date", "time", "duration"] {
        let arguments = text.strip_prefix(function).map(str::trim_start);
        if let Some(arguments) = arguments.and_then(|it| it.strip_prefix('(')) {
            let argument = arguments.strip_suffix(')')?.trim();
            return builtin_of(function, &whole_string(argument)?);
        }
    }
    text.parse::<Number>().ok().map(Value::Number)
}

fn whole_string(text: &str) -> Option<String> {
    let (value, end) = lex::string(text, 0)?;
    (end == text.len()).then_some(value)
}

fn builtin_of(function: &str, text: &str) -> Option<Value> {
    let arguments = [Value::from(text)];
    match function {
        "date and time" => date_and_time(&arguments),
        "date" => date(&arguments),
        "time" => time(&arguments),
        _ => duration(&arguments),
    }
}
