//! What was deployed: files, and the definitions read from them.

use std::sync::Arc;

use tongban_core::id::DefinitionId;

/// Where a definition comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Origin {
    /// A file that a person deployed.
    #[default]
    Upload,
    /// A plugin's package.
    Plugin,
    /// A configuration item of the county: it goes before the others.
    County,
}

/// One deployment of several files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id.
    pub id: i64,
    /// When.
    pub deployed_at: i64,
    /// By whom.
    pub deployed_by: Arc<str>,
    /// Where the files come from: empty for a person's upload, `plugin@version` for a package's.
    pub source: Arc<str>,
}

/// A version of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessDefinition {
    /// Its id, to which instances are pinned.
    pub id: DefinitionId,
    /// The BPMN process id.
    pub key: Arc<str>,
    /// 1, 2, … within the key.
    pub version: i32,
    /// The author's own version.
    pub version_tag: Option<Arc<str>>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
    /// Name of the file.
    pub resource_name: Arc<str>,
    /// SHA-256 of the file, hexadecimal; the key of its content.
    pub digest: Arc<str>,
    /// The schemas that its data are declared by, as they were when it was deployed.
    pub schemas: Vec<SchemaFile>,
    /// The deployment it came with.
    pub deployment_id: i64,
    /// When it was deployed.
    pub deployed_at: i64,
}

/// A JSON schema that was deployed with a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFile {
    /// Its name in the deployment, without spaces.
    pub name: Arc<str>,
    /// SHA-256 of the file, hexadecimal.
    pub digest: Arc<str>,
}

/// A version of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionDefinition {
    /// Its id.
    pub id: i64,
    /// The DMN decision id.
    pub key: Arc<str>,
    /// 1, 2, … within the key.
    pub version: i32,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// The date from which it holds, `YYYY-MM-DD`; from ever where absent.
    pub effective_from: Option<Arc<str>>,
    /// The date from which it holds no longer, `YYYY-MM-DD`.
    pub effective_until: Option<Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
    /// The configuration item it was approved as, if it was.
    pub item: Option<i64>,
    /// Name of the file.
    pub resource_name: Arc<str>,
    /// SHA-256 of the file, hexadecimal.
    pub digest: Arc<str>,
    /// The namespace by which others import its file; empty if it has none.
    pub namespace: Arc<str>,
    /// Digests of the files that it imports, as they were when it was deployed: it goes on being
    /// decided by those.
    pub imports: Vec<Arc<str>>,
    /// The deployment it came with.
    pub deployment_id: i64,
    /// When it was deployed.
    pub deployed_at: i64,
}

/// A version of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormDefinition {
    /// Its id.
    pub id: i64,
    /// The form id of the file.
    pub key: Arc<str>,
    /// 1, 2, … within the key.
    pub version: i32,
    /// Where it comes from.
    pub origin: Origin,
    /// Name of the file.
    pub resource_name: Arc<str>,
    /// SHA-256 of the file, hexadecimal.
    pub digest: Arc<str>,
    /// The deployment it came with.
    pub deployment_id: i64,
    /// When it was deployed.
    pub deployed_at: i64,
}

/// A file that was deployed, kept once by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// SHA-256 of the content, hexadecimal.
    pub digest: Arc<str>,
    /// The bytes as uploaded.
    pub content: Arc<[u8]>,
}
