//! `bpmn:endEvent`: where a path ends; none, message, signal, escalation, error, compensation, cancel,
//! terminate, or several of these.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::compensation;
use crate::element::event::{self, Position, Read};
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::ElementKind;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "endEvent",
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
    match event::read(parse, subject.node, Position::End, &mut subject.extension) {
        Read::None => ElementKind::EndEvent(None).into(),
        Read::Definition(definition) => ElementKind::EndEvent(Some(definition)).into(),
        Read::Broken => Parsed::default(),
    }
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    for flow_idx in &node.outgoing {
        let flow = &check.process.flows[*flow_idx];
        check
            .problems
            .report(&code::END_HAS_OUTGOING, node.at(), &[(&*flow.id).into()]);
    }
    compensation::check_throw(check, node_idx);
}
