//! `bpmn:startEvent`: where a scope begins.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::event::{self, Position, Read};
use crate::element::{ElementType, Family, Parsed, Subject, Surroundings, no_references};
use crate::graph::{ElementKind, StartEvent};
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "startEvent",
    family: Family::Event,
    attributes: &["isInterrupting", "parallelMultiple"],
    children: &[],
    extensions: &["ioMapping", "properties"],
    properties: event::PROPERTIES,
    parse,
    check,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let interrupting = parse.boolean(node, "isInterrupting", true);
    let position = match subject.place {
        Surroundings::Process => Position::ProcessStart,
        Surroundings::SubProcess => Position::SubProcessStart,
        Surroundings::EventSubProcess => Position::EventSubProcessStart { interrupting },
    };
    let definition = match event::read(parse, node, position, &mut subject.extension) {
        Read::None => None,
        Read::Definition(definition) => Some(definition),
        Read::Broken => return Parsed::default(),
    };
    if let Some(definition) = &definition
        && !interrupting
    {
        event::check_interrupts(parse, node, definition, "isInterrupting");
    }
    ElementKind::StartEvent(StartEvent {
        definition,
        interrupting,
    })
    .into()
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    for flow_idx in &node.incoming {
        let flow = &check.process.flows[*flow_idx];
        check
            .problems
            .report(&code::START_HAS_INCOMING, node.at(), &[(&*flow.id).into()]);
    }
    check.needs_outgoing(node_idx);
}
