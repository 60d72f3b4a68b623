//! Sorting by a function of the expression.

use std::cmp::Ordering;

use crate::builtin::argument::list;
use crate::eval::{Eval, Evaluator, Stop, compare};
use crate::value::Value;

pub(super) fn sort(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some(items) = list(&arguments[0]) else {
        return evaluator.null(|| "sort expects a list".to_owned());
    };
    match merge_sort(evaluator, items, arguments.get(1))? {
        Some(sorted) => evaluator.list(sorted),
        None => evaluator.null(|| "expected items that can be compared".to_owned()),
    }
}

/// A stable sort whose comparison can fail and may be inconsistent: bottom up, no recursion.
fn merge_sort(
    evaluator: &mut Evaluator<'_>,
    items: &[Value],
    precedes: Option<&Value>,
) -> Result<Option<Vec<Value>>, Stop> {
    let mut sorted = items.to_vec();
    let mut width = 1;
    while width < sorted.len() {
        let mut merged = Vec::with_capacity(sorted.len());
        for pair in sorted.chunks(width * 2) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
            while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
                evaluator.charge(1)?;
                let Some(swap) = comes_before(evaluator, second, first, precedes)? else {
                    return Ok(None);
                };
                merged.extend(if swap { right.next() } else { left.next() }.cloned());
            }
            merged.extend(left.chain(right).cloned());
        }
        sorted = merged;
        width *= 2;
    }
    Ok(Some(sorted))
}

fn comes_before(
    evaluator: &mut Evaluator<'_>,
    left: &Value,
    right: &Value,
    precedes: Option<&Value>,
) -> Result<Option<bool>, Stop> {
    match precedes {
        Some(function) => Ok(evaluator
            .invoke(function, vec![left.clone(), right.clone()])?
            .as_boolean()),
        None => Ok(compare(left, right).map(Ordering::is_lt)),
    }
}
