//! The harness on a whole plugin, and what it says about broken ones.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod context;
mod deadline;
mod failures;
mod format;
mod sample;
