//! Between FEEL values and JSON.
//!
//! `serde_json` is built without `arbitrary_precision`, so that an integer beyond 64 bits and every
//! number with a point arrive as a binary fraction. They are read through their shortest decimal
//! text (`0.1` becomes 0.1, never 0.1000000000000000055), which is exact up to 15 digits. A
//! [`Number`] that such a fraction cannot carry is written as a string, so that nothing is lost
//! in silence.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::number::Number;
use crate::value::{Context, Value};

/// A value has no form in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value of type {type_name} has no form in JSON")]
pub struct ToJsonError {
    /// The FEEL type of the value.
    pub type_name: &'static str,
}

/// The JSON form of a value: dates, times and durations as ISO 8601 strings. A date and time in a
/// named zone is written with its offset, since ISO 8601 has no names of zones.
pub fn to_json(value: &Value) -> Result<Json, ToJsonError> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::Number(number) => number_to_json(number),
        Value::String(text) => Json::String(text.to_string()),
        Value::Date(date) => Json::String(date.to_string()),
        Value::Time(time) => Json::String(time.to_string()),
        Value::DateTime(date_time) => Json::String(date_time.with_offset().to_string()),
        Value::DaysTimeDuration(duration) => Json::String(duration.to_string()),
        Value::YearsMonthsDuration(duration) => Json::String(duration.to_string()),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Value::Context(context) => {
            let mut object = Map::with_capacity(context.len());
            for (name, value) in context.iter() {
                object.insert(name.to_string(), to_json(value)?);
            }
            Json::Object(object)
        }
        Value::Range(_) | Value::Function(_) => {
            return Err(ToJsonError {
                type_name: value.type_name(),
            });
        }
    })
}

fn number_to_json(number: &Number) -> Json {
    if let Some(integer) = number.to_i64() {
        return Json::from(integer);
    }
    let text = number.to_string();
    if let Ok(integer) = text.parse::<u64>() {
        return Json::from(integer);
    }
    let fraction = text.parse::<serde_json::Number>();
    match fraction {
        Ok(fraction) if fraction.to_string().parse() == Ok(*number) => Json::Number(fraction),
        Ok(_) | Err(_) => Json::String(text),
    }
}

/// The value of a JSON document. Strings stay strings, whatever they look like.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => number
            .to_string()
            .parse::<Number>()
            .map_or(Value::Null, Value::Number),
        Json::String(text) => Value::String(Arc::from(text.as_str())),
        Json::Array(items) => Value::list(items.iter().map(from_json).collect()),
        Json::Object(entries) => Value::from(context_from_json(entries)),
    }
}

/// The context of a JSON object, as the variables of a process come in.
pub fn context_from_json(entries: &Map<String, Json>) -> Context {
    entries
        .iter()
        .map(|(name, value)| (name.as_str(), from_json(value)))
        .collect()
}

/// The JSON object of a context.
pub fn context_to_json(context: &Context) -> Result<Map<String, Json>, ToJsonError> {
    context
        .iter()
        .map(|(name, value)| Ok((name.to_string(), to_json(value)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DateTime;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_by_their_text() {
        let json: Json = serde_json::from_str("[0.1, 12345678901234567890, 1e3, -7]").unwrap();
        let value = from_json(&json);
        assert_eq!(
            value,
            Value::list(vec![
                Value::Number("0.1".parse().unwrap()),
                Value::Number("12345678901234567890".parse().unwrap()),
                Value::from(1000),
                Value::from(-7),
            ])
        );
    }

    #[test]
    fn a_number_too_long_for_json_becomes_a_string() {
        let third = Number::ONE.checked_div(Number::from(3)).unwrap();
        assert_eq!(
            to_json(&Value::Number(third)).unwrap(),
            Json::String(third.to_string())
        );
        let tenth: Number = "0.1".parse().unwrap();
        assert_eq!(to_json(&Value::Number(tenth)).unwrap().to_string(), "0.1");
    }

    #[test]
    fn a_moment_in_a_named_zone_is_written_with_its_offset() {
        let moment = DateTime::parse("2026-03-05T09:30:00@Asia/Shanghai").unwrap();
        let json = to_json(&Value::DateTime(moment)).unwrap();
        assert_eq!(json, Json::String("2026-03-05T09:30:00+08:00".to_owned()));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (any::<i32>(), 0i32..6).prop_map(|(digits, scale)| {
                let magnitude = u128::from(digits.unsigned_abs());
                Value::Number(Number::from_parts(digits < 0, magnitude, -scale).unwrap())
            }),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("\\PC{1,5}", inner), 0..6)
                    .prop_map(|entries| Value::from(entries.into_iter().collect::<Context>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_comes_back_from_json(value in any_value()) {
            let text = to_json(&value).unwrap().to_string();
            let json: Json = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(from_json(&json), value);
        }
    }
}
