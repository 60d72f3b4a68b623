//! The engine from outside: commands in, outcomes and committed rows out.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod clock;
mod command;
mod configuration_item;
mod containment;
mod deployment;
mod escalation;
mod fault;
mod job;
mod message;
mod multi_instance;
mod notice;
mod plugin;
mod postgresql;
mod process;
mod restart;
mod signal;
mod support;
mod webhook;
