//! One file a command.

pub(crate) mod bench;
pub(crate) mod ci;
pub(crate) mod conformance;
pub(crate) mod crash;
pub(crate) mod demo;
pub(crate) mod fuzz_core;
pub(crate) mod fuzz_models;
pub(crate) mod generate;
pub(crate) mod scenarios;
pub(crate) mod test;
pub(crate) mod tidy;
