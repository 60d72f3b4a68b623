//! `bpmn:intermediateThrowEvent`: passes through, publishes a message, broadcasts a signal, throws an
//! escalation or compensation, several of these, or leads to the target of its link.

use crate::check::Check;
use crate::element::compensation;
use crate::element::event::{self, Position, Read};
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::{ElementKind, EventDefinition};
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "intermediateThrowEvent",
    family: Family::Event,
    attributes: &[],
    children: &[],
    extensions: &[
        "ioMapping",
        "properties",
        "taskDefinition",
        "taskHeaders",
        "publishMessage",
    ],
    properties: &[],
    parse,
    check,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    match event::read(
        parse,
        subject.node,
        Position::IntermediateThrow,
        &mut subject.extension,
    ) {
        Read::None => ElementKind::IntermediateThrowEvent(None).into(),
        Read::Definition(definition) => {
            ElementKind::IntermediateThrowEvent(Some(definition)).into()
        }
        Read::Broken => Parsed::default(),
    }
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    // A link without a target has been reported.
    let is_link = |kind: &ElementKind| {
        matches!(
            kind,
            ElementKind::IntermediateThrowEvent(Some(EventDefinition::Link(_)))
        )
    };
    if !check.node(node_idx).kind.as_ref().is_some_and(is_link) {
        check.needs_outgoing(node_idx);
    }
    compensation::check_throw(check, node_idx);
}
