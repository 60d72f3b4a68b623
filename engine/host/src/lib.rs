//! Loads plugin packages, links capabilities, runs plugins within limits.
//!
//! A plugin is a WebAssembly component with a manifest. This crate opens and checks packages
//! ([`package::Package`]), compiles and links components ([`host::Host`]), and runs one
//! operation at a time in a fresh instance ([`plugin::Plugin::call`]) that reaches nothing but
//! the capabilities handed to it ([`capability::Capabilities`]).
//!
//! It does not know the database, the workflow or the API: `runtime` implements the
//! capabilities over its transaction and applies the writes that a call gives back.

pub mod call;
pub mod capability;
pub mod code;
pub mod component;
pub mod contract;
pub mod digest;
pub mod host;
pub mod limit;
pub mod manifest;
pub mod message;
pub mod narrowing;
pub mod package;
pub mod plugin;
pub mod problem;
pub mod schema;
pub mod signature;
pub mod trap;

mod answer;
mod cache;
mod grant;
mod name;
mod pool;
mod session;
mod thread_time;
