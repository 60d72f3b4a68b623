//! Turns a checked process into the graph that is executed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::builder::ProcessBuilder;
use crate::diagnostic::code;
use crate::element::Links;
use crate::expression;
use crate::graph::{ElementIdx, ElementKind, FlowIdx, ProcessDefinition};
use crate::model::{FlowNode, Process};
use crate::parse::Parse;

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
pub(crate) fn compile(process: Process) -> Option<ProcessDefinition> {
    if process.nodes.iter().any(|it| it.kind.is_none()) {
        return None;
    }
    let key = process.nodes[0].id.clone();
    let mut builder = ProcessBuilder::new(&key);
    let definition = builder.definition_mut();
    definition.name = process.nodes[0].name.clone();
    definition.version_tag = process.version_tag;
    definition.documentation = process.documentation;
    let nodes = process.nodes;
    for node in &nodes {
        let kind = node.kind.clone()?;
        let idx = match node.scope {
            Some(scope) => builder.add(position(scope), &node.id, kind),
            None => ElementIdx::ROOT,
        };
        fill(&mut builder, idx, node);
    }
    for flow in process.flows {
        let (source, target) = (position(flow.source?), position(flow.target?));
        let idx = builder.flow(Some(&flow.id), source, target, flow.condition);
        builder.flow_mut(idx).name = flow.name;
    }
    link(&mut builder, &nodes);
    Some(builder.build())
}

/// Nodes and compiled elements have the same order.
fn position(node_idx: usize) -> ElementIdx {
    ElementIdx(u32::try_from(node_idx).expect("the limits keep a file below 2^32 elements"))
}

fn fill(builder: &mut ProcessBuilder, idx: ElementIdx, node: &FlowNode) {
    let element = builder.element_mut(idx);
    element.name = node.name.clone();
    element.line = node.place.line;
    element.inputs = node.inputs.clone();
    element.outputs = node.outputs.clone();
    element.properties = node.properties.clone();
}

fn link(builder: &mut ProcessBuilder, nodes: &[FlowNode]) {
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
    for (node_idx, node) in nodes.iter().enumerate() {
        let element = builder.element_mut(position(node_idx));
        (node.element.compile)(&mut element.kind, node, &links);
    }
}
