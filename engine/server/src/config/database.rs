//! `[database]`: where the data lies.

use serde::Deserialize;

/// Where the data lies.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// `sqlite:file` or `postgres://user@host/name`; a SQLite file in the data folder if none.
    pub(crate) url: Option<String>,
    /// Connections for reading; 4 if not given.
    pub(crate) readers: Option<u32>,
    /// Connections for writing; one more than there are executors if not given. SQLite has one.
    pub(crate) writers: Option<u32>,
    /// For tests of power cuts: a SQLite VFS such as `drop-unflushed`, which loses on a kill what was not flushed.
    pub(crate) vfs: Option<String>,
}
