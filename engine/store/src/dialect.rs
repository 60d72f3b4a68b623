//! What differs between the databases we run on.

use sea_orm::DbBackend;

pub mod sqlite_fault;

pub(crate) mod postgresql;
pub(crate) mod sqlite;
pub(crate) mod sqlite_statistics;

/// The kind of database behind a [`Database`](crate::database::Database).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded: one writer, readers in parallel.
    Sqlite,
    /// A server: several writers, on several nodes.
    Postgresql,
}

impl Dialect {
    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Dialect::Sqlite => DbBackend::Sqlite,
            Dialect::Postgresql => DbBackend::Postgres,
        }
    }
}
