//! The generated files of a plugin: JSON Schemas, compared with or written from the code, and the
//! agreement of `plugin.toml` with the code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tongban_sdk::{OperationDescriptor, Plugin, RecordDescriptor, schema};

use crate::Problem;
use crate::manifest::{Manifest, RecordKind};

/// What becomes of a schema file that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is a problem.
    Compare,
    /// It is written.
    Write,
}

/// Checks that `plugin.toml` declares exactly the record kinds and operations of the code, and
/// compares or writes the schemas it names. Gives all problems.
pub fn check_or_write(plugin: &Plugin, plugin_dir: &Path, mode: Mode) -> Vec<Problem> {
    let manifest = match Manifest::read(plugin_dir) {
        Ok(manifest) => manifest,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for record in plugin.records {
        check_record(record, &manifest, &mut files, &mut problems);
    }
    for operation in plugin.operations {
        check_operation(operation, &manifest, &mut files, &mut problems);
    }
    undeclared(plugin, &manifest, &mut problems);
    for (file, schema) in &files {
        for place in schema::floats(schema) {
            let text = format!("expected integers of the smallest unit, found a float at {place}");
            problems.push(Problem::new(file, text));
        }
        problems.extend(check_file(plugin_dir, file, schema, mode));
    }
    problems.extend(check_leftovers(plugin_dir, &files));
    problems.sort();
    problems
}

const MANIFEST: &str = "plugin.toml";

fn check_record(
    record: &RecordDescriptor,
    manifest: &Manifest,
    files: &mut Vec<(String, Value)>,
    problems: &mut Vec<Problem>,
) {
    let kind = record.kind;
    let Some(declared) = manifest.record_kind(kind) else {
        let text = format!("expected a `[[record]]` with the kind {kind}, which the code has");
        problems.push(Problem::new(MANIFEST, text));
        files.push((format!("schemas/record/{kind}.json"), (record.schema)()));
        return;
    };
    if declared.schema_version != record.schema_version {
        let (found, expected) = (declared.schema_version, record.schema_version);
        let text =
            format!("{kind}: expected schema_version {expected}, as in the code, found {found}");
        problems.push(Problem::new(MANIFEST, text));
    }
    check_filters(record, declared, problems);
    files.push((declared.schema.clone(), (record.schema)()));
}

/// The guest lays its pending writes over a query by the paths in the code, the server searches by
/// those in the manifest.
fn check_filters(record: &RecordDescriptor, declared: &RecordKind, problems: &mut Vec<Problem>) {
    let kind = record.kind;
    for filter in &declared.filters {
        let in_code = record.filters.iter().find(|it| it.name == filter.name);
        let expected = in_code.map_or_else(|| format!("/{}", filter.name), |it| it.path.to_owned());
        if filter.path != expected {
            let (name, path) = (&filter.name, &filter.path);
            let text = format!(
                "{kind}: the filter {name} lies at {path}; expected {expected}, or in the code \
                 `#[record(filter(name = {name:?}, path = {path:?}))]`"
            );
            problems.push(Problem::new(MANIFEST, text));
        }
    }
    for filter in record.filters {
        if !declared.filters.iter().any(|it| it.name == filter.name) {
            let text = format!(
                "{kind}: expected the filter {}, which the code names",
                filter.name
            );
            problems.push(Problem::new(MANIFEST, text));
        }
    }
}

fn check_operation(
    operation: &OperationDescriptor,
    manifest: &Manifest,
    files: &mut Vec<(String, Value)>,
    problems: &mut Vec<Problem>,
) {
    let name = operation.name;
    let file = |declared: Option<&String>, part: &str| match declared {
        Some(file) if !file.is_empty() => file.clone(),
        _ => format!("schemas/operation/{name}.{part}.json"),
    };
    let declared = manifest.operation(name);
    if declared.is_none() {
        let text = format!("expected an `[[operation]]` with the name {name}, which the code has");
        problems.push(Problem::new(MANIFEST, text));
    }
    for (part, schema) in [
        ("input", (operation.input_schema)()),
        ("output", (operation.output_schema)()),
    ] {
        if schema.get("type") != Some(&Value::from("object")) {
            let text = format!("{name}: expected one JSON object as {part}, found {schema}");
            problems.push(Problem::new(MANIFEST, text));
        }
        let declared = declared.map(|it| {
            if part == "input" {
                &it.input
            } else {
                &it.output
            }
        });
        files.push((file(declared, part), schema));
    }
}

fn undeclared(plugin: &Plugin, manifest: &Manifest, problems: &mut Vec<Problem>) {
    let mut report = |what: &str, name: &str, list: &str| {
        let text = format!("{what} {name} is not in the code: add it to `{list}` of `plugin!`");
        problems.push(Problem::new(MANIFEST, text));
    };
    for record in &manifest.record {
        if !plugin.records.iter().any(|it| it.kind == record.kind) {
            report("the record kind", &record.kind, "records");
        }
    }
    for operation in &manifest.operation {
        if !plugin.operations.iter().any(|it| it.name == operation.name) {
            report("the operation", &operation.name, "operations");
        }
    }
    for (what, names) in [
        (
            "record kind",
            plugin.records.iter().map(|it| it.kind).collect::<Vec<_>>(),
        ),
        (
            "operation",
            plugin.operations.iter().map(|it| it.name).collect(),
        ),
    ] {
        let mut seen = BTreeSet::new();
        for name in names.into_iter().filter(|name| !seen.insert(*name)) {
            let text = format!("the code has the {what} {name} twice");
            problems.push(Problem::new(MANIFEST, text));
        }
    }
}

fn check_file(plugin_dir: &Path, file: &str, schema: &Value, mode: Mode) -> Option<Problem> {
    let path = plugin_dir.join(file);
    let text = format!("{schema:#}\n");
    if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
        return None;
    }
    if mode == Mode::Compare {
        let is_missing = !path.exists();
        let state = if is_missing {
            "is missing"
        } else {
            "differs from the code"
        };
        let text = format!("the file {state}: run the test with TONGBAN_BLESS=1 and commit it");
        return Some(Problem::new(file, text));
    }
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
    written
        .err()
        .map(|error| Problem::new(file, error.to_string()))
}

/// Schemas that nothing names any more.
fn check_leftovers(plugin_dir: &Path, files: &[(String, Value)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in ["schemas/record", "schemas/operation"] {
        let Ok(entries) = std::fs::read_dir(plugin_dir.join(folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let file = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if !files.iter().any(|(it, _)| *it == file) {
                problems.push(Problem::new(
                    file,
                    "nothing in the code has this schema: remove it",
                ));
            }
        }
    }
    problems
}
