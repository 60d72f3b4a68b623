//! Values at the border of a model: where inputs are found, and how what comes from JSON is read.

use std::sync::Arc;

use super::graph::Element;
use crate::eval::{Eval, Evaluator, Stop};
use crate::number::Number;
use crate::parse::temporal;
use crate::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};
use crate::types::Type;
use crate::value::{Context, Value};

/// The value given for an input. That of an imported model stands in a context with the name of the
/// import, or under its qualified name; if there is none, an input of the plain name serves all
/// models that ask for it.
pub(super) fn find(inputs: &Context, element: &Element) -> Option<Value> {
    let mut context = Some(inputs);
    for import in element.path.iter() {
        context = context
            .and_then(|it| it.get(import))
            .and_then(Value::as_context);
    }
    context
        .and_then(|it| it.get(&element.name))
        .or_else(|| qualified(inputs, element))
        .or_else(|| inputs.get(&element.name))
        .cloned()
}

/// The value under `import.name`.
fn qualified<'i>(inputs: &'i Context, element: &Element) -> Option<&'i Value> {
    if element.path.is_empty() {
        return None;
    }
    let mut name = element.path.join(".");
    name.push('.');
    name.push_str(&element.name);
    inputs.get(&name)
}

/// What JSON cannot say is read by the declared type: dates, times and durations come as texts,
/// numbers that no binary fraction carries as well, and entries that are missing are `null`.
pub(super) fn read(value: Value, of: &Type, evaluator: &mut Evaluator<'_>) -> Eval {
    match (of.plain(), &value) {
        (Type::List(of), Value::List(items)) if is_read(of) => {
            let mut read_items = Vec::with_capacity(items.len());
            for item in items.iter() {
                evaluator.charge(1)?;
                read_items.push(read(item.clone(), of, evaluator)?);
            }
            evaluator.list(read_items)
        }
        (Type::List(of), single) if !matches!(single, Value::List(_)) => read(value, of, evaluator),
        (Type::Context(entries), Value::Context(context)) => {
            read_entries(context, entries, evaluator)
        }
        (of, Value::String(text)) => Ok(lexical(of, text).unwrap_or(value)),
        _ => Ok(value),
    }
}

/// Whether values of the type come in another form in JSON.
fn is_read(of: &Type) -> bool {
    !matches!(of.plain(), Type::Any | Type::Boolean | Type::String)
}

fn read_entries(
    context: &Arc<Context>,
    entries: &[(Arc<str>, Type)],
    evaluator: &mut Evaluator<'_>,
) -> Result<Value, Stop> {
    let mut result = Context::clone(context);
    for (name, of) in entries {
        evaluator.charge(1)?;
        let entry = context.get(name).cloned().unwrap_or_default();
        let entry = read(entry, of, evaluator)?;
        result.insert(name.clone(), entry);
    }
    evaluator.context(result)
}

fn lexical(of: &Type, text: &str) -> Option<Value> {
    match of {
        Type::Number => text.parse::<Number>().ok().map(Value::Number),
        Type::Date => Date::parse(text).map(Value::Date),
        Type::Time => Time::parse(text).map(Value::Time),
        Type::DateTime => DateTime::parse(text)
            .map(Value::DateTime)
            .or_else(|| temporal(text).filter(|it| matches!(it, Value::Date(_)))),
        Type::DaysTimeDuration => DaysTimeDuration::parse(text).map(Value::DaysTimeDuration),
        Type::YearsMonthsDuration => {
            YearsMonthsDuration::parse(text).map(Value::YearsMonthsDuration)
        }
        _ => None,
    }
}
