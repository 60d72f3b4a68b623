//! Reading arguments. A list of one stands for its item where a single value is asked for.

use std::sync::Arc;

use crate::number::Number;
use crate::value::{Context, Value};

pub(super) fn single(value: &Value) -> &Value {
    match value {
        Value::List(items) => match &items[..] {
            [item] => item,
            _ => value,
        },
        value => value,
    }
}

pub(super) fn number(value: &Value) -> Option<Number> {
    single(value).as_number()
}

pub(super) fn text(value: &Value) -> Option<&Arc<str>> {
    match single(value) {
        Value::String(text) => Some(text),
        _ => None,
    }
}

pub(super) fn context(value: &Value) -> Option<&Context> {
    single(value).as_context()
}

pub(super) fn integer(value: &Value) -> Option<i64> {
    number(value)?.to_i64_truncated()
}

/// A count of days, months or years: a fraction is none.
pub(super) fn whole(value: &Value) -> Option<i64> {
    number(value)?.is_integer().then(|| integer(value))?
}

/// A list; a single value is a list of one, `null` is none.
pub(super) fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(items) => Some(items),
        Value::Null => None,
        single => Some(std::slice::from_ref(single)),
    }
}

/// The items of the one list that was given, or all arguments.
pub(super) fn spread(arguments: &[Value]) -> &[Value] {
    match arguments {
        [Value::List(items)] => items,
        arguments => arguments,
    }
}

/// An argument that may be left out; `None` if it is there but no such thing.
pub(super) fn optional<T>(
    arguments: &[Value],
    place: usize,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Option<Option<T>> {
    match arguments.get(place) {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}
