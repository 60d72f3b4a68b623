//! What the active plugins offer, described for whoever composes an API of it.
//!
//! These types are the runtime's own: whoever reads them needs to know neither the host nor
//! WebAssembly. They are built once, when a plugin becomes active.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::error::Text;

/// All plugins that are active in at least one tenant, one version of each.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Rises with each activation.
    pub revision: u64,
    /// The plugins by name.
    pub plugins: BTreeMap<Arc<str>, Arc<PluginEntry>>,
    /// Names of the plugins that are active in a tenant.
    pub active: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

impl Catalogue {
    /// Whether `plugin` is active in `tenant`.
    #[must_use]
    pub fn is_active(&self, tenant: &str, plugin: &str) -> bool {
        self.active.get(tenant).is_some_and(|names| names.iter().any(|it| &**it == plugin))
    }

    /// The record kind of that name with its plugin.
    #[must_use]
    pub fn record_kind(&self, kind: &str) -> Option<(&PluginEntry, &RecordKindEntry)> {
        self.plugins.values().find_map(|plugin| {
            plugin.record_kinds.iter().find(|it| &*it.kind == kind).map(|it| (&**plugin, it))
        })
    }

    /// The operation of that name with its plugin.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<(&PluginEntry, &OperationEntry)> {
        self.plugins.values().find_map(|plugin| {
            plugin.operations.iter().find(|it| &*it.name == name).map(|it| (&**plugin, it))
        })
    }
}

/// One plugin.
#[derive(Debug, Clone)]
pub struct PluginEntry {
    /// Name, the same over versions.
    pub name: Arc<str>,
    /// Version.
    pub version: Arc<str>,
    /// Digest of the package, hexadecimal.
    pub digest: String,
    /// Prefix of what it adds to an API.
    pub namespace: Arc<str>,
    /// For people.
    pub title: Text,
    /// Roles it declares.
    pub roles: Vec<RoleEntry>,
    /// Kinds of records.
    pub record_kinds: Vec<RecordKindEntry>,
    /// Operations, exposed or not.
    pub operations: Vec<OperationEntry>,
}

/// A role.
#[derive(Debug, Clone)]
pub struct RoleEntry {
    /// Code.
    pub code: Arc<str>,
    /// For people.
    pub title: Text,
}

/// A kind of record.
#[derive(Debug, Clone)]
pub struct RecordKindEntry {
    /// Name of the kind.
    pub kind: Arc<str>,
    /// JSON Schema of the body.
    pub schema: Arc<Json>,
    /// Version of that schema.
    pub schema_version: u32,
    /// For people.
    pub title: Text,
    /// JSON Pointers (`*` for every item) to the person ids of its owners.
    pub parties: Vec<String>,
    /// JSON Pointer to the division code, where the body has one.
    pub division: Option<String>,
    /// What can be filtered and ordered by.
    pub filters: Vec<FilterEntry>,
    /// Roles that may query it; parties may read their own.
    pub read: Vec<Arc<str>>,
    /// What is masked.
    pub masked: Vec<MaskedEntry>,
}

/// A declared filter.
#[derive(Debug, Clone)]
pub struct FilterEntry {
    /// Name.
    pub name: String,
    /// JSON Pointer into the body.
    pub path: String,
    /// Type of the value.
    pub kind: FilterKind,
}

/// The type of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
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

/// A field that is masked for most.
#[derive(Debug, Clone)]
pub struct MaskedEntry {
    /// JSON Pointer (`*` for every item) into the body.
    pub path: String,
    /// How.
    pub rule: MaskKind,
    /// Roles that see the clear value.
    pub clear_for: Vec<Arc<str>>,
}

/// How a value is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskKind {
    /// Citizen's identity number: first 6 and last 4.
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

/// A verb of a plugin.
#[derive(Debug, Clone)]
pub struct OperationEntry {
    /// Name.
    pub name: Arc<str>,
    /// For people.
    pub title: Option<Text>,
    /// Whether it may be called directly.
    pub exposed: bool,
    /// Whether it only reads.
    pub query: bool,
    /// Roles that may call it directly.
    pub roles: Vec<Arc<str>>,
    /// JSON Schema of its input.
    pub input: Arc<Json>,
    /// JSON Schema of its output.
    pub output: Arc<Json>,
}
