//! The declaration of a record kind: what its table looks like.
//!
//! A kind has one table, `record_<kind>`, shared by all tenants. [`UnitOfWork::declare_record_kind`]
//! creates it, and on an upgrade adds the new columns and fills them.
//!
//! [`UnitOfWork::declare_record_kind`]: crate::unit_of_work::UnitOfWork::declare_record_kind

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::row::record::Columns;

mod schema;
mod table;

pub(crate) use schema::create_or_alter;
pub(crate) use table::{RecordTable, column_name, load_all};

/// A kind of record, as far as its table is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordKind {
    /// Its name, `snake_case`.
    pub kind: Arc<str>,
    /// Version of its schema.
    pub schema_version: i32,
    /// Columns by which records are filtered, ordered and kept unique.
    pub columns: Vec<Column>,
    /// Keys that no two records of a tenant may share.
    pub unique_keys: Vec<UniqueKey>,
}

/// A declared column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name; letters, digits and underscores.
    pub name: Arc<str>,
    /// Type of its values.
    pub column_type: ColumnType,
    /// Whether lists are filtered or ordered by it, so that it needs an index.
    pub indexed: bool,
}

/// Type of a declared column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnType {
    /// Strings.
    Text,
    /// Whole numbers.
    Integer,
    /// Dates.
    Date,
    /// True and false.
    Boolean,
    /// Instants.
    Instant,
}

/// A declared unique key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKey {
    /// Its name, which is reported when it is taken.
    pub name: Arc<str>,
    /// The columns that make it up; a record with a null among them does not take part.
    pub columns: Vec<Arc<str>>,
    /// Only records with this value in this column take part.
    pub when: Option<Condition>,
}

/// A column with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Name of the column.
    pub column: Arc<str>,
    /// The value, as text: `true`, `OPEN`, `3`.
    pub equals: Arc<str>,
}

/// Computes the column values of a record's body, for filling new columns on an upgrade.
pub type Backfill<'a> = &'a (dyn Fn(&str) -> Columns + Send + Sync);
