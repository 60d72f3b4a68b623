//! `plugin.toml`: what a plugin declares. What is not declared is refused.
//!
//! [`Manifest::parse`] reports *all* problems with line, field, value and remedy. The types are
//! plain data for `runtime` and `api`. References between files (schemas, forms, messages) are
//! checked by the package, which has the files.

mod check;
pub mod deadline;
pub mod pattern;
mod read;
pub mod schedule;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::limit::Requested;
use crate::manifest::deadline::Deadline;
use crate::manifest::pattern::Pattern;
use crate::manifest::schedule::{Escalation, Schedule};
use crate::problem::Problem;
pub(crate) use read::{fits, line_of};

/// The name of the manifest in a package.
pub const FILE_NAME: &str = "plugin.toml";
/// The role of whoever is not staff; known without a declaration.
pub const CITIZEN: &str = "CITIZEN";
/// Whoever asks, without a login too; known without a declaration, for exposed queries only.
pub const ANYBODY: &str = "ANYBODY";

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Chinese as written on the mainland.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A whole manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// `[plugin]`
    pub plugin: Header,
    /// `[limits]`
    pub limits: Requested,
    /// `[[role]]`
    pub roles: Vec<Role>,
    /// `[[record]]`
    pub records: Vec<RecordKind>,
    /// `[[operation]]`
    pub operations: Vec<Operation>,
    /// `[[number_series]]`
    pub number_series: Vec<NumberSeries>,
    /// `[[parameter]]`
    pub parameters: Vec<Parameter>,
    /// `[[check]]`
    pub checks: Vec<Check>,
    /// `[[deadline]]`
    pub deadlines: Vec<Deadline>,
    /// `[[schedule]]`
    pub schedules: Vec<Schedule>,
    /// `[[escalation]]`
    pub escalations: Vec<Escalation>,
    /// `[[notice]]`
    pub notices: Vec<Notice>,
    /// `[[document]]`
    pub documents: Vec<Document>,
    /// `[[assertion]]`
    pub assertions: Vec<Assertion>,
}

/// Who the plugin is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In kebab case; the same over versions.
    pub name: String,
    /// Three numbers.
    pub version: String,
    /// The version of the WIT package it was built for.
    pub contract: String,
    /// Prefix of what it adds to the API and the database.
    pub namespace: String,
    /// For people.
    pub title: Text,
}

/// A role that staff can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its code.
    pub code: String,
    /// For people.
    pub title: Text,
    /// Whether those who have it may edit and approve the county's configuration of the plugin:
    /// processes, decisions, forms and parameters.
    pub configures: bool,
}

/// A kind of record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordKind {
    /// In snake case: also the end of the table's name.
    pub kind: String,
    /// Path of the JSON Schema of the body.
    pub schema: String,
    /// Rises when the schema changes.
    pub schema_version: u32,
    /// For people.
    pub title: Text,
    /// JSON Pointers (`*` for every item of an array) to the person ids of the owners.
    pub parties: Vec<String>,
    /// JSON Pointer to the division code, if the body has one.
    pub division: Option<String>,
    /// What can be filtered and ordered by: indexed columns.
    pub filters: Vec<Filter>,
    /// What must be unique over records.
    pub unique: Vec<UniqueKey>,
    /// Codes of the roles that may query it; parties may read their own.
    pub read: Vec<String>,
    /// What is masked.
    pub masked: Vec<Masked>,
}

/// The type of a filter column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A calendar date in ISO form.
    Date,
    /// An instant in ISO form with an offset.
    DateTime,
}

/// A declared filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// In camel case: a field of the API's filter and, in snake case, a column.
    pub name: String,
    /// JSON Pointer into the body.
    pub path: String,
    /// Its type.
    pub r#type: FilterType,
}

/// A key that is unique over the records of a kind within a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct UniqueKey {
    /// In snake case.
    pub name: String,
    /// JSON Pointers into the body; the values together are the key.
    pub paths: Vec<String>,
    /// If present, only records that fulfil it count.
    pub when: Option<Condition>,
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// JSON Pointer into the body.
    pub path: String,
    /// The value it must have.
    pub equals: Value,
}

