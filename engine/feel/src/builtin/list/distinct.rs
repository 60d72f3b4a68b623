//! Which values are in a list, and in it once.

use std::collections::BTreeSet;

use super::concatenate;
use crate::builtin::argument::list;
use crate::eval::{Eval, Evaluator, Stop};
use crate::number::Number;
use crate::time::{Date, DaysTimeDuration, YearsMonthsDuration};
use crate::value::Value;

/// Bytes of text that are looked up for one step.
const TEXT_BYTES_PER_STEP: usize = 32;

/// Values of which each is kept once. Those with a key are looked up; the others are compared one
/// with the other, a step for each.
#[derive(Default)]
struct Seen<'v> {
    keys: BTreeSet<Key<'v>>,
    others: Vec<&'v Value>,
}

/// What a value is known by. Values with different keys, or of which only one has a key, are never
/// equal.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'v> {
    Null,
    Boolean(bool),
    Number(Number),
    Text(&'v str),
    Date(Date),
    DaysTime(DaysTimeDuration),
    YearsMonths(YearsMonthsDuration),
}

impl<'v> Key<'v> {
    fn of(value: &'v Value) -> Option<Key<'v>> {
        Some(match value {
            Value::Null => Key::Null,
            Value::Boolean(value) => Key::Boolean(*value),
            Value::Number(value) => Key::Number(*value),
            Value::String(value) => Key::Text(value),
            Value::Date(value) => Key::Date(*value),
            Value::DaysTimeDuration(value) => Key::DaysTime(*value),
            Value::YearsMonthsDuration(value) => Key::YearsMonths(*value),
            Value::Time(_)
            | Value::DateTime(_)
            | Value::List(_)
            | Value::Context(_)
            | Value::Range(_)
            | Value::Function(_) => return None,
        })
    }
}

impl<'v> Seen<'v> {
    /// Adds a value; `false` if an equal one is there already.
    fn insert(&mut self, evaluator: &mut Evaluator<'_>, value: &'v Value) -> Result<bool, Stop> {
        charge(evaluator, value)?;
        if let Some(key) = Key::of(value) {
            return Ok(self.keys.insert(key));
        }
        for other in &self.others {
            evaluator.charge(1)?;
            if evaluator.equal(other, value)? == Some(true) {
                return Ok(false);
            }
        }
        self.others.push(value);
        Ok(true)
    }

    /// Takes a value out; `false` if it is not there.
    fn remove(&mut self, evaluator: &mut Evaluator<'_>, value: &'v Value) -> Result<bool, Stop> {
        charge(evaluator, value)?;
        if let Some(key) = Key::of(value) {
            return Ok(self.keys.remove(&key));
        }
        for place in 0..self.others.len() {
            evaluator.charge(1)?;
            if evaluator.equal(self.others[place], value)? == Some(true) {
                self.others.swap_remove(place);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A long text is compared with several others on the way to its place.
fn charge(evaluator: &mut Evaluator<'_>, value: &Value) -> Result<(), Stop> {
    let bytes = match value {
        Value::String(text) => text.len(),
        _ => 0,
    };
    evaluator.charge(1 + (bytes / TEXT_BYTES_PER_STEP) as u64)
}

pub(super) fn list_contains(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some(items) = list(&arguments[0]) else {
        return evaluator.null(|| "list contains expects a list".to_owned());
    };
    for item in items {
        evaluator.charge(1)?;
        if evaluator.equal(item, &arguments[1])? == Some(true) {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

pub(super) fn index_of(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some(items) = list(&arguments[0]) else {
        return evaluator.null(|| "index of expects a list".to_owned());
    };
    let mut places = Vec::new();
    for (idx, item) in items.iter().enumerate() {
        evaluator.charge(1)?;
        if evaluator.equal(item, &arguments[1])? == Some(true) {
            places.push(Value::from(idx as i64 + 1));
        }
    }
    evaluator.list(places)
}

fn distinct(evaluator: &mut Evaluator<'_>, items: &[Value]) -> Eval {
    let mut seen = Seen::default();
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if seen.insert(evaluator, item)? {
            kept.push(item.clone());
        }
    }
    evaluator.list(kept)
}

pub(super) fn distinct_values(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    match list(&arguments[0]) {
        Some(items) => distinct(evaluator, items),
        None => evaluator.null(|| "distinct values expects a list".to_owned()),
    }
}

/// In the order in which they occur for the first time.
pub(super) fn duplicate_values(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some(items) = list(&arguments[0]) else {
        return evaluator.null(|| "duplicate values expects a list".to_owned());
    };
    let (mut seen, mut again) = (Seen::default(), Seen::default());
    for item in items {
        if !seen.insert(evaluator, item)? {
            again.insert(evaluator, item)?;
        }
    }
    let mut duplicates: Vec<Value> = Vec::new();
    for item in items {
        // What is left in `again` is a duplicate; taking it out keeps it from occurring twice.
        if again.remove(evaluator, item)? {
            duplicates.push(item.clone());
        }
    }
    evaluator.list(duplicates)
}

pub(super) fn union(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    match concatenate(arguments) {
        Some(Value::List(items)) => distinct(evaluator, &items),
        _ => evaluator.null(|| "union expects lists".to_owned()),
    }
}
