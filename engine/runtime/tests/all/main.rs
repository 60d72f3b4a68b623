//! The engine from outside: commands in, outcomes and committed rows out.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod clock;
mod command;
mod containment;
mod deployment;
mod fault;
mod plugin;
mod postgresql;
mod process;
mod restart;
mod support;
