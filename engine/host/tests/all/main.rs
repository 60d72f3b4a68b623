//! What the host promises, shown on a plugin that does what it is asked to do.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod cache;
mod call;
mod deadline;
mod hostile;
mod manifest;
mod package;
mod support;
mod time;
