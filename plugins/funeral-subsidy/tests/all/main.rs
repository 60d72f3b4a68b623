//! The plugin as a whole: its schemas, its cases, and the properties of its amounts.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod cases;
mod codes;
mod payments;
mod properties;
