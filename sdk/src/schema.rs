//! JSON Schema 2020-12 of Rust types, in the shape the server reads; native only.
//!
//! The schemas are files of the plugin, generated and committed: `sdk/harness` writes and
//! compares them.

use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value};

/// The schema of what is read into this type: an operation's input.
pub fn read<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of what this type writes: an operation's output, a record's body.
pub fn written<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn generate<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let mut schema = SchemaGenerator::new(settings)
        .into_root_schema_for::<T>()
        .to_value();
    simplify(&mut schema);
    schema
}

/// Where a schema would let floating-point numbers in: money, credits and measures are integers
/// of the smallest unit, since a float is not what was typed.
///
/// ```
/// #[derive(schemars::JsonSchema)]
/// struct Grant { amount: f64 }
/// let schema = tongban_sdk::schema::read::<Grant>();
/// assert_eq!(tongban_sdk::schema::floats(&schema), ["/properties/amount"]);
/// ```
pub fn floats(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_floats(schema, String::new(), &mut found);
    found
}

fn collect_floats(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(schema) => {
            if is_number(schema) {
                found.push(path);
                return;
            }
            for (key, value) in schema {
                collect_floats(value, format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (idx, value) in items.iter().enumerate() {
                collect_floats(value, format!("{path}/{idx}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_number(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "number",
        Some(Value::Array(names)) => names.iter().any(|name| name == "number"),
        _ => false,
    }
}

/// An enum whose variants have docs comes as `oneOf` of constants, one without as `enum`: the
/// second form for both, so that each reader needs to know one. The docs stay, as
/// `x-enum-descriptions`.
fn simplify(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            schema.values_mut().for_each(simplify);
            simplify_enum(schema);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn simplify_enum(schema: &mut Map<String, Value>) {
    let Some(Value::Array(variants)) = schema.get("oneOf") else {
        return;
    };
    let mut names = Vec::new();
    let mut descriptions = Map::new();
    for variant in variants {
        let described = variant.get("description");
        if let Some(Value::Array(plain)) = variant.get("enum") {
            names.extend(plain.iter().cloned());
            continue;
        }
        let Some(Value::String(name)) = variant.get("const") else {
            return;
        };
        names.push(Value::from(name.as_str()));
        if let Some(text) = described {
            descriptions.insert(name.clone(), text.clone());
        }
    }
    schema.remove("oneOf");
    schema.insert("type".to_owned(), Value::from("string"));
    schema.insert("enum".to_owned(), Value::Array(names));
    if !descriptions.is_empty() {
        schema.insert(
            "x-enum-descriptions".to_owned(),
            Value::Object(descriptions),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(JsonSchema, Serialize)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    enum State {
        /// 已提交
        Submitted,
        CoolingOff,
    }

    #[derive(JsonSchema, Serialize)]
    struct Case {
        state: State,
        rate: Option<f32>,
    }

    #[test]
    fn a_described_enum_is_a_plain_enum() {
        let schema = written::<Case>();
        let state = &schema["$defs"]["State"];
        assert_eq!(
            state["enum"].as_array().map(Vec::len),
            Some(2),
            "{schema:#}"
        );
        assert_eq!(state["x-enum-descriptions"]["SUBMITTED"], "已提交");
        assert_eq!(state.get("oneOf"), None);
    }

    #[test]
    fn an_optional_float_is_found() {
        assert_eq!(floats(&written::<Case>()), ["/properties/rate"]);
    }
}
