//! Whether the keys of a form fit the input of the operation that takes it.
//!
//! A form names its operation in `tongban:operation` at the top level of its JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::schema::Schema;

/// Groups within groups of a form.
const DEPTH_MAX: usize = 20;

pub(super) fn check(
    manifest: &Manifest,
    schemas: &BTreeMap<String, Arc<Schema>>,
    files: &BTreeMap<String, Vec<u8>>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, bytes) in files.iter().filter(|(file, _)| file.starts_with("forms/")) {
        let form: Value = match serde_json::from_slice(bytes) {
            Ok(form) => form,
            Err(error) => {
                let line = u32::try_from(error.line()).ok();
                let message = format!("expected JSON: {error}");
                problems.push(Problem::error("HOST-0050", file, message).at(line, ""));
                continue;
            }
        };
        if !form.get("components").is_some_and(Value::is_array) {
            let message = "expected a form of the form editor with `components`";
            problems.push(Problem::error("HOST-0050", file, message).field("/components"));
            continue;
        }
        let Some(operation) = form.get("tongban:operation") else {
            continue;
        };
        let operation = operation.as_str().and_then(|name| manifest.operation(name));
        let Some(operation) = operation else {
            let known: Vec<&str> = manifest
                .operations
                .iter()
                .map(|it| it.name.as_str())
                .collect();
            let message = format!("expected a declared operation ({})", known.join(", "));
            problems.push(Problem::error("HOST-0052", file, message).field("/tongban:operation"));
            continue;
        };
        if let Some(schema) = schemas.get(&operation.input) {
            let checker = Checker {
                file,
                operation: &operation.name,
                schema,
            };
            checker.components(&form, "", 0, &mut problems);
        }
    }
    problems
}

struct Checker<'c> {
    file: &'c str,
    operation: &'c str,
    schema: &'c Schema,
}

impl Checker<'_> {
    /// Goes through a form or a group; `path` is the JSON Pointer at which its keys begin.
    fn components(&self, holder: &Value, path: &str, depth: usize, problems: &mut Vec<Problem>) {
        let components = holder.get("components").and_then(Value::as_array);
        for component in components
            .into_iter()
            .flatten()
            .filter(|_| depth < DEPTH_MAX)
        {
            let text = |name: &str| component.get(name).and_then(Value::as_str);
            match text("type").unwrap_or_default() {
                "group" => {
                    let path = joined(path, text("path").unwrap_or_default());
                    self.components(component, &path, depth + 1, problems);
                }
                "dynamiclist" => {
                    let path = joined(path, text("path").unwrap_or_default());
                    self.exists(component, &path, problems);
                    self.components(component, &format!("{path}/*"), depth + 1, problems);
                }
                // Shown but never submitted.
                "text" | "html" | "image" | "button" | "separator" | "spacer" | "iframe"
                | "table" | "expression" | "documentPreview" => {}
                kind => self.field(component, kind, path, problems),
            }
        }
    }

    fn field(&self, component: &Value, kind: &str, path: &str, problems: &mut Vec<Problem>) {
        let pairs: Vec<&str> = ["key", "dateLabelKey"]
            .iter()
            .filter_map(|name| component.get(*name).and_then(Value::as_str))
            .collect();
        for key in pairs {
            let path = joined(path, key);
            // A field shown only for reading is not submitted by the clerk's hand.
            let is_shown_only = component.get("disabled").is_some_and(|it| it == true)
                || component.get("readonly").is_some_and(|it| it == true);
            if is_shown_only || !self.exists(component, &path, problems) {
                continue;
            }
            let types = self.schema.types_at(&path);
            let expected: &[&str] = match kind {
                "checkbox" => &["boolean"],
                "number" => &["integer", "number", "string"],
                "checklist" | "taglist" | "filepicker" => &["array", "string"],
                "textfield" | "textarea" | "datetime" => &["string"],
                _ => continue,
            };
            if !types.is_empty() && !expected.iter().any(|it| types.contains(it)) {
                let message = format!(
                    "a {kind} gives {}, but `{path}` in the input of `{}` has the type {types:?}",
                    expected.join(" or "),
                    self.operation
                );
                problems.push(self.problem(component, message));
            }
        }
    }

    fn exists(&self, component: &Value, path: &str, problems: &mut Vec<Problem>) -> bool {
        let exists = !self.schema.at(path).is_empty();
        if !exists {
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            let known = self.schema.properties_at(parent).join(", ");
            let message = format!(
                "`{path}` is not in the input of `{}`; known at this place: {known}",
                self.operation
            );
            problems.push(self.problem(component, message));
        }
        exists
    }

    fn problem(&self, component: &Value, message: String) -> Problem {
        let id = component
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or("(without id)");
        Problem::error("HOST-0051", self.file, message).field(id)
    }
}

/// Form keys use dots between steps.
fn joined(path: &str, key: &str) -> String {
    let steps = key.split('.').filter(|step| !step.is_empty());
    steps.fold(path.to_owned(), |path, step| format!("{path}/{step}"))
}
