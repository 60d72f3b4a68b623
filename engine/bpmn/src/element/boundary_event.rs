//! `bpmn:boundaryEvent`: waits beside an activity for a timer, a message, a signal or a condition,
//! catches an error or an escalation, leads on from a canceled transaction, or marks what undoes the
//! activity.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::event::{self, Position, Read};
use crate::element::{ElementType, Family, Links, Parsed, Subject};
use crate::graph::{BoundaryEvent, ElementIdx, ElementKind, EventDefinition};
use crate::model::FlowNode;
use crate::parse::{Parse, reference};

pub(crate) static TYPE: ElementType = ElementType {
    name: "boundaryEvent",
    family: Family::Event,
    attributes: &["attachedToRef", "cancelActivity", "parallelMultiple"],
    children: &[],
    extensions: &["ioMapping", "properties"],
    properties: event::PROPERTIES,
    parse,
    check,
    compile,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let cancel_activity = parse.boolean(node, "cancelActivity", true);
    let attached_to = parse.required(node, node.at(), "attachedToRef");
    let attached_to = attached_to.map(|it| reference(it).to_owned());
    let position = Position::Boundary {
        interrupting: cancel_activity,
    };
    let kind = match event::read(parse, node, position, &mut subject.extension) {
        Read::Definition(definition) => {
            if !cancel_activity {
                event::check_interrupts(parse, node, &definition, "cancelActivity");
            }
            // The position of the activity is filled in when all elements have theirs.
            let attached_to = ElementIdx::ROOT;
            let event = BoundaryEvent {
                attached_to,
                cancel_activity,
                definition,
            };
            Some(ElementKind::BoundaryEvent(event))
        }
        Read::None | Read::Broken => None,
    };
    Parsed { kind, attached_to }
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    for flow_idx in &node.incoming {
        let flow = &check.process.flows[*flow_idx];
        check.problems.report(
            &code::BOUNDARY_HAS_INCOMING,
            node.at(),
            &[(&*flow.id).into()],
        );
    }
    check_way_on(check, node_idx);
    let Some(attached_to) = &node.attached_to else {
        return;
    };
    let host = check
        .find(attached_to)
        .filter(|it| check.node(*it).scope == node.scope);
    let Some(host) = host else {
        check.problems.report(
            &code::BOUNDARY_UNATTACHED,
            node.at(),
            &[attached_to.as_str().into()],
        );
        return;
    };
    let host_node = check.node(host);
    if host_node.kind.as_ref().is_some_and(|it| !it.is_activity()) {
        let found = [attached_to.as_str().into(), host_node.element.name.into()];
        check
            .problems
            .report(&code::BOUNDARY_NOT_ON_ACTIVITY, node.at(), &found);
        return;
    }
    check_cancel(check, node, host_node);
    check_duplicate(check, node_idx, host);
}

/// Compensation leads to its handler by an association, everything else by a flow.
fn check_way_on(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    let is_compensation = |kind: &ElementKind| matches!(kind, ElementKind::BoundaryEvent(it) if it.definition.is_compensation());
    if !node.kind.as_ref().is_some_and(is_compensation) {
        return check.needs_outgoing(node_idx);
    }
    for flow_idx in &node.outgoing {
        let flow = &check.process.flows[*flow_idx];
        let found = [(&*node.id).into(), (&*flow.id).into()];
        check
            .problems
            .report(&code::COMPENSATION_EVENT_HAS_FLOW, node.at(), &found);
    }
}

fn check_cancel(check: &mut Check<'_>, node: &FlowNode, host: &FlowNode) {
    let is_cancel = |kind: &ElementKind| matches!(kind, ElementKind::BoundaryEvent(it) if matches!(it.definition, EventDefinition::Cancel));
    let is_transaction = |kind: &ElementKind| matches!(kind, ElementKind::Transaction(_));
    if node.kind.as_ref().is_some_and(is_cancel) && !host.kind.as_ref().is_none_or(is_transaction) {
        let found = [(&*host.id).into(), host.element.name.into()];
        check
            .problems
            .report(&code::CANCEL_NOT_ON_TRANSACTION, node.at(), &found);
    }
}

fn check_duplicate(check: &mut Check<'_>, node_idx: usize, host: usize) {
    let caught = caught(check.node(node_idx));
    let events = check.node(host).boundary_events.iter();
    let earlier = events.take_while(|it| **it < node_idx);
    let earlier: Vec<Caught<'_>> = earlier
        .take(BOUNDARY_EVENTS_COMPARED)
        .flat_map(|it| self::caught(check.node(*it)))
        .collect();
    for it in caught.into_iter().filter(|it| earlier.contains(it)) {
        let (text, every, code) = match it {
            Caught::Error(code) => (&code::DUPLICATE_ERROR, ("every error", "所有错误"), code),
            Caught::Escalation(code) => (
                &code::DUPLICATE_ESCALATION,
                ("every escalation", "所有升级"),
                code,
            ),
        };
        let found = [
            (&*check.node(host).id).into(),
            code.map_or(every.into(), Into::into),
        ];
        check
            .problems
            .report(text, check.node(node_idx).at(), &found);
    }
}

/// Keeps the comparison of pairs bounded on hostile files.
const BOUNDARY_EVENTS_COMPARED: usize = 100;

/// What an event catches, with its code; without one it catches all.
#[derive(PartialEq, Eq)]
enum Caught<'a> {
    Error(Option<&'a str>),
    Escalation(Option<&'a str>),
}

fn caught(node: &FlowNode) -> Vec<Caught<'_>> {
    let Some(ElementKind::BoundaryEvent(event)) = &node.kind else {
        return Vec::new();
    };
    event
        .definition
        .parts()
        .iter()
        .filter_map(caught_by)
        .collect()
}

fn caught_by(definition: &EventDefinition) -> Option<Caught<'_>> {
    match definition {
        EventDefinition::Error(error) => Some(Caught::Error(error.code.as_deref())),
        EventDefinition::Escalation(it) => Some(Caught::Escalation(it.code.as_deref())),
        EventDefinition::Timer(_)
        | EventDefinition::Message(_)
        | EventDefinition::Signal(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Compensate(_)
        | EventDefinition::Cancel
        | EventDefinition::Link(_)
        | EventDefinition::Terminate
        | EventDefinition::Multiple(_) => None,
    }
}

fn compile(kind: &mut ElementKind, node: &FlowNode, links: &Links<'_>) {
    if let ElementKind::BoundaryEvent(event) = kind {
        let attached_to = node
            .attached_to
            .as_deref()
            .and_then(|it| links.elements.get(it));
        event.attached_to = *attached_to.expect("the check found the activity");
    }
}
