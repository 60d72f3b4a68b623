//! Rules that concern several elements: ends of flows, borders, ways through a scope.

use std::collections::{BTreeMap, BTreeSet};

use crate::builder::{can_be_chosen, can_begin};
use crate::diagnostic::{Problems, code};
use crate::element::{Family, compensation, link_event};
use crate::graph::ElementKind;
use crate::model::{FlowNode, Process};
use crate::parse::Parse;

/// A linked process under inspection.
pub(crate) struct Check<'a> {
    pub(crate) problems: &'a mut Problems,
    pub(crate) process: &'a Process,
    by_id: BTreeMap<&'a str, usize>,
    flow_ids: BTreeSet<&'a str>,
}

impl<'a> Check<'a> {
    /// The node at a position.
    pub(crate) fn node(&self, node_idx: usize) -> &'a FlowNode {
        &self.process.nodes[node_idx]
    }

    /// The node with an id; the process itself is none.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Reports an element that leads nowhere.
    pub(crate) fn needs_outgoing(&mut self, node_idx: usize) {
        let node = self.node(node_idx);
        if node.outgoing.is_empty() {
            self.problems
                .report(&code::NO_OUTGOING, node.at(), &[node.element.name.into()]);
        }
    }

    /// Whether anything begins by itself in a scope without a start event, broken things included.
    pub(crate) fn begins_by_itself(&self, node_idx: usize) -> bool {
        let mut contents = self.node(node_idx).contents.iter();
        contents.any(|it| begins_alone(self.node(*it)))
    }

    /// Whether a start event begins a scope, or something that starts the process.
    pub(crate) fn is_started(&self, node_idx: usize) -> bool {
        let mut contents = self.node(node_idx).contents.iter();
        let by_other = contents.any(|it| starts_process(self.node(*it)));
        by_other || self.start_events(node_idx) > 0
    }

    /// How many start events a scope has, broken ones included.
    pub(crate) fn start_events(&self, node_idx: usize) -> usize {
        let contents = self.node(node_idx).contents.iter();
        contents
            .filter(|it| self.node(**it).element.name == "startEvent")
            .count()
    }
}

/// Connects flows, scopes and boundary events by their references, and reports what does not fit.
pub(crate) fn link(problems: &mut Problems, process: &mut Process) {
    let by_id = by_id(process);
    let by_id: BTreeMap<String, usize> = by_id
        .into_iter()
        .map(|(id, node_idx)| (id.to_owned(), node_idx))
        .collect();
    for flow_idx in 0..process.flows.len() {
        link_flow(problems, process, flow_idx, &by_id);
    }
    for node_idx in 1..process.nodes.len() {
        let node = &process.nodes[node_idx];
        let host = node
            .attached_to
            .as_ref()
            .and_then(|it| by_id.get(it))
            .copied();
        if let Some(scope) = node.scope {
            process.nodes[scope].contents.push(node_idx);
        }
        if let Some(host) = host {
            process.nodes[host].boundary_events.push(node_idx);
        }
    }
    compensation::link(problems, process, &by_id);
    link_event::connect(problems, process);
    for (place, id) in &process.lanes.references {
        if !by_id.contains_key(id) {
            let at = crate::diagnostic::At {
                place: *place,
                element_id: None,
            };
            problems.report(&code::DANGLING_LANE, at, &[id.as_str().into()]);
        }
    }
}

fn by_id(process: &Process) -> BTreeMap<&str, usize> {
    let nodes = process.nodes.iter().enumerate().skip(1);
    nodes
        .filter(|(_, it)| !it.id.is_empty())
        .map(|(idx, it)| (&*it.id, idx))
        .collect()
}

