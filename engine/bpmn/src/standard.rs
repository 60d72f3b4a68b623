//! The rules of BPMN 2.0 that a file can break, whether or not what they are about is executed.
//!
//! The reading of a process says what cannot be executed; this module says what the standard does
//! not have: parts and references by its schema ([`structure`]), and what its text adds, by topic.
//! It goes over the whole file, collaborations and processes that are only drawn included. What
//! the reading has said already is not said again.
//!
//! Four things the standard asks for are not asked here, since every modeler of our dialect leaves
//! them out and nothing depends on them: a target namespace, the order of parts, `incoming` and
//! `outgoing` of flows that neither end names, and the operation of a message that carries no item
//! definition (`zeebe:subscription` and variables stand for it).

mod activity;
mod collaboration;
mod data;
mod event;
mod expression;
mod file;
mod flow;
mod link;
pub(crate) mod metamodel;
mod structure;

use crate::diagnostic::Problems;
use crate::xml::Node;

/// Checks a file whose root element is `bpmn:definitions`.
pub(crate) fn check(problems: &mut Problems, root: &Node) {
    let file = file::File::read(problems, root);
    structure::check(problems, &file);
    expression::check(problems, &file);
    flow::check(problems, &file);
    event::check(problems, &file);
    link::check(problems, &file);
    activity::check(problems, &file);
    data::check(problems, &file);
    collaboration::check(problems, &file);
}
