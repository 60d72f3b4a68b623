//! Who did what, and to what.

use std::sync::Arc;

/// An entry that is to be stored; instant and principal are the command's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// What was done: a command, an operation, or a plugin's own code.
    pub action: Arc<str>,
    /// Kind of what it was done to: a record kind, `process_instance`, …
    pub subject_kind: Arc<str>,
    /// Its id.
    pub subject_id: Arc<str>,
    /// JSON text with what else is to be known; never personal data in clear.
    pub detail: Option<Arc<str>>,
}

/// A stored entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id; later entries have higher ones.
    pub id: i64,
    /// When.
    pub at: i64,
    /// Who.
    pub principal: Arc<str>,
    /// What was done.
    pub action: Arc<str>,
    /// Kind of what it was done to.
    pub subject_kind: Arc<str>,
    /// Its id.
    pub subject_id: Arc<str>,
    /// JSON text with what else is to be known.
    pub detail: Option<Arc<str>>,
}
