//! Numbers.

use super::Builtin;
use super::argument::{integer, number, optional, single};
use crate::number::{Number, Rounding};
use crate::time::YearsMonthsDuration;
use crate::value::Value;

const SCALED: &[&[&str]] = &[&["n", "scale?"]];

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::pure("decimal", &[&["n", "scale"]], |it| {
        round(it, Rounding::HalfEven)
    }),
    Builtin::pure("floor", SCALED, |it| round(it, Rounding::Floor)),
    Builtin::pure("ceiling", SCALED, |it| round(it, Rounding::Ceiling)),
    Builtin::pure("round up", SCALED, |it| round(it, Rounding::Up)),
    Builtin::pure("round down", SCALED, |it| round(it, Rounding::Down)),
    Builtin::pure("round half up", SCALED, |it| round(it, Rounding::HalfUp)),
    Builtin::pure("round half down", SCALED, |it| {
        round(it, Rounding::HalfDown)
    }),
    Builtin::pure("abs", &[&["n"]], abs),
    Builtin::pure("modulo", &[&["dividend", "divisor"]], |arguments| {
        number(&arguments[0])?
            .modulo(number(&arguments[1])?)
            .map(Value::Number)
    }),
    Builtin::pure("sqrt", &[&["number"]], |arguments| {
        number(&arguments[0])?.sqrt().map(Value::Number)
    }),
    Builtin::pure("log", &[&["number"]], |arguments| {
        number(&arguments[0])?.ln().map(Value::Number)
    }),
    Builtin::pure("exp", &[&["number"]], |arguments| {
        number(&arguments[0])?.exp().map(Value::Number)
    }),
    Builtin::pure("odd", &[&["number"]], |arguments| {
        parity(arguments, Number::ONE)
    }),
    Builtin::pure("even", &[&["number"]], |arguments| {
        parity(arguments, Number::ZERO)
    }),
];

fn round(arguments: &[Value], rounding: Rounding) -> Option<Value> {
    let scale = optional(arguments, 1, integer)?.unwrap_or(0);
    let scale = i32::try_from(scale)
        .ok()
        .filter(|scale| (-6111..=6176).contains(scale))?;
    number(&arguments[0])?
        .round(scale, rounding)
        .map(Value::Number)
}

fn abs(arguments: &[Value]) -> Option<Value> {
    Some(match single(&arguments[0]) {
        Value::Number(number) => Value::Number(number.abs()),
        Value::DaysTimeDuration(duration) if duration.nanoseconds() < 0 => {
            Value::DaysTimeDuration(duration.negated())
        }
        Value::YearsMonthsDuration(duration) => Value::YearsMonthsDuration(
            YearsMonthsDuration::from_months(duration.months().saturating_abs()),
        ),
        duration @ Value::DaysTimeDuration(_) => duration.clone(),
        _ => return None,
    })
}

fn parity(arguments: &[Value], expected: Number) -> Option<Value> {
    let number = number(&arguments[0])?;
    if !number.is_integer() {
        return None;
    }
    Some(Value::Boolean(
        number.modulo(Number::from(2))?.abs() == expected,
    ))
}
