//! Whether the schemas are what the manifest says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::manifest::{AsOf, FILE_NAME, FilterType, Manifest, Read, RecordKind};
use crate::message::{self, Messages};
use crate::plugin::Vector;
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
    for (notice_idx, notice) in manifest.notices.iter().enumerate() {
        let record = notice.record.as_ref().and_then(|it| manifest.record(it));
        let schema = record.and_then(|it| Some((it, schemas.get(&it.schema)?)));
        if let Some((record, schema)) = schema {
            let missing = notice.fields.iter();
            let missing = missing.filter(|it| schema.at(&it.path).is_empty());
            let field = format!("notice[{notice_idx}].fields");
            problems.extend(missing.map(|it| no_path(&field, &it.path, &record.schema)));
        }
    }
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

/// Whether parameters and operations that name a place of a schema name one that is there.
pub(super) fn parameters(manifest: &Manifest, schemas: &Schemas) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (parameter_idx, parameter) in manifest.parameters.iter().enumerate() {
        let field = format!("parameter[{parameter_idx}]");
        let Some(path) = &parameter.schema else {
            continue;
        };
        let schema = named(path, &format!("{field}.schema"), schemas, &mut problems);
        let violations = schema.map(|it| it.check(&parameter.default));
        if violations.is_some_and(|it| !it.is_empty()) {
            let message = format!("expected a default that fits the schema `{path}`");
            problems.push(
                Problem::error("HOST-0032", FILE_NAME, message).field(format!("{field}.default")),
            );
        }
    }
    for (operation_idx, operation) in manifest.operations.iter().enumerate() {
        let field = format!("operation[{operation_idx}].as_of");
        let (path, schema_path) = match &operation.as_of {
            None => continue,
            Some(AsOf::Input(path)) => (path, Some(&operation.input)),
            Some(AsOf::Snapshot { name, path }) => {
                let is_named = |it: &&Read| it.snapshot.as_ref().is_some_and(|it| it.name == *name);
                let read = operation.reads.iter().find(is_named);
                let record = read.and_then(|it| manifest.record(&it.kind));
                (path, record.map(|it| &it.schema))
            }
        };
        let schema = schema_path.and_then(|it| Some((it, schemas.get(it)?)));
        if let Some((file, schema)) = schema
            && !schema.types_at(path).contains("string")
        {
            problems.push(no_path(&field, path, file));
        }
    }
    problems
}

/// Whether each assertion has its text and sound vectors.
pub(super) fn assertions(
    manifest: &Manifest,
    messages: &Messages,
    files: &BTreeMap<String, Vec<u8>>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (assertion_idx, assertion) in manifest.assertions.iter().enumerate() {
        let field = format!("assertion[{assertion_idx}]");
        if messages.get(&assertion.code).is_none() {
            let message = format!(
                "expected a text under `{}` in both catalogues, found none",
                assertion.code
            );
            let problem = Problem::error("HOST-0043", FILE_NAME, message);
            problems.push(problem.field(format!("{field}.code")));
        }
        let Some(path) = &assertion.vectors else {
            continue;
        };
        let Some(text) = files.get(path) else {
            problems.push(Problem::error(
                "HOST-0009",
                path,
                "expected this file, found none",
            ));
            continue;
        };
        if let Err(error) = serde_json::from_slice::<Vec<Vector>>(text) {
            let line = u32::try_from(error.line()).ok();
            let message =
                format!("expected a list of {{ name, inputs, expect?, assert? }}: {error}");
            problems.push(Problem::error("HOST-0050", path, message).at(line, ""));
        }
    }
    problems
}

/// Whether each document has its template. What it says is checked where it is activated.
pub(super) fn documents(manifest: &Manifest, files: &BTreeMap<String, Vec<u8>>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (document_idx, document) in manifest.documents.iter().enumerate() {
        let file = document.file();
        if !files.contains_key(&file) {
            let message = format!("expected the template `{file}`, found none");
            let problem = Problem::error("HOST-0009", FILE_NAME, message);
            problems.push(problem.field(format!("document[{document_idx}].key")));
        }
    }
    problems
}

/// Whether each notice has its text, and all its texts the same placeholders.
pub(super) fn notices(manifest: &Manifest, messages: &Messages) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (notice_idx, notice) in manifest.notices.iter().enumerate() {
        let field = format!("notice[{notice_idx}]");
        if messages.get(&notice.code).is_none() {
            let message = format!(
                "expected a text under `{}` in both catalogues, found none",
                notice.code
            );
            problems.push(
                Problem::error("HOST-0043", FILE_NAME, message).field(format!("{field}.code")),
            );
        }
        let (zh, en) = (
            message::placeholders(&notice.title.zh),
            message::placeholders(&notice.title.en),
        );
        if zh != en {
            let message =
                format!("expected the same placeholders in both titles, found {zh:?} and {en:?}");
            problems.push(
                Problem::error("HOST-0041", FILE_NAME, message).field(format!("{field}.title")),
            );
        }
    }
    problems
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
