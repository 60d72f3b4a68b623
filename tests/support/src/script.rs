//! GraphQL sessions as data: the tour of the README and the scenarios of the domains.
//!
//! A script is TOML: steps in order, each a document sent by a person of the sample county, what to remember of the
//! answer, and what the answer must hold. `{{name}}` stands for a remembered value and `{{key}}` for an idempotency
//! key of the step's own. A path is a JSON Pointer with two additions: `[member=text]` as a segment picks the first
//! item whose members have these texts, and `#` as the last segment is the number of items.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::server::Server;

/// A GraphQL session.
#[derive(Debug, Clone)]
pub struct Script {
    /// What the session shows.
    pub title: String,
    /// Where the manual clock stands at first, RFC 3339.
    pub starts_at: String,
    /// The steps, those of an included script first.
    pub steps: Vec<Step>,
}

/// A script as its file holds it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    starts_at: Option<String>,
    /// A script beside this one whose steps come before.
    include: Option<String>,
    /// A file beside this one with the documents that steps name.
    documents: Option<String>,
    #[serde(rename = "step", default)]
    steps: Vec<Step>,
}

/// One document and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happens, for the reader.
    pub title: String,
    /// Who sends it: an id of the sample county's `staff.toml`.
    pub by: String,
    /// The document, or nothing if `document` names it.
    #[serde(default)]
    pub query: String,
    /// The name of a document in the script's file of documents.
    #[serde(default)]
    pub document: Option<String>,
    /// Its variables.
    #[serde(default)]
    pub variables: Map<String, Value>,
    /// What to remember: name to a path into `data`.
    #[serde(default)]
    pub remember: BTreeMap<String, String>,
    /// What the answer must hold: a path into the answer to the expected value.
    #[serde(default)]
    pub expect: Map<String, Value>,
    /// Sends the document again, up to this many times, until it holds what is expected: for what the outside
    /// world answers after the commit.
    #[serde(default)]
    pub until: Option<u32>,
    /// Whether a transcript leaves the step out.
    #[serde(default)]
    pub hidden: bool,
}

impl Script {
    /// Reads the script at `path` with what it includes.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file: File =
            toml::from_str(&text).with_context(|| format!("{} is not a script", path.display()))?;
        let beside = |name: &String| path.with_file_name(name);
        let included = file
            .include
            .as_ref()
            .map(|it| Self::read(&beside(it)))
            .transpose()?;
        let documents = file
            .documents
            .as_ref()
            .map(|it| documents(&beside(it)))
            .transpose()?;
        let (first_start, mut steps) =
            included.map_or((None, Vec::new()), |it| (Some(it.starts_at), it.steps));
        for mut step in file.steps {
            if let Some(name) = &step.document {
                let known = documents.as_ref().and_then(|it| it.get(name));
                known
                    .with_context(|| format!("{}: no document {name}", path.display()))?
                    .clone_into(&mut step.query);
            }
            steps.push(step);
        }
        let starts_at = file.starts_at.or(first_start);
        let starts_at = starts_at.with_context(|| format!("{}: no starts_at", path.display()))?;
        Ok(Self {
            title: file.title,
            starts_at,
            steps,
        })
    }
}

fn documents(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no table of documents", path.display()))
}

/// A step as it was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What happened.
    pub title: String,
    /// Who sent it.
    pub by: String,
    /// The document with remembered values in place.
    pub query: String,
    /// The variables with remembered values in place.
    pub variables: Value,
    /// The whole answer.
    pub answer: Value,
    /// Whether the transcript leaves it out.
    pub hidden: bool,
}

/// Values remembered from answers.
pub type Memory = BTreeMap<String, Value>;

/// Runs `script` on `server`; the first step that does not hold ends it.
pub async fn run(
    script: &Script,
    server: &Server,
    memory: &mut Memory,
) -> anyhow::Result<Vec<Taken>> {
    let mut clients: BTreeMap<String, Client> = BTreeMap::new();
    let mut taken = Vec::with_capacity(script.steps.len());
    for (n, step) in script.steps.iter().enumerate() {
        memory.insert("key".to_owned(), Value::from(format!("step-{}", n + 1)));
        if !clients.contains_key(&step.by) {
            clients.insert(step.by.clone(), server.client(&step.by)?);
        }
        let client = &clients[&step.by];
        let place = || format!("step {} of «{}»: {}", n + 1, script.title, step.title);
        let it = take(step, client, memory).await.with_context(place)?;
        taken.push(it);
    }
    Ok(taken)
}

