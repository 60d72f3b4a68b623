//! The contents of a process, a sub-process or an event sub-process.

use crate::diagnostic::code;
use crate::element::{
    self, Surroundings, ad_hoc_sub_process, event_sub_process, process, refused, sequence_flow,
    sub_process, transaction,
};
use crate::model::{FlowNode, Process};
use crate::parse::{Parse, reference};
use crate::xml::{Node, Space};

/// What may stand in a scope besides what can be executed; also what cannot, so that it is reported
/// once, by this module.
pub(crate) const CHILDREN: &[&str] = &[
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "manualTask",
    "userTask",
    "serviceTask",
    "scriptTask",
    "businessRuleTask",
    "exclusiveGateway",
    "parallelGateway",
    "subProcess",
    "callActivity",
    "sequenceFlow",
    "laneSet",
    "textAnnotation",
    "association",
    "group",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "sendTask",
    "receiveTask",
    "transaction",
    "adHocSubProcess",
    "choreographyTask",
    "callChoreography",
    "subChoreography",
    "implicitThrowEvent",
    "event",
];

/// A scope being read.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The element whose contents are read.
    pub(crate) owner: &'a Node,
    /// Its position in the process.
    pub(crate) node_idx: usize,
    /// What it is to its contents.
    pub(crate) surroundings: Surroundings,
}

/// Reads everything in a scope into the process.
pub(crate) fn read(parse: &mut Parse<'_>, process: &mut Process, scope: Scope<'_>) {
    for child in &scope.owner.children {
        match &child.space {
            Space::Bpmn => read_child(parse, process, child, scope),
            Space::Foreign(uri) => parse.note_foreign(uri, child.at()),
            Space::Diagram | Space::SchemaInstance => {}
            // The reading of a sub-process itself has reported these.
            Space::Zeebe | Space::None if scope.surroundings != Surroundings::Process => {}
            Space::Zeebe | Space::None => {
                let found = [
                    child.local.as_str().into(),
                    scope.owner.local.as_str().into(),
                ];
                parse.report(&code::UNKNOWN_ELEMENT, child.at(), &found);
            }
        }
    }
}

fn read_child(parse: &mut Parse<'_>, process: &mut Process, child: &Node, scope: Scope<'_>) {
    if let Some(element) = element::find(child) {
        let node_idx = process.nodes.len();
        let node = element::read(parse, child, element, scope.node_idx, scope.surroundings);
        process.nodes.push(node);
        let is_embedded = std::ptr::eq(element, &raw const sub_process::TYPE)
            || std::ptr::eq(element, &raw const transaction::TYPE)
            || std::ptr::eq(element, &raw const ad_hoc_sub_process::TYPE);
        let surroundings = if is_embedded {
            Surroundings::SubProcess
        } else if std::ptr::eq(element, &raw const event_sub_process::TYPE) {
            Surroundings::EventSubProcess
        } else {
            return;
        };
        read(
            parse,
            process,
            Scope {
                owner: child,
                node_idx,
                surroundings,
            },
        );
        return;
    }
    let local = child.local.as_str();
    let is_process = scope.surroundings == Surroundings::Process;
    match local {
        sequence_flow::NAME => process.flows.push(sequence_flow::read(parse, child)),
        "laneSet" => process.lanes.read(parse, child),
        "association" => {
            let end = |name| node_reference(child, name);
            process
                .associations
                .extend(end("sourceRef").zip(end("targetRef")));
        }
        "documentation" | "extensionElements" | "textAnnotation" | "group" | "auditing"
        | "monitoring" => {}
        // Data associations refer to them.
        "dataObject" | "dataObjectReference" | "dataStoreReference" => {}
        _ if is_process && process::TYPE.children.contains(&local) => {}
        // What belongs to an activity, not to its contents, its own reading has judged.
        _ if !is_process && !CHILDREN.contains(&local) => {}
        _ => {
            if refused::report(parse, child, scope.owner) {
                process.nodes.push(refused_node(child, scope.node_idx));
            }
        }
    }
}

fn node_reference(node: &Node, name: &str) -> Option<String> {
    node.attribute(name).map(|it| reference(it).to_owned())
}

/// A refused element keeps its place, so that flows to it are not reported as dangling too.
fn refused_node(node: &Node, scope: usize) -> FlowNode {
    let id = node.id().unwrap_or_default();
    FlowNode::new(id.into(), &refused::TYPE, node.place, Some(scope))
}
