//! What a new version of a plugin no longer accepts or no longer gives, compared with an old one.
//!
//! Whoever calls an operation counts on its input being accepted and its output being there;
//! records that are stored count on their schema. A version that widens is compatible; one that
//! narrows what is in use is refused by whoever activates it. It knows nothing of who uses what.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::plugin::Plugin;

/// Schemas within schemas that are compared.
const DEPTH_MAX: usize = 30;

/// One thing that a new version narrows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Narrowing {
    /// What it concerns.
    pub subject: Subject,
    /// JSON Pointer of the field; empty for the whole.
    pub field: String,
    /// What changed, in English, for whoever has to decide.
    pub change: String,
}

/// What a narrowing concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The input of an operation.
    Input(String),
    /// The output of an operation.
    Output(String),
    /// A record kind.
    Record(String),
    /// A kind of check.
    Check(String),
    /// A parameter.
    Parameter(String),
}

/// Everything in which `new` is narrower than `old`.
pub fn between(old: &Plugin, new: &Plugin) -> Vec<Narrowing> {
    let mut found = Vec::new();
    operations(old, new, &mut found);
    records(old, new, &mut found);
    let missing = old.manifest().checks.iter().map(|it| &it.kind);
    let missing = missing.filter(|it| new.manifest().check(it).is_none());
    found.extend(missing.map(|it| removed(Subject::Check(it.clone()))));
    for parameter in &old.manifest().parameters {
        let subject = || Subject::Parameter(parameter.key.clone());
        match new.manifest().parameter(&parameter.key) {
            None => found.push(removed(subject())),
            Some(now) if now.r#type != parameter.r#type => found.push(Narrowing {
                subject: subject(),
                field: String::new(),
                change: format!(
                    "its type was {:?} and is {:?}",
                    parameter.r#type, now.r#type
                ),
            }),
            Some(_) => {}
        }
    }
    found.sort();
    found
}

fn removed(subject: Subject) -> Narrowing {
    Narrowing {
        subject,
        field: String::new(),
        change: "it is removed".to_owned(),
    }
}

fn operations(old: &Plugin, new: &Plugin, found: &mut Vec<Narrowing>) {
    for operation in &old.manifest().operations {
        let Some(now) = new.manifest().operation(&operation.name) else {
            found.push(removed(Subject::Input(operation.name.clone())));
            continue;
        };
        if operation.exposed && !now.exposed {
            found.push(Narrowing {
                subject: Subject::Input(operation.name.clone()),
                field: String::new(),
                change: "it is no longer exposed".to_owned(),
            });
        }
        let input = (document(old, &operation.input), document(new, &now.input));
        let subject = Subject::Input(operation.name.clone());
        compare(input, Direction::Given, &subject, found);
        let output = (document(old, &operation.output), document(new, &now.output));
        let subject = Subject::Output(operation.name.clone());
        compare(output, Direction::Taken, &subject, found);
    }
}

fn records(old: &Plugin, new: &Plugin, found: &mut Vec<Narrowing>) {
    for record in &old.manifest().records {
        let subject = Subject::Record(record.kind.clone());
        let Some(now) = new.manifest().record(&record.kind) else {
            found.push(removed(subject));
            continue;
        };
        for filter in &record.filters {
            if !now.filters.iter().any(|it| it == filter) {
                found.push(Narrowing {
                    subject: subject.clone(),
                    field: filter.path.clone(),
                    change: format!("its filter {} is removed or changed", filter.name),
                });
            }
        }
        let schemas = (document(old, &record.schema), document(new, &now.schema));
        compare(schemas, Direction::Given, &subject, found);
    }
}

fn document<'p>(plugin: &'p Plugin, path: &str) -> &'p Value {
    plugin.schema(path).map_or(&Value::Null, |it| it.document())
}

/// Who depends on a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    /// Whoever gives values: what was accepted has to be accepted.
    Given,
    /// Whoever takes values: what was there has to be there.
    Taken,
}

fn compare(
    (old, new): (&Value, &Value),
    direction: Direction,
    subject: &Subject,
    found: &mut Vec<Narrowing>,
) {
    let mut comparison = Comparison {
        roots: (old, new),
        direction,
        subject,
        found,
    };
    comparison.schemas((old, new), "", 0);
}

struct Comparison<'c> {
    roots: (&'c Value, &'c Value),
    direction: Direction,
    subject: &'c Subject,
    found: &'c mut Vec<Narrowing>,
}

impl<'c> Comparison<'c> {
    fn note(&mut self, field: &str, change: impl Into<String>) {
        let narrowing = Narrowing {
            subject: self.subject.clone(),
            field: field.to_owned(),
            change: change.into(),
        };
        if !self.found.contains(&narrowing) {
            self.found.push(narrowing);
        }
    }

