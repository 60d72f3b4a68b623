//! All that a principal can read: every list of the schema that the server shows to it, with every field of every
//! object in it. What is to stay hidden must be in none of the answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tongban_tests_support::client::Client;

use crate::fixture::error_code;

const TYPES: &str = "{ __schema { types { name fields { name
    args { name type { kind } }
    type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";
const N_ROWS: usize = 10;
const DEPTH_MAX: usize = 8;

/// The answers to all questions without an obligatory argument, by the name of the field that was asked.
pub(crate) async fn seen(client: &Client) -> BTreeMap<String, Value> {
    let data = client.data(TYPES, json!({})).await.unwrap();
    let types = data["__schema"]["types"].as_array().unwrap();
    let types: BTreeMap<&str, &[Value]> = types
        .iter()
        .filter_map(|it| Some((it["name"].as_str()?, it["fields"].as_array()?.as_slice())))
        .collect();
    let mut answers = BTreeMap::new();
    for field in types["Query"] {
        let Some(selection) = selection(field, &types, &mut vec!["Query"]) else {
            continue;
        };
        let answer = client
            .send(&format!("{{ {selection} }}"), json!({}))
            .await
            .unwrap();
        if !answer["errors"].is_null() {
            assert_eq!(error_code(&answer), "FORBIDDEN", "{selection}: {answer}");
        }
        if let Some(data) = answer["data"].as_object() {
            answers.extend(data.clone());
        }
    }
    answers
}

/// `name(first: 10) { … }`; nothing if an argument is obligatory, or nothing is left to select.
fn selection<'a>(
    field: &'a Value,
    types: &BTreeMap<&'a str, &'a [Value]>,
    path: &mut Vec<&'a str>,
) -> Option<String> {
    let arguments = field["args"].as_array()?;
    if arguments.iter().any(|it| it["type"]["kind"] == "NON_NULL") {
        return None;
    }
    let is_paged = arguments.iter().any(|it| it["name"] == "first");
    // A list within a list is short, so that the document stays within its cost.
    let n_rows = if path.len() == 1 { N_ROWS } else { 3 };
    let name = field["name"].as_str()?;
    let head = if is_paged {
        format!("{name}(first: {n_rows})")
    } else {
        name.to_owned()
    };
    let mut ty = &field["type"];
    while ty["ofType"].is_object() {
        ty = &ty["ofType"];
    }
    match ty["kind"].as_str()? {
        "SCALAR" | "ENUM" => Some(head),
        "OBJECT" => {
            let name = ty["name"].as_str()?;
            if path.contains(&name) || path.len() > DEPTH_MAX || name.ends_with("Edge") {
                return None;
            }
            path.push(name);
            let inner: Vec<String> = types[name]
                .iter()
                .filter_map(|it| selection(it, types, path))
                .collect();
            path.pop();
            (!inner.is_empty()).then(|| format!("{head} {{ {} }}", inner.join(" ")))
        }
        _ => None,
    }
}
