//! Reads a county's folder: `county.toml`, `staff.toml`, `parameters.toml`, `holidays-cn.json`, `records/*.json`.
//!
//! The folder is described in `examples/county-150627/README.md`; the engine checks what the files say.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tongban_runtime::county::{County, CountyRecord, Parameter, StaffMember};

/// A county's folder, read.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    /// What is loaded into the engine.
    pub(crate) county: County,
    /// Everybody of `staff.toml`, citizens included, for tokens.
    pub(crate) people: Vec<Person>,
    /// Tables of the simulated exchange.
    pub(crate) exchange: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountyFile {
    tenant: String,
    division: String,
    name: Name,
    #[serde(default, rename = "authority")]
    _authorities: Vec<Json>,
}

#[derive(Debug, Deserialize)]
struct Name {
    zh: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffFile {
    staff: Vec<Person>,
}

/// Somebody who can be given a token.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Person {
    /// Stable id.
    pub(crate) id: String,
    /// Name.
    pub(crate) name: String,
    /// Role codes.
    pub(crate) roles: Vec<String>,
    /// Division the person works in; the county's own if none.
    pub(crate) division: Option<String>,
    /// The person record of a citizen.
    pub(crate) person: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParametersFile {
    #[serde(default)]
    parameter: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
struct RecordEntry {
    id: String,
    body: Json,
}

/// Reads the folder at `path`.
pub(crate) fn read(path: &Path) -> anyhow::Result<Folder> {
    let county: CountyFile = toml_file(&path.join("county.toml"))?;
    if county.tenant != county.division {
        bail!(
            "{}: tenant is {}, expected the division {}",
            path.join("county.toml").display(),
            county.tenant,
            county.division
        );
    }
    let staff: StaffFile = toml_file(&path.join("staff.toml"))?;
    let parameters: ParametersFile = toml_file(&path.join("parameters.toml"))?;
    let calendar: Json = json_file(&path.join("holidays-cn.json"))?;
    let members = staff
        .staff
        .iter()
        .filter(|it| it.person.is_none())
        .map(|it| StaffMember {
            id: it.id.clone(),
            name: it.name.clone(),
            roles: it.roles.clone(),
            division: it.division.clone(),
        });
    let loaded = County {
        division: county.division,
        name: county.name.zh,
        staff: members.collect(),
        parameters: parameters.parameter,
        calendar: Some(calendar),
        records: records(&path.join("records"))?,
    };
    Ok(Folder {
        county: loaded,
        people: staff.staff,
        exchange: path.join("exchange"),
    })
}

fn records(folder: &Path) -> anyhow::Result<Vec<CountyRecord>> {
    let mut records = Vec::new();
    if !folder.is_dir() {
        return Ok(records);
    }
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|it| it.path()).collect();
    files.sort();
    for file in files
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "json"))
    {
        let kind = file
            .file_stem()
            .and_then(|it| it.to_str())
            .unwrap_or_default()
            .to_owned();
        let entries: Vec<RecordEntry> = json_file(file)?;
        let of_kind = |it: RecordEntry| CountyRecord {
            kind: kind.clone(),
            id: it.id,
            body: it.body,
        };
        records.extend(entries.into_iter().map(of_kind));
    }
    Ok(records)
}

fn text_file(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn toml_file<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    toml::from_str(&text_file(path)?).with_context(|| format!("{} is not valid", path.display()))
}

fn json_file<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_str(&text_file(path)?)
        .with_context(|| format!("{} is not valid", path.display()))
}
