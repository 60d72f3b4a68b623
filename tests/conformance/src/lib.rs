//! Suites that nobody in this project wrote, run over the pure crates: BPMN models to be
//! interchanged, models to be executed, models to be refused, decisions to be made.
//!
//! The files stay where they are and are never copied here. What does not pass is listed with its
//! reason in `expected.txt`; the list is checked against each run. Start from [`suite::SUITES`].

pub mod expected;
pub mod report;
pub mod suite;

mod betsy_constraints;
mod betsy_executable;
mod codes;
mod dmn_tck;
mod files;
mod miwg;
mod script_words;
mod world;
mod xml;
