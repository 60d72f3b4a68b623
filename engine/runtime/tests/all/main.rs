//! The engine from outside: commands in, outcomes and committed rows out.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod clock;
mod clockwork;
mod command;
mod configuration_item;
mod containment;
mod deadline;
mod deployment;
mod escalation;
mod escalation_event;
mod fault;
mod guest;
mod job;
mod message;
mod multi_instance;
mod notice;
mod operation;
mod plugin;
mod postgresql;
mod process;
mod restart;
mod schedule;
mod signal;
mod support;
mod webhook;
