//! Counties for tests: one without plugins, and the sample county with a few things otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{folder, paths};

const COUNTY: &str =
    "tenant = '150627'\ndivision = '150627'\nname = { zh = '测试县', en = 'Test county' }\n";
const HOLIDAYS: &str = "holidays-cn.json";

/// Writes the county into `folder`: the sample county's division and calendar, and nobody and nothing else.
pub fn write_plain(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text)
            .with_context(|| format!("cannot write {name} of the county"))
    };
    write("county.toml", COUNTY)?;
    write("staff.toml", "staff = []\n")?;
    write("parameters.toml", "")?;
    fs::copy(paths::sample_county().join(HOLIDAYS), folder.join(HOLIDAYS))
        .context("cannot copy the calendar of the sample county")?;
    Ok(())
}

/// What a test wants otherwise in the sample county.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patch {
    /// Values of parameters.
    pub parameter: Vec<Parameter>,
    /// Records in the place of those with the same id, or more of them.
    pub record: Vec<Record>,
    /// Records that are not there.
    pub without: Vec<RecordName>,
    /// Answers of the simulated exchange that come before those of its tables.
    pub answer: Vec<Answer>,
}

/// A parameter of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Name of the plugin.
    pub plugin: String,
    /// Key.
    pub key: String,
    /// Value.
    pub value: Value,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Body; the text `null` is null, which TOML cannot say.
    pub body: Value,
}

/// Names a record.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordName {
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
}

/// An answer of another department.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Kind of check.
    pub kind: String,
    /// Members of the question that it answers.
    pub request: Value,
    /// Outcome.
    pub outcome: String,
    /// What the department says.
    #[serde(default)]
    pub body: Value,
}

impl Patch {
    /// Whether the sample county is to be as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// This patch, and `other` on top of it.
    pub fn and(mut self, other: Self) -> Self {
        self.parameter.extend(other.parameter);
        self.record.extend(other.record);
        self.without.extend(other.without);
        // The first answer that fits is given.
        self.answer.splice(0..0, other.answer);
        self
    }
}

/// Writes the sample county into `folder`, without the part of the plugins in `absent`, and with what `patch` says
/// otherwise.
pub fn write_patched(folder: &Path, absent: &[&str], patch: &Patch) -> anyhow::Result<()> {
    let sample = paths::sample_county();
    folder::copy(&sample, folder)?;
    for plugin in absent {
        leave_out_records(folder, plugin)?;
    }
    let parameters = folder.join("parameters.toml");
    let mut text = fs::read_to_string(&parameters).context("no parameters.toml")?;
    let mut set: toml::Table = text.parse().context("parameters.toml is not TOML")?;
    let listed = set
        .entry("parameter")
        .or_insert_with(|| toml::Value::Array(Vec::new()));
    if let toml::Value::Array(listed) = listed {
        let plugin = |it: &toml::Value| {
            it.get("plugin")
                .and_then(toml::Value::as_str)
                .map(str::to_owned)
        };
        listed.retain(|it| plugin(it).is_none_or(|name| !absent.contains(&&*name)));
        for parameter in &patch.parameter {
            let is_same = |it: &toml::Value| {
                let member = |name: &str| it.get(name).and_then(toml::Value::as_str);
                member("plugin") == Some(&parameter.plugin) && member("key") == Some(&parameter.key)
            };
            listed.retain(|it| !is_same(it));
            listed.push(toml::Value::try_from(parameter).context("a parameter is TOML")?);
        }
    }
    text = toml::to_string(&set).context("parameters are TOML")?;
    fs::write(&parameters, text).context("cannot write parameters.toml")?;
    for record in &patch.record {
        let entry = json!({ "id": record.id, "body": with_nulls(&record.body) });
        change_records(folder, &record.kind, &record.id, Some(entry))?;
    }
    for name in &patch.without {
        change_records(folder, &name.kind, &name.id, None)?;
    }
    // Each before those that are there already, so that the first of the patch comes first.
    for answer in patch.answer.iter().rev() {
        add_answer(folder, answer)?;
    }
    Ok(())
}

