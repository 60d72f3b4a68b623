//! BPMN 2.0 XML read, checked and compiled into a graph.
//!
//! The crate says all that is wrong with a model, and where. It does not know instances, state,
//! storage or the passing of time: bytes in, [`graph::Definitions`] or a list of
//! [`diagnostic::Diagnostic`]s out. Start from [`read()`]; [`builder`] makes a process without
//! XML.
//!
//! ```
//! use tongban_bpmn::{limit::Limits, read};
//!
//! let file = br#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
//!   <process id="greeting" isExecutable="true">
//!     <startEvent id="start" />
//!     <sequenceFlow id="flow" sourceRef="start" targetRef="end" />
//!     <endEvent id="end" />
//!   </process>
//! </definitions>"#;
//! let definitions = read("greeting.bpmn", file, &Limits::default()).expect("nothing is wrong");
//! assert_eq!(&*definitions.processes[0].key, "greeting");
//! ```
//!
//! **Invariant:** nothing that a model asks to be executed is passed over: it is executed, or the
//! file is refused with a stable code that names it.

pub mod builder;
pub mod diagnostic;
pub mod document;
pub mod graph;
pub mod limit;

pub mod soundness;
pub mod timer;

mod check;
mod compile;
mod element;
mod expression;
mod extension;
mod model;
mod parse;
mod read;
mod standard;
mod xml;

pub use element::names as element_names;
pub use read::{read, read_deployed};
