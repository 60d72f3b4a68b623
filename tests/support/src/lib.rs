//! Starts real servers and databases for the tests and speaks GraphQL to them.
//!
//! It knows the binary, the packages and the API, and nothing of the crates behind them.

pub mod client;
pub mod concurrency;
pub mod county;
pub mod database;
mod folder;
pub mod package;
pub mod paths;
pub mod postgres;
pub mod script;
pub mod sdl;
pub mod server;
pub mod socket;
