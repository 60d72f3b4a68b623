//! The store's suite: every case runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod support;

mod audit_entry;
mod check;
mod conflict;
mod continuation;
mod deadline;
mod definition;
mod encoding;
mod fault;
mod idempotency;
mod migration;
mod model;
mod number;
mod process_instance;
mod record;
mod schedule;
mod user_task;
