//! The crate from outside: expressions, hostile input.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may panic and read files"
)]

mod docs;
mod expressions;
mod hostile;
mod hostile_models;
mod models;
mod standard;
mod standard_models;
mod warnings;
