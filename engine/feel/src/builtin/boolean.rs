//! Truth values.

use super::argument::single;
use super::{Builtin, Family};
use crate::value::Value;

pub(super) const FAMILY: Family = Family {
    title: "Truth values",
    clause: "10.3.4.2",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::pure("not", &["negand: boolean -> boolean"], |arguments| {
        single(&arguments[0])
            .as_boolean()
            .map(|value| Value::Boolean(!value))
    })
    .doc(
        "The opposite truth value; null for what is none.",
        &[("not(true)", "false"), ("not(null)", "null")],
    ),
    Builtin::pure("is defined", &["value: Any -> boolean"], |arguments| {
        Some(Value::Boolean(!arguments[0].is_null()))
    })
    .doc(
        "Whether the value is anything but null. Not in the standard.",
        &[("is defined(1)", "true"), ("is defined({a: 1}.b)", "false")],
    ),
    Builtin::pure("get or else", &["value: T, default: T -> T"], |arguments| {
        let given = if arguments[0].is_null() {
            &arguments[1]
        } else {
            &arguments[0]
        };
        Some(given.clone())
    })
    .doc(
        "The value, or the default where it is null. Not in the standard.",
        &[("get or else(null, 2)", "2"), ("get or else(1, 2)", "1")],
    ),
];
