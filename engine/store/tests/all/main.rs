//! The store's suite: every case runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod support;

mod audit_entry;
mod check;
mod configuration_item;
mod conflict;
mod continuation;
mod deadline;
mod definition;
mod document;
mod encoding;
mod fault;
mod idempotency;
mod iteration;
mod job;
mod message;
mod migration;
mod model;
mod notice;
mod number;
mod operation;
mod process_instance;
mod record;
mod schedule;
mod signal;
mod user_task;
