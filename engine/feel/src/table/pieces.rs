//! The values of a column cut into pieces on which constant cells cannot differ.
//!
//! The constants of the cells are the bounds. Between two of them, at each of them, and beyond the
//! first and the last, every constant cell holds for all values or for none, so that one value of
//! a piece speaks for all. Nothing is rounded: the cut is exact.

use std::cmp::Ordering;
use std::ops::Range;

use super::cell::{Cell, are_constant};
use super::index::holds;
use crate::ast::{Comparison, Node, Test};
use crate::eval::compare;
use crate::number::{Number, Rounding};
use crate::time::{DaysTimeDuration, Time, YearsMonthsDuration};
use crate::value::Value;

/// What sort of values the cells of a column compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Number,
    String,
    Date,
    Time,
    DateTime,
    DaysTimeDuration,
    YearsMonthsDuration,
}

impl Kind {
    /// The sort of a value; moments with a zone have none, since they are not in one order with
    /// those without.
    pub(crate) fn of(value: &Value) -> Option<Kind> {
        Some(match value {
            Value::Boolean(_) => Kind::Boolean,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::String,
            Value::Date(_) => Kind::Date,
            Value::Time(time) if time.zone().is_none() => Kind::Time,
            Value::DateTime(moment) if moment.zone().is_none() => Kind::DateTime,
            Value::DaysTimeDuration(_) => Kind::DaysTimeDuration,
            Value::YearsMonthsDuration(_) => Kind::YearsMonthsDuration,
            _ => return None,
        })
    }
}

/// The bounds in ascending order; piece `2i` lies before bound `i`, piece `2i + 1` is the bound.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) kind: Kind,
    bounds: Box<[Value]>,
}

impl Pieces {
    /// The pieces of a column with these tests; `None` if the constants are of several sorts, or if there
    /// are none.
    pub(crate) fn of<'c>(tests: impl Iterator<Item = &'c [Test]>) -> Option<Pieces> {
        let mut bounds = Vec::new();
        for tests in tests.filter(|tests| are_constant(tests)) {
            for test in tests {
                if let Test::Compare(_, Node::Constant(value))
                | Test::Value(Node::Constant(value)) = test
                {
                    collect(value, &mut bounds)?;
                }
            }
        }
        let kind = Kind::of(bounds.first()?)?;
        if bounds.iter().any(|it| Kind::of(it) != Some(kind)) {
            return None;
        }
        if kind == Kind::Boolean {
            bounds = vec![Value::Boolean(false), Value::Boolean(true)];
        }
        bounds.sort_by(order);
        bounds.dedup_by(|left, right| order(left, right).is_eq());
        Some(Pieces {
            kind,
            bounds: bounds.into(),
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.bounds.len() * 2 + 1
    }

    /// The piece a value lies in; `None` if it is of another sort.
    pub(crate) fn find(&self, value: &Value) -> Option<usize> {
        if Kind::of(value)? != self.kind {
            return None;
        }
        Some(match self.bounds.binary_search_by(|it| order(it, value)) {
            Ok(place) => place * 2 + 1,
            Err(place) => place * 2,
        })
    }

    /// A value of the piece; `None` if there is none.
    pub(crate) fn example(&self, piece: usize) -> Option<Value> {
        if piece % 2 == 1 {
            return self.bounds.get(piece / 2).cloned();
        }
        let low = (piece / 2)
            .checked_sub(1)
            .and_then(|it| self.bounds.get(it));
        let high = self.bounds.get(piece / 2);
        match (low, high) {
            (None, Some(high)) => before(high),
            (Some(low), high) => after(low, high),
            (None, None) => None,
        }
    }

    /// On which pieces a constant cell holds; `None` if that takes too long to find out.
    pub(crate) fn holding(&self, cell: &Cell, trials: &mut u64) -> Option<Vec<bool>> {
        let Cell::Tests(tests) = cell else {
            return Some(vec![true; self.count()]);
        };
        if let Some(spans) = self.spans(&tests.tests) {
            let mut holding = vec![tests.negated; self.count()];
            for span in spans {
                holding.get_mut(span)?.fill(!tests.negated);
            }
            return Some(holding);
        }
        let pieces = 0..self.count();
        pieces
            .map(|piece| {
                *trials = trials.checked_sub(tests.tests.len() as u64 + 1)?;
                self.example(piece)
                    .map_or(Some(false), |it| holds(cell, &it))
            })
            .collect()
    }

    /// The pieces that fit any of the tests, read off their constants; `None` for tests that are
    /// true or false by themselves, and for truth values, which have no order.
    fn spans(&self, tests: &[Test]) -> Option<Vec<Range<usize>>> {
        if self.kind == Kind::Boolean {
            return None;
        }
        let mut spans = Vec::new();
        for test in tests {
            match test {
                Test::Any => spans.push(0..self.count()),
                Test::Compare(comparison, Node::Constant(value)) => {
                    self.compared(*comparison, value, &mut spans)?;
                }
                Test::Value(Node::Constant(value)) => self.equal_or_in(value, &mut spans)?,
                Test::Compare(..) | Test::Value(_) | Test::Condition(_) => return None,
            }
        }
        Some(spans)
    }

    fn compared(
        &self,
        comparison: Comparison,
        value: &Value,
        spans: &mut Vec<Range<usize>>,
    ) -> Option<()> {
        let (at, count) = (self.find(value)?, self.count());
        match comparison {
            Comparison::Equal => spans.push(at..at + 1),
            Comparison::NotEqual => spans.extend([0..at, at + 1..count]),
            Comparison::Less => spans.push(0..at),
            Comparison::LessOrEqual => spans.push(0..at + 1),
            Comparison::Greater => spans.push(at + 1..count),
            Comparison::GreaterOrEqual => spans.push(at..count),
        }
        Some(())
    }

    fn equal_or_in(&self, value: &Value, spans: &mut Vec<Range<usize>>) -> Option<()> {
        match value {
            Value::List(items) => items
                .iter()
                .try_for_each(|item| self.equal_or_in(item, spans)),
            Value::Range(range) => {
                let start = match &range.start {
                    Some(bound) => self.find(&bound.value)? + usize::from(!bound.included),
                    None => 0,
                };
                let end = match &range.end {
                    Some(bound) => self.find(&bound.value)? + usize::from(bound.included),
                    None => self.count(),
                };
                spans.push(start..end.max(start));
                Some(())
            }
            value => self.compared(Comparison::Equal, value, spans),
        }
    }

    /// Whether all bounds are whole numbers, so that a piece that holds nothing but fractions is
    /// hardly ever meant: what lies between 10 and 11.
    pub(crate) fn is_whole(&self) -> bool {
        self.bounds.iter().all(is_whole)
    }
}

/// Whether the value is a whole number.
pub(crate) fn is_whole(value: &Value) -> bool {
    value.as_number().is_some_and(|number| number.is_integer())
}

/// The constants a cell compares with; `None` for what has no order.
fn collect(value: &Value, bounds: &mut Vec<Value>) -> Option<()> {
    match value {
        Value::Null => {}
        Value::Range(range) => {
            for bound in [&range.start, &range.end].into_iter().flatten() {
                if !bound.value.is_null() {
                    bounds.push(bound.value.clone());
                }
            }
        }
        Value::List(items) => {
            for item in items.iter() {
                if matches!(item, Value::List(_)) {
                    return None;
                }
                collect(item, bounds)?;
            }
        }
        Value::Context(_) | Value::Function(_) => return None,
        value => bounds.push(value.clone()),
    }
    Some(())
}

/// The order of two values of one sort.
fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        _ => compare(left, right).unwrap_or(Ordering::Equal),
    }
}

