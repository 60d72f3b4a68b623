//! JSON Schema 2020-12: compiled once at loading, checked on the way in and on the way out.
//!
//! References stay inside the one document: nothing is fetched from disk or network. Patterns
//! run on an engine without backtracking, so that no input makes them slow.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::call::Violation;
use crate::problem::Problem;

/// Violations reported for one document; more help nobody.
const VIOLATIONS_MAX: usize = 50;
/// Steps followed through `$ref` and its kin when a path is looked up.
const REFERENCES_MAX: usize = 32;

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    document: Value,
    validator: Validator,
}

impl Schema {
    /// Compiles the text of a schema file.
    pub fn compile(file: &str, text: &[u8]) -> Result<Self, Vec<Problem>> {
        let document: Value = serde_json::from_slice(text).map_err(|error| {
            let line = u32::try_from(error.line()).ok();
            vec![Problem::error("HOST-0030", file, format!("expected JSON: {error}")).at(line, "")]
        })?;
        let mut problems = Vec::new();
        references_stay_inside(file, &document, &document, "", &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(pointer) = reference_cycle(&document) {
            let message = "expected references that descend into the document, found a `$ref` that leads back to itself";
            return Err(vec![
                Problem::error("HOST-0030", file, message).field(pointer),
            ]);
        }
        let validator = jsonschema::draft202012::options()
            .offline()
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex())
            .build(&document)
            .map_err(|error| {
                let message = format!("expected JSON Schema 2020-12: {error}");
                let pointer = error.instance_path().as_str().to_owned();
                vec![Problem::error("HOST-0030", file, message).field(pointer)]
            })?;
        Ok(Self {
            document,
            validator,
        })
    }

    /// The schema itself, from which the API derives its types.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// What does not fit; empty if all does.
    pub fn check(&self, instance: &Value) -> Vec<Violation> {
        if self.validator.is_valid(instance) {
            return Vec::new();
        }
        let errors = self.validator.iter_errors(instance).take(VIOLATIONS_MAX);
        errors
            .flat_map(|error| violations(&error))
            .take(VIOLATIONS_MAX)
            .collect()
    }

    /// The sub-schemas that describe the value at a JSON Pointer (`*` or a number for an item
    /// of an array): several where the schema offers alternatives.
    pub fn at(&self, pointer: &str) -> Vec<&Value> {
        let mut found = self.alternatives(&self.document);
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            found = found
                .into_iter()
                .filter_map(|schema| descend(schema, &step))
                .flat_map(|schema| self.alternatives(schema))
                .collect();
        }
        found
    }

    /// The names of the properties at a JSON Pointer.
    pub fn properties_at(&self, pointer: &str) -> Vec<&str> {
        let schemas = self.at(pointer);
        let properties = schemas
            .into_iter()
            .filter_map(|it| it.get("properties")?.as_object());
        properties
            .flat_map(|it| it.keys().map(String::as_str))
            .collect()
    }

    /// The JSON types that the value at a JSON Pointer may have, without `null`.
    pub fn types_at(&self, pointer: &str) -> BTreeSet<&str> {
        let named = self
            .at(pointer)
            .into_iter()
            .flat_map(|schema| match schema.get("type") {
                Some(Value::String(one)) => vec![one.as_str()],
                Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            });
        named.filter(|name| *name != "null").collect()
    }

    /// The schema and everything it stands for in place: `$ref`, `allOf`, `anyOf`, `oneOf`.
    fn alternatives<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let mut found = Vec::new();
        let mut waiting = vec![schema];
        while let Some(schema) = waiting.pop() {
            if found.len() >= REFERENCES_MAX {
                break;
            }
            found.push(schema);
            waiting.extend(in_place(&self.document, schema));
        }
        found
    }
}

fn descend<'s>(schema: &'s Value, step: &str) -> Option<&'s Value> {
    if let Some(property) = schema.get("properties").and_then(|it| it.get(step)) {
        return Some(property);
    }
    let is_item = step == "*" || step.bytes().all(|byte| byte.is_ascii_digit());
    schema.get("items").filter(|_| is_item && !step.is_empty())
}

