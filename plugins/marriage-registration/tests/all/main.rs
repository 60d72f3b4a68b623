//! The plugin as a whole: its schemas, its cases, and the properties of its dates, of marriages
//! and of what is done to them.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod cases;
mod dates;
mod file;
mod marriage;
mod sweepers;
