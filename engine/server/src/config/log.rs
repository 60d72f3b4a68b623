//! `[log]`: what is logged, to standard error.

use serde::Deserialize;

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// Directives of tracing's env filter, such as `info,tongban_runtime=debug`.
    pub(crate) filter: String,
    /// How lines are written.
    pub(crate) format: Format,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info,sqlx=warn,sea_orm=warn".to_owned(),
            format: Format::Pretty,
        }
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For people.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}