/// Takes out the records of the kinds that the plugin declares.
fn leave_out_records(folder: &Path, plugin: &str) -> anyhow::Result<()> {
    let manifest = paths::repository().join(format!("plugins/{plugin}/plugin.toml"));
    let text = fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let manifest: Manifest = toml::from_str(&text).context("plugin.toml is not TOML")?;
    for record in manifest.record {
        let path = folder.join(format!("records/{}.json", record.kind));
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// What of a manifest counts here.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    record: Vec<Declared>,
}

#[derive(Deserialize)]
struct Declared {
    kind: String,
}

fn with_nulls(value: &Value) -> Value {
    match value {
        Value::String(text) if text == "null" => Value::Null,
        Value::Array(items) => items.iter().map(with_nulls).collect(),
        Value::Object(map) => {
            let members = map.iter().map(|(name, it)| (name.clone(), with_nulls(it)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// Takes the record out of its file and puts another in its place, if there is one.
fn change_records(folder: &Path, kind: &str, id: &str, entry: Option<Value>) -> anyhow::Result<()> {
    let path = folder.join(format!("records/{kind}.json"));
    let mut records: Vec<Value> = if path.exists() {
        read_json(&path)?
    } else {
        Vec::new()
    };
    records.retain(|it| it["id"] != id);
    records.extend(entry);
    write_json(&path, &Value::from(records))
}

fn add_answer(folder: &Path, answer: &Answer) -> anyhow::Result<()> {
    let path: PathBuf = folder.join(format!("exchange/{}.json", answer.kind));
    let mut table: Value = if path.exists() {
        read_json(&path)?
    } else {
        json!({ "kind": answer.kind, "entries": [] })
    };
    let entry =
        json!({ "request": answer.request, "outcome": answer.outcome, "body": answer.body });
    let entries = table["entries"].as_array_mut();
    entries
        .with_context(|| format!("{} has no entries", path.display()))?
        .insert(0, entry);
    write_json(&path, &table)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", path.display()))
}

fn write_json(path: &Path, value: &Value) -> anyhow::Result<()> {
    fs::write(path, value.to_string()).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_wants_otherwise_stands_over_the_sample_county() {
        let folder = tempfile::tempdir().unwrap();
        let patch: Patch = serde_json::from_value(json!({
            "parameter": [{ "plugin": "marriage-registration", "key": "claim_cure_wd", "value": 7 }],
            "record": [{ "kind": "authority", "id": "15062701", "body": { "code": "x", "b": "null" } }],
            "without": [{ "kind": "authority", "id": "15062702" }],
            "answer": [
                { "kind": "X-MARRIAGE", "request": { "key": "a" }, "outcome": "MATCH" },
                { "kind": "X-NEW", "request": {}, "outcome": "NOT_FOUND" },
            ],
        }))
        .unwrap();
        write_patched(folder.path(), &["funeral-subsidy"], &patch).unwrap();
        assert!(!folder.path().join("records/burial_plot.json").exists());
        let records: Vec<Value> = read_json(&folder.path().join("records/authority.json")).unwrap();
        assert_eq!(
            records,
            [json!({ "id": "15062701", "body": { "code": "x", "b": null } })]
        );
        let table: Value = read_json(&folder.path().join("exchange/X-MARRIAGE.json")).unwrap();
        assert_eq!(table["entries"][0]["request"]["key"], "a");
        assert!(folder.path().join("exchange/X-NEW.json").exists());
        let text = fs::read_to_string(folder.path().join("parameters.toml")).unwrap();
        let set: toml::Table = text.parse().unwrap();
        let listed = set["parameter"].as_array().unwrap();
        let values: Vec<_> = listed
            .iter()
            .filter(|it| it["key"].as_str() == Some("claim_cure_wd"))
            .map(|it| it["value"].as_integer())
            .collect();
        assert_eq!(values, [Some(7)]);
    }
}
