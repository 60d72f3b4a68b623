//! `bpmn:intermediateCatchEvent`: waits for a timer, a message, a signal, a condition, or one or all of
//! several; or is the target of a link.

use crate::check::Check;
use crate::element::event::{self, Position, Read};
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::ElementKind;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "intermediateCatchEvent",
    family: Family::Event,
    attributes: &["parallelMultiple"],
    children: &[],
    extensions: &["ioMapping", "properties"],
    properties: event::PROPERTIES,
    parse,
    check,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    match event::read(
        parse,
        subject.node,
        Position::IntermediateCatch,
        &mut subject.extension,
    ) {
        Read::Definition(definition) => ElementKind::IntermediateCatchEvent(definition).into(),
        Read::None | Read::Broken => Parsed::default(),
    }
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    check.needs_outgoing(node_idx);
}