/// How a value is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskRule {
    /// Citizen's identity number (公民身份号码): first 6 and last 4.
    ResidentId,
    /// A personal name: the surname only.
    Name,
    /// A telephone number: first 3 and last 4.
    Phone,
    /// An address: division only.
    Address,
    /// Nothing is shown.
    Full,
}

/// A masked field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// JSON Pointer (`*` for every item) into the body.
    pub path: String,
    /// How.
    pub rule: MaskRule,
    /// Codes of the roles that see the clear value.
    pub clear_for: Vec<String>,
}

/// A verb of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// In camel case.
    pub name: String,
    /// For people; the name if absent.
    pub title: Option<Text>,
    /// Becomes a field of the API.
    pub exposed: bool,
    /// Reads only: a query of the API instead of a mutation.
    pub query: bool,
    /// Codes of the roles that may call it when exposed. `CITIZEN` is known without declaration,
    /// and for queries [`ANYBODY`].
    pub roles: Vec<String>,
    /// Path of the JSON Schema of the input.
    pub input: String,
    /// Path of the JSON Schema of the output.
    pub output: String,
    /// What it may read, and what is read beforehand.
    pub reads: Vec<Read>,
    /// Record kinds it may write (and read).
    pub writes: Vec<String>,
    /// Keys of the processes it may start.
    pub starts: Vec<String>,
    /// Names of the messages it may publish.
    pub publishes: Vec<String>,
    /// Names of the number series it may draw from.
    pub numbers: Vec<String>,
    /// Check kinds whose answers it may look up.
    pub checks: Vec<String>,
    /// Ids of the decisions it may make.
    pub decisions: Vec<String>,
    /// Keys of the deadlines it may set, stop, extend and close.
    pub deadlines: Vec<String>,
    /// Codes of the notices it may send.
    pub notices: Vec<String>,
    /// Keys of the documents it may issue.
    pub documents: Vec<String>,
    /// The date whose parameters it is given; today's if absent.
    pub as_of: Option<AsOf>,
}

/// Where the date of the fact stands, by whose rules an operation goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// At a JSON Pointer into the input.
    Input(String),
    /// In a record of the snapshot.
    Snapshot {
        /// The name in the snapshot.
        name: String,
        /// JSON Pointer into the body.
        path: String,
    },
}

/// A declared read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The record kind.
    pub kind: String,
    /// If present, one record is read before the call and handed over as the snapshot.
    pub snapshot: Option<SnapshotRead>,
}

/// A record read before the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRead {
    /// The name in the snapshot.
    pub name: String,
    /// JSON Pointer into the input, to the record's id.
    pub id: String,
}

/// A series of gapless numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberSeries {
    /// In snake case.
    pub name: String,
    /// How a number is written.
    pub pattern: Pattern,
    /// Each combination of these values counts from 1.
    pub scope: Vec<String>,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// A whole number.
    Integer,
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A calendar date in ISO form.
    Date,
    /// What a JSON Schema of the package describes.
    Json,
}

/// Something staff can set.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// In snake case.
    pub key: String,
    /// Its type.
    pub r#type: ParameterType,
    /// Used until staff set it.
    pub default: Value,
    /// For people.
    pub title: Text,
    /// Path of the JSON Schema of a value of the type `json`.
    pub schema: Option<String>,
    /// The least number that makes sense.
    pub min: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
    /// The least number that the law allows; `basis` names it.
    pub law_floor: Option<i64>,
    /// The greatest.
    pub law_ceiling: Option<i64>,
    /// The only values allowed, if not empty.
    pub one_of: Vec<Value>,
    /// FEEL over `value` that must be true.
    pub assert: Option<String>,
    /// The law on which the parameter or its bounds rest.
    pub basis: Option<Text>,
    /// The default is a guess that the county has to confirm.
    pub unconfirmed: bool,
}

