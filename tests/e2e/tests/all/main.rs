//! End-to-end tests: a real server, and GraphQL.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod auth;
mod clock;
mod configuration;
mod deployment;
mod durability;
mod errand;
mod fixture;
mod http;
mod idempotency;
mod job;
mod limit;
mod notice;
mod rights;
mod scenario;
mod schema;
mod subscription;
mod tour;
mod user_task;
mod webhook;
