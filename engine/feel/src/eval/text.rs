//! Values as text, as FEEL's `string` writes them.

use crate::lex;
use crate::value::{Bound, Value};

/// The text of a value; a string is its own text.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => {
            let mut text = String::new();
            write(&mut text, other);
            text
        }
    }
}

fn write(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => write_string(text, string),
        Value::Date(date) => text.push_str(&date.to_string()),
        Value::Time(time) => text.push_str(&time.to_string()),
        Value::DateTime(date_time) => text.push_str(&date_time.to_string()),
        Value::DaysTimeDuration(duration) => text.push_str(&duration.to_string()),
        Value::YearsMonthsDuration(duration) => text.push_str(&duration.to_string()),
        Value::List(items) => {
            text.push('[');
            for (idx, item) in items.iter().enumerate() {
                if idx > 0 {
                    text.push_str(", ");
                }
                write(text, item);
            }
            text.push(']');
        }
        Value::Context(context) => {
            text.push('{');
            for (idx, (name, value)) in context.iter().enumerate() {
                if idx > 0 {
                    text.push_str(", ");
                }
                write_name(text, name);
                text.push_str(": ");
                write(text, value);
            }
            text.push('}');
        }
        Value::Range(range) => {
            text.push(if included(&range.start) { '[' } else { '(' });
            write_bound(text, &range.start);
            text.push_str("..");
            write_bound(text, &range.end);
            text.push(if included(&range.end) { ']' } else { ')' });
        }
        Value::Function(function) => text.push_str(&format!("{function:?}")),
    }
}

fn included(bound: &Option<Bound>) -> bool {
    bound.as_ref().is_some_and(|bound| bound.included)
}

fn write_bound(text: &mut String, bound: &Option<Bound>) {
    match bound {
        Some(bound) => write(text, &bound.value),
        None => text.push_str("null"),
    }
}

fn write_name(text: &mut String, name: &str) {
    if lex::name_words(name).is_some() {
        text.push_str(name)
    } else {
        write_string(text, name)
    }
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            _ => text.push(character),
        }
    }
    text.push('"');
}
