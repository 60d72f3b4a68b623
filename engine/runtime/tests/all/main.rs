//! The engine from outside: commands in, outcomes and committed rows out.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod clock;
mod command;
mod containment;
mod deployment;
mod escalation;
mod message;
mod multi_instance;
mod plugin;
mod postgresql;
mod process;
mod restart;
mod signal;
mod support;
