//! The shell round the pure core: one command, one transaction, one answer after the commit.
//!
//! Start at [`engine::Engine`]: it owns the executor, the timer service and the check connector,
//! and hands out [`engine::Handle`]s. A [`command::CommandRequest`] goes in, a
//! [`outcome::CommandOutcome`] or an [`error::CommandError`] comes out, after the commit.
//!
//! This crate does not know GraphQL, HTTP or tokens: who may call what is decided by its caller,
//! except for the grants of a plugin, which are held here and in the host.

pub mod catalogue;
pub mod change;
pub mod clock;
pub mod code;
pub mod command;
pub mod configuration_item;
pub mod county;
pub mod element_instance;
pub mod engine;
pub mod error;
pub mod health;
pub mod history;
pub mod job;
pub mod job_handler;
pub mod outbox;
pub mod outcome;
pub mod parameter;
pub mod resource;
pub mod schedule;

mod advance;
mod capability;
mod data_type;
pub mod deadline;
mod definition;
mod escalation;
mod executor;
mod job_queue;
mod metric;
mod plugin_call;
mod reconciler;
mod record_columns;
mod service;
mod set_aside;
mod shared;
mod start_event;
mod tenant;
mod timer;
mod variables;
