//! The plugin as a whole: its schemas, its cases, and the properties of its dates and of marriages.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod cases;
mod dates;
mod marriage;
