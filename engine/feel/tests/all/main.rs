//! The crate from outside: expressions, hostile input, the conformance suite.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may panic and read files"
)]

mod dmn_tck;
mod docs;
mod expressions;
mod hostile;
mod hostile_models;
mod models;
mod standard;
mod warnings;