fn link_flow(
    problems: &mut Problems,
    process: &mut Process,
    flow_idx: usize,
    by_id: &BTreeMap<String, usize>,
) {
    let flow = &process.flows[flow_idx];
    let (Some(source_ref), Some(target_ref)) = (&flow.source_ref, &flow.target_ref) else {
        return;
    };
    let source = by_id.get(source_ref).copied();
    let target = by_id.get(target_ref).copied();
    if source.is_none() {
        problems.report(
            &code::DANGLING_SOURCE,
            flow.at(),
            &[source_ref.as_str().into()],
        );
    }
    if target.is_none() {
        problems.report(
            &code::DANGLING_TARGET,
            flow.at(),
            &[target_ref.as_str().into()],
        );
    }
    if let (Some(source), Some(target)) = (source, target)
        && process.nodes[source].scope != process.nodes[target].scope
    {
        let found = [source_ref.as_str().into(), target_ref.as_str().into()];
        problems.report(&code::FLOW_CROSSES_BORDER, flow.at(), &found);
    }
    // A flow that is wrong at one end still leads away from or into the other.
    if let Some(source) = source {
        process.nodes[source].outgoing.push(flow_idx);
    }
    if let Some(target) = target {
        process.nodes[target].incoming.push(flow_idx);
    }
    process.flows[flow_idx].source = source;
    process.flows[flow_idx].target = target;
}

/// Checks a linked process.
pub(crate) fn check(parse: &mut Parse<'_>, process: &Process) {
    let by_id = by_id(process);
    let flow_ids = process.flows.iter().map(|it| &*it.id).collect();
    let mut check = Check {
        problems: &mut parse.problems,
        process,
        by_id,
        flow_ids,
    };
    for (node_idx, node) in process.nodes.iter().enumerate() {
        (node.element.check)(&mut check, node_idx);
        compensation::check_activity(&mut check, node);
        check_named_flows(&mut check, node);
        check_default(&mut check, node);
    }
    for flow in &process.flows {
        check_condition(&mut check, flow);
    }
    check_reachable(&mut check);
    check_joins(&mut check);
}

/// Steps that the joins of a process may take to compile: each way into an inclusive or complex
/// gateway is followed back through its scope.
const JOIN_STEPS_MAX: usize = 2_000_000;

fn check_joins(check: &mut Check<'_>) {
    let process = check.process;
    let mut steps = 0_usize;
    for node in &process.nodes {
        let is_join = matches!(
            node.kind,
            Some(ElementKind::InclusiveGateway(_) | ElementKind::ComplexGateway(_))
        );
        let Some(scope) = node.scope.filter(|_| is_join && node.incoming.len() > 1) else {
            continue;
        };
        let contents = &process.nodes[scope].contents;
        let n_flows = || contents.iter().map(|it| process.nodes[*it].outgoing.len());
        let places = contents.len() + n_flows().sum::<usize>();
        steps = steps.saturating_add(places.saturating_mul(node.incoming.len()));
    }
    if steps > JOIN_STEPS_MAX {
        let root = check.node(0);
        let found = [(&*root.id).into(), steps.into(), JOIN_STEPS_MAX.into()];
        check
            .problems
            .report(&code::JOINS_TOO_LARGE, root.at(), &found);
    }
}

/// `incoming` and `outgoing` repeat what the flows say; a difference shows a file damaged by hand.
fn check_named_flows(check: &mut Check<'_>, node: &FlowNode) {
    let pairs = [
        (&node.named_incoming, &node.incoming),
        (&node.named_outgoing, &node.outgoing),
    ];
    for (named, linked) in pairs {
        let linked: BTreeSet<&str> = linked
            .iter()
            .map(|it| &*check.process.flows[*it].id)
            .collect();
        for id in named.iter().filter(|it| !linked.contains(it.as_str())) {
            let exists = check.flow_ids.contains(id.as_str());
            let text = if exists {
                &code::FLOW_REFERENCE_MISMATCH
            } else {
                &code::DANGLING_FLOW_REFERENCE
            };
            check
                .problems
                .report(text, node.at(), &[(&*node.id).into(), id.as_str().into()]);
        }
    }
}

/// BPMN 2.0, 10.3: an activity may leave by conditions, too.
fn check_default(check: &mut Check<'_>, node: &FlowNode) {
    let Some(default) = node.default.as_deref() else {
        return;
    };
    if node.element.family != Family::Activity {
        return;
    }
    let flows = &check.process.flows;
    let leaving = node.outgoing.iter().map(|it| &flows[*it]);
    match leaving.into_iter().find(|it| *it.id == *default) {
        None => {
            let found = [default.into(), (&*node.id).into()];
            check
                .problems
                .report(&code::INVALID_DEFAULT, node.at(), &found);
        }
        Some(flow) if flow.is_conditional => {
            check
                .problems
                .report(&code::DEFAULT_WITH_CONDITION, flow.at(), &[]);
        }
        Some(_) => {}
    }
}

