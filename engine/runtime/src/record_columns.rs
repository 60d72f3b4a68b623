//! From a manifest's record kind to the columns of its table, and from a body to their values.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tongban_feel::time::{DateTime, Zone};
use tongban_host::manifest::{FilterType, RecordKind as Declared, UniqueKey as DeclaredKey};
use tongban_store::record_kind::{Column, ColumnType, Condition, RecordKind, UniqueKey};
use tongban_store::row::record::{ColumnValue, Columns};

/// The table of a declared record kind.
///
/// A filter is an indexed column of its own name; what a unique key needs beside the filters is a
/// column named after the key.
pub(crate) fn table_of(declared: &Declared) -> RecordKind {
    let mut columns: Vec<Column> = declared
        .filters
        .iter()
        .map(|filter| Column {
            name: Arc::from(filter.name.as_str()),
            column_type: type_of(filter.r#type),
            indexed: true,
        })
        .collect();
    let mut unique_keys = Vec::new();
    for key in &declared.unique {
        for (name, _) in key_columns(declared, key) {
            if !columns.iter().any(|it| *it.name == *name) {
                let column_type = ColumnType::Text;
                columns.push(Column {
                    name: Arc::from(name),
                    column_type,
                    indexed: false,
                });
            }
        }
        unique_keys.push(unique_key(declared, key));
    }
    let schema_version = i32::try_from(declared.schema_version).unwrap_or(i32::MAX);
    RecordKind {
        kind: Arc::from(declared.kind.as_str()),
        schema_version,
        columns,
        unique_keys,
    }
}

/// The values of the columns for a body.
pub(crate) fn values_of(declared: &Declared, body: &Json) -> Columns {
    let mut values: Columns = BTreeMap::new();
    for filter in &declared.filters {
        let value = body
            .pointer(&filter.path)
            .and_then(|it| value_of(filter.r#type, it));
        if let Some(value) = value {
            values.insert(Arc::from(filter.name.as_str()), value);
        }
    }
    for key in &declared.unique {
        for (name, path) in key_columns(declared, key) {
            if values.contains_key(name.as_str()) || is_filter(declared, &name) {
                continue;
            }
            if let Some(text) = body.pointer(&path).and_then(text_of) {
                values.insert(Arc::from(name), ColumnValue::Text(Arc::from(text)));
            }
        }
    }
    values
}

/// The person ids at the declared places of a body.
pub(crate) fn parties_of(declared: &Declared, body: &Json) -> Vec<Arc<str>> {
    let mut parties: Vec<Arc<str>> = Vec::new();
    for pointer in &declared.parties {
        let mut found = vec![body];
        for segment in pointer.split('/').skip(1) {
            found = found.into_iter().flat_map(|it| step(it, segment)).collect();
        }
        parties.extend(found.into_iter().filter_map(Json::as_str).map(Arc::from));
    }
    parties.sort();
    parties.dedup();
    parties
}

fn step<'j>(json: &'j Json, segment: &str) -> Vec<&'j Json> {
    match (json, segment) {
        (Json::Array(items), "*") => items.iter().collect(),
        _ => {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            json.pointer(&format!(
                "/{}",
                segment.replace('~', "~0").replace('/', "~1")
            ))
            .into_iter()
            .collect()
        }
    }
}

fn is_filter(declared: &Declared, name: &str) -> bool {
    declared.filters.iter().any(|it| it.name == name)
}

/// The columns of a unique key, its condition's last: the filter over the same path, or one made
/// for the key.
fn key_columns(declared: &Declared, key: &DeclaredKey) -> Vec<(String, String)> {
    let paths = key.paths.iter().chain(key.when.iter().map(|it| &it.path));
    paths
        .enumerate()
        .map(|(position, path)| {
            let filter = declared.filters.iter().find(|it| it.path == *path);
            let name = match filter {
                Some(filter) => filter.name.clone(),
                None => format!("key_{}_{position}", key.name),
            };
            (name, path.clone())
        })
        .collect()
}

fn unique_key(declared: &Declared, key: &DeclaredKey) -> UniqueKey {
    let mut columns: Vec<Arc<str>> = key_columns(declared, key)
        .into_iter()
        .map(|(name, _)| Arc::from(name))
        .collect();
    let when = key.when.as_ref().and_then(|condition| {
        let column = columns.pop()?;
        let equals = Arc::from(text_of(&condition.equals)?);
        Some(Condition { column, equals })
    });
    UniqueKey {
        name: Arc::from(key.name.as_str()),
        columns,
        when,
    }
}

fn type_of(declared: FilterType) -> ColumnType {
    match declared {
        FilterType::String => ColumnType::Text,
        FilterType::Integer => ColumnType::Integer,
        FilterType::Boolean => ColumnType::Boolean,
        FilterType::Date => ColumnType::Date,
        FilterType::DateTime => ColumnType::Instant,
    }
}

/// A JSON value as the value of a column; `None` where it is null or does not fit.
pub(crate) fn value_of(declared: FilterType, json: &Json) -> Option<ColumnValue> {
    Some(match declared {
        FilterType::String => ColumnValue::Text(Arc::from(json.as_str()?)),
        FilterType::Integer => ColumnValue::Integer(json.as_i64()?),
        FilterType::Boolean => ColumnValue::Boolean(json.as_bool()?),
        FilterType::Date => ColumnValue::Date(Arc::from(json.as_str()?)),
        FilterType::DateTime => {
            let instant = DateTime::parse(json.as_str()?)?.to_timestamp(&Zone::utc())?;
            ColumnValue::Instant(instant.microseconds())
        }
    })
}

fn text_of(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tongban_host::manifest::{Condition as DeclaredCondition, Filter, Text};

    fn declared() -> Declared {
        let filter = |name: &str, path: &str, r#type| Filter {
            name: name.to_owned(),
            path: path.to_owned(),
            r#type,
        };
        Declared {
            kind: "divorce_case".to_owned(),
            schema: String::new(),
            schema_version: 1,
            title: Text {
                zh: String::new(),
                en: String::new(),
            },
            parties: vec!["/parties/*/personId".to_owned()],
            division: None,
            filters: vec![
                filter("caseNo", "/caseNo", FilterType::String),
                filter("open", "/open", FilterType::Boolean),
            ],
            unique: vec![DeclaredKey {
                name: "one_open".to_owned(),
                paths: vec!["/coupleKey".to_owned()],
                when: Some(DeclaredCondition {
                    path: "/open".to_owned(),
                    equals: json!(true),
                }),
            }],
            read: Vec::new(),
            masked: Vec::new(),
        }
    }

    #[test]
    fn a_unique_key_gets_a_column_and_its_condition_the_filter() {
        let table = table_of(&declared());
        let names: Vec<&str> = table.columns.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["caseNo", "open", "key_one_open_0"]);
        let key = &table.unique_keys[0];
        assert_eq!(key.columns, [Arc::from("key_one_open_0")]);
        assert_eq!(&*key.when.as_ref().unwrap().column, "open");
    }

    #[test]
    fn columns_and_parties_are_read_off_the_body() {
        let body = json!({"caseNo": "MRL-1", "open": true, "coupleKey": "a+b",
            "parties": [{"personId": "p2"}, {"personId": "p1"}]});
        let values = values_of(&declared(), &body);
        assert_eq!(
            values.get("key_one_open_0"),
            Some(&ColumnValue::Text(Arc::from("a+b")))
        );
        assert_eq!(values.get("open"), Some(&ColumnValue::Boolean(true)));
        assert_eq!(
            parties_of(&declared(), &body),
            [Arc::from("p1"), Arc::from("p2")]
        );
    }
}
