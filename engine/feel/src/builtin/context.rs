//! Contexts.

use std::sync::Arc;

use super::argument::{context, list, text};
use super::{Builtin, Family};
use crate::value::{Context, Value};

pub(super) const FAMILY: Family = Family {
    title: "Contexts",
    clause: "10.3.4.11",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::pure(
        "get value",
        &[
            "m: context, key: string -> Any",
            "context: context, keys: list<string> -> Any",
        ],
        get_value,
    )
    .doc(
        "The value of an entry, or of an entry at the end of a path of keys (the path is not in the \
         standard).",
        &[
            ("get value({key1: \"value1\"}, \"key1\")", "\"value1\""),
            ("get value({a: {b: 1}}, [\"a\", \"b\"])", "1"),
            ("get value({a: 1}, \"b\")", "null"),
        ],
    ),
    Builtin::pure("get entries", &["m: context -> list<context>"], get_entries).doc(
        "The entries as a list of contexts with `key` and `value`.",
        &[("get entries({a: 1})", "[{key: \"a\", value: 1}]")],
    ),
    Builtin::pure(
        "context",
        &["entries: list<context> -> context"],
        from_entries,
    )
    .doc(
        "A context of entries, each a context with `key` and `value`.",
        &[
            (
                "context([{key: \"a\", value: 1}, {key: \"b\", value: 2}])",
                "{a: 1, b: 2}",
            ),
            ("context([{key: \"a\"}])", "null"),
        ],
    ),
    Builtin::pure(
        "context put",
        &[
            "context: context, key: string, value: Any -> context",
            "context: context, keys: list<string>, value: Any -> context",
        ],
        |arguments| match &arguments[1] {
            Value::List(keys) => put(context(&arguments[0])?, keys, &arguments[2]),
            key => put(
                context(&arguments[0])?,
                std::slice::from_ref(key),
                &arguments[2],
            ),
        },
    )
    .doc(
        "The context with an entry added or replaced, also at the end of a path of keys.",
        &[
            ("context put({x: 1}, \"y\", 2)", "{x: 1, y: 2}"),
            (
                "context put({x: 1, y: {a: 0}}, [\"y\", \"a\"], 2)",
                "{x: 1, y: {a: 2}}",
            ),
            ("context put({x: 1}, [], 2)", "null"),
        ],
    ),
    Builtin::pure(
        "context merge",
        &["contexts: list<context> -> context"],
        merge,
    )
    .doc(
        "One context of all entries; of entries with the same key the last one counts.",
        &[(
            "context merge([{x: 1, y: 0}, {y: 2}])",
            "{x: 1, y: 2}",
        )],
    ),
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
    let mut result = Context::new();
    for context in list(&arguments[0])? {
        for (name, value) in context.as_context()?.iter() {
            result.insert(name.clone(), value.clone());
        }
    }
    Some(Value::from(result))
}
