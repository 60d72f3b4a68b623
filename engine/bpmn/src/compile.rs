//! Turns a checked process into the graph that is executed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::builder::ProcessBuilder;
use crate::diagnostic::code;
use crate::element::{Family, Links, diverging};
use crate::expression;
use crate::graph::{ElementIdx, ElementKind, FlowIdx, ProcessDefinition};
use crate::model::{FlowNode, Process};
use crate::parse::Parse;
use tongban_feel::expression::Expression;

/// Gives user tasks without candidates of their own the group of their lane.
pub(crate) fn assign_lanes(parse: &mut Parse<'_>, process: &mut Process) {
    for node_idx in 0..process.nodes.len() {
        let Some(group) = lane_group(process, node_idx) else {
            continue;
        };
        let group = group.map(ToOwned::to_owned);
        let node = &mut process.nodes[node_idx];
        let at = crate::diagnostic::At {
            place: node.place,
            element_id: Some(&node.id),
        };
        let Some(ElementKind::UserTask(task)) = &mut node.kind else {
            continue;
        };
        let is_assigned = task.assignee.is_some()
            || task.candidate_groups.is_some()
            || task.candidate_users.is_some();
        if is_assigned {
            continue;
        }
        match group.filter(|it| !it.is_empty()) {
            Some(group) => {
                task.candidate_groups =
                    Some(expression::constant_list(std::iter::once(group.as_str())));
            }
            None => parse
                .problems
                .report(&code::LANE_WITHOUT_NAME, at, &[(&*node.id).into()]),
        }
    }
}

/// The group of the lane a node or a sub-process around it stands in.
fn lane_group(process: &Process, node_idx: usize) -> Option<Option<&str>> {
    let mut current = Some(node_idx);
    while let Some(node) = current.map(|it| &process.nodes[it]) {
        if let Some(group) = process.lanes.group_of(&node.id) {
            return Some(group);
        }
        current = node.scope;
    }
    None
}

/// The graph; nothing if something in the process has been reported.
pub(crate) fn compile(
    process: Process,
    message_keys: &BTreeMap<Arc<str>, Expression>,
) -> Option<ProcessDefinition> {
    if process.nodes.iter().any(|it| it.kind.is_none()) {
        return None;
    }
    let key = process.nodes[0].id.clone();
    let mut builder = ProcessBuilder::new(&key);
    let definition = builder.definition_mut();
    definition.name = process.nodes[0].name.clone();
    definition.version_tag = process.version_tag;
    definition.documentation = process.documentation;
    definition.message_keys.clone_from(message_keys);
    let nodes = process.nodes;
    let mut places: Vec<Place> = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let place = add(&mut builder, node, &places)?;
        fill(&mut builder, place, node);
        places.push(place);
    }
    for flow in process.flows {
        let (source, target) = (places[flow.source?].outer, places[flow.target?].outer);
        let takes_all = matches!(builder.element(source).kind, ElementKind::ParallelGateway);
        let condition = flow.condition.filter(|_| !takes_all);
        let idx = builder.flow(Some(&flow.id), source, target, condition);
        builder.flow_mut(idx).name = flow.name;
    }
    link(&mut builder, &nodes, &places);
    Some(builder.build())
}

/// Where a node stands in the graph. Only a multi-instance activity or loop has two places: flows
/// and boundary events belong to its body, contents and mappings to the activity within.
#[derive(Clone, Copy)]
struct Place {
    outer: ElementIdx,
    inner: ElementIdx,
}

/// Adds a node; a container precedes its contents, so that the place of its scope is known.
fn add(builder: &mut ProcessBuilder, node: &FlowNode, places: &[Place]) -> Option<Place> {
    let kind = node.kind.clone()?;
    let Some(scope) = node.scope else {
        let root = ElementIdx::ROOT;
        return Some(Place {
            outer: root,
            inner: root,
        });
    };
    let scope = places[scope].inner;
    let body = match (&node.multi_instance, &node.standard_loop) {
        (Some(it), _) => Some(builder.multi_instance(scope, &node.id, it.clone())),
        (None, Some(it)) => Some(builder.standard_loop(scope, &node.id, it.clone())),
        (None, None) => None,
    };
    let Some(outer) = body else {
        let idx = builder.add(scope, &node.id, kind);
        return Some(Place {
            outer: idx,
            inner: idx,
        });
    };
    let inner = builder.add(outer, &node.id, kind);
    Some(Place { outer, inner })
}

fn fill(builder: &mut ProcessBuilder, place: Place, node: &FlowNode) {
    for idx in [place.outer, place.inner] {
        let element = builder.element_mut(idx);
        element.name = node.name.clone();
        element.line = node.place.line;
    }
    let element = builder.element_mut(place.outer);
    (element.start_quantity, element.completion_quantity) = node.quantities;
    element.is_for_compensation = node.is_for_compensation;
    let element = builder.element_mut(place.inner);
    element.inputs = node.inputs.clone();
    element.outputs = node.outputs.clone();
    element.data = node.data.clone();
    element.properties = node.properties.clone();
    element.instantiates = node.instantiates;
}

fn link(builder: &mut ProcessBuilder, nodes: &[FlowNode], places: &[Place]) {
    let elements: BTreeMap<Arc<str>, ElementIdx> = builder.definition_mut().by_id.clone();
    let elements = elements.iter().map(|(id, idx)| (&**id, *idx)).collect();
    let flows = builder.definition_mut().flows.clone();
    let flows: BTreeMap<&str, FlowIdx> = flows
        .iter()
        .zip(0..)
        .map(|(flow, position)| (&*flow.id, FlowIdx(position)))
        .collect();
    let links = Links {
        elements: &elements,
        flows: &flows,
    };
    for (node, place) in nodes.iter().zip(places) {
        if node.element.family == Family::Activity {
            let default = diverging::default_flow(node, &links);
            builder.element_mut(place.outer).default_flow = default;
        }
        if let Some(handler) = node.compensation_handlers.first() {
            builder.set_compensation_handler(place.outer, places[*handler].outer);
        }
        let element = builder.element_mut(place.inner);
        (node.element.compile)(&mut element.kind, node, &links);
    }
}
