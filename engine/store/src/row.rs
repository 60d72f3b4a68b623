//! The rows as callers see them: plain structs, one file a noun.
//!
//! Instants are microseconds since 1970-01-01T00:00:00Z. The tenant is not repeated in a row that
//! was asked for by tenant.

pub mod audit_entry;
pub mod batch;
pub mod calendar;
pub mod check;
pub mod configuration;
pub mod configuration_item;
pub mod deadline;
pub mod definition;
pub mod document;
pub mod job;
pub mod message;
pub mod notice;
pub mod plugin;
pub mod process_instance;
pub mod record;
pub mod schedule;
pub mod schedule_run;
pub mod scheduler;
pub mod time_event;
pub mod user_task;
pub mod wait;
