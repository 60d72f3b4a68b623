//! Truth values.

use super::Builtin;
use super::argument::single;
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::pure("not", &[&["negand"]], |arguments| {
        single(&arguments[0])
            .as_boolean()
            .map(|value| Value::Boolean(!value))
    }),
    Builtin::pure("is defined", &[&["value"]], |arguments| {
        Some(Value::Boolean(!arguments[0].is_null()))
    }),
    Builtin::pure("get or else", &[&["value", "default"]], |arguments| {
        let given = if arguments[0].is_null() {
            &arguments[1]
        } else {
            &arguments[0]
        };
        Some(given.clone())
    }),
];