fn is_between(low: &Value, value: &Value, high: Option<&Value>) -> bool {
    order(low, value).is_lt() && high.is_none_or(|high| order(value, high).is_lt())
}

fn nanoseconds(count: i128) -> DaysTimeDuration {
    DaysTimeDuration::from_nanoseconds(count)
}

const SECOND: i128 = 1_000_000_000;

/// A value before the first bound.
fn before(high: &Value) -> Option<Value> {
    let value = match high {
        Value::Number(number) => Value::Number(number.checked_sub(Number::ONE)?),
        Value::String(_) => Value::from(""),
        Value::Date(date) => Value::Date(date.add_days(-1)?),
        Value::Time(_) => Value::Time(Time::new(0, 0, 0, 0, None)?),
        Value::DateTime(moment) => Value::DateTime(moment.add(nanoseconds(-SECOND))?),
        Value::DaysTimeDuration(it) => {
            Value::DaysTimeDuration(it.checked_add(nanoseconds(-SECOND))?)
        }
        Value::YearsMonthsDuration(it) => Value::YearsMonthsDuration(months(it.months(), -1)?),
        _ => return None,
    };
    order(&value, high).is_lt().then_some(value)
}

fn months(months: i64, more: i64) -> Option<YearsMonthsDuration> {
    months
        .checked_add(more)
        .map(YearsMonthsDuration::from_months)
}

/// A value after a bound and before the next, as plain as can be found.
fn after(low: &Value, high: Option<&Value>) -> Option<Value> {
    let candidates: [Option<Value>; 2] = match low {
        Value::Number(low) => {
            let whole = low.round(0, Rounding::Floor)?.checked_add(Number::ONE);
            let middle = high
                .and_then(Value::as_number)
                .and_then(|high| low.checked_add(high)?.checked_div(Number::from(2)));
            [whole.map(Value::Number), middle.map(Value::Number)]
        }
        // The second is the very next text there is.
        Value::String(low) => ["?", "\0"].map(|more| Some(Value::from([&**low, more].concat()))),
        Value::Date(date) => [date.add_days(1).map(Value::Date), None],
        Value::Time(time) => {
            let late = |count| Some(Value::Time(time.add(nanoseconds(count))));
            [late(SECOND), late(1)]
        }
        Value::DateTime(moment) => {
            let late = |count| moment.add(nanoseconds(count)).map(Value::DateTime);
            [late(SECOND), late(1)]
        }
        Value::DaysTimeDuration(it) => {
            let long = |count| {
                let longer = it.checked_add(nanoseconds(count));
                longer.map(Value::DaysTimeDuration)
            };
            [long(SECOND), long(1)]
        }
        Value::YearsMonthsDuration(it) => {
            let longer = months(it.months(), 1);
            [longer.map(Value::YearsMonthsDuration), None]
        }
        _ => [None, None],
    };
    let fits = |value: &Value| is_between(low, value, high);
    candidates.into_iter().flatten().find(fits)
}
