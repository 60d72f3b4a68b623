//! BPMN 2.0 XML read, checked and compiled into a graph.
//!
//! The crate says all that is wrong with a model, and where. It does not know instances, state,
//! storage or time passing: only texts in and a [`graph::Definitions`] out.
//! Start from [`graph::ProcessDefinition`]; [`builder`] makes one without XML.

pub mod builder;
pub mod diagnostic;
pub mod graph;

mod expression;
