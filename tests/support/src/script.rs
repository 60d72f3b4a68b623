//! GraphQL sessions as data: the tour of the README and the scenarios of the domains.
//!
//! A script is TOML: steps in order, each a document sent by a person of the sample county, what to remember of the
//! answer, and what the answer must hold. `{{name}}` stands for a remembered value.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::server::Server;

/// A GraphQL session.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What the session shows.
    pub title: String,
    /// Where the manual clock stands at first, RFC 3339.
    pub starts_at: String,
    /// The steps.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One document and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happens, for the reader.
    pub title: String,
    /// Who sends it: an id of the sample county's `staff.toml`.
    pub by: String,
    /// The document.
    pub query: String,
    /// Its variables.
    #[serde(default)]
    pub variables: Map<String, Value>,
    /// What to remember: name to JSON Pointer into `data`.
    #[serde(default)]
    pub remember: BTreeMap<String, String>,
    /// What the answer must hold: JSON Pointer into the answer to the expected value.
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
        let value = answer["data"].pointer(&pointer).filter(|it| !it.is_null());
        let value = value
            .with_context(|| format!("nothing at {pointer} to remember as {name} in {answer}"))?;
        memory.insert(name.clone(), value.clone());
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
        let found = answer.pointer(&pointer).unwrap_or(&Value::Null);
        let agrees = match (&expected, found) {
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
