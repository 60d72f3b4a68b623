//! A schema as its principal is shown it, asked by introspection and written in the schema definition language.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::client::Client;

const TYPE_REF: &str =
    "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
/// Scalars that every schema has.
const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

/// The schema that `client` is shown; types and members in the order of their names.
pub async fn ask(client: &Client) -> anyhow::Result<String> {
    let query = format!(
        "{{ __schema {{ types {{ kind name description
            fields {{ name description type {{ {TYPE_REF} }}
                args {{ name description defaultValue type {{ {TYPE_REF} }} }} }}
            inputFields {{ name description defaultValue type {{ {TYPE_REF} }} }}
            interfaces {{ name }}
            enumValues {{ name description }} }} }} }}"
    );
    let data = client.data(&query, json!({})).await?;
    let types = data["__schema"]["types"].as_array().context("no types")?;
    let mut types: Vec<&Value> = types
        .iter()
        .filter(|it| is_ours(text(&it["name"])))
        .collect();
    types.sort_by_key(|it| text(&it["name"]));
    let mut sdl = String::new();
    for it in types {
        write_type(&mut sdl, it)?;
        sdl.push('\n');
    }
    Ok(sdl)
}

fn is_ours(name: &str) -> bool {
    !name.starts_with("__") && !BUILT_IN.contains(&name)
}

fn write_type(sdl: &mut String, it: &Value) -> anyhow::Result<()> {
    let name = text(&it["name"]);
    describe(sdl, "", &it["description"])?;
    match text(&it["kind"]) {
        "SCALAR" => writeln!(sdl, "scalar {name}")?,
        "ENUM" => {
            writeln!(sdl, "enum {name} {{")?;
            for value in sorted(&it["enumValues"]) {
                describe(sdl, "  ", &value["description"])?;
                writeln!(sdl, "  {}", text(&value["name"]))?;
            }
            writeln!(sdl, "}}")?;
        }
        "INPUT_OBJECT" => {
            writeln!(sdl, "input {name} {{")?;
            for field in sorted(&it["inputFields"]) {
                describe(sdl, "  ", &field["description"])?;
                writeln!(sdl, "  {}", argument(field))?;
            }
            writeln!(sdl, "}}")?;
        }
        kind => {
            let keyword = if kind == "INTERFACE" {
                "interface"
            } else {
                "type"
            };
            let interfaces = sorted(&it["interfaces"]);
            let interfaces: Vec<&str> = interfaces.iter().map(|it| text(&it["name"])).collect();
            let implements = if interfaces.is_empty() {
                String::new()
            } else {
                format!(" implements {}", interfaces.join(" & "))
            };
            writeln!(sdl, "{keyword} {name}{implements} {{")?;
            for field in sorted(&it["fields"]) {
                describe(sdl, "  ", &field["description"])?;
                let arguments: Vec<String> =
                    sorted(&field["args"]).into_iter().map(argument).collect();
                let arguments = if arguments.is_empty() {
                    String::new()
                } else {
                    format!("({})", arguments.join(", "))
                };
                writeln!(
                    sdl,
                    "  {}{arguments}: {}",
                    text(&field["name"]),
                    type_ref(&field["type"])
                )?;
            }
            writeln!(sdl, "}}")?;
        }
    }
    Ok(())
}

fn describe(sdl: &mut String, indent: &str, description: &Value) -> std::fmt::Result {
    match description.as_str() {
        Some(text) if !text.is_empty() => {
            writeln!(
                sdl,
                "{indent}\"{}\"",
                text.replace('\\', "\\\\")
                    .replace('"', "\\\"")
                    .replace('\n', " ")
            )
        }
        _ => Ok(()),
    }
}

fn argument(it: &Value) -> String {
    let default = it["defaultValue"]
        .as_str()
        .map(|it| format!(" = {it}"))
        .unwrap_or_default();
    format!("{}: {}{default}", text(&it["name"]), type_ref(&it["type"]))
}

fn type_ref(it: &Value) -> String {
    match text(&it["kind"]) {
        "NON_NULL" => format!("{}!", type_ref(&it["ofType"])),
        "LIST" => format!("[{}]", type_ref(&it["ofType"])),
        _ => text(&it["name"]).to_owned(),
    }
}

fn sorted(list: &Value) -> Vec<&Value> {
    let mut members: Vec<&Value> = list.as_array().into_iter().flatten().collect();
    members.sort_by_key(|it| text(&it["name"]));
    members
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
