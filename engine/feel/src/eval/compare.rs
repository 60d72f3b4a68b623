//! Equality and order.

use std::cmp::Ordering;

use super::{Eval, Evaluator, Stop};
use crate::ast::Comparison;
use crate::value::{Bound, Range, Value};

/// Bytes of text that are compared for one step.
const TEXT_BYTES_PER_STEP: usize = 256;

/// The comparison of numbers and short texts, without any ado.
#[inline]
pub(super) fn plain(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::String(left), Value::String(right)) if left.len() < TEXT_BYTES_PER_STEP => {
            left.cmp(right)
        }
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}

impl Evaluator<'_> {
    pub(super) fn comparison(
        &mut self,
        comparison: Comparison,
        left: &Value,
        right: &Value,
    ) -> Eval {
        let result = match comparison {
            Comparison::Equal => self.equal(left, right)?,
            Comparison::NotEqual => self.equal(left, right)?.map(|equal| !equal),
            Comparison::Less => compare(left, right).map(Ordering::is_lt),
            Comparison::LessOrEqual => compare(left, right).map(Ordering::is_le),
            Comparison::Greater => compare(left, right).map(Ordering::is_gt),
            Comparison::GreaterOrEqual => compare(left, right).map(Ordering::is_ge),
        };
        match result {
            Some(result) => Ok(Value::Boolean(result)),
            None => {
                let (left, right) = (left.type_name(), right.type_name());
                self.null(|| format!("a {left} and a {right} cannot be compared"))
            }
        }
    }

    /// FEEL's `=`: `None` if the types differ. Lists and contexts of which one part differs in its
    /// type differ: table 53 asks that all parts are equal.
    pub(crate) fn equal(&mut self, left: &Value, right: &Value) -> Result<Option<bool>, Stop> {
        Ok(match (left, right) {
            (Value::Null, Value::Null) => Some(true),
            (Value::Null, _) | (_, Value::Null) => Some(false),
            (Value::Boolean(left), Value::Boolean(right)) => Some(left == right),
            (Value::Number(left), Value::Number(right)) => Some(left == right),
            (Value::String(left), Value::String(right)) => {
                self.charge((left.len().min(right.len()) / TEXT_BYTES_PER_STEP) as u64)?;
                Some(left == right)
            }
            (Value::List(left), Value::List(right)) => {
                if left.len() != right.len() {
                    return Ok(Some(false));
                }
                self.charge(left.len() as u64)?;
                for (left, right) in left.iter().zip(right.iter()) {
                    if self.equal(left, right)? != Some(true) {
                        return Ok(Some(false));
                    }
                }
                Some(true)
            }
            (Value::Context(left), Value::Context(right)) => {
                if left.len() != right.len() {
                    return Ok(Some(false));
                }
                self.charge(left.len() as u64)?;
                for (name, left) in left.iter() {
                    let Some(right) = right.get(name) else {
                        return Ok(Some(false));
                    };
                    if self.equal(left, right)? != Some(true) {
                        return Ok(Some(false));
                    }
                }
                Some(true)
            }
            (Value::Range(left), Value::Range(right)) => Some(
                self.equal_bounds(left.start.as_ref(), right.start.as_ref())?
                    && self.equal_bounds(left.end.as_ref(), right.end.as_ref())?,
            ),
            (Value::Function(_), Value::Function(_)) => Some(left == right),
            // Two moments of which only one has a zone are of one type, yet never the same.
            (Value::Time(left), Value::Time(right)) => {
                Some(left.zone().is_some() == right.zone().is_some() && left.compare(right).is_eq())
            }
            (Value::DateTime(left), Value::DateTime(right)) => {
                Some(left.zone().is_some() == right.zone().is_some() && left.compare(right).is_eq())
            }
            (left, right) => compare(left, right).map(Ordering::is_eq),
        })
    }

    /// Whether two ends of ranges are the same; an end at `null` is none.
    fn equal_bounds(&mut self, left: Option<&Bound>, right: Option<&Bound>) -> Result<bool, Stop> {
        let limit = |it: &&Bound| !it.value.is_null();
        match (left.filter(limit), right.filter(limit)) {
            (None, None) => Ok(true),
            (Some(left), Some(right)) => Ok(left.included == right.included
                && self.equal(&left.value, &right.value)? == Some(true)),
            (None, Some(_)) | (Some(_), None) => Ok(false),
        }
    }
}

/// The order of two values; `None` if they have none.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.compare(right)),
        (Value::DateTime(left), Value::DateTime(right)) => Some(left.compare(right)),
        (Value::DaysTimeDuration(left), Value::DaysTimeDuration(right)) => Some(left.cmp(right)),
        (Value::YearsMonthsDuration(left), Value::YearsMonthsDuration(right)) => {
            Some(left.cmp(right))
        }
        _ => None,
    }
}

/// Whether the value lies in the range; `None` if it cannot be compared with the bounds.
pub(crate) fn range_contains(range: &Range, value: &Value) -> Option<bool> {
    let after = |bound: &Option<Bound>| match bound {
        Some(bound) => compare(value, &bound.value)
            .map(|order| order.is_gt() || (bound.included && order.is_eq())),
        None => Some(true),
    };
    let before = |bound: &Option<Bound>| match bound {
        Some(bound) => compare(value, &bound.value)
            .map(|order| order.is_lt() || (bound.included && order.is_eq())),
        None => Some(true),
    };
    Some(after(&range.start)? && before(&range.end)?)
}
