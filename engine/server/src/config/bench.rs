//! `[bench]`: what measurements need and a county never does.

use serde::Deserialize;

/// What measurements need.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Bench {
    /// Whether jobs of the type `tongban:noop` are done by this process, at once and without variables.
    pub(crate) noop: bool,
}
