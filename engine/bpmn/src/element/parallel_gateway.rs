//! `bpmn:parallelGateway`: waits for all incoming flows, takes all outgoing ones.

use crate::check::Check;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::ElementKind;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "parallelGateway",
    family: Family::Gateway,
    attributes: &[],
    children: &[],
    extensions: &["properties"],
    properties: &[],
    parse,
    check,
    compile: no_references,
};

fn parse(_parse: &mut Parse<'_>, _subject: Subject<'_>) -> Parsed {
    ElementKind::ParallelGateway.into()
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    check.needs_outgoing(node_idx);
}
