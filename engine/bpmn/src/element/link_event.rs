//! Pairs of link events: each stands for a sequence flow within one scope (BPMN 2.0, 10.5.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::builder::link_flow_id;
use crate::diagnostic::{Problems, code};
use crate::graph::{ElementKind, EventDefinition};
use crate::model::{Flow, FlowNode, Process};

/// A scope and a name in it.
type Key = (Option<usize>, Arc<str>);

/// Connects the sources of links with their targets by flows, and reports what has no other end.
pub(crate) fn connect(problems: &mut Problems, process: &mut Process) {
    let mut sources: Vec<(usize, Key)> = Vec::new();
    let mut targets: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (node_idx, node) in process.nodes.iter().enumerate() {
        let Some((name, is_target)) = end_of(node) else {
            continue;
        };
        let (flows, own) = match is_target {
            true => (&node.incoming, "incoming"),
            false => (&node.outgoing, "outgoing"),
        };
        for flow in flows {
            let found = [own.into(), (&*process.flows[*flow].id).into()];
            problems.report(&code::LINK_HAS_FLOW, node.at(), &found);
        }
        let key = (node.scope, name);
        match is_target {
            true => targets.entry(key).or_default().push(node_idx),
            false => sources.push((node_idx, key)),
        }
    }
    report_targets(problems, process, &sources, &targets);
    for (source, key) in sources {
        match targets.get(&key).and_then(|it| it.first()) {
            Some(target) => add_flow(process, source, *target),
            None => {
                let node = &process.nodes[source];
                problems.report(&code::LINK_WITHOUT_TARGET, node.at(), &[(&*key.1).into()]);
            }
        }
    }
}

/// The name of a link of which a node is an end, and whether it is its target.
fn end_of(node: &FlowNode) -> Option<(Arc<str>, bool)> {
    match &node.kind {
        Some(ElementKind::IntermediateCatchEvent(EventDefinition::Link(it))) => {
            Some((it.name.clone(), true))
        }
        Some(ElementKind::IntermediateThrowEvent(Some(EventDefinition::Link(it)))) => {
            Some((it.name.clone(), false))
        }
        _ => None,
    }
}

/// A link has one target, and at least one source.
fn report_targets(
    problems: &mut Problems,
    process: &Process,
    sources: &[(usize, Key)],
    targets: &BTreeMap<Key, Vec<usize>>,
) {
    for (key, ends) in targets {
        for end in &ends[1..] {
            let node = &process.nodes[*end];
            let found = [(&*key.1).into(), (&*process.nodes[ends[0]].id).into()];
            problems.report(&code::SEVERAL_LINK_TARGETS, node.at(), &found);
        }
        if !sources.iter().any(|(_, it)| it == key) {
            let node = &process.nodes[ends[0]];
            problems.report(&code::LINK_WITHOUT_SOURCE, node.at(), &[(&*key.1).into()]);
        }
    }
}

fn add_flow(process: &mut Process, source: usize, target: usize) {
    let flow_idx = process.flows.len();
    let node = &process.nodes[source];
    process.flows.push(Flow {
        id: Arc::from(link_flow_id(&node.id)),
        name: None,
        place: node.place,
        source_ref: Some(node.id.to_string()),
        target_ref: Some(process.nodes[target].id.to_string()),
        is_conditional: false,
        condition: None,
        source: Some(source),
        target: Some(target),
    });
    process.nodes[source].outgoing.push(flow_idx);
    process.nodes[target].incoming.push(flow_idx);
}