fn check_condition(check: &mut Check<'_>, flow: &crate::model::Flow) {
    let Some(source) = flow.source.filter(|_| flow.is_conditional) else {
        return;
    };
    let source = check.node(source);
    let evaluates = |kind: &ElementKind| {
        kind.is_activity()
            || matches!(
                kind,
                ElementKind::ExclusiveGateway { .. }
                    | ElementKind::InclusiveGateway(_)
                    | ElementKind::ComplexGateway(_)
            )
    };
    // BPMN 2.0, 10.6.4: it creates paths without checking any conditions.
    if matches!(source.kind, Some(ElementKind::ParallelGateway)) {
        let found = [(&*source.id).into(), (&*flow.id).into()];
        check
            .problems
            .report(&code::UNCONDITIONAL, flow.at(), &found);
        return;
    }
    if source.kind.as_ref().is_some_and(|it| !evaluates(it)) {
        check.problems.report(
            &code::MISPLACED_CONDITION,
            flow.at(),
            &[source.element.name.into()],
        );
    }
}

/// Whether a node begins with its scope, if that has no start event.
fn begins_alone(node: &FlowNode) -> bool {
    let is_brought_about = !node.incoming.is_empty() || node.is_for_compensation;
    !is_brought_about && node.kind.as_ref().is_none_or(can_begin)
}

/// Whether a node is a gateway whose events start the process, or a receive task that does.
pub(crate) fn starts_process(node: &FlowNode) -> bool {
    if node.instantiates {
        return true;
    }
    let Some(ElementKind::EventBasedGateway(gateway)) = &node.kind else {
        return false;
    };
    gateway.instantiates.is_some()
}

/// Warns of elements to which no way leads from a start event of their scope.
fn check_reachable(check: &mut Check<'_>) {
    let nodes = &check.process.nodes;
    let mut reached = vec![false; nodes.len()];
    let mut queue: Vec<usize> = Vec::new();
    for (node_idx, node) in nodes.iter().enumerate() {
        let is_chosen = || {
            let scope = node.scope.and_then(|it| nodes[it].kind.as_ref());
            matches!(scope, Some(ElementKind::AdHocSubProcess(_)))
                && node.incoming.is_empty()
                && !node.is_for_compensation
                && node.kind.as_ref().is_none_or(can_be_chosen)
        };
        let begins_with_scope = || {
            let scope = node.scope.map(|it| (it, nodes[it].kind.as_ref()));
            let is_plain = scope.is_some_and(|(scope, kind)| {
                let is_other = matches!(
                    kind,
                    Some(ElementKind::AdHocSubProcess(_) | ElementKind::EventSubProcess(_))
                );
                !is_other && !check.is_started(scope)
            });
            is_plain && begins_alone(node)
        };
        let begins = node.scope.is_none()
            || node.element.name == "startEvent"
            || starts_process(node)
            || node.is_for_compensation
            || matches!(node.kind, Some(ElementKind::EventSubProcess(_)))
            || is_chosen()
            || begins_with_scope();
        if begins {
            queue.push(node_idx);
        }
    }
    while let Some(node_idx) = queue.pop() {
        if std::mem::replace(&mut reached[node_idx], true) {
            continue;
        }
        let node = &nodes[node_idx];
        let targets = node
            .outgoing
            .iter()
            .filter_map(|it| check.process.flows[*it].target);
        queue.extend(targets.chain(node.boundary_events.iter().copied()));
    }
    let has_start: Vec<bool> = (0..nodes.len())
        .map(|node_idx| {
            let kind = &nodes[node_idx].kind;
            let is_chosen_from = matches!(kind, Some(ElementKind::AdHocSubProcess(_)));
            is_chosen_from || check.is_started(node_idx) || check.begins_by_itself(node_idx)
        })
        .collect();
    for (node_idx, node) in nodes.iter().enumerate() {
        // Where a scope has no start event nothing is reached, which is reported by itself.
        let starts = node.scope.is_some_and(|it| has_start[it]);
        if !reached[node_idx] && starts && node.kind.is_some() {
            check
                .problems
                .report(&code::UNREACHABLE, node.at(), &[(&*node.id).into()]);
        }
    }
}
