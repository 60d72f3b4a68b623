//! GraphQL sessions as data: the tour of the README and the scenarios of the domains.
//!
//! A script is TOML: steps in order, each a document sent by a person of the sample county, what to remember of the
//! answer, and what the answer must hold. `{{name}}` stands for a remembered value and `{{key}}` for an idempotency
//! key of the step's own. `[set]` gives values to begin with, and those of the including script win, so that a shared
//! beginning can be told who comes and when; `{{name/path}}` stands for a part of one. `[county]` says what is otherwise in the sample county;
//! a step with `steps_of` stands for all steps of another script. A path is a JSON Pointer with two additions: `[member=text]` as a segment picks the first
//! item whose members have these texts, and `#` as the last segment is the number of items.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::county::Patch;
use crate::server::Server;

/// A GraphQL session.
#[derive(Debug, Clone)]
pub struct Script {
    /// What the session shows.
    pub title: String,
    /// Where the manual clock stands at first, RFC 3339.
    pub starts_at: String,
    /// Values to begin with.
    pub set: Map<String, Value>,
    /// What is otherwise in the sample county.
    pub county: Patch,
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
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    county: Patch,
    #[serde(rename = "step", default)]
    steps: Vec<Step>,
}

/// One document and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happens, for the reader.
    #[serde(default)]
    pub title: String,
    /// Who sends it: an id of the sample county's `staff.toml`.
    #[serde(default)]
    pub by: String,
    /// Instead of a document: a script beside this one, whose steps are taken here.
    #[serde(default)]
    pub steps_of: Option<String>,
    /// Values from this step on.
    #[serde(default)]
    pub set: Map<String, Value>,
    /// Values from this step on, of those that nobody has set.
    #[serde(skip)]
    pub defaults: Map<String, Value>,
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
    /// What is changed in a text that was remembered before the next step has it.
    #[serde(default, rename = "edit")]
    pub edits: Vec<Edit>,
    /// What the answer must hold: a path into the answer to the expected value.
    #[serde(default)]
    pub expect: Map<String, Value>,
    /// Sends the document again, up to this many times, until it holds what is expected: for what the outside
    /// world answers after the commit.
    #[serde(default)]
    pub until: Option<u32>,
    /// Whether it is sent at the same moment as the next step.
    #[serde(default)]
    pub together: bool,
    /// Whether a transcript leaves the step out.
    #[serde(default)]
    pub hidden: bool,
}

/// A change of a text that the step has remembered, such as a decision table that staff then save.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The name under which the text was remembered.
    pub name: String,
    /// What stands in it; its first occurrence goes.
    pub find: String,
    /// What comes in its place.
    pub replace: String,
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
        let (first_start, mut steps, mut set, county) = match included {
            Some(it) => (Some(it.starts_at), it.steps, it.set, it.county),
            None => (None, Vec::new(), Map::new(), Patch::default()),
        };
        set.extend(file.set);
        let mut county = county.and(file.county);
        for mut step in file.steps {
            if let Some(name) = &step.steps_of {
                let inner = Self::read(&beside(name))?;
                county = county.and(inner.county);
                let begins_at = steps.len();
                steps.extend(inner.steps);
                if let Some(first) = steps.get_mut(begins_at) {
                    first.set.extend(step.set);
                    first.defaults = inner.set;
                }
                continue;
            }
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
            set,
            county,
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
    begin_with(&script.set, memory)?;
    let mut taken = Vec::with_capacity(script.steps.len());
    let mut rest = script.steps.iter().enumerate().peekable();
    while rest.peek().is_some() {
        let mut batch = Vec::new();
        for (n, step) in rest.by_ref() {
            begin_with(&step.defaults, memory)?;
            for (name, value) in &step.set {
                let value = fill(value, memory)?;
                memory.insert(name.clone(), value);
            }
            let by = fill_text(&step.by, memory)?;
            if !clients.contains_key(&by) {
                clients.insert(by.clone(), server.client(&by)?);
            }
            batch.push((n, step, by));
            if !step.together {
                break;
            }
        }
        let asked = batch.iter().map(|(n, step, by)| {
            let mut memory = memory.clone();
            memory.insert("key".to_owned(), Value::from(format!("step-{}", n + 1)));
            let client = &clients[by];
            async move {
                let place = || format!("step {} of «{}»: {}", n + 1, script.title, step.title);
                take(step, client, memory).await.with_context(place)
            }
        });
        for it in futures::future::join_all(asked).await {
            let (it, remembered) = it?;
            taken.push(it);
            memory.extend(remembered);
        }
    }
    Ok(taken)
}

