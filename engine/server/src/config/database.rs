//! `[database]`: where the data lies.

use serde::Deserialize;

/// Where the data lies.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// `sqlite:file` or `postgres://user@host/name`; a SQLite file in the data folder if none.
    pub(crate) url: Option<String>,
    /// For tests of power cuts: a SQLite VFS such as `drop-unflushed`, which loses on a kill what was not flushed.
    pub(crate) vfs: Option<String>,
}
