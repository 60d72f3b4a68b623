//! The part of `plugin.toml` that the in-memory host needs: declarations and grants.
//!
//! Whether the manifest is complete and well-formed, `tongban plugin check` says; fields that are
//! not named here are passed over.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Problem;
use crate::case::read_value;
use crate::decision::Decisions;

/// What a plugin declares.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// Its record kinds.
    pub record: Vec<RecordKind>,
    /// Its operations.
    pub operation: Vec<Operation>,
    /// Its series of numbers.
    pub number_series: Vec<NumberSeries>,
    /// What staff can set.
    pub parameter: Vec<Parameter>,
    /// Its deadlines.
    pub deadline: Vec<Deadline>,
    /// What people can be told.
    pub notice: Vec<Notice>,
    /// What can be issued.
    pub document: Vec<Document>,
    /// What stands in files of their own.
    #[serde(skip)]
    pub(crate) decisions: Decisions,
}

/// A record kind.
#[derive(Debug, Clone, Deserialize)]
pub struct RecordKind {
    /// Its name.
    pub kind: String,
    /// The file of its JSON Schema.
    pub schema: String,
    /// Rises when the schema changes.
    #[serde(default = "one")]
    pub schema_version: u32,
    /// What queries can ask for.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// What no two records share.
    #[serde(default)]
    pub unique: Vec<UniqueKey>,
}

fn one() -> u32 {
    1
}

/// A filter of a record kind.
#[derive(Debug, Clone, Deserialize)]
pub struct Filter {
    /// Its name in queries.
    pub name: String,
    /// Where it lies in the body.
    pub path: String,
}

/// A key that no two records of a kind share.
#[derive(Debug, Clone, Deserialize)]
pub struct UniqueKey {
    /// Its name.
    pub name: String,
    /// Where its parts lie in the body.
    pub paths: Vec<String>,
    /// Which records it concerns, if not all.
    pub when: Option<Condition>,
}

/// A condition on one field of the body.
#[derive(Debug, Clone, Deserialize)]
pub struct Condition {
    /// Where the field lies.
    pub path: String,
    /// What it must be.
    pub equals: Value,
}

/// An operation with its grants.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The file of the JSON Schema of its input.
    #[serde(default)]
    pub input: String,
    /// The file of the JSON Schema of its output.
    #[serde(default)]
    pub output: String,
    /// It only reads.
    #[serde(default)]
    pub query: bool,
    /// Kinds it may read, and records read beforehand.
    #[serde(default)]
    pub reads: Vec<Read>,
    /// Kinds it may read and write.
    #[serde(default)]
    pub writes: Vec<String>,
    /// Processes it may start.
    #[serde(default)]
    pub starts: Vec<String>,
    /// Messages it may publish.
    #[serde(default)]
    pub publishes: Vec<String>,
    /// Series it may take numbers from.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// Checks whose answers it may look up.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Decisions it may make.
    #[serde(default)]
    pub decisions: Vec<String>,
    /// Deadlines it may change.
    #[serde(default)]
    pub deadlines: Vec<String>,
    /// Notices it may send.
    #[serde(default)]
    pub notices: Vec<String>,
    /// Documents it may issue.
    #[serde(default)]
    pub documents: Vec<String>,
}

/// A document.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    /// Its key.
    pub key: String,
    /// The kind of record it belongs to.
    pub record: String,
}

/// A notice.
#[derive(Debug, Clone, Deserialize)]
pub struct Notice {
    /// Its code.
    pub code: String,
    /// Whom it may be for: `party`, `role`, `staff`.
    pub audience: Vec<String>,
    /// The kind of record it is about.
    #[serde(default)]
    pub record: Option<String>,
}

/// A kind that may be read; with a name and a pointer into the input, one record of it is read
/// beforehand.
#[derive(Debug, Clone, Deserialize)]
pub struct Read {
    /// The record kind.
    pub kind: String,
    /// The name in the snapshot.
    pub name: Option<String>,
    /// Where in the input the id is.
    pub id: Option<String>,
}

/// A series of numbers.
#[derive(Debug, Clone, Deserialize)]
pub struct NumberSeries {
    /// Its name.
    pub name: String,
    /// How a number is written, as `L{area:6}-{year:4}-{seq:6}`.
    pub pattern: String,
    /// Each combination of these values counts from 1.
    #[serde(default)]
    pub scope: Vec<String>,
}

/// Something staff can set.
#[derive(Debug, Clone, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub key: String,
    /// Its value until staff set it.
    pub default: Value,
}

/// A deadline of a record kind.
#[derive(Debug, Clone, Deserialize)]
pub struct Deadline {
    /// Its key.
    pub key: String,
    /// The record kind.
    pub record: String,
    /// What is counted.
    pub unit: Unit,
    /// How many.
    pub amount: Option<u32>,
    /// The parameter that says how many.
    pub amount_parameter: Option<String>,
    /// What becomes of a rest day.
    #[serde(default)]
    pub roll: Roll,
    /// Whether Saturdays and Sundays are rest days.
    #[serde(default = "yes")]
    pub weekends_rest: bool,
    /// The parameter that says whether.
    pub weekends_rest_parameter: Option<String>,
    /// When the last day ends; `24:00` if not said.
    pub ends_at: Option<String>,
    /// The parameter that says when.
    pub ends_at_parameter: Option<String>,
    /// Fields of the record that are kept equal to the due day.
    #[serde(default)]
    pub mirror: Vec<String>,
}

