//! Sums, products and powers of numbers, texts, dates and durations.

use super::{Eval, Evaluator};
use crate::ast::{Arithmetic, Node};
use crate::number::{Number, Rounding};
use crate::time::{DateTime, DaysTimeDuration, YearsMonthsDuration, Zone};
use crate::value::Value;

impl Evaluator<'_> {
    #[inline(never)]
    pub(super) fn chain(&mut self, first: &Node, rest: &[(Arithmetic, Node)]) -> Eval {
        let mut result = self.eval(first)?;
        for (operation, operand) in rest {
            let operand = self.eval(operand)?;
            result = self.arithmetic(*operation, result, operand)?;
        }
        Ok(result)
    }

    pub(crate) fn arithmetic(&mut self, operation: Arithmetic, left: Value, right: Value) -> Eval {
        if let (Value::String(left), Value::String(right), Arithmetic::Add) =
            (&left, &right, operation)
        {
            self.charge_bytes(left.len() + right.len())?;
            return Ok(Value::from([&**left, &**right].concat()));
        }
        let result = match operation {
            Arithmetic::Add => add(&left, &right),
            Arithmetic::Subtract => subtract(&left, &right),
            Arithmetic::Multiply => multiply(&left, &right),
            Arithmetic::Divide => divide(&left, &right),
            Arithmetic::Power => {
                self.charge(20)?;
                power(&left, &right)
            }
        };
        match result {
            Some(value) => Ok(value),
            None => self.null(|| {
                let (left, right) = (left.type_name(), right.type_name());
                format!(
                    "{} of a {left} and a {right} has no result",
                    operation.noun()
                )
            }),
        }
    }

    pub(super) fn negate(&mut self, operand: Value) -> Eval {
        match operand {
            Value::Number(number) => Ok(Value::Number(number.negated())),
            Value::DaysTimeDuration(duration) => Ok(Value::DaysTimeDuration(duration.negated())),
            Value::YearsMonthsDuration(duration) => {
                Ok(Value::YearsMonthsDuration(duration.negated()))
            }
            other => self.null(|| format!("a {} has no negative", other.type_name())),
        }
    }
}

fn add(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.checked_add(*right).map(Value::Number),
        (Value::DaysTimeDuration(left), Value::DaysTimeDuration(right)) => {
            left.checked_add(*right).map(Value::DaysTimeDuration)
        }
        (Value::YearsMonthsDuration(left), Value::YearsMonthsDuration(right)) => {
            left.checked_add(*right).map(Value::YearsMonthsDuration)
        }
        (moment, Value::DaysTimeDuration(duration)) => later(moment, *duration),
        (Value::DaysTimeDuration(duration), moment) => later(moment, *duration),
        (moment, Value::YearsMonthsDuration(duration)) => months_later(moment, *duration),
        (Value::YearsMonthsDuration(duration), moment) => months_later(moment, *duration),
        _ => None,
    }
}

fn subtract(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.checked_sub(*right).map(Value::Number),
        (_, Value::DaysTimeDuration(duration)) => {
            add(left, &Value::DaysTimeDuration(duration.negated()))
        }
        (_, Value::YearsMonthsDuration(duration)) => {
            add(left, &Value::YearsMonthsDuration(duration.negated()))
        }
        (Value::Date(left), Value::Date(right)) => {
            let days = left.days_since_epoch() - right.days_since_epoch();
            Some(Value::DaysTimeDuration(DaysTimeDuration::from_seconds(
                days * 86_400,
            )))
        }
        (Value::Time(left), Value::Time(right)) => left.since(right).map(Value::DaysTimeDuration),
        (Value::DateTime(left), Value::DateTime(right)) => {
            left.since(right).map(Value::DaysTimeDuration)
        }
        (Value::DateTime(left), Value::Date(right)) => left
            .since(&utc_midnight(right.at_midnight()))
            .map(Value::DaysTimeDuration),
        (Value::Date(left), Value::DateTime(right)) => utc_midnight(left.at_midnight())
            .since(right)
            .map(Value::DaysTimeDuration),
        _ => None,
    }
}

fn utc_midnight(midnight: DateTime) -> DateTime {
    midnight.in_zone(Zone::utc())
}

fn later(moment: &Value, duration: DaysTimeDuration) -> Option<Value> {
    match moment {
        Value::Date(date) => date
            .at_midnight()
            .add(duration)
            .map(|it| Value::Date(it.date())),
        Value::Time(time) => Some(Value::Time(time.add(duration))),
        Value::DateTime(date_time) => date_time.add(duration).map(Value::DateTime),
        _ => None,
    }
}

fn months_later(moment: &Value, duration: YearsMonthsDuration) -> Option<Value> {
    match moment {
        Value::Date(date) => date.add_months(duration.months()).map(Value::Date),
        Value::DateTime(date_time) => date_time.add_months(duration.months()).map(Value::DateTime),
        _ => None,
    }
}

fn multiply(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.checked_mul(*right).map(Value::Number),
        (Value::DaysTimeDuration(duration), Value::Number(factor))
        | (Value::Number(factor), Value::DaysTimeDuration(duration)) => {
            let seconds = duration.to_number()?.checked_mul(*factor)?;
            DaysTimeDuration::from_number(seconds).map(Value::DaysTimeDuration)
        }
        (Value::YearsMonthsDuration(duration), Value::Number(factor))
        | (Value::Number(factor), Value::YearsMonthsDuration(duration)) => {
            months(Number::from(duration.months()).checked_mul(*factor)?)
        }
        _ => None,
    }
}

fn divide(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.checked_div(*right).map(Value::Number),
        (Value::DaysTimeDuration(duration), Value::Number(divisor)) => {
            let seconds = duration.to_number()?.checked_div(*divisor)?;
            DaysTimeDuration::from_number(seconds).map(Value::DaysTimeDuration)
        }
        (Value::YearsMonthsDuration(duration), Value::Number(divisor)) => {
            months(Number::from(duration.months()).checked_div(*divisor)?)
        }
        (Value::DaysTimeDuration(left), Value::DaysTimeDuration(right)) => left
            .to_number()?
            .checked_div(right.to_number()?)
            .map(Value::Number),
        (Value::YearsMonthsDuration(left), Value::YearsMonthsDuration(right)) => {
            Number::from(left.months())
                .checked_div(Number::from(right.months()))
                .map(Value::Number)
        }
        _ => None,
    }
}

fn months(months: Number) -> Option<Value> {
    let whole = months.round(0, Rounding::Down)?.to_i64()?;
    Some(Value::YearsMonthsDuration(
        YearsMonthsDuration::from_months(whole),
    ))
}

fn power(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.power(*right).map(Value::Number),
        _ => None,
    }
}
