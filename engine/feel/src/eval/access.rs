//! Entries of contexts, properties of dates and ranges, filters of lists.

use std::sync::Arc;

use super::{Eval, Evaluator};
use crate::ast::{Node, Slot};
use crate::number::Number;
use crate::time::{DaysTimeDuration, Zone};
use crate::value::{Bound, Value};

impl Evaluator<'_> {
    #[inline(never)]
    pub(super) fn item_entry(&mut self, name: &str, items: &[Node], fallback: &Node) -> Eval {
        for item in items {
            let item = self.eval(item)?;
            if let Value::Context(context) = &item
                && let Some(value) = context.get(name)
            {
                return Ok(value.clone());
            }
        }
        self.eval(fallback)
    }

    pub(super) fn path(&mut self, subject: Value, name: &Arc<str>) -> Eval {
        match &subject {
            Value::Context(context) => match context.get(name) {
                Some(value) => Ok(value.clone()),
                None => self.null(|| format!("the context has no entry {name:?}")),
            },
            Value::List(items) => self.path_of_items(items, name),
            _ => match property(&subject, name) {
                Some(value) => Ok(value),
                None => self.null(|| format!("a {} has no {name:?}", subject.type_name())),
            },
        }
    }

    #[inline(never)]
    fn path_of_items(&mut self, items: &[Value], name: &Arc<str>) -> Eval {
        self.enter()?;
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            self.charge(1)?;
            values.push(self.path(item.clone(), name)?);
        }
        self.depth += 1;
        self.list(values)
    }

    #[inline(never)]
    pub(super) fn filter(&mut self, list: Value, item: Slot, predicate: &Node) -> Eval {
        let items = match &list {
            Value::List(items) => items.clone(),
            Value::Null => return self.list(Vec::new()),
            single => match Value::list(vec![single.clone()]) {
                Value::List(items) => items,
                _ => return Ok(Value::Null),
            },
        };
        if let Node::Constant(Value::Number(index)) = predicate {
            return self.item_at(&items, *index);
        }
        if items.is_empty() {
            return self.filter_of_nothing(item, predicate);
        }
        let mut kept = Vec::new();
        for (idx, value) in items.iter().enumerate() {
            self.charge(1)?;
            self.set_local(item, value.clone());
            match self.eval(predicate)? {
                Value::Boolean(true) => kept.push(value.clone()),
                Value::Boolean(false) | Value::Null => {}
                Value::Number(index) if idx == 0 => return self.item_at(&items, index),
                other => {
                    let type_name = other.type_name();
                    return self.null(|| {
                        format!("expected a boolean or a number in a filter, found a {type_name}")
                    });
                }
            }
        }
        self.list(kept)
    }

    /// An empty list has no item at any place, and none for which a condition holds. Which of the
    /// two is asked shows in the value of the predicate.
    fn filter_of_nothing(&mut self, item: Slot, predicate: &Node) -> Eval {
        self.set_local(item, Value::Null);
        let warnings = self.warnings.take();
        let asked = self.eval(predicate);
        self.warnings = warnings;
        match asked? {
            Value::Number(index) => self.item_at(&[], index),
            _ => self.list(Vec::new()),
        }
    }

    /// The item at a place counted from 1, or from the end if negative.
    fn item_at(&mut self, items: &[Value], index: Number) -> Eval {
        let place = index.to_i64().and_then(|index| match index {
            1.. => usize::try_from(index - 1).ok(),
            0 => None,
            _ => items
                .len()
                .checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
        });
        match place.and_then(|place| items.get(place)) {
            Some(item) => Ok(item.clone()),
            None => self.null(|| format!("a list of {} items has none at {index}", items.len())),
        }
    }
}

fn property(subject: &Value, name: &str) -> Option<Value> {
    match subject {
        Value::Date(date) => Some(match name {
            "year" => Value::from(date.year()),
            "month" => Value::from(i32::from(date.month())),
            "day" => Value::from(i32::from(date.day())),
            "weekday" => Value::from(i32::from(date.weekday())),
            _ => return None,
        }),
        Value::Time(time) => time_property(time, name),
        Value::DateTime(date_time) => match name {
            "time offset" => date_time.offset_seconds().map(offset),
            _ => property(&Value::Date(date_time.date()), name)
                .or_else(|| time_property(&date_time.time(), name)),
        },
        Value::DaysTimeDuration(duration) => {
            let place = ["days", "hours", "minutes", "seconds"]
                .iter()
                .position(|it| *it == name)?;
            Some(Value::from(duration.components()[place]))
        }
        Value::YearsMonthsDuration(duration) => match name {
            "years" => Some(Value::from(duration.months() / 12)),
            "months" => Some(Value::from(duration.months() % 12)),
            _ => None,
        },
        Value::Range(range) => {
            let value = |bound: &Option<Bound>| {
                bound
                    .as_ref()
                    .map_or(Value::Null, |bound| bound.value.clone())
            };
            let included = |bound: &Option<Bound>| {
                Value::Boolean(bound.as_ref().is_some_and(|bound| bound.included))
            };
            Some(match name {
                "start" => value(&range.start),
                "end" => value(&range.end),
                "start included" => included(&range.start),
                "end included" => included(&range.end),
                _ => return None,
            })
        }
        _ => None,
    }
}

fn time_property(time: &crate::time::Time, name: &str) -> Option<Value> {
    Some(match name {
        "hour" => Value::from(i32::from(time.hour())),
        "minute" => Value::from(i32::from(time.minute())),
        "second" => Value::from(i32::from(time.second())),
        "time offset" => time.offset_seconds().map_or(Value::Null, offset),
        "timezone" => time
            .zone()
            .and_then(Zone::name)
            .map_or(Value::Null, Value::from),
        _ => return None,
    })
}

fn offset(seconds: i32) -> Value {
    Value::DaysTimeDuration(DaysTimeDuration::from_seconds(i64::from(seconds)))
}
