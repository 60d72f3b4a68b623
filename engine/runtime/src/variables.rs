//! Variables on their way in and out: JSON of a client or a plugin, and the exact form in which a
//! stored continuation carries them.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tongban_core::variable::Variables;
use tongban_feel::json::{from_json, to_json};
use tongban_feel::number::Number;
use tongban_feel::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};
use tongban_feel::value::{Context, NESTING_MAX, Value};

use crate::error::{CommandError, UserError};

/// The variables of a JSON object that came with a command.
pub(crate) fn from_client(json: &Json, bytes_max: usize) -> Result<Variables, CommandError> {
    let members = match json {
        Json::Null => return Ok(Variables::new()),
        Json::Object(members) => members,
        Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            let reason = [("reason", "variables must be a JSON object")];
            return Err(UserError::new("INVALID_INPUT", &reason)
                .at("/variables")
                .into());
        }
    };
    let bytes = approximate_bytes(json);
    if bytes > bytes_max {
        let (bytes, max) = (bytes.to_string(), bytes_max.to_string());
        let parameters = [("bytes", bytes.as_str()), ("max", max.as_str())];
        return Err(UserError::new("VARIABLES_TOO_LARGE", &parameters)
            .at("/variables")
            .into());
    }
    if nesting(json) > usize::from(NESTING_MAX) {
        let reason = [("reason", "variables are nested too deeply")];
        return Err(UserError::new("INVALID_INPUT", &reason)
            .at("/variables")
            .into());
    }
    Ok(from_members(members))
}

/// The variables of a JSON object; what is no object has none.
pub(crate) fn from_plugin(json: &Json) -> Variables {
    json.as_object().map(from_members).unwrap_or_default()
}

fn from_members(members: &Map<String, Json>) -> Variables {
    members
        .iter()
        .map(|(name, value)| (Arc::from(name.as_str()), from_json(value)))
        .collect()
}

/// The JSON object of variables. Ranges and functions, which JSON cannot say, are left out.
pub(crate) fn to_object(variables: &Variables) -> Map<String, Json> {
    let entries = variables.iter();
    entries
        .filter_map(|(name, value)| Some((name.to_string(), to_json(value).ok()?)))
        .collect()
}

/// The variables as the context of an expression or a decision.
pub(crate) fn to_context(variables: &Variables) -> Context {
    variables
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn approximate_bytes(json: &Json) -> usize {
    match json {
        Json::Null | Json::Bool(_) => 4,
        Json::Number(_) => 8,
        Json::String(text) => text.len() + 2,
        Json::Array(items) => {
            items
                .iter()
                .map(|item| approximate_bytes(item) + 1)
                .sum::<usize>()
                + 2
        }
        Json::Object(members) => {
            let sizes = members
                .iter()
                .map(|(name, value)| name.len() + approximate_bytes(value) + 4);
            sizes.sum::<usize>() + 2
        }
    }
}

fn nesting(json: &Json) -> usize {
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
        Json::Array(items) => 1 + items.iter().map(nesting).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(nesting).max().unwrap_or(0),
    }
}

/// The exact form of variables in a continuation: dates stay dates.
pub(crate) fn encode(variables: &Variables) -> Json {
    let entries = variables.iter();
    Json::Object(
        entries
            .map(|(name, value)| (name.to_string(), encode_value(value)))
            .collect(),
    )
}

fn encode_value(value: &Value) -> Json {
    match value {
        Value::Null | Value::Range(_) | Value::Function(_) => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::String(text) => Json::String(text.to_string()),
        Value::Number(number) => json!({"n": number.to_string()}),
        Value::Date(date) => json!({"d": date.to_string()}),
        Value::Time(time) => json!({"t": time.to_string()}),
        Value::DateTime(date_time) => json!({"dt": date_time.to_string()}),
        Value::DaysTimeDuration(duration) => json!({"dtd": duration.to_string()}),
        Value::YearsMonthsDuration(duration) => json!({"ymd": duration.to_string()}),
        Value::List(items) => Json::Array(items.iter().map(encode_value).collect()),
        Value::Context(context) => {
            let entries = context.iter();
            let members: Map<String, Json> = entries
                .map(|(name, value)| (name.to_string(), encode_value(value)))
                .collect();
            json!({"c": members})
        }
    }
}

/// The variables that [`encode`] wrote; `None` if the text was not written by it.
pub(crate) fn decode(json: &Json) -> Option<Variables> {
    let members = json.as_object()?.iter();
    members
        .map(|(name, value)| Some((Arc::from(name.as_str()), decode_value(value)?)))
        .collect()
}

fn decode_value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(_) => return None,
        Json::Array(items) => Value::list(items.iter().map(decode_value).collect::<Option<_>>()?),
        Json::Object(members) => {
            let (tag, value) = members.iter().next()?;
            if tag == "c" {
                let entries = value.as_object()?.iter();
                let context: Option<Context> = entries
                    .map(|(name, it)| Some((name.as_str(), decode_value(it)?)))
                    .collect();
                return Some(Value::from(context?));
            }
            let text = value.as_str()?;
            match tag.as_str() {
                "n" => Value::Number(text.parse::<Number>().ok()?),
                "d" => Value::Date(Date::parse(text)?),
                "t" => Value::Time(Time::parse(text)?),
                "dt" => Value::DateTime(DateTime::parse(text)?),
                "dtd" => Value::DaysTimeDuration(DaysTimeDuration::parse(text)?),
                "ymd" => Value::YearsMonthsDuration(YearsMonthsDuration::parse(text)?),
                _ => return None,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_back_from_a_continuation_as_they_were() {
        let variables: Variables = [
            (
                Arc::from("date"),
                Value::Date(Date::parse("2026-04-07").unwrap()),
            ),
            (Arc::from("amount"), Value::Number("0.10".parse().unwrap())),
            (
                Arc::from("list"),
                Value::list(vec![Value::from(true), Value::Null]),
            ),
            (
                Arc::from("context"),
                Value::from(Context::from_iter([("n", Value::from("x"))])),
            ),
        ]
        .into_iter()
        .collect();
        assert_eq!(decode(&encode(&variables)), Some(variables));
    }

    #[test]
    fn variables_that_are_too_large_are_refused() {
        let error = from_client(&json!({"text": "x".repeat(100)}), 50).unwrap_err();
        assert_eq!(error.code(), "VARIABLES_TOO_LARGE");
    }

    #[test]
    fn variables_that_are_no_object_are_refused() {
        assert_eq!(
            from_client(&json!([1]), 50).unwrap_err().code(),
            "INVALID_INPUT"
        );
    }
}