/// The sub-schemas that apply to the same place of the instance.
fn in_place<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let mut found = Vec::new();
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        found.extend(
            reference
                .strip_prefix('#')
                .and_then(|pointer| root.pointer(pointer)),
        );
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        found.extend(
            schema
                .get(keyword)
                .and_then(Value::as_array)
                .into_iter()
                .flatten(),
        );
    }
    for keyword in ["not", "if", "then", "else"] {
        found.extend(schema.get(keyword));
    }
    if let Some(dependent) = schema.get("dependentSchemas").and_then(Value::as_object) {
        found.extend(dependent.values());
    }
    found
}

/// The pointer of a `$ref` from which one comes back to it without going down in the instance:
/// checking such a schema would never end.
fn reference_cycle(root: &Value) -> Option<String> {
    let mut references = Vec::new();
    each_reference(root, "", &mut |pointer, target| {
        references.push((pointer.to_owned(), target.to_owned()));
    });
    let targets: BTreeSet<&str> = references
        .iter()
        .map(|(_, target)| target.as_str())
        .collect();
    let mut leads_to: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for target in &targets {
        let schema = target
            .strip_prefix('#')
            .and_then(|pointer| root.pointer(pointer));
        leads_to.insert(
            target,
            schema.map_or_else(Vec::new, |it| in_place_references(it)),
        );
    }
    let is_cyclic = |start: &&str| {
        let mut waiting = leads_to.get(start).cloned().unwrap_or_default();
        let mut seen = BTreeSet::new();
        while let Some(target) = waiting.pop() {
            if target == *start {
                return true;
            }
            if seen.insert(target) {
                waiting.extend(leads_to.get(target).into_iter().flatten());
            }
        }
        false
    };
    let cyclic = targets.iter().copied().find(|target| is_cyclic(target))?;
    references
        .iter()
        .find(|(_, target)| target == cyclic)
        .map(|(pointer, _)| pointer.clone())
}

/// The `$ref`s that apply to the same place as this schema, not following them.
fn in_place_references(schema: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut waiting = vec![schema];
    while let Some(schema) = waiting.pop() {
        found.extend(schema.get("$ref").and_then(Value::as_str));
        // With a root that is no object, `in_place` follows no reference.
        waiting.extend(in_place(&Value::Null, schema));
    }
    found
}

