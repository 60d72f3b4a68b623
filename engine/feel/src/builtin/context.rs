//! Contexts.

use std::sync::Arc;

use super::Builtin;
use super::argument::{context, list, text};
use crate::value::{Context, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::pure(
        "get value",
        &[&["m", "key"], &["context", "keys"]],
        get_value,
    ),
    Builtin::pure("get entries", &[&["m"]], get_entries),
    Builtin::pure("context", &[&["entries"]], from_entries),
    Builtin::pure(
        "context put",
        &[&["context", "key", "value"], &["context", "keys", "value"]],
        |arguments| match &arguments[1] {
            Value::List(keys) => put(context(&arguments[0])?, keys, &arguments[2]),
            key => put(
                context(&arguments[0])?,
                std::slice::from_ref(key),
                &arguments[2],
            ),
        },
    ),
    Builtin::pure("context merge", &[&["contexts"]], merge).variadic(),
];

fn get_value(arguments: &[Value]) -> Option<Value> {
    let context = context(&arguments[0])?;
    match &arguments[1] {
        Value::List(keys) => {
            let (first, rest) = keys.split_first()?;
            let mut value = context.get(text(first)?)?;
            for key in rest {
                value = value.as_context()?.get(text(key)?)?;
            }
            Some(value.clone())
        }
        key => context.get(text(key)?).cloned(),
    }
}

fn get_entries(arguments: &[Value]) -> Option<Value> {
    let entries = context(&arguments[0])?.iter().map(|(name, value)| {
        let entry = [
            ("key", Value::String(name.clone())),
            ("value", value.clone()),
        ];
        Value::from(entry.into_iter().collect::<Context>())
    });
    Some(Value::list(entries.collect()))
}

fn from_entries(arguments: &[Value]) -> Option<Value> {
    let mut result = Context::new();
    for entry in list(&arguments[0])? {
        let entry = entry.as_context()?;
        let key = text(entry.get("key")?)?;
        if result
            .insert(key.clone(), entry.get("value")?.clone())
            .is_some()
        {
            return None;
        }
    }
    Some(Value::from(result))
}

/// Puts a value at the end of a path of keys; contexts on the way are made where they lack.
fn put(context: &Context, keys: &[Value], value: &Value) -> Option<Value> {
    let (key, rest) = keys.split_first()?;
    // A path longer than any value may be nested cannot lead anywhere.
    if rest.len() > usize::from(crate::value::NESTING_MAX) {
        return None;
    }
    let key: &Arc<str> = match key {
        Value::String(key) => key,
        _ => return None,
    };
    let value = match rest {
        [] => value.clone(),
        rest => {
            let empty = Context::new();
            let inner = match context.get(key) {
                Some(Value::Context(inner)) => inner,
                Some(Value::Null) | None => &empty,
                Some(_) => return None,
            };
            put(inner, rest, value)?
        }
    };
    let mut result = context.clone();
    result.insert(key.clone(), value);
    Some(Value::from(result))
}

fn merge(arguments: &[Value]) -> Option<Value> {
    let contexts = match arguments {
        [Value::List(items)] => items,
        contexts => contexts,
    };
    let mut result = Context::new();
    for context in contexts {
        for (name, value) in context.as_context()?.iter() {
            result.insert(name.clone(), value.clone());
        }
    }
    Some(Value::from(result))
}
