//! The tour of the README: a session that was really run, as Markdown.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;
use tongban_tests_support::paths;
use tongban_tests_support::script::{self, Memory, Script, Taken};
use tongban_tests_support::server::{Options, Server};

/// What the section begins with.
pub const BEGIN: &str = "<!-- tour:begin -->";
/// What the section ends with.
pub const END: &str = "<!-- tour:end -->";
/// Longest line of an answer.
const LINE_CHARS_MAX: usize = 100;

/// The file that shows the tour.
pub fn readme() -> PathBuf {
    paths::repository().join("README.md")
}

/// Takes a new server through the tour and renders what it answered.
pub async fn walk() -> anyhow::Result<String> {
    let script = Script::read(&paths::repository().join("tests/e2e/tour.toml"))?;
    let options = Options {
        patch: script.county.clone(),
        ..Options::sample(&script.starts_at)
    };
    let server = Server::start(&options)?;
    let taken = script::run(&script, &server, &mut Memory::new()).await?;
    server.stop()?;
    render(&taken)
}

fn render(taken: &[Taken]) -> anyhow::Result<String> {
    let mut text = String::from("\n");
    for (n, it) in taken.iter().filter(|it| !it.hidden).enumerate() {
        writeln!(text, "**{}. {}.** `{}` sends", n + 1, it.title, it.by)?;
        writeln!(text, "```graphql\n{}\n```", it.query.trim())?;
        if it.variables.as_object().is_some_and(|it| !it.is_empty()) {
            writeln!(text, "with\n```json\n{}\n```", json(&it.variables, 0))?;
        }
        writeln!(text, "```json\n{}\n```\n", json(&it.answer["data"], 0))?;
    }
    Ok(text)
}

/// `value` with everything on one line that fits one.
fn json(value: &Value, indent: usize) -> String {
    let line = one_line(value);
    if indent + line.chars().count() <= LINE_CHARS_MAX {
        return line;
    }
    let inner = " ".repeat(indent + 2);
    let (open, members, close) = match value {
        Value::Array(items) => {
            let members = items
                .iter()
                .map(|it| json(it, indent + 2))
                .collect::<Vec<_>>();
            ('[', members, ']')
        }
        Value::Object(map) => {
            let member =
                |(key, it): (&String, &Value)| format!("\"{key}\": {}", json(it, indent + 2));
            ('{', map.iter().map(member).collect(), '}')
        }
        _ => return line,
    };
    let members = members.join(&format!(",\n{inner}"));
    format!("{open}\n{inner}{members}\n{}{close}", " ".repeat(indent))
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items.iter().map(one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) if !map.is_empty() => {
            let member = |(key, it): (&String, &Value)| format!("\"{key}\": {}", one_line(it));
            let members: Vec<String> = map.iter().map(member).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// The text between the markers of `file`.
pub fn section(file: &str) -> anyhow::Result<&str> {
    let (_, rest) = file
        .split_once(BEGIN)
        .with_context(|| format!("the README has no {BEGIN}"))?;
    let (section, _) = rest
        .split_once(END)
        .with_context(|| format!("the README has no {END}"))?;
    Ok(section)
}

/// `file` with `section` between its markers.
pub fn with_section(file: &str, section: &str) -> anyhow::Result<String> {
    let old = self::section(file)?;
    Ok(file.replacen(
        &format!("{BEGIN}{old}{END}"),
        &format!("{BEGIN}{section}{END}"),
        1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_a_line_is_put_on_one() {
        let short = serde_json::json!({ "a": [1, { "b": null }], "c": [] });
        assert_eq!(json(&short, 0), r#"{ "a": [1, { "b": null }], "c": [] }"#);
        let long = serde_json::json!({ "a": "x".repeat(60), "b": { "c": "y".repeat(60) } });
        assert_eq!(json(&long, 0).lines().count(), 4);
        assert_eq!(
            serde_json::from_str::<Value>(&json(&long, 0)).unwrap(),
            long
        );
    }

    #[test]
    fn a_section_is_replaced_between_its_markers_only() {
        let file = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = with_section(&file, "\nnew\n").unwrap();
        assert_eq!(section(&new).unwrap(), "\nnew\n");
        assert!(new.starts_with("a\n") && new.ends_with("\nb\n"));
        assert!(section("no markers").is_err());
    }
}
