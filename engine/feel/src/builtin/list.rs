//! Lists. Positions count from 1, or from the end if negative.

mod aggregate;
mod distinct;
mod sort;

use std::cmp::Ordering;

use aggregate::{extreme, junction, mean, median, mode, product, stddev, sum};
use distinct::{distinct_values, duplicate_values, index_of, list_contains, union};
use sort::sort;

use super::argument::{integer, list, number, optional};
use super::{Builtin, Family};
use crate::eval::{Eval, Evaluator, Stop};
use crate::value::Value;

/// A list, or its items as arguments.
const NUMBERS: &[&str] = &["list: list<number> -> number", "n: number... -> number"];
const ITEMS: &[&str] = &["list: list<T> -> T", "c: T... -> T"];
const TRUTHS: &[&str] = &["list: list<boolean> -> boolean", "b: boolean... -> boolean"];
const LIST_TO_LIST: &[&str] = &["list: list<T> -> list<T>"];
const LISTS: &[&str] = &["list: list<T>... -> list<T>"];

pub(super) const FAMILY: Family = Family {
    title: "Lists",
    clause: "10.3.4.4 and 10.3.4.10",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::full(
        "list contains",
        &["list: list<T>, element: T -> boolean"],
        list_contains,
    )
    .doc(
        "Whether the element is in the list.",
        &[("list contains([1, 2, 3], 2)", "true")],
    ),
    Builtin::pure("count", &["list: list<Any> -> number"], |arguments| {
        Some(Value::from(list(&arguments[0])?.len() as i64))
    })
    .doc(
        "The number of items.",
        &[("count([1, [2, 3]])", "2"), ("count([])", "0")],
    ),
    Builtin::pure("min", ITEMS, |it| extreme(it, Ordering::Less)).doc(
        "The least of comparable items.",
        &[
            ("min([1, 2, 3])", "1"),
            ("min(3, 2)", "2"),
            ("min([])", "null"),
        ],
    ),
    Builtin::pure("max", ITEMS, |it| extreme(it, Ordering::Greater)).doc(
        "The greatest of comparable items.",
        &[("max([1, 2, 3])", "3"), ("max(\"a\", \"b\")", "\"b\"")],
    ),
    Builtin::full("sum", ITEMS, sum).doc(
        "The sum of numbers, or of durations of one sort.",
        &[
            ("sum([1, 2, 3])", "6"),
            ("sum(1, 2)", "3"),
            ("sum([])", "null"),
        ],
    ),
    Builtin::full("mean", ITEMS, mean).doc(
        "The arithmetic mean.",
        &[("mean([1, 2, 3])", "2"), ("mean([])", "null")],
    ),
    Builtin::pure("product", NUMBERS, product).doc(
        "The product of numbers.",
        &[("product([2, 3, 4])", "24"), ("product([])", "null")],
    ),
    Builtin::pure("median", NUMBERS, median).doc(
        "The middle number, or the mean of the two in the middle.",
        &[
            ("median(8, 2, 5, 3, 4)", "4"),
            ("median([6, 1, 2, 3])", "2.5"),
        ],
    ),
    Builtin::pure("stddev", NUMBERS, stddev).doc(
        "The standard deviation of a sample.",
        &[
            ("stddev(2, 4, 7, 5)", "2.081665999466132735282297706979931"),
            ("stddev([47])", "null"),
        ],
    ),
    Builtin::pure(
        "mode",
        &[
            "list: list<number> -> list<number>",
            "n: number... -> list<number>",
        ],
        mode,
    )
    .doc(
        "The most frequent numbers in ascending order.",
        &[
            ("mode(6, 3, 9, 6, 6)", "[6]"),
            ("mode([6, 1, 9, 6, 1])", "[1, 6]"),
            ("mode([])", "[]"),
        ],
    ),
    Builtin::pure("all", TRUTHS, |it| junction(it, false)).doc(
        "Whether all are true.",
        &[
            ("all([false, null, true])", "false"),
            ("all([])", "true"),
            ("all(0)", "null"),
        ],
    ),
    Builtin::pure("any", TRUTHS, |it| junction(it, true)).doc(
        "Whether any is true.",
        &[("any([false, null, true])", "true"), ("any([])", "false")],
    ),
    Builtin::pure(
        "sublist",
        &["list: list<T>, start position: number, length?: number -> list<T>"],
        sublist,
    )
    .doc(
        "A part of the list.",
        &[("sublist([4, 5, 6], 1, 2)", "[4, 5]")],
    ),
    Builtin::pure("append", &["list: list<T>, item: T... -> list<T>"], append).doc(
        "The list with items added at the end.",
        &[("append([1], 2, 3)", "[1, 2, 3]")],
    ),
    Builtin::pure("concatenate", LISTS, concatenate).doc(
        "The lists one behind the other.",
        &[("concatenate([1, 2], [3])", "[1, 2, 3]")],
    ),
    Builtin::pure(
        "insert before",
        &["list: list<T>, position: number, newItem: T -> list<T>"],
        insert_before,
    )
    .doc(
        "The list with an item put in before a position.",
        &[("insert before([1, 3], 1, 2)", "[2, 1, 3]")],
    ),
    Builtin::pure(
        "remove",
        &["list: list<T>, position: number -> list<T>"],
        remove,
    )
    .doc(
        "The list without the item at a position.",
        &[("remove([1, 2, 3], 2)", "[1, 3]")],
    ),
    Builtin::full(
        "list replace",
        &[
            "list: list<T>, position: number, newItem: T -> list<T>",
            "list: list<T>, match: function, newItem: T -> list<T>",
        ],
        list_replace,
    )
    .doc(
        "The list with the item at a position replaced, or every item for which a function of item \
         and new item is true.",
        &[
            ("list replace([2, 4, 7, 8], 3, 6)", "[2, 4, 6, 8]"),
            (
                "list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)",
                "[5, 5, 7, 8]",
            ),
        ],
    ),
    Builtin::pure("reverse", LIST_TO_LIST, |arguments| {
        Some(Value::list(
            list(&arguments[0])?.iter().rev().cloned().collect(),
        ))
    })
    .doc(
        "The list backwards.",
        &[("reverse([1, 2, 3])", "[3, 2, 1]")],
    ),
    Builtin::full(
        "index of",
        &["list: list<T>, match: T -> list<number>"],
        index_of,
    )
    .doc(
        "The positions at which the item stands.",
        &[("index of([1, 2, 3, 2], 2)", "[2, 4]")],
    ),
    Builtin::full("union", LISTS, union).doc(
        "The lists one behind the other, each value once.",
        &[("union([1, 2], [2, 3])", "[1, 2, 3]")],
    ),
    Builtin::full("distinct values", LIST_TO_LIST, distinct_values).doc(
        "Each value of the list once.",
        &[("distinct values([1, 2, 3, 2, 1])", "[1, 2, 3]")],
    ),
    Builtin::full("duplicate values", LIST_TO_LIST, duplicate_values).doc(
        "The values that occur more than once. Not in the standard.",
        &[("duplicate values([1, 2, 3, 2, 1])", "[1, 2]")],
    ),
    Builtin::full("flatten", &["list: list<Any> -> list<Any>"], flatten).doc(
        "The items of the list and of the lists in it.",
        &[("flatten([[1, 2], [[3]], 4])", "[1, 2, 3, 4]")],
    ),
    Builtin::full(
        "sort",
        &["list: list<T>, precedes?: function -> list<T>"],
        sort,
    )
    .doc(
        "The list in the order a function of two items tells; without one, ascending (that is not \
         in the standard).",
        &[
            (
                "sort(list: [3, 1, 4, 5, 2], precedes: function(x, y) x < y)",
                "[1, 2, 3, 4, 5]",
            ),
            ("sort([3, 1, 2])", "[1, 2, 3]"),
        ],
    ),
];

