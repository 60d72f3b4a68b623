//! Records: the truth of a case.
//!
//! Begin with [`Record`], which `#[derive(Record)]` implements.

use std::fmt;
use std::ops::{Deref, DerefMut};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A record kind that `plugin.toml` declares. Derive it:
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use tongban_sdk::{Date, Record};
///
/// /// 离婚登记案件
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
/// #[serde(rename_all = "camelCase")]
/// #[record(kind = "divorce_case", schema_version = 1)]
/// // A filter is found at `/<its name>` in the body, unless this says otherwise.
/// #[record(filter(name = "acceptedOn", path = "/acceptance/date"))]
/// pub struct DivorceCase {
///     pub case_no: String,
///     pub acceptance: Option<Acceptance>,
/// }
///
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
/// pub struct Acceptance {
///     pub date: Date,
/// }
/// assert_eq!(DivorceCase::KIND, "divorce_case");
/// ```
pub trait Record: Serialize + DeserializeOwned + JsonSchema {
    /// The kind, as `plugin.toml` declares it.
    const KIND: &'static str;
    /// The version of the schema, as `plugin.toml` declares it.
    const SCHEMA_VERSION: u32;
    /// Filters that do not lie at `/<name>` in the body.
    const FILTERS: &'static [FilterPath];
}

/// Where in the body a declared filter lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterPath {
    /// The name in `plugin.toml` and in queries.
    pub name: &'static str,
    /// A JSON Pointer into the body.
    pub path: &'static str,
}

/// The id of a record. It is given by the server, or known at once from
/// [`crate::Context::put_new`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(String);

impl RecordId {
    /// The id with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl JsonSchema for RecordId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecordId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 200, "format": "record-id" })
    }
}

/// A record that was read: change it through `DerefMut`, then [`crate::Context::put`] it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    pub(crate) id: RecordId,
    pub(crate) version: u64,
    pub(crate) body: T,
}

impl<T> Stored<T> {
    /// Its id.
    pub fn id(&self) -> &RecordId {
        &self.id
    }

    /// The version that was read, which is the version that [`crate::Context::put`] replaces;
    /// 0 for a record that this very call has made.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The record alone.
    pub fn into_body(self) -> T {
        self.body
    }
}

impl<T> Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T> DerefMut for Stored<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.body
    }
}

/// What the plugin's list holds of a record kind.
#[derive(Debug, Clone, Copy)]
pub struct RecordDescriptor {
    /// [`Record::KIND`].
    pub kind: &'static str,
    /// [`Record::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// [`Record::FILTERS`].
    pub filters: &'static [FilterPath],
    /// Makes the JSON Schema; not in a component, which has no use for it.
    #[cfg(not(target_family = "wasm"))]
    pub schema: fn() -> serde_json::Value,
}

impl RecordDescriptor {
    /// Of this kind.
    pub const fn of<T: Record>() -> Self {
        Self {
            kind: T::KIND,
            schema_version: T::SCHEMA_VERSION,
            filters: T::FILTERS,
            #[cfg(not(target_family = "wasm"))]
            schema: crate::schema::written::<T>,
        }
    }
}
