//! The record of a case and the values it is found by.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A value in a declared column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnValue {
    /// A string.
    Text(Arc<str>),
    /// A whole number.
    Integer(i64),
    /// A date as `YYYY-MM-DD`, whose order as text is its order in time.
    Date(Arc<str>),
    /// True or false.
    Boolean(bool),
    /// An instant in microseconds.
    Instant(i64),
}

/// Values of declared columns by their names; a column that is absent is null.
pub type Columns = BTreeMap<Arc<str>, ColumnValue>;

/// A stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id, unique within tenant and kind.
    pub id: Arc<str>,
    /// Grows by one with every change; the first version is 1.
    pub version: i64,
    /// Version of the schema the body was written under.
    pub schema_version: i32,
    /// JSON text.
    pub body: Arc<str>,
    /// When it was first stored.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

/// A record that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPut {
    /// Kind, as declared.
    pub kind: Arc<str>,
    /// Id.
    pub id: Arc<str>,
    /// What must be stored now.
    pub expected: ExpectedVersion,
    /// Version of the schema the body was written under.
    pub schema_version: i32,
    /// JSON text.
    pub body: Arc<str>,
    /// Values of the declared columns.
    pub columns: Columns,
    /// Person ids of the citizens who own the record.
    pub parties: Vec<Arc<str>>,
}

/// What a writer expects to find under a record's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Anything, or nothing.
    Any,
    /// No record.
    Absent,
    /// A record at exactly this version.
    Exactly(i64),
}
