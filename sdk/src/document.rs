//! Documents (文书): certificates, decisions, receipts, letters, tables of statistics.
//!
//! A document belongs to a record. Its template is the package's `documents/<key>.toml`, or what
//! the county has in its place; the server fills it, and refuses the command if something is
//! missing, does not fit, or cannot be set in its fonts.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::notice::RecordReference;
use crate::record::{Record, RecordId};

/// Issues a document with the commit; the operation's manifest entry names it in `documents`.
///
/// ```
/// use tongban_sdk::IssueDocument;
/// let receipt = IssueDocument::about("acceptance-receipt", "divorce_case", "c-1-0")
///     .with("number", "LH150627-2026-000001")
///     .with("acceptedOn", "2026-03-05")
///     .for_person("person-m3")
///     .once("acceptance");
/// # let _ = receipt;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IssueDocument {
    /// The key under which the document is declared.
    pub document: String,
    /// The record it belongs to.
    pub record: RecordReference,
    /// The citizen for whom it is; all parties of the record if absent.
    pub recipient: Option<String>,
    /// What the template is filled with.
    pub data: Map<String, Value>,
    /// For the same record the same document is issued under the same key once.
    pub dedupe_key: Option<String>,
}

impl IssueDocument {
    /// A document that belongs to a record.
    pub fn about(
        document: impl Into<String>,
        kind: impl Into<String>,
        id: impl Into<String>,
    ) -> Self {
        let (kind, id) = (kind.into(), id.into());
        Self {
            document: document.into(),
            record: RecordReference { kind, id },
            recipient: None,
            data: Map::new(),
            dedupe_key: None,
        }
    }

    /// A document that belongs to a record of a type of the plugin.
    pub fn about_record<T: Record>(document: impl Into<String>, id: &RecordId) -> Self {
        Self::about(document, T::KIND, id.as_str())
    }

    /// With a value for its template. What is no JSON is null, which the server refuses where the
    /// template needs it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.data.insert(name.into(), value);
        self
    }

    /// For one citizen among the parties, by his person id.
    #[must_use]
    pub fn for_person(mut self, person_id: impl Into<String>) -> Self {
        self.recipient = Some(person_id.into());
        self
    }

    /// At most once for the record and this key, however often the operation is called.
    #[must_use]
    pub fn once(mut self, key: impl ToString) -> Self {
        self.dedupe_key = Some(key.to_string());
        self
    }
}
