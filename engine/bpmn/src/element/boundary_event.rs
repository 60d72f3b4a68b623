//! `bpmn:boundaryEvent`: waits beside an activity for a timer, a message or an error.

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
            if matches!(definition, EventDefinition::Error(_)) && !cancel_activity {
                parse.report(
                    &code::ERROR_MUST_INTERRUPT,
                    node.at(),
                    &["cancelActivity".into()],
                );
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
    check.needs_outgoing(node_idx);
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
    check_duplicate_error(check, node_idx, host);
}

fn check_duplicate_error(check: &mut Check<'_>, node_idx: usize, host: usize) {
    let Some(caught) = caught_error(check.node(node_idx)) else {
        return;
    };
    let earlier = check
        .node(host)
        .boundary_events
        .iter()
        .take_while(|it| **it < node_idx);
    let is_duplicate = earlier
        .take(BOUNDARY_EVENTS_COMPARED)
        .any(|it| caught_error(check.node(*it)) == Some(caught));
    if is_duplicate {
        let code_text = caught.map_or(("every error", "所有错误").into(), Into::into);
        let found = [(&*check.node(host).id).into(), code_text];
        check
            .problems
            .report(&code::DUPLICATE_ERROR, check.node(node_idx).at(), &found);
    }
}

/// Keeps the comparison of pairs bounded on hostile files.
const BOUNDARY_EVENTS_COMPARED: usize = 100;

/// The error code a boundary event catches; the inner option is empty if it catches all.
fn caught_error(node: &FlowNode) -> Option<Option<&str>> {
    match &node.kind {
        Some(ElementKind::BoundaryEvent(event)) => match &event.definition {
            EventDefinition::Error(error) => Some(error.code.as_deref()),
            EventDefinition::Timer(_)
            | EventDefinition::Message(_)
            | EventDefinition::Terminate => None,
        },
        _ => None,
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
