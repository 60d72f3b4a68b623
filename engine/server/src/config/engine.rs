//! `[engine]`: how much is done at the same time.

use serde::Deserialize;

/// How much is done at the same time.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Engine {
    /// Threads that decide and commit groups of commands. SQLite has one writer, so one is best; on
    /// PostgreSQL one group is decided while another is flushed. 1 and 2 if not given.
    pub(crate) executors: Option<u32>,
    /// Names this node among those on one PostgreSQL database. If not given, the name it gave itself at its
    /// first start, which lies in the data folder.
    pub(crate) node: Option<String>,
}
