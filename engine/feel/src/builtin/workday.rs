//! Working days (工作日) over the calendar of the environment.

use super::Builtin;
use super::argument::{integer, text};
use super::temporal::date;
use crate::eval::{Eval, Evaluator};
use crate::time::Date;
use crate::value::Value;
use crate::workday::{self, Calendar, LeapPolicy, RestDays};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::full("is working day", &[&["date"]], |evaluator, arguments| {
        with(evaluator, arguments, |calendar, arguments| {
            Some(Value::Boolean(workday::is_working_day(
                calendar,
                date(&arguments[0])?,
            )))
        })
    }),
    Builtin::full(
        "is statutory holiday",
        &[&["date"]],
        |evaluator, arguments| {
            with(evaluator, arguments, |calendar, arguments| {
                Some(Value::Boolean(workday::is_statutory_holiday(
                    calendar,
                    date(&arguments[0])?,
                )))
            })
        },
    ),
    Builtin::full(
        "is rest day",
        &[&["date", "weekends?"]],
        |evaluator, arguments| {
            with(evaluator, arguments, |calendar, arguments| {
                let rest_days = rest_days(arguments.get(1))?;
                Some(Value::Boolean(workday::is_rest_day(
                    calendar,
                    date(&arguments[0])?,
                    rest_days,
                )))
            })
        },
    ),
    Builtin::full(
        "roll forward from rest day",
        &[&["date", "weekends?"]],
        |evaluator, arguments| {
            evaluator.charge(30)?;
            with(evaluator, arguments, |calendar, arguments| {
                let rest_days = rest_days(arguments.get(1))?;
                let from = date(&arguments[0])?;
                workday::roll_off_rest_days(calendar, from, rest_days, 1).map(Value::Date)
            })
        },
    ),
    Builtin::full("add working days", &[&["date", "days"]], add_working_days),
    Builtin::full(
        "working days between",
        &[&["from", "to"]],
        working_days_between,
    ),
    Builtin::full(
        "roll forward to working day",
        &[&["date"]],
        |evaluator, arguments| {
            evaluator.charge(30)?;
            with(evaluator, arguments, |calendar, arguments| {
                workday::next_working_day(calendar, date(&arguments[0])?).map(Value::Date)
            })
        },
    ),
    Builtin::full(
        "roll back to working day",
        &[&["date"]],
        |evaluator, arguments| {
            evaluator.charge(30)?;
            with(evaluator, arguments, |calendar, arguments| {
                workday::previous_working_day(calendar, date(&arguments[0])?).map(Value::Date)
            })
        },
    ),
    Builtin::full(
        "is provisional",
        &[&["from", "to"]],
        |evaluator, arguments| {
            evaluator.charge(30)?;
            with(evaluator, arguments, |calendar, arguments| {
                let (from, to) = (date(&arguments[0])?, date(&arguments[1])?);
                Some(Value::Boolean(workday::is_provisional(calendar, from, to)))
            })
        },
    ),
    Builtin::pure("corresponding day", &[&["date", "months"]], |arguments| {
        workday::corresponding_day(date(&arguments[0])?, integer(&arguments[1])?).map(Value::Date)
    }),
    Builtin::pure(
        "anniversary",
        &[&["date", "years", "policy"]],
        |arguments| {
            let policy = LeapPolicy::parse(text(&arguments[2])?)?;
            workday::anniversary(date(&arguments[0])?, integer(&arguments[1])?, policy)
                .map(Value::Date)
        },
    ),
];

/// Whether weekends rest, too; they do where it is not said.
fn rest_days(weekends: Option<&Value>) -> Option<RestDays> {
    match weekends {
        None | Some(Value::Null | Value::Boolean(true)) => Some(RestDays::All),
        Some(Value::Boolean(false)) => Some(RestDays::Holidays),
        Some(_) => None,
    }
}

fn with(
    evaluator: &mut Evaluator<'_>,
    arguments: &[Value],
    compute: impl FnOnce(&dyn Calendar, &[Value]) -> Option<Value>,
) -> Eval {
    match compute(evaluator.environment.calendar, arguments) {
        Some(value) => Ok(value),
        None => evaluator.null(|| "expected dates within the years -9999 to 9999".to_owned()),
    }
}

fn add_working_days(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let count = integer(&arguments[1]).unwrap_or(0).unsigned_abs();
    evaluator.charge(count.saturating_mul(2))?;
    with(evaluator, arguments, |calendar, arguments| {
        let (from, count) = (date(&arguments[0])?, integer(&arguments[1])?);
        workday::add_working_days(calendar, from, count).map(Value::Date)
    })
}

fn working_days_between(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let day = |place: usize| date(&arguments[place]).map_or(0, Date::days_since_epoch);
    evaluator.charge(day(0).abs_diff(day(1)))?;
    with(evaluator, arguments, |calendar, arguments| {
        let (from, to) = (date(&arguments[0])?, date(&arguments[1])?);
        workday::working_days_between(calendar, from, to).map(Value::from)
    })
}
