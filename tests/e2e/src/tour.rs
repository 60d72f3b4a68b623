//! The tour of the README: a session that was really run, as Markdown.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

/// Where two walks first differ: the line, and what each says.
///
/// What happens at once, as the answers of several departments, may happen in any order: the same process then has
/// another number, which its ids carry. Two walks are the same if they differ in these numbers alone.
pub fn first_difference(shown: &str, walked: &str) -> Option<(usize, String, String)> {
    let (named_shown, named_walked) = (with_ordinals(shown), with_ordinals(walked));
    let (mut named_shown, mut named_walked) = (named_shown.lines(), named_walked.lines());
    let (mut shown, mut walked) = (shown.lines(), walked.lines());
    let mut n = 0;
    loop {
        n += 1;
        let said = (shown.next(), walked.next());
        if named_shown.next() != named_walked.next() {
            let line = |it: Option<&str>| it.unwrap_or("(end)").to_owned();
            return Some((n, line(said.0), line(said.1)));
        }
        if said == (None, None) {
            return None;
        }
    }
}

/// `text` with each process instance in an id named by the order in which they first appear.
fn with_ordinals(text: &str) -> String {
    let mut seen = Vec::new();
    let mut named = String::with_capacity(text.len());
    let is_of_id = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ends_at = rest.find(|it| is_of_id(it) != is_of_id(first));
        let (word, after) = rest.split_at(ends_at.unwrap_or(rest.len()));
        match instance_id(word) {
            Some((kind, number, place)) => {
                let idx = seen.iter().position(|it| *it == number);
                let idx = idx.unwrap_or_else(|| {
                    seen.push(number);
                    seen.len() - 1
                });
                named.push_str(&format!("<{kind} {idx}{place}>"));
            }
            None => named.push_str(word),
        }
        rest = after;
    }
    named
}

/// `UserTask`, `496` and `:9` of a global id that names something of a process instance.
fn instance_id(word: &str) -> Option<(String, String, String)> {
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(word).ok()?).ok()?;
    let (kind, row) = plain.split_once(':')?;
    let digits = row.bytes().take_while(u8::is_ascii_digit).count();
    let (number, place) = row.split_at(digits);
    let is_id = matches!(kind, "ProcessInstance" | "UserTask" | "Incident") && digits > 0;
    is_id.then(|| (kind.to_owned(), number.to_owned(), place.to_owned()))
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
    fn walks_may_differ_in_the_numbers_of_instances_alone() {
        let id = |kind: &str, row: &str| URL_SAFE_NO_PAD.encode(format!("{kind}:{row}"));
        let walk = |first: &str, second: &str, state: &str| {
            let (task, later) = (
                id("UserTask", &format!("{first}:9")),
                id("UserTask", &format!("{second}:9")),
            );
            format!("a \"{task}\"\nb {later} {state}\n{task}\n")
        };
        let shown = walk("545", "600", "CREATED");
        assert_eq!(
            first_difference(&shown, &walk("546", "611", "CREATED")),
            None
        );
        let of_one = first_difference(&shown, &walk("545", "545", "CREATED")).unwrap();
        assert_eq!(of_one.0, 2, "two instances are not one: {of_one:?}");
        let (n, ..) = first_difference(&shown, &walk("545", "600", "COMPLETED")).unwrap();
        assert_eq!(n, 2);
        let shorter = first_difference("a\nb", "a").unwrap();
        assert_eq!(shorter, (2, "b".to_owned(), "(end)".to_owned()));
        let (certificate, other) = (id("Certificate", "545-1"), id("Certificate", "546-1"));
        assert!(
            first_difference(&certificate, &other).is_some(),
            "records keep their ids"
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