/// The place in a list of so many items, from 0.
fn place(position: i64, count: usize) -> Option<usize> {
    let place = match position {
        0 => return None,
        1.. => usize::try_from(position - 1).ok()?,
        _ => count.checked_sub(usize::try_from(position.unsigned_abs()).ok()?)?,
    };
    Some(place)
}

fn sublist(arguments: &[Value]) -> Option<Value> {
    let items = list(&arguments[0])?;
    let start = place(integer(&arguments[1])?, items.len()).filter(|start| *start < items.len())?;
    let length = match optional(arguments, 2, integer)? {
        Some(length) => usize::try_from(length).ok()?,
        None => items.len() - start,
    };
    let end = start
        .checked_add(length)
        .filter(|end| *end <= items.len())?;
    Some(Value::list(items[start..end].to_vec()))
}

fn append(arguments: &[Value]) -> Option<Value> {
    let (first, rest) = arguments.split_first()?;
    Some(Value::list(
        list(first)?.iter().chain(rest).cloned().collect(),
    ))
}

fn concatenate(arguments: &[Value]) -> Option<Value> {
    let mut items = Vec::new();
    for argument in arguments {
        items.extend_from_slice(list(argument)?);
    }
    Some(Value::list(items))
}

fn insert_before(arguments: &[Value]) -> Option<Value> {
    let mut items = list(&arguments[0])?.to_vec();
    let at = place(integer(&arguments[1])?, items.len()).filter(|at| *at < items.len().max(1))?;
    items.insert(at.min(items.len()), arguments[2].clone());
    Some(Value::list(items))
}

fn remove(arguments: &[Value]) -> Option<Value> {
    let mut items = list(&arguments[0])?.to_vec();
    let at = place(integer(&arguments[1])?, items.len()).filter(|at| *at < items.len())?;
    items.remove(at);
    Some(Value::list(items))
}

fn list_replace(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some(items) = list(&arguments[0]) else {
        return evaluator.null(|| "list replace expects a list".to_owned());
    };
    let mut items = items.to_vec();
    evaluator.charge(items.len() as u64)?;
    let new_item = &arguments[2];
    if let Value::Function(_) = &arguments[1] {
        for item in &mut items {
            let found = evaluator.invoke(&arguments[1], vec![item.clone(), new_item.clone()])?;
            match found {
                Value::Boolean(true) => *item = new_item.clone(),
                Value::Boolean(false) => {}
                _ => return evaluator.null(|| "expected the match to be a boolean".to_owned()),
            }
        }
        return evaluator.list(items);
    }
    let position = number(&arguments[1]).and_then(|it| it.to_i64_truncated());
    match position
        .and_then(|it| place(it, items.len()))
        .and_then(|at| items.get_mut(at))
    {
        Some(item) => *item = new_item.clone(),
        None => return evaluator.null(|| "the list has no such position".to_owned()),
    }
    evaluator.list(items)
}

fn flatten(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some(items) = list(&arguments[0]) else {
        return evaluator.null(|| "flatten expects a list".to_owned());
    };
    let mut flat = Vec::new();
    flatten_into(evaluator, items, &mut flat)?;
    evaluator.list(flat)
}

/// The depth is bounded by how deeply a value may be nested.
fn flatten_into(
    evaluator: &mut Evaluator<'_>,
    items: &[Value],
    flat: &mut Vec<Value>,
) -> Result<(), Stop> {
    for item in items {
        evaluator.charge(1)?;
        match item {
            Value::List(inner) => flatten_into(evaluator, inner, flat)?,
            item => {
                evaluator.charge_bytes(size_of::<Value>())?;
                flat.push(item.clone());
            }
        }
    }
    Ok(())
}