/// What a deadline counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Every day.
    CalendarDays,
    /// Working days.
    WorkingDays,
    /// Months.
    Months,
    /// Years.
    Years,
}

/// What becomes of a last day that is a rest day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Roll {
    /// It stays.
    #[default]
    None,
    /// The first day after the rest.
    Forward,
    /// The last day before the rest.
    Back,
}

fn yes() -> bool {
    true
}

impl Manifest {
    /// Reads `plugin.toml` in the plugin's folder.
    pub fn read(plugin_dir: &Path) -> Result<Self, Problem> {
        let value = read_value(&plugin_dir.join("plugin.toml"), "plugin.toml")?;
        let manifest: Self = serde_json::from_value(value)
            .map_err(|error| Problem::new("plugin.toml", error.to_string()))?;
        let makes_decisions = manifest.operation.iter().any(|it| !it.decisions.is_empty());
        let decisions = match makes_decisions {
            true => Decisions::read(plugin_dir)?,
            false => Decisions::default(),
        };
        Ok(Self {
            decisions,
            ..manifest
        })
    }

    /// The record kind of this name.
    pub fn record_kind(&self, kind: &str) -> Option<&RecordKind> {
        self.record.iter().find(|it| it.kind == kind)
    }

    /// The deadline of this key, its settings taken from the parameters.
    pub fn deadline(&self, key: &str, parameters: &Map<String, Value>) -> Option<Deadline> {
        let mut found = self.deadline.iter().find(|it| it.key == key)?.clone();
        let value = |key: &Option<String>| {
            let key = key.as_ref()?;
            let default = || self.parameter.iter().find(|it| it.key == *key);
            parameters
                .get(key)
                .cloned()
                .or_else(|| default().map(|it| it.default.clone()))
        };
        if let Some(amount) = value(&found.amount_parameter).and_then(|it| it.as_u64()) {
            found.amount = u32::try_from(amount).ok();
        }
        if let Some(rest) = value(&found.weekends_rest_parameter).and_then(|it| it.as_bool()) {
            found.weekends_rest = rest;
        }
        if let Some(Value::String(ends_at)) = value(&found.ends_at_parameter) {
            found.ends_at = Some(ends_at);
        }
        found.ends_at = found.ends_at.filter(|it| it != "24:00");
        Some(found)
    }

    /// The operation of this name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operation.iter().find(|it| it.name == name)
    }
}

impl Operation {
    /// Whether it may know of this deadline.
    pub fn may_read_deadline(&self, deadline: &Deadline) -> bool {
        self.deadlines.contains(&deadline.key) || self.may_read(&deadline.record)
    }

    /// Whether it may read records of this kind.
    pub fn may_read(&self, kind: &str) -> bool {
        self.reads.iter().any(|it| it.kind == kind) || self.writes.iter().any(|it| it == kind)
    }
}

impl NumberSeries {
    /// The number in writing; the error says what does not fit.
    pub fn format(&self, scope: &[(String, String)], sequence: u64) -> Result<String, String> {
        let mut text = String::new();
        let mut rest = self.pattern.as_str();
        while let Some((literal, tail)) = rest.split_once('{') {
            text.push_str(literal);
            let field = tail.split_once('}').and_then(|(field, after)| {
                rest = after;
                let (name, width) = field.split_once(':')?;
                Some((name, width.parse::<usize>().ok()?))
            });
            let Some((name, width)) = field else {
                return Err(format!(
                    "expected `{{name:width}}` in the pattern {}",
                    self.pattern
                ));
            };
            text.push_str(&part(scope, sequence, name, width)?);
        }
        text.push_str(rest);
        Ok(text)
    }
}

fn part(
    scope: &[(String, String)],
    sequence: u64,
    name: &str,
    width: usize,
) -> Result<String, String> {
    if name == "seq" {
        let digits = format!("{sequence:0width$}");
        if digits.len() > width {
            return Err(format!("the sequence has reached its width of {width}"));
        }
        return Ok(digits);
    }
    let value = scope
        .iter()
        .find(|(it, _)| it == name)
        .map_or("", |(_, value)| value);
    if value.len() != width || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!(
            "{name}: expected {width} letters or digits, found {value:?}"
        ));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_by_its_pattern() {
        let series = NumberSeries {
            name: "certificate".to_owned(),
            pattern: "L{area:6}-{year:4}-{seq:6}!".to_owned(),
            scope: vec!["area".to_owned(), "year".to_owned()],
        };
        let scope = |area: &str| {
            [
                ("area".to_owned(), area.to_owned()),
                ("year".to_owned(), "2026".to_owned()),
            ]
        };
        assert_eq!(
            series.format(&scope("150627"), 7).unwrap(),
            "L150627-2026-000007!"
        );
        assert!(series.format(&scope("15062"), 7).is_err());
        assert!(series.format(&scope("150627"), 1_000_000).is_err());
    }
}
