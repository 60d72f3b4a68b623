//! `[clock]`: where due times come from.

use clap::ValueEnum;
use serde::Deserialize;

/// Where due times come from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Clock {
    /// The kind of clock; a database stays with the kind it was created with.
    pub(crate) mode: Mode,
    /// Where a manual clock stands in a new database, RFC 3339; the machine's time if none.
    pub(crate) start: Option<String>,
}

/// Kind of clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// The machine's clock.
    #[default]
    Machine,
    /// A clock that stands until `advanceClock` moves it; for development and tests.
    Manual,
}