/// What must hold for every version of a decision, the county's own included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The id of the decision.
    pub decision: String,
    /// The code of the message that a violation is told with.
    pub code: String,
    /// Path of a JSON file in the package with inputs that the decision must answer.
    pub vectors: Option<String>,
    /// FEEL over the inputs of a vector and `result` that must be true for every vector.
    pub assert: Option<String>,
    /// Names of inputs that must not be used.
    pub forbidden_inputs: Vec<String>,
    /// Ids of rules that must stay as the plugin has them.
    pub locked_rules: Vec<String>,
}

/// A check of another department's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its code.
    pub kind: String,
    /// For people.
    pub title: Text,
    /// The operation that builds the request.
    pub prepare: String,
    /// How long one attempt may take.
    pub timeout_ms: u32,
    /// After so many attempts the task fails with `SOURCE_DOWN`.
    pub tries: u32,
}

/// Who may be sent a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// A party of the record it is about.
    Party,
    /// Everybody with a role in a division.
    Role,
    /// One member of staff, such as the assignee of a task.
    Staff,
}

/// Something people can be told. Its text stands in the message catalogues under its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its code.
    pub code: String,
    /// Its heading; `{name}` stands for an argument or a field of the record.
    pub title: Text,
    /// Who may be sent it.
    pub audience: Vec<Audience>,
    /// The kind of record it is about, if it is about one.
    pub record: Option<String>,
    /// Placeholders that are read off the record when the notice is read.
    pub fields: Vec<NoticeField>,
    /// Channels it is meant for beside the inbox, such as `SMS`; a channel that no operator has
    /// connected is passed over.
    pub channels: Vec<String>,
}

/// A document (文书) that operations can issue. Its template is the package's
/// `documents/<key>.toml`, or what the county has in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its key.
    pub key: String,
    /// For people.
    pub title: Text,
    /// The kind of record it belongs to.
    pub record: String,
    /// The roles of staff that may read it, with all that it says.
    pub roles: Vec<String>,
    /// Whether the parties of the record may read it, or the one for whom it is.
    pub party: bool,
}

impl Document {
    /// The file in the package that holds the template.
    pub fn file(&self) -> String {
        format!("documents/{}.toml", self.key)
    }
}

/// A placeholder that is read off the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeField {
    /// The name within braces.
    pub name: String,
    /// JSON Pointer into the body.
    pub path: String,
}

impl Manifest {
    /// Reads and checks a manifest; on failure all that is wrong with it.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let (manifest, mut problems) = read::manifest(source);
        if let Some(manifest) = &manifest {
            problems.extend(check::references(manifest, source));
        }
        match manifest {
            Some(manifest) if problems.is_empty() => Ok(manifest),
            _ => Err(problems),
        }
    }

    /// The operation of this name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }

    /// The record kind of this name.
    pub fn record(&self, kind: &str) -> Option<&RecordKind> {
        self.records.iter().find(|record| record.kind == kind)
    }

    /// The check of this kind.
    pub fn check(&self, kind: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.kind == kind)
    }

    /// The deadline of this key.
    pub fn deadline(&self, key: &str) -> Option<&Deadline> {
        self.deadlines.iter().find(|deadline| deadline.key == key)
    }

    /// The schedule of this key.
    pub fn schedule(&self, key: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.key == key)
    }

    /// The ladder of this key.
    pub fn escalation(&self, key: &str) -> Option<&Escalation> {
        self.escalations.iter().find(|it| it.key == key)
    }

    /// The parameter of this key.
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|it| it.key == key)
    }

    /// The notice of this code.
    pub fn notice(&self, code: &str) -> Option<&Notice> {
        self.notices.iter().find(|notice| notice.code == code)
    }

    /// The document of this key.
    pub fn document(&self, key: &str) -> Option<&Document> {
        self.documents.iter().find(|it| it.key == key)
    }

    /// The number series of this name.
    pub fn series(&self, name: &str) -> Option<&NumberSeries> {
        self.number_series.iter().find(|series| series.name == name)
    }

    /// Every parameter with its default.
    pub fn defaults(&self) -> BTreeMap<String, Value> {
        let pairs = self.parameters.iter();
        pairs
            .map(|parameter| (parameter.key.clone(), parameter.default.clone()))
            .collect()
    }
}