    fn schemas(&mut self, (old, new): (&Value, &Value), field: &str, depth: usize) {
        let (old_root, new_root) = self.roots;
        let (old, new) = (resolved(old_root, old), resolved(new_root, new));
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
            return;
        };
        if depth > DEPTH_MAX {
            return;
        }
        if alternatives(old).is_some() || alternatives(new).is_some() {
            self.alternatives(old, new, field, depth);
            return;
        }
        self.types(old, new, field);
        self.choices(old, new, field);
        if self.direction == Direction::Given {
            self.bounds(old, new, field);
        }
        self.properties(old, new, field, depth);
        if let (Some(old), Some(new)) = (old.get("items"), new.get("items")) {
            self.schemas((old, new), &format!("{field}/*"), depth + 1);
        }
    }

    /// Each alternative of the side that is used needs one on the other side that serves it.
    fn alternatives(
        &mut self,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        field: &str,
        depth: usize,
    ) {
        let (before, after) = (branches(old), branches(new));
        let used = match self.direction {
            Direction::Given => before.len(),
            Direction::Taken => after.len(),
        };
        for position in 0..used {
            let served = match self.direction {
                Direction::Given => after
                    .iter()
                    .any(|it| self.serves((before[position], *it), field, depth)),
                Direction::Taken => before
                    .iter()
                    .any(|it| self.serves((*it, after[position]), field, depth)),
            };
            if !served {
                let change = match self.direction {
                    Direction::Given => "one of its forms is no longer accepted",
                    Direction::Taken => "it may now have another form",
                };
                self.note(field, change);
            }
        }
    }

    fn serves(
        &self,
        (old, new): (&Map<String, Value>, &Map<String, Value>),
        field: &str,
        depth: usize,
    ) -> bool {
        let mut found = Vec::new();
        let (old, new) = (Value::Object(old.clone()), Value::Object(new.clone()));
        let mut comparison = Comparison {
            roots: (self.roots.0, self.roots.1),
            direction: self.direction,
            subject: self.subject,
            found: &mut found,
        };
        comparison.schemas((&old, &new), field, depth + 1);
        found.is_empty()
    }

    fn types(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, field: &str) {
        let (before, after) = (types_of(old), types_of(new));
        if before.is_empty() || after.is_empty() {
            if before.is_empty() && !after.is_empty() && self.direction == Direction::Given {
                self.note(field, format!("it may only be {}", listed(&after)));
            }
            return;
        }
        // An integer is a number to whoever gives it.
        let accepts = |set: &BTreeSet<&str>, it: &str| {
            set.contains(it) || it == "integer" && set.contains("number")
        };
        let (narrow, wide) = match self.direction {
            Direction::Given => (&after, &before),
            Direction::Taken => (&before, &after),
        };
        let lost: BTreeSet<&str> = wide
            .iter()
            .copied()
            .filter(|it| !accepts(narrow, it))
            .collect();
        if !lost.is_empty() {
            let change = match self.direction {
                Direction::Given => format!("it may no longer be {}", listed(&lost)),
                Direction::Taken => format!("it may now be {}", listed(&lost)),
            };
            self.note(field, change);
        }
    }

    fn choices(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, field: &str) {
        let values = |schema: &Map<String, Value>| schema.get("enum")?.as_array().cloned();
        let (before, after) = (values(old), values(new));
        let lost: Vec<Value> = match (self.direction, before, after) {
            (Direction::Given, None, Some(_)) => {
                self.note(field, "only certain values are accepted now");
                return;
            }
            (Direction::Given, Some(before), Some(after)) => before
                .into_iter()
                .filter(|it| !after.contains(it))
                .collect(),
            (Direction::Taken, Some(before), Some(after)) => after
                .into_iter()
                .filter(|it| !before.contains(it))
                .collect(),
            (Direction::Given, _, None) | (Direction::Taken, None, _) => return,
            (Direction::Taken, Some(_), None) => {
                self.note(field, "it may now be any value");
                return;
            }
        };
        if !lost.is_empty() {
            let texts: Vec<String> = lost.iter().take(10).map(Value::to_string).collect();
            let change = match self.direction {
                Direction::Given => format!("it may no longer be {}", texts.join(", ")),
                Direction::Taken => format!("it may now be {}", texts.join(", ")),
            };
            self.note(field, change);
        }
    }

    /// Bounds that have become tighter, and patterns that have changed.
    fn bounds(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, field: &str) {
        let floors = [
            "minimum",
            "exclusiveMinimum",
            "minLength",
            "minItems",
            "minProperties",
        ];
        let ceilings = [
            "maximum",
            "exclusiveMaximum",
            "maxLength",
            "maxItems",
            "maxProperties",
        ];
        let number = |schema: &Map<String, Value>, key: &str| schema.get(key)?.as_i64();
        for key in floors {
            if let Some(after) = number(new, key)
                && number(old, key).is_none_or(|before| after > before)
            {
                self.note(field, format!("{key} is {after}"));
            }
        }
        for key in ceilings {
            if let Some(after) = number(new, key)
                && number(old, key).is_none_or(|before| after < before)
            {
                self.note(field, format!("{key} is {after}"));
            }
        }
        for key in ["pattern", "format", "const", "multipleOf", "uniqueItems"] {
            let after = new.get(key).filter(|it| **it != Value::Bool(false));
            if after.is_some() && after != old.get(key) {
                self.note(field, format!("{key} is new or changed"));
            }
        }
    }

    fn properties(
        &mut self,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        field: &str,
        depth: usize,
    ) {
        let (before, after) = (required_of(old), required_of(new));
        match self.direction {
            Direction::Given => {
                for name in after.difference(&before) {
                    self.note(&format!("{field}/{name}"), "it is required now");
                }
            }
            Direction::Taken => {
                for name in before.difference(&after) {
                    self.note(&format!("{field}/{name}"), "it may be missing now");
                }
            }
        }
        let Some(old_properties) = old.get("properties").and_then(Value::as_object) else {
            return;
        };
        let new_properties = new.get("properties").and_then(Value::as_object);
        let is_closed = new.get("additionalProperties") == Some(&Value::Bool(false));
        for (name, old) in old_properties {
            let place = format!("{field}/{name}");
            match new_properties.and_then(|it| it.get(name)) {
                Some(new) => self.schemas((old, new), &place, depth + 1),
                None if is_closed || self.direction == Direction::Taken => {
                    self.note(&place, "it is removed");
                }
                None => {}
            }
        }
    }
}

