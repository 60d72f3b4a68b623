//! Numbers.

use super::argument::{integer, number, optional, single};
use super::{Builtin, Family};
use crate::number::{Number, Rounding};
use crate::time::YearsMonthsDuration;
use crate::value::Value;

const SCALED: &[&str] = &["n: number, scale: number -> number"];
const MAYBE_SCALED: &[&str] = &["n: number, scale?: number -> number"];
const NUMBER: &[&str] = &["number: number -> number"];

pub(super) const FAMILY: Family = Family {
    title: "Numbers",
    clause: "10.3.4.5",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::pure("decimal", SCALED, |it| round(it, Rounding::HalfEven)).doc(
        "Rounded to `scale` digits behind the point, a tie to the even digit.",
        &[
            ("decimal(1/3, 2)", "0.33"),
            ("decimal(1.5, 0)", "2"),
            ("decimal(2.5, 0)", "2"),
        ],
    ),
    Builtin::pure("floor", MAYBE_SCALED, |it| round(it, Rounding::Floor)).doc(
        "Rounded towards minus infinity.",
        &[("floor(1.5)", "1"), ("floor(-1.56, 1)", "-1.6")],
    ),
    Builtin::pure("ceiling", MAYBE_SCALED, |it| round(it, Rounding::Ceiling)).doc(
        "Rounded towards plus infinity.",
        &[("ceiling(1.5)", "2"), ("ceiling(-1.56, 1)", "-1.5")],
    ),
    Builtin::pure("round up", SCALED, |it| round(it, Rounding::Up)).doc(
        "Rounded away from zero.",
        &[
            ("round up(5.5, 0)", "6"),
            ("round up(-5.5, 0)", "-6"),
            ("round up(1.121, 2)", "1.13"),
        ],
    ),
    Builtin::pure("round down", SCALED, |it| round(it, Rounding::Down)).doc(
        "Rounded towards zero.",
        &[
            ("round down(5.5, 0)", "5"),
            ("round down(-1.126, 2)", "-1.12"),
        ],
    ),
    Builtin::pure("round half up", SCALED, |it| round(it, Rounding::HalfUp)).doc(
        "Rounded to the nearest, a tie away from zero: as amounts of money are rounded.",
        &[
            ("round half up(5.5, 0)", "6"),
            ("round half up(-5.5, 0)", "-6"),
            ("round half up(1.121, 2)", "1.12"),
        ],
    ),
    Builtin::pure("round half down", SCALED, |it| {
        round(it, Rounding::HalfDown)
    })
    .doc(
        "Rounded to the nearest, a tie towards zero.",
        &[
            ("round half down(5.5, 0)", "5"),
            ("round half down(-1.126, 2)", "-1.13"),
        ],
    ),
    Builtin::pure("abs", &["n: T -> T"], abs).doc(
        "The absolute value of a number or a duration.",
        &[("abs(-10)", "10"), ("abs(@\"-PT5H\")", "PT5H")],
    ),
    Builtin::pure(
        "modulo",
        &["dividend: number, divisor: number -> number"],
        |arguments| {
            number(&arguments[0])?
                .modulo(number(&arguments[1])?)
                .map(Value::Number)
        },
    )
    .doc(
        "The remainder of a division, with the sign of the divisor.",
        &[
            ("modulo(12, 5)", "2"),
            ("modulo(-12, 5)", "3"),
            ("modulo(10.1, -4.5)", "-3.4"),
        ],
    ),
    Builtin::pure("sqrt", NUMBER, |arguments| {
        number(&arguments[0])?.sqrt().map(Value::Number)
    })
    .doc(
        "The square root.",
        &[("sqrt(16)", "4"), ("sqrt(-1)", "null")],
    ),
    Builtin::pure("log", NUMBER, |arguments| {
        number(&arguments[0])?.ln().map(Value::Number)
    })
    .doc(
        "The natural logarithm.",
        &[
            ("decimal(log(10), 11)", "2.30258509299"),
            ("log(0)", "null"),
        ],
    ),
    Builtin::pure("exp", NUMBER, |arguments| {
        number(&arguments[0])?.exp().map(Value::Number)
    })
    .doc(
        "e to the power of the number.",
        &[("decimal(exp(5), 12)", "148.413159102577")],
    ),
    Builtin::pure("odd", &["number: number -> boolean"], |arguments| {
        parity(arguments, Number::ONE)
    })
    .doc(
        "Whether a whole number is odd.",
        &[("odd(5)", "true"), ("odd(2)", "false")],
    ),
    Builtin::pure("even", &["number: number -> boolean"], |arguments| {
        parity(arguments, Number::ZERO)
    })
    .doc(
        "Whether a whole number is even.",
        &[("even(5)", "false"), ("even(2)", "true")],
    ),
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
