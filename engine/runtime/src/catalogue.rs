//! What the active plugins offer, described for whoever composes an API of it.
//!
//! These types are the runtime's own: whoever reads them needs to know neither the host nor
//! WebAssembly. They are built once, when a plugin becomes active.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tongban_host::manifest::{self, FilterType, Manifest, MaskRule};
use tongban_host::plugin::Plugin;

pub use schedule::{Adjustable, ScheduleEntry};

use crate::error::Text;
use crate::tenant::TenantWorld;

mod schedule;

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
    /// What the tenants use. Of a plugin active in several versions, the newest describes it.
    pub(crate) fn of(revision: u64, worlds: &BTreeMap<Arc<str>, Arc<TenantWorld>>) -> Catalogue {
        let mut catalogue = Catalogue {
            revision,
            ..Catalogue::default()
        };
        for (tenant, world) in worlds {
            for plugin in &world.plugins {
                let header = &plugin.manifest().plugin;
                let name: Arc<str> = Arc::from(header.name.as_str());
                catalogue
                    .active
                    .entry(tenant.clone())
                    .or_default()
                    .push(name.clone());
                let known = catalogue.plugins.get(&name);
                let is_newer =
                    known.is_none_or(|it| numbers(&it.version) < numbers(&header.version));
                if is_newer {
                    catalogue.plugins.insert(name, Arc::new(entry_of(plugin)));
                }
            }
        }
        catalogue
    }

    /// Whether `plugin` is active in `tenant`.
    #[must_use]
    pub fn is_active(&self, tenant: &str, plugin: &str) -> bool {
        self.active
            .get(tenant)
            .is_some_and(|names| names.iter().any(|it| &**it == plugin))
    }

    /// The record kind of that name with its plugin.
    #[must_use]
    pub fn record_kind(&self, kind: &str) -> Option<(&PluginEntry, &RecordKindEntry)> {
        self.plugins.values().find_map(|plugin| {
            plugin
                .record_kinds
                .iter()
                .find(|it| &*it.kind == kind)
                .map(|it| (&**plugin, it))
        })
    }

    /// The deadline of that key with its plugin.
    #[must_use]
    pub fn deadline(&self, key: &str) -> Option<(&PluginEntry, &DeadlineEntry)> {
        self.plugins.values().find_map(|plugin| {
            plugin
                .deadlines
                .iter()
                .find(|it| &*it.key == key)
                .map(|it| (&**plugin, it))
        })
    }

    /// The document of that key with its plugin.
    #[must_use]
    pub fn document(&self, key: &str) -> Option<(&PluginEntry, &DocumentEntry)> {
        self.plugins.values().find_map(|plugin| {
            let found = plugin.documents.iter().find(|it| &*it.key == key);
            found.map(|it| (&**plugin, it))
        })
    }

    /// The schedule of that key with its plugin.
    #[must_use]
    pub fn schedule(&self, key: &str) -> Option<(&PluginEntry, &ScheduleEntry)> {
        self.plugins.values().find_map(|plugin| {
            let found = plugin.schedules.iter().find(|it| &*it.key == key);
            found.map(|it| (&**plugin, it))
        })
    }

    /// The operation of that name with its plugin.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<(&PluginEntry, &OperationEntry)> {
        self.plugins.values().find_map(|plugin| {
            plugin
                .operations
                .iter()
                .find(|it| &*it.name == name)
                .map(|it| (&**plugin, it))
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
    /// Deadlines.
    pub deadlines: Vec<DeadlineEntry>,
    /// Periodic work.
    pub schedules: Vec<ScheduleEntry>,
    /// What can be issued.
    pub documents: Vec<DocumentEntry>,
}

/// A kind of deadline.
#[derive(Debug, Clone)]
pub struct DeadlineEntry {
    /// Key.
    pub key: Arc<str>,
    /// For people.
    pub title: Text,
    /// The clause that sets it.
    pub law: Option<Text>,
    /// The record kind it belongs to.
    pub record_kind: Arc<str>,
}

/// A role.
#[derive(Debug, Clone)]
pub struct RoleEntry {
    /// Code.
    pub code: Arc<str>,
    /// For people.
    pub title: Text,
    /// Whether whoever has it may configure the county.
    pub configures: bool,
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

fn numbers(version: &str) -> Vec<u64> {
    version
        .split('.')
        .map(|it| it.parse().unwrap_or(0))
        .collect()
}

fn entry_of(plugin: &Plugin) -> PluginEntry {
    let manifest = plugin.manifest();
    let header = &manifest.plugin;
    let roles = manifest.roles.iter();
    PluginEntry {
        name: Arc::from(header.name.as_str()),
        version: Arc::from(header.version.as_str()),
        digest: plugin.digest().to_owned(),
        namespace: Arc::from(header.namespace.as_str()),
        title: text_of(&header.title),
        roles: roles
            .map(|it| RoleEntry {
                code: Arc::from(it.code.as_str()),
                title: text_of(&it.title),
                configures: it.configures,
            })
            .collect(),
        record_kinds: record_kinds_of(plugin, manifest),
        operations: operations_of(plugin, manifest),
        deadlines: manifest.deadlines.iter().map(deadline_of).collect(),
        schedules: manifest.schedules.iter().map(schedule::entry_of).collect(),
        documents: manifest.documents.iter().map(document_of).collect(),
    }
}

/// A document that operations can issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentEntry {
    /// Its key.
    pub key: Arc<str>,
    /// For people.
    pub title: Text,
    /// The kind of record it belongs to.
    pub record_kind: Arc<str>,
    /// The roles of staff that may read it.
    pub roles: Vec<Arc<str>>,
    /// Whether the parties of the record may read it, or the one for whom it is.
    pub party: bool,
}

fn document_of(document: &manifest::Document) -> DocumentEntry {
    DocumentEntry {
        key: Arc::from(document.key.as_str()),
        title: text_of(&document.title),
        record_kind: Arc::from(document.record.as_str()),
        roles: codes_of(&document.roles),
        party: document.party,
    }
}

fn deadline_of(deadline: &manifest::deadline::Deadline) -> DeadlineEntry {
    DeadlineEntry {
        key: Arc::from(deadline.key.as_str()),
        title: text_of(&deadline.title),
        law: deadline.law.as_ref().map(text_of),
        record_kind: Arc::from(deadline.record.as_str()),
    }
}

fn record_kinds_of(plugin: &Plugin, manifest: &Manifest) -> Vec<RecordKindEntry> {
    let entry = |it: &manifest::RecordKind| RecordKindEntry {
        kind: Arc::from(it.kind.as_str()),
        schema: schema_of(plugin, &it.schema),
        schema_version: it.schema_version,
        title: text_of(&it.title),
        parties: it.parties.clone(),
        division: it.division.clone(),
        filters: it.filters.iter().map(filter_of).collect(),
        read: codes_of(&it.read),
        masked: it.masked.iter().map(masked_of).collect(),
    };
    manifest.records.iter().map(entry).collect()
}

fn operations_of(plugin: &Plugin, manifest: &Manifest) -> Vec<OperationEntry> {
    let entry = |it: &manifest::Operation| OperationEntry {
        name: Arc::from(it.name.as_str()),
        title: it.title.as_ref().map(text_of),
        exposed: it.exposed,
        query: it.query,
        roles: codes_of(&it.roles),
        input: schema_of(plugin, &it.input),
        output: schema_of(plugin, &it.output),
    };
    manifest.operations.iter().map(entry).collect()
}

fn filter_of(filter: &manifest::Filter) -> FilterEntry {
    let kind = match filter.r#type {
        FilterType::String => FilterKind::String,
        FilterType::Integer => FilterKind::Integer,
        FilterType::Boolean => FilterKind::Boolean,
        FilterType::Date => FilterKind::Date,
        FilterType::DateTime => FilterKind::DateTime,
    };
    FilterEntry {
        name: filter.name.clone(),
        path: filter.path.clone(),
        kind,
    }
}

fn masked_of(masked: &manifest::Masked) -> MaskedEntry {
    let rule = match masked.rule {
        MaskRule::ResidentId => MaskKind::ResidentId,
        MaskRule::Name => MaskKind::Name,
        MaskRule::Phone => MaskKind::Phone,
        MaskRule::Address => MaskKind::Address,
        MaskRule::Full => MaskKind::Full,
    };
    MaskedEntry {
        path: masked.path.clone(),
        rule,
        clear_for: codes_of(&masked.clear_for),
    }
}

fn schema_of(plugin: &Plugin, path: &str) -> Arc<Json> {
    Arc::new(
        plugin
            .schema(path)
            .map_or(Json::Null, |it| it.document().clone()),
    )
}

fn codes_of(codes: &[String]) -> Vec<Arc<str>> {
    codes.iter().map(|it| Arc::from(it.as_str())).collect()
}

/// A text of a manifest.
pub(crate) fn text_of(text: &manifest::Text) -> Text {
    Text {
        zh: text.zh.clone(),
        en: text.en.clone(),
    }
}
