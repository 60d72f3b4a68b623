//! End-to-end tests: a real server, and GraphQL.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod auth;
mod clock;
mod deployment;
mod durability;
mod fixture;
mod http;
mod idempotency;
mod limit;
mod rights;
mod scenario;
mod schedule;
mod schema;
mod subscription;
mod tour;
mod user_task;
