//! End-to-end tests: a real server, and GraphQL.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod auth;
mod clock;
mod concurrency;
mod crowd;
mod decision;
mod deployment;
mod durability;
mod everything;
mod fixture;
mod http;
mod idempotency;
mod limit;
mod node;
mod rights;
mod scenario;
mod schema;
mod subscription;
mod telemetry;
mod tour;
mod two_weeks;
mod user_task;
