//! The tests of the crate from outside: scripts of each element, and random processes.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests may panic"))]

mod elements;
mod scripts;
mod simulation;
mod soundness;
