//! One value of many: sums, extremes, means, and whether all or any are true.

use std::cmp::Ordering;

use crate::ast::Arithmetic;
use crate::builtin::argument::spread;
use crate::eval::{Eval, Evaluator, compare};
use crate::number::Number;
use crate::value::Value;

/// Values of one comparable type; `None` if there is none or they are mixed.
pub(super) fn extreme(arguments: &[Value], wanted: Ordering) -> Option<Value> {
    let (first, rest) = spread(arguments).split_first()?;
    compare(first, first)?;
    let mut best = first;
    for value in rest {
        if compare(value, best)? == wanted {
            best = value;
        }
    }
    Some(best.clone())
}

pub(super) fn sum(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some((first, rest)) = spread(arguments).split_first() else {
        return evaluator.null(|| "the sum of nothing".to_owned());
    };
    let summable = matches!(
        first,
        Value::Number(_) | Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_)
    );
    if !summable {
        return evaluator.null(|| "expected numbers or durations to sum up".to_owned());
    }
    let mut total = first.clone();
    for value in rest {
        evaluator.charge(1)?;
        if value.type_name() != total.type_name() {
            return evaluator.null(|| "expected numbers or durations to sum up".to_owned());
        }
        total = evaluator.arithmetic(Arithmetic::Add, total, value.clone())?;
    }
    Ok(total)
}

pub(super) fn mean(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let count = spread(arguments).len() as i64;
    let total = sum(evaluator, arguments)?;
    if total.is_null() {
        return Ok(Value::Null);
    }
    evaluator.arithmetic(Arithmetic::Divide, total, Value::from(count))
}

fn numbers(arguments: &[Value]) -> Option<Vec<Number>> {
    spread(arguments).iter().map(Value::as_number).collect()
}

pub(super) fn product(arguments: &[Value]) -> Option<Value> {
    let numbers = numbers(arguments)?;
    let (first, rest) = numbers.split_first()?;
    rest.iter()
        .try_fold(*first, |total, factor| total.checked_mul(*factor))
        .map(Value::Number)
}

pub(super) fn median(arguments: &[Value]) -> Option<Value> {
    let mut numbers = numbers(arguments)?;
    numbers.sort_unstable();
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        return numbers.get(middle).copied().map(Value::Number);
    }
    let low = *numbers.get(middle.checked_sub(1)?)?;
    low.checked_add(*numbers.get(middle)?)?
        .checked_div(Number::from(2))
        .map(Value::Number)
}

/// The deviation of a sample: divided by one less than the count.
pub(super) fn stddev(arguments: &[Value]) -> Option<Value> {
    let numbers = numbers(arguments)?;
    if numbers.len() < 2 {
        return None;
    }
    let total = numbers
        .iter()
        .try_fold(Number::ZERO, |total, it| total.checked_add(*it))?;
    let mean = total.checked_div(Number::from(numbers.len()))?;
    let squares = numbers.iter().try_fold(Number::ZERO, |total, it| {
        let deviation = it.checked_sub(mean)?;
        total.checked_add(deviation.checked_mul(deviation)?)
    })?;
    squares
        .checked_div(Number::from(numbers.len() - 1))?
        .sqrt()
        .map(Value::Number)
}

/// The most frequent numbers in ascending order.
pub(super) fn mode(arguments: &[Value]) -> Option<Value> {
    let mut numbers = numbers(arguments)?;
    numbers.sort_unstable();
    let mut best = 0;
    let mut modes = Vec::new();
    for group in numbers.chunk_by(|left, right| left == right) {
        if group.len() > best {
            best = group.len();
            modes.clear();
        }
        if group.len() == best {
            modes.push(Value::Number(group[0]));
        }
    }
    Some(Value::list(modes))
}

/// Three-valued `all` (`decisive` false) and `any` (`decisive` true).
pub(super) fn junction(arguments: &[Value], decisive: bool) -> Option<Value> {
    let mut unknown = false;
    for value in spread(arguments) {
        match value {
            Value::Boolean(value) if *value == decisive => return Some(Value::Boolean(decisive)),
            Value::Boolean(_) => {}
            _ => unknown = true,
        }
    }
    if unknown {
        None
    } else {
        Some(Value::Boolean(!decisive))
    }
}
