//! `for`, `some` and `every`.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Eval, Evaluator, Stop};
use crate::ast::{ForNode, Iterator, Node};
use crate::number::Number;
use crate::time::Date;
use crate::value::{List, Range, Value};

/// What an iterator goes over.
enum Domain {
    Items(Arc<List>),
    Numbers { from: i64, to: i64 },
    Dates { from: Date, to: Date },
}

/// What is done for each combination; `Break` ends the loops.
type Visit<'v, 'a> = dyn FnMut(&mut Evaluator<'a>) -> Result<ControlFlow<()>, Stop> + 'v;

impl<'a> Evaluator<'a> {
    #[inline(never)]
    pub(super) fn iteration(&mut self, node: &ForNode) -> Eval {
        if node.uses_partial {
            return self.iteration_with_partial(node);
        }
        let mut results = Vec::new();
        let fits = self.each(&node.iterators, &mut |evaluator| {
            evaluator.charge_bytes(size_of::<Value>())?;
            results.push(evaluator.eval(&node.body)?);
            Ok(ControlFlow::Continue(()))
        })?;
        if fits {
            self.list(results)
        } else {
            Ok(Value::Null)
        }
    }

    /// The results so far stand in a slot; while nothing else holds them they grow in place.
    fn iteration_with_partial(&mut self, node: &ForNode) -> Eval {
        self.set_local(node.partial, Value::list(Vec::new()));
        let fits = self.each(&node.iterators, &mut |evaluator| {
            let result = evaluator.eval(&node.body)?;
            let at = evaluator.base + node.partial as usize;
            let Value::List(mut results) = std::mem::take(&mut evaluator.stack[at]) else {
                return Ok(ControlFlow::Break(()));
            };
            if Arc::get_mut(&mut results).is_none() {
                evaluator.charge(results.len() as u64)?;
                evaluator.charge_bytes(results.len() * size_of::<Value>())?;
            }
            evaluator.charge_bytes(size_of::<Value>())?;
            Arc::make_mut(&mut results).push(result);
            let grown = super::checked(Value::List(results))?;
            evaluator.set_local(node.partial, grown);
            Ok(ControlFlow::Continue(()))
        })?;
        let at = self.base + node.partial as usize;
        let results = std::mem::take(&mut self.stack[at]);
        Ok(if fits { results } else { Value::Null })
    }

    #[inline(never)]
    pub(super) fn quantified(
        &mut self,
        every: bool,
        iterators: &[Iterator],
        condition: &Node,
    ) -> Eval {
        let mut decided = false;
        let mut unknown = false;
        let mut invalid = false;
        let fits = self.each(iterators, &mut |evaluator| {
            match evaluator.eval(condition)? {
                Value::Boolean(holds) if holds != every => {
                    decided = true;
                    return Ok(ControlFlow::Break(()));
                }
                Value::Boolean(_) => {}
                Value::Null => unknown = true,
                // The suite of the standard takes what is neither true, false nor null for an error
                // of the whole.
                _ => invalid = true,
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(match (fits && !invalid, decided, unknown) {
            (false, _, _) | (true, false, true) => Value::Null,
            (true, true, _) => Value::Boolean(!every),
            (true, false, false) => Value::Boolean(every),
        })
    }

    /// Runs through all combinations; false if there is something that cannot be gone over.
    fn each(&mut self, iterators: &[Iterator], visit: &mut Visit<'_, 'a>) -> Result<bool, Stop> {
        let mut fits = true;
        let _ = self.each_of(iterators, visit, &mut fits)?;
        Ok(fits)
    }

    fn each_of(
        &mut self,
        iterators: &[Iterator],
        visit: &mut Visit<'_, 'a>,
        fits: &mut bool,
    ) -> Result<ControlFlow<()>, Stop> {
        let Some((iterator, inner)) = iterators.split_first() else {
            return visit(self);
        };
        let Some(domain) = self.domain(iterator)? else {
            *fits = false;
            return Ok(ControlFlow::Break(()));
        };
        let mut place = 0u64;
        while let Some(value) = domain.value(place) {
            place += 1;
            self.charge(1)?;
            self.set_local(iterator.slot, value);
            if self.each_of(inner, visit, fits)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn domain(&mut self, iterator: &Iterator) -> Result<Option<Domain>, Stop> {
        let source = self.eval(&iterator.source)?;
        let domain = match &iterator.end {
            Some(end) => {
                let end = self.eval(end)?;
                between(&source, &end)
            }
            None => match source {
                Value::List(items) => Some(Domain::Items(items)),
                Value::Range(range) => range_domain(&range),
                Value::Null => None,
                single => Some(Domain::Items(Arc::new(List::new(vec![single])))),
            },
        };
        if domain.is_none() {
            self.warn(|| "expected a list or a range of integers or dates to go over".to_owned());
        }
        Ok(domain)
    }
}

fn between(from: &Value, to: &Value) -> Option<Domain> {
    match (from, to) {
        (Value::Number(from), Value::Number(to)) => Some(Domain::Numbers {
            from: from.to_i64()?,
            to: to.to_i64()?,
        }),
        (Value::Date(from), Value::Date(to)) => Some(Domain::Dates {
            from: *from,
            to: *to,
        }),
        _ => None,
    }
}

fn range_domain(range: &Range) -> Option<Domain> {
    let (start, end) = (range.start.as_ref()?, range.end.as_ref()?);
    // A range without direction that ends before it begins is no range, unlike `2..1`.
    if crate::eval::compare(&start.value, &end.value)?.is_gt() {
        return None;
    }
    match between(&start.value, &end.value)? {
        Domain::Numbers { from, to } => {
            let from = if start.included {
                from
            } else {
                from.checked_add(1)?
            };
            let to = if end.included { to } else { to.checked_sub(1)? };
            if to < from {
                return Some(Domain::Items(Arc::default()));
            }
            Some(Domain::Numbers { from, to })
        }
        Domain::Dates { from, to } => {
            let from = if start.included {
                from
            } else {
                from.add_days(1)?
            };
            let to = if end.included { to } else { to.add_days(-1)? };
            if to < from {
                return Some(Domain::Items(Arc::default()));
            }
            Some(Domain::Dates { from, to })
        }
        Domain::Items(_) => None,
    }
}

impl Domain {
    /// The value at a place from 0; ranges run downwards if they end below their beginning.
    fn value(&self, place: u64) -> Option<Value> {
        match self {
            Domain::Items(items) => items.get(usize::try_from(place).ok()?).cloned(),
            Domain::Numbers { from, to } => {
                if place > from.abs_diff(*to) {
                    return None;
                }
                let step = i128::from(place) * if from <= to { 1 } else { -1 };
                let value = i64::try_from(i128::from(*from) + step).ok()?;
                Some(Value::Number(Number::from(value)))
            }
            Domain::Dates { from, to } => {
                let days = to.days_since_epoch() - from.days_since_epoch();
                let place = i64::try_from(place)
                    .ok()
                    .filter(|place| *place <= days.abs())?;
                from.add_days(place * days.signum()).map(Value::Date)
            }
        }
    }
}