/// Puts the values of `[set]` into the memory; one may stand for another.
fn begin_with(set: &Map<String, Value>, memory: &mut Memory) -> anyhow::Result<()> {
    for (name, value) in set {
        if !memory.contains_key(name) {
            memory.insert(name.clone(), value.clone());
        }
    }
    for name in set.keys() {
        let value = fill(&memory[name], memory).with_context(|| format!("[set] {name}"))?;
        memory.insert(name.clone(), value);
    }
    Ok(())
}

/// So often a document is sent again whose answer did not come in time.
const PATIENCE: u32 = 12;

/// Sends a step's document; what it remembers comes back with it.
async fn take(step: &Step, client: &Client, mut memory: Memory) -> anyhow::Result<(Taken, Memory)> {
    let query = fill_text(&step.query, &memory)?;
    let variables = fill(&Value::Object(step.variables.clone()), &memory)?;
    let mut tries_left = step.until.unwrap_or(0);
    let mut patience = PATIENCE;
    let answer = loop {
        let answer = client.send(&query, variables.clone()).await?;
        // On a busy machine: the command goes on, and the same key is answered when it is done.
        if answer["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED" && patience > 0 {
            patience -= 1;
            continue;
        }
        // A long move of the clock is done in parts: the same command goes on.
        if answer["data"]["advanceClock"]["complete"] == false {
            continue;
        }
        match holds(step, &answer, &memory) {
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
    let mut remembered = Memory::new();
    for (name, pointer) in &step.remember {
        let pointer = fill_text(pointer, &memory)?;
        let value = at(&answer["data"], &pointer).filter(|it| !it.is_null());
        let value = value
            .with_context(|| format!("nothing at {pointer} to remember as {name} in {answer}"))?;
        memory.insert(name.clone(), value.clone());
        remembered.insert(name.clone(), value);
    }
    for edit in &step.edits {
        let text = remembered.get(&edit.name).and_then(Value::as_str);
        let text = text.with_context(|| format!("{} is no remembered text", edit.name))?;
        ensure!(
            text.contains(&edit.find),
            "no {:?} to edit in {}",
            edit.find,
            edit.name
        );
        let edited = text.replacen(&edit.find, &edit.replace, 1);
        remembered.insert(edit.name.clone(), Value::from(edited));
    }
    let taken = Taken {
        title: step.title.clone(),
        by: fill_text(&step.by, &memory)?,
        query,
        variables,
        answer,
        hidden: step.hidden,
    };
    Ok((taken, remembered))
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
            Some(name) if !name.contains("{{") => remembered(name, memory)?,
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

/// What is remembered as `name`, or with `name/path` a part of it.
fn remembered(name: &str, memory: &Memory) -> anyhow::Result<Value> {
    let (name, path) = match name.find('/') {
        Some(idx) => name.split_at(idx),
        None => (name, ""),
    };
    let value = memory.get(name).and_then(|it| at(it, path));
    value.with_context(|| format!("nothing remembered as {name}{path}"))
}

fn fill_text(text: &str, memory: &Memory) -> anyhow::Result<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let end = rest[start..].find("}}").context("a {{ without its }}")? + start;
        let name = &rest[start + 2..end];
        filled.push_str(&rest[..start]);
        match remembered(name, memory)? {
            Value::String(value) => filled.push_str(&value),
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
    fn a_step_may_stand_for_the_steps_of_another_script() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let one = "[[step]]\ntitle = 'one'\nby = 'a'\nquery = '{ a }'\n";
        write(
            "inner.toml",
            &format!("title = 'inner'\nstarts_at = 'x'\nset = {{ who = 'm' }}\n{one}"),
        );
        let twice = "[[step]]\nsteps_of = 'inner.toml'\nset = { who = 'w' }\n";
        write(
            "outer.toml",
            &format!("title = 'outer'\ninclude = 'inner.toml'\n{twice}"),
        );
        let script = Script::read(&folder.path().join("outer.toml")).unwrap();
        assert_eq!(script.steps.len(), 2);
        assert_eq!(script.steps[1].set["who"], "w");
        assert_eq!(script.steps[1].defaults["who"], "m");
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
        let person = serde_json::json!({ "who": { "personId": "p" } });
        let memory = Memory::from([("a".to_owned(), person)]);
        assert_eq!(fill_text("{{a/who/personId}}", &memory).unwrap(), "p");
    }

    #[test]
    fn a_value_to_begin_with_may_stand_for_another_and_gives_way_to_what_is_known() {
        let set = serde_json::json!({ "man": "{{m5}}", "m5": { "id": 5 }, "day": "Monday" });
        let Value::Object(set) = set else {
            unreachable!()
        };
        let mut memory = Memory::from([("day".to_owned(), Value::from("Friday"))]);
        begin_with(&set, &mut memory).unwrap();
        assert_eq!(memory["man"]["id"], 5);
        assert_eq!(memory["day"], "Friday");
    }
}
