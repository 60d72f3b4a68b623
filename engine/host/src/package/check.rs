//! Whether the schemas are what the manifest says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::manifest::{FILE_NAME, FilterType, Manifest, RecordKind};
use crate::problem::Problem;
use crate::schema::Schema;

type Schemas = BTreeMap<String, Arc<Schema>>;

pub(super) fn schemas(manifest: &Manifest, schemas: &Schemas) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (record_idx, record) in manifest.records.iter().enumerate() {
        let field = format!("record[{record_idx}]");
        if let Some(schema) = named(
            &record.schema,
            &format!("{field}.schema"),
            schemas,
            &mut problems,
        ) {
            suits(&record.schema, schema, &mut problems);
            record_paths(record, &field, schema, &mut problems);
        }
    }
    for (operation_idx, operation) in manifest.operations.iter().enumerate() {
        let field = format!("operation[{operation_idx}]");
        let input = named(
            &operation.input,
            &format!("{field}.input"),
            schemas,
            &mut problems,
        );
        let output = named(
            &operation.output,
            &format!("{field}.output"),
            schemas,
            &mut problems,
        );
        for (path, schema) in [(&operation.input, input), (&operation.output, output)] {
            if let Some(schema) = schema {
                suits(path, schema, &mut problems);
            }
        }
        for read in operation
            .reads
            .iter()
            .filter_map(|read| read.snapshot.as_ref())
        {
            if input.is_some_and(|it| it.at(&read.id).is_empty()) {
                problems.push(no_path(
                    &format!("{field}.reads"),
                    &read.id,
                    &operation.input,
                ));
            }
        }
    }
    deadlines(manifest, schemas, &mut problems);
    schedules(manifest, schemas, &mut problems);
    for (file, schema) in schemas {
        fractions(file, schema.document(), "", &mut problems);
    }
    problems
}

/// A mirrored field is a text that may be absent: before the clock runs, and while it is stopped.
fn deadlines(manifest: &Manifest, schemas: &Schemas, problems: &mut Vec<Problem>) {
    for (deadline_idx, deadline) in manifest.deadlines.iter().enumerate() {
        let field = format!("deadline[{deadline_idx}].mirror");
        let record = manifest.record(&deadline.record);
        let schema = record.and_then(|it| Some((it, schemas.get(&it.schema)?)));
        let Some((record, schema)) = schema else {
            continue;
        };
        for path in &deadline.mirror {
            let types = schema.types_at(path);
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let is_required = schema.at(parent).iter().any(|it| {
                let required = it.get("required").and_then(Value::as_array);
                required.is_some_and(|all| all.iter().any(|it| it == name))
            });
            if schema.at(path).is_empty() {
                problems.push(no_path(&field, path, &record.schema));
            } else if !types.is_empty() && !types.contains("string") || is_required {
                let message = format!(
                    "`{path}` of `{}`: expected a text that is not required, since there is no due day while the clock is stopped",
                    record.schema
                );
                problems.push(Problem::error("HOST-0032", FILE_NAME, message).field(&field));
            }
        }
    }
}

/// The record's id must be able to reach the operation.
fn schedules(manifest: &Manifest, schemas: &Schemas, problems: &mut Vec<Problem>) {
    for (schedule_idx, schedule) in manifest.schedules.iter().enumerate() {
        let Some(population) = &schedule.population else {
            continue;
        };
        let operation = manifest.operation(&schedule.operation);
        let schema = operation.and_then(|it| Some((it, schemas.get(&it.input)?)));
        let Some((operation, schema)) = schema else {
            continue;
        };
        if !schema
            .properties_at("")
            .contains(&population.subject.as_str())
        {
            let field = format!("schedule[{schedule_idx}].subject");
            let path = format!("/{}", population.subject);
            problems.push(no_path(&field, &path, &operation.input));
        }
    }
}

