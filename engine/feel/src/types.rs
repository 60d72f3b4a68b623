//! Types, as `instance of`, parameters and item definitions name them.

use std::sync::Arc;

use crate::expression::FunctionKind;
use crate::value::Value;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Any,
    Null,
    Boolean,
    Number,
    String,
    Date,
    Time,
    DateTime,
    DaysTimeDuration,
    YearsMonthsDuration,
    List(Box<Type>),
    Context(Vec<(Arc<str>, Type)>),
    AnyContext,
    Range(Box<Type>),
    Function {
        parameters: Vec<Type>,
        result: Box<Type>,
    },
    AnyFunction,
}

impl Type {
    /// The type of this simple name.
    pub(crate) fn simple(name: &str) -> Option<Type> {
        Some(match name {
            "Any" => Type::Any,
            "Null" => Type::Null,
            "boolean" => Type::Boolean,
            "number" => Type::Number,
            "string" => Type::String,
            "date" => Type::Date,
            "time" => Type::Time,
            "date and time" | "dateTime" => Type::DateTime,
            "days and time duration" | "dayTimeDuration" => Type::DaysTimeDuration,
            "years and months duration" | "yearMonthDuration" => Type::YearsMonthsDuration,
            "list" => Type::List(Box::new(Type::Any)),
            "context" => Type::AnyContext,
            "range" => Type::Range(Box::new(Type::Any)),
            "function" => Type::AnyFunction,
            _ => return None,
        })
    }

    /// Whether the value is an instance of the type. `null` belongs to `Null` alone.
    pub(crate) fn has_instance(&self, value: &Value) -> bool {
        match (self, value) {
            (Type::Any, value) => !value.is_null(),
            (Type::Null, Value::Null)
            | (Type::Boolean, Value::Boolean(_))
            | (Type::Number, Value::Number(_))
            | (Type::String, Value::String(_))
            | (Type::Date, Value::Date(_))
            | (Type::Time, Value::Time(_))
            | (Type::DateTime, Value::DateTime(_))
            | (Type::DaysTimeDuration, Value::DaysTimeDuration(_))
            | (Type::YearsMonthsDuration, Value::YearsMonthsDuration(_))
            | (Type::AnyContext, Value::Context(_))
            | (Type::AnyFunction, Value::Function(_)) => true,
            (Type::List(of), Value::List(items)) => items.iter().all(|item| of.conforms(item)),
            (Type::Context(entries), Value::Context(context)) => entries
                .iter()
                .all(|(name, of)| context.get(name).is_some_and(|value| of.conforms(value))),
            (Type::Range(of), Value::Range(range)) => [&range.start, &range.end]
                .iter()
                .all(|bound| bound.as_ref().is_none_or(|bound| of.conforms(&bound.value))),
            (Type::Function { parameters, .. }, Value::Function(function)) => {
                match &function.kind {
                    FunctionKind::Builtin(_) => true,
                    FunctionKind::Defined { code, .. } => {
                        code.parameters.len() == parameters.len()
                            && code
                                .parameters
                                .iter()
                                .zip(parameters)
                                .all(|(formal, of)| formal.of == Type::Any || formal.of == *of)
                    }
                }
            }
            _ => false,
        }
    }

    /// Whether the value may stand where the type is asked for: `null` may stand everywhere.
    pub(crate) fn conforms(&self, value: &Value) -> bool {
        value.is_null() || self.has_instance(value)
    }

    /// The value made fit for the type by FEEL's implicit conversions: a list of one is its item,
    /// a single value is a list of one, a date is the midnight at which it begins.
    pub(crate) fn coerce(&self, value: Value) -> Option<Value> {
        if self.conforms(&value) {
            return Some(value);
        }
        match (self, &value) {
            (Type::List(of), value) if of.conforms(value) => Some(Value::list(vec![value.clone()])),
            (Type::DateTime, Value::Date(date)) => {
                let midnight = date.at_midnight().in_zone(crate::time::Zone::utc());
                Some(Value::DateTime(midnight))
            }
            (of, Value::List(items)) => match &items[..] {
                [item] if of.conforms(item) => Some(item.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The name of the type, for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Type::Any => "Any".to_owned(),
            Type::Null => "Null".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::Date => "date".to_owned(),
            Type::Time => "time".to_owned(),
            Type::DateTime => "date and time".to_owned(),
            Type::DaysTimeDuration => "days and time duration".to_owned(),
            Type::YearsMonthsDuration => "years and months duration".to_owned(),
            Type::List(of) => format!("list<{}>", of.name()),
            Type::Range(of) => format!("range<{}>", of.name()),
            Type::Context(_) | Type::AnyContext => "context".to_owned(),
            Type::Function { .. } | Type::AnyFunction => "function".to_owned(),
        }
    }
}