/// What a `$ref` within the document points to.
fn resolved<'d>(root: &'d Value, schema: &'d Value) -> &'d Value {
    let mut schema = schema;
    for _ in 0..DEPTH_MAX {
        let reference = schema.get("$ref").and_then(Value::as_str);
        match reference.and_then(|it| root.pointer(it.strip_prefix('#')?)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

fn alternatives(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    let any = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    any.and_then(Value::as_array)
}

fn branches(schema: &Map<String, Value>) -> Vec<&Map<String, Value>> {
    match alternatives(schema) {
        Some(all) => all.iter().filter_map(Value::as_object).collect(),
        None => vec![schema],
    }
}

fn types_of(schema: &Map<String, Value>) -> BTreeSet<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => BTreeSet::from([one.as_str()]),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

fn required_of(schema: &Map<String, Value>) -> BTreeSet<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn listed(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(direction: Direction, old: Value, new: Value, expected: &[&str]) {
        let mut found = Vec::new();
        let subject = Subject::Input("act".to_owned());
        compare((&old, &new), direction, &subject, &mut found);
        let lines: Vec<String> = found
            .iter()
            .map(|it| format!("{} {}", it.field, it.change))
            .collect();
        assert_eq!(lines, expected);
    }

    fn object(required: &[&str], properties: Value) -> Value {
        json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
    }

    #[test]
    fn an_input_may_accept_more_but_not_less() {
        let old = object(
            &["a"],
            json!({ "a": { "type": "string" }, "b": { "type": ["integer", "null"] } }),
        );
        let wider = object(
            &[],
            json!({ "a": { "type": "string" }, "b": { "type": ["number", "null"] }, "c": {} }),
        );
        check(Direction::Given, old.clone(), wider, &[]);
        let narrower = object(&["a", "c"], json!({ "b": { "type": "integer" }, "c": {} }));
        check(
            Direction::Given,
            old,
            narrower,
            &[
                "/c it is required now",
                "/a it is removed",
                "/b it may no longer be null",
            ],
        );
    }

    #[test]
    fn an_output_may_give_more_but_not_less() {
        let old = object(
            &["a"],
            json!({ "a": { "enum": ["X", "Y"] }, "b": { "type": "string" } }),
        );
        let more = object(
            &["a", "c"],
            json!({ "a": { "enum": ["X"] }, "b": { "type": "string" }, "c": {} }),
        );
        check(Direction::Taken, old.clone(), more, &[]);
        let less = object(&[], json!({ "a": { "enum": ["X", "Z"] } }));
        check(
            Direction::Taken,
            old,
            less,
            &[
                "/a it may be missing now",
                "/a it may now be \"Z\"",
                "/b it is removed",
            ],
        );
    }

    #[test]
    fn bounds_and_choices_are_compared_behind_references() {
        let old = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "properties": { "x": { "$ref": "#/$defs/n" } } }, "n": { "type": "integer", "maximum": 10 } } });
        let new =
            json!({ "properties": { "x": { "type": "integer", "maximum": 9, "minimum": 1 } } });
        check(
            Direction::Given,
            old,
            new,
            &["/x minimum is 1", "/x maximum is 9"],
        );
        let optional = |name: &str| json!({ "anyOf": [{ "$ref": format!("#/$defs/{name}") }, { "type": "null" }], "$defs": { "a": { "type": "string" }, "b": { "type": "integer" } } });
        check(Direction::Given, optional("a"), optional("a"), &[]);
        check(
            Direction::Given,
            optional("a"),
            optional("b"),
            &[" one of its forms is no longer accepted"],
        );
        check(
            Direction::Given,
            json!({ "items": { "enum": [1, 2] } }),
            json!({ "items": { "enum": [2] } }),
            &["/* it may no longer be 1"],
        );
    }
}
