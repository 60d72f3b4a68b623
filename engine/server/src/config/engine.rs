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
    /// What becomes of deployed models in which a token can wait forever, two can meet, or an element is
    /// never reached: `off`, `warn` or `refuse`.
    pub(crate) soundness: Soundness,
}

/// What becomes of models that cannot work out, whatever their data.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Soundness {
    /// They are not looked for.
    Off,
    /// They are deployed, and the findings told.
    #[default]
    Warn,
    /// They are refused.
    Refuse,
}

impl From<Soundness> for tongban_runtime::resource::Soundness {
    fn from(soundness: Soundness) -> Self {
        match soundness {
            Soundness::Off => tongban_runtime::resource::Soundness::Off,
            Soundness::Warn => tongban_runtime::resource::Soundness::Warn,
            Soundness::Refuse => tongban_runtime::resource::Soundness::Refuse,
        }
    }
}