fn named<'s>(
    path: &str,
    field: &str,
    schemas: &'s Schemas,
    problems: &mut Vec<Problem>,
) -> Option<&'s Schema> {
    let found = schemas.get(path);
    // A file that is there but broken is reported as such.
    if found.is_none() && !path.is_empty() {
        let message = format!("expected a sound schema at `{path}`, found none");
        problems.push(Problem::error("HOST-0009", FILE_NAME, message).field(field));
    }
    found.map(Arc::as_ref)
}

/// Bodies and documents are objects; their titles name the types of the API.
fn suits(file: &str, schema: &Schema, problems: &mut Vec<Problem>) {
    let document = schema.document();
    if !schema.types_at("").contains("object") {
        let message = "expected `\"type\": \"object\"`";
        problems.push(Problem::error("HOST-0033", file, message).field("/type"));
    }
    let title = document
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_type_name = title.starts_with(|it: char| it.is_ascii_uppercase())
        && title.bytes().all(|it| it.is_ascii_alphanumeric());
    if !is_type_name {
        let message = format!(
            "expected a title such as `DivorceCase`, since it names a type of the API; found `{title}`"
        );
        problems.push(Problem::error("HOST-0033", file, message).field("/title"));
    }
    for name in schema.properties_at("") {
        let fits = name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_')
            && name.starts_with(|it: char| it.is_ascii_alphabetic());
        if !fits {
            let message = "expected a property name of letters, digits and `_`, since it becomes a field of the API";
            problems.push(
                Problem::error("HOST-0033", file, message).field(format!("/properties/{name}")),
            );
        }
    }
}

fn no_path(field: &str, path: &str, schema: &str) -> Problem {
    let message = format!("`{path}` is not in the schema `{schema}`");
    Problem::error("HOST-0032", FILE_NAME, message).field(field)
}

fn record_paths(record: &RecordKind, field: &str, schema: &Schema, problems: &mut Vec<Problem>) {
    let of_unique = record.unique.iter().flat_map(|key| {
        let when = key.when.as_ref().map(|when| &when.path);
        key.paths.iter().chain(when).map(|path| ("unique", path))
    });
    let paths = record
        .parties
        .iter()
        .map(|path| ("parties", path))
        .chain(record.division.iter().map(|path| ("division", path)))
        .chain(of_unique)
        .chain(record.masked.iter().map(|it| ("masked", &it.path)));
    for (list, path) in paths.filter(|(_, path)| schema.at(path).is_empty()) {
        problems.push(no_path(&format!("{field}.{list}"), path, &record.schema));
    }
    for filter in &record.filters {
        let field = format!("{field}.filters");
        let types = schema.types_at(&filter.path);
        let expected = match filter.r#type {
            FilterType::String | FilterType::Date | FilterType::DateTime => "string",
            FilterType::Integer => "integer",
            FilterType::Boolean => "boolean",
        };
        if schema.at(&filter.path).is_empty() {
            problems.push(no_path(&field, &filter.path, &record.schema));
        } else if !types.is_empty() && !types.contains(expected) {
            let message = format!(
                "filter `{}`: expected the type {expected} at `{}` of `{}`, found {types:?}",
                filter.name, filter.path, record.schema
            );
            problems.push(Problem::error("HOST-0032", FILE_NAME, message).field(field));
        }
    }
}

/// Money and credits are integers of the smallest unit; a fraction would be rounded somewhere.
fn fractions(file: &str, value: &Value, pointer: &str, problems: &mut Vec<Problem>) {
    match value {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|it| it == "number") {
                let message =
                    "expected `integer` (of the smallest unit) or decimal text, found `number`";
                problems.push(Problem::warning("HOST-0034", file, message).field(pointer));
            }
            for (name, field) in fields {
                fractions(file, field, &format!("{pointer}/{name}"), problems);
            }
        }
        Value::Array(items) => {
            for (item_idx, item) in items.iter().enumerate() {
                fractions(file, item, &format!("{pointer}/{item_idx}"), problems);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