fn each_reference(value: &Value, pointer: &str, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let below = format!("{pointer}/{name}");
                match (name.as_str(), field) {
                    ("$ref" | "$dynamicRef", Value::String(target)) => visit(&below, target),
                    _ => each_reference(field, &below, visit),
                }
            }
        }
        Value::Array(items) => {
            for (item_idx, item) in items.iter().enumerate() {
                each_reference(item, &format!("{pointer}/{item_idx}"), visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn references_stay_inside(
    file: &str,
    root: &Value,
    value: &Value,
    pointer: &str,
    problems: &mut Vec<Problem>,
) {
    each_reference(value, pointer, &mut |pointer, target| {
        let known = target
            .strip_prefix('#')
            .is_some_and(|it| root.pointer(it).is_some());
        if !known {
            let message = format!(
                "expected a reference into this file, such as `#/$defs/Name`, found `{target}`"
            );
            problems.push(Problem::error("HOST-0031", file, message).field(pointer));
        }
    });
}

fn violations(error: &ValidationError<'_>) -> Vec<Violation> {
    use ValidationErrorKind as Kind;
    let path = error.instance_path().as_str();
    let one = |code: &str, arguments: &[(&str, String)]| {
        vec![violation(path.to_owned(), code, arguments)]
    };
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![violation(
                format!("{path}/{}", escaped(name)),
                "HOST-0201",
                &[],
            )]
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let unexpected = unexpected.iter();
            let path_of = |name: &String| format!("{path}/{}", escaped(name));
            unexpected
                .map(|name| violation(path_of(name), "HOST-0206", &[]))
                .collect()
        }
        Kind::Type { kind } => one("HOST-0202", &[("expected", type_names(kind))]),
        Kind::Format { format } => one("HOST-0203", &[("expected", format.clone())]),
        Kind::Pattern { pattern } => one("HOST-0203", &[("expected", pattern.clone())]),
        Kind::Minimum { limit } | Kind::ExclusiveMinimum { limit } => {
            one("HOST-0204", &[("limit", limit.to_string())])
        }
        Kind::Maximum { limit } | Kind::ExclusiveMaximum { limit } => {
            one("HOST-0204", &[("limit", limit.to_string())])
        }
        Kind::MinLength { limit } | Kind::MaxLength { limit } => {
            one("HOST-0204", &[("limit", limit.to_string())])
        }
        Kind::MinItems { limit } | Kind::MaxItems { limit } => {
            one("HOST-0204", &[("limit", limit.to_string())])
        }
        Kind::Enum { options } => one("HOST-0205", &[("expected", options.to_string())]),
        Kind::Constant { expected_value } => {
            one("HOST-0205", &[("expected", expected_value.to_string())])
        }
        // The rest have no common remedy; the keyword says where to look in the schema.
        other => one("HOST-0207", &[("keyword", other.keyword().to_owned())]),
    }
}

fn violation(path: String, code: &str, arguments: &[(&str, String)]) -> Violation {
    let pairs = arguments
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    Violation {
        path,
        code: code.to_owned(),
        arguments: pairs.collect(),
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn type_names(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => {
            let names: Vec<String> = several.iter().map(|it| it.to_string()).collect();
            names.join(" | ")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(document: Value) -> Schema {
        Schema::compile("schemas/test.json", document.to_string().as_bytes()).unwrap()
    }

    fn problems(document: Value) -> Vec<&'static str> {
        let result = Schema::compile("schemas/test.json", document.to_string().as_bytes());
        result
            .unwrap_err()
            .into_iter()
            .map(|problem| problem.code)
            .collect()
    }

    #[test]
    fn a_missing_property_is_named_by_its_own_path() {
        let schema = schema(
            json!({"type": "object", "required": ["a/b"], "properties": {"a/b": {}}, "additionalProperties": false}),
        );
        let found = schema.check(&json!({"c": 1}));
        let pairs: Vec<_> = found
            .iter()
            .map(|it| (it.path.as_str(), it.code.as_str()))
            .collect();
        assert!(pairs.contains(&("/a~1b", "HOST-0201")), "{pairs:?}");
        assert!(pairs.contains(&("/c", "HOST-0206")), "{pairs:?}");
    }

    #[test]
    fn references_to_other_documents_are_refused() {
        assert_eq!(
            problems(json!({"$ref": "https://example.com/a.json"})),
            ["HOST-0031"]
        );
        assert_eq!(
            problems(json!({"$ref": "file:///etc/passwd"})),
            ["HOST-0031"]
        );
        assert_eq!(problems(json!({"$ref": "#/$defs/absent"})), ["HOST-0031"]);
    }

    #[test]
    fn a_reference_that_never_descends_is_refused() {
        assert_eq!(problems(json!({"$ref": "#"})), ["HOST-0030"]);
        let two = json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}});
        assert_eq!(problems(two), ["HOST-0030"]);
        schema(json!({"properties": {"child": {"$ref": "#"}}}));
    }

    #[test]
    fn paths_are_found_through_references_and_options() {
        let schema = schema(json!({
            "properties": {"parties": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/party"}, {"type": "null"}]}}},
            "$defs": {"party": {"type": "object", "properties": {"personId": {"type": ["string", "null"]}}}}
        }));
        assert_eq!(
            schema.types_at("/parties/*/personId"),
            BTreeSet::from(["string"])
        );
        assert_eq!(schema.properties_at("/parties/0"), ["personId"]);
        assert!(schema.at("/parties/*/absent").is_empty());
    }

    #[test]
    fn a_deep_document_is_checked_without_exhausting_the_stack() {
        let schema = schema(json!({"properties": {"child": {"$ref": "#"}}}));
        let mut text = "{\"child\":".repeat(120);
        text.push_str("{}");
        text.push_str(&"}".repeat(120));
        let deep: Value = serde_json::from_str(&text).unwrap();
        assert!(schema.check(&deep).is_empty());
    }
}