async fn take(step: &Step, client: &Client, memory: &mut Memory) -> anyhow::Result<Taken> {
    let query = fill_text(&step.query, memory)?;
    let variables = fill(&Value::Object(step.variables.clone()), memory)?;
    let mut tries_left = step.until.unwrap_or(0);
    let answer = loop {
        let answer = client.send(&query, variables.clone()).await?;
        match holds(step, &answer, memory) {
            Ok(()) => break answer,
            Err(_) if tries_left > 0 => {
                tries_left -= 1;
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            Err(error) => {
                let shown = serde_json::to_string_pretty(&answer).unwrap_or_default();
                return Err(error.context(format!(
                    "the document was {query}\nwith {variables}\nthe answer was {shown}"
                )));
            }
        }
    };
    for (name, pointer) in &step.remember {
        let pointer = fill_text(pointer, memory)?;
        let value = at(&answer["data"], &pointer).filter(|it| !it.is_null());
        let value = value
            .with_context(|| format!("nothing at {pointer} to remember as {name} in {answer}"))?;
        memory.insert(name.clone(), value);
    }
    Ok(Taken {
        title: step.title.clone(),
        by: step.by.clone(),
        query,
        variables,
        answer,
        hidden: step.hidden,
    })
}

fn holds(step: &Step, answer: &Value, memory: &Memory) -> anyhow::Result<()> {
    ensure!(
        answer.get("errors").is_none() || step.expect.keys().any(|it| it.starts_with("/errors")),
        "the answer has errors: {}",
        answer["errors"]
    );
    for (pointer, expected) in &step.expect {
        let pointer = fill_text(pointer, memory)?;
        let expected = fill(expected, memory)?;
        let found = at(answer, &pointer).unwrap_or(Value::Null);
        let agrees = match (&expected, &found) {
            // TOML has no null, and a pattern says what a date in a number cannot.
            (Value::String(text), found) if text == "null" => found.is_null(),
            (Value::String(text), Value::String(found)) if text.contains('*') => {
                matches(text, found)
            }
            (expected, found) => expected == found,
        };
        if !agrees {
            bail!("expected {pointer} to be {expected}, but it is {found}");
        }
    }
    Ok(())
}

/// The value at `path` of `value`.
fn at(value: &Value, path: &str) -> Option<Value> {
    let mut here = value;
    for segment in path.split('/').skip(1) {
        let picked = segment
            .strip_prefix('[')
            .and_then(|it| it.strip_suffix(']'));
        here = match (picked, here) {
            (Some(members), Value::Array(items)) => items.iter().find(|it| {
                members.split(',').all(|member| {
                    let (name, text) = member.split_once('=').unwrap_or((member, ""));
                    it[name] == text
                })
            })?,
            (None, Value::Array(items)) if segment == "#" => return Some(items.len().into()),
            (None, Value::Array(items)) => items.get(segment.parse::<usize>().ok()?)?,
            (_, here) => here.get(segment)?,
        };
    }
    Some(here.clone())
}

/// Whether `text` fits `pattern`, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = "";
    for part in parts {
        last = part;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    last.is_empty() || text.ends_with(last)
}

fn fill(value: &Value, memory: &Memory) -> anyhow::Result<Value> {
    Ok(match value {
        Value::String(text) => match text.strip_prefix("{{").and_then(|it| it.strip_suffix("}}")) {
            Some(name) if !name.contains("{{") => memory
                .get(name)
                .cloned()
                .with_context(|| format!("nothing remembered as {name}"))?,
            _ => Value::String(fill_text(text, memory)?),
        },
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|it| fill(it, memory))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(map) => {
            let members = map
                .iter()
                .map(|(key, it)| Ok((key.clone(), fill(it, memory)?)));
            Value::Object(members.collect::<anyhow::Result<_>>()?)
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, memory: &Memory) -> anyhow::Result<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let end = rest[start..].find("}}").context("a {{ without its }}")? + start;
        let name = &rest[start + 2..end];
        filled.push_str(&rest[..start]);
        match memory
            .get(name)
            .with_context(|| format!("nothing remembered as {name}"))?
        {
            Value::String(value) => filled.push_str(value),
            value => filled.push_str(&value.to_string()),
        }
        rest = &rest[end + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("L150627-2026-*", "L150627-2026-000001"));
        assert!(matches("*-2026-*1", "L150627-2026-000001"));
        assert!(!matches("L*", "J150627"));
        assert!(!matches("L*2", "L150627-2026-000001"));
    }

    #[test]
    fn a_path_picks_items_by_their_members_and_counts_them() {
        let value =
            serde_json::json!({ "nodes": [{ "id": "a", "n": "1" }, { "id": "b", "n": "1" }] });
        assert_eq!(at(&value, "/nodes/[n=1,id=b]/id"), Some("b".into()));
        assert_eq!(at(&value, "/nodes/1/id"), Some("b".into()));
        assert_eq!(at(&value, "/nodes/#"), Some(2.into()));
        assert_eq!(at(&value, "/nodes/[id=c]/id"), None);
        assert_eq!(at(&value, ""), Some(value.clone()));
    }

    #[test]
    fn remembered_values_are_filled_in() {
        let memory = Memory::from([
            ("id".to_owned(), Value::from("x")),
            ("n".to_owned(), Value::from(3)),
        ]);
        assert_eq!(fill_text("a {{id}} b {{n}}", &memory).unwrap(), "a x b 3");
        assert_eq!(
            fill(&Value::from("{{n}}"), &memory).unwrap(),
            Value::from(3)
        );
        assert!(fill_text("{{unknown}}", &memory).is_err());
    }
}
