//! End-to-end tests: a real server, and GraphQL.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod auth;
mod clock;
mod concurrency;
mod configuration;
mod crowd;
mod decision;
mod deployment;
mod document;
mod durability;
mod errand;
mod everything;
mod fixture;
mod http;
mod idempotency;
mod job;
mod limit;
mod marriage_schedule;
mod node;
mod notice;
mod operation;
mod process_element;
mod resource;
mod rights;
mod scenario;
mod schedule;
mod schema;
mod subscription;
mod telemetry;
mod tour;
mod two_weeks;
mod user_task;
mod webhook;
