//! Documents: what was issued, from which template and data.

use std::sync::Arc;

/// The form of a document's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentFormat {
    /// Pages.
    Pdf,
    /// A workbook.
    Xlsx,
}

/// A document as it was issued. Its file is made of it whenever it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: i64,
    /// The key under which a plugin declares it.
    pub key: Arc<str>,
    /// The digest under which its template is stored.
    pub template_digest: Arc<str>,
    /// The form of its file.
    pub format: DocumentFormat,
    /// Its title.
    pub title: Arc<str>,
    /// Kind and id of the record it belongs to.
    pub record: (Arc<str>, Arc<str>),
    /// The person id of the citizen for whom it is; all parties of the record if absent.
    pub recipient: Option<Arc<str>>,
    /// What its template was filled with, a JSON object.
    pub data: Arc<str>,
    /// The SHA-256 of all that it says, hexadecimal.
    pub sha256: Arc<str>,
    /// Names it among all that may be issued once.
    pub dedupe_key: Option<Arc<str>>,
    /// When it was issued.
    pub issued_at: i64,
    /// By whom.
    pub issued_by: Arc<str>,
}
