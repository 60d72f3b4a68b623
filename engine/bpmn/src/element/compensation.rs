//! Compensation as several elements share it: which activity undoes which, and what of it can be
//! asked for (BPMN 2.0, 10.7).
//!
//! A boundary event with compensation is connected to its handler by an association, since no token
//! ever leaves it.

use std::collections::BTreeMap;

use crate::check::Check;
use crate::diagnostic::{Problems, code};
use crate::element::Family;
use crate::graph::{ElementKind, EventDefinition};
use crate::model::{FlowNode, Process};

/// Finds the handlers of activities by associations; what leads elsewhere only describes.
pub(crate) fn link(
    problems: &mut Problems,
    process: &mut Process,
    by_id: &BTreeMap<String, usize>,
) {
    let mut handlers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (source, target) in &process.associations {
        let (Some(source), Some(target)) = (by_id.get(source), by_id.get(target)) else {
            continue;
        };
        // Tools draw it from the event to the handler; without a direction either end comes first.
        for (event, handler) in [(*source, *target), (*target, *source)] {
            if catches_compensation(&process.nodes[event]) {
                handlers.entry(event).or_default().push(handler);
            }
        }
    }
    let events = 0..process.nodes.len();
    let events = events.filter(|it| catches_compensation(&process.nodes[*it]));
    let events: Vec<usize> = events.collect();
    for event in events {
        let found = handlers.get(&event).map_or(&[][..], Vec::as_slice);
        let node = &process.nodes[event];
        let [handler] = found else {
            let found = [(&*node.id).into(), found.len().into()];
            problems.report(&code::COMPENSATION_HANDLERS, node.at(), &found);
            continue;
        };
        let target = &process.nodes[*handler];
        // An event sub-process is started by its event.
        let is_started = matches!(target.kind, Some(ElementKind::EventSubProcess(_)));
        if target.scope != node.scope || !target.is_for_compensation || is_started {
            let found = [(&*node.id).into(), (&*target.id).into()];
            problems.report(&code::NO_COMPENSATION_HANDLER, node.at(), &found);
            continue;
        }
        process.nodes[*handler].is_handler = true;
        let handler = *handler;
        let host = process.nodes[event].attached_to.as_ref();
        if let Some(host) = host.and_then(|it| by_id.get(it)) {
            process.nodes[*host].compensation_handlers.push(handler);
        }
    }
}

fn catches_compensation(node: &FlowNode) -> bool {
    matches!(&node.kind, Some(ElementKind::BoundaryEvent(it)) if it.definition.is_compensation())
}

/// Checks an activity: a handler is reached by its event only, and undoes one way.
pub(crate) fn check_activity(check: &mut Check<'_>, node: &FlowNode) {
    if node.family() != Family::Activity {
        return;
    }
    if node.compensation_handlers.len() > 1 {
        let found = [(&*node.id).into(), node.compensation_handlers.len().into()];
        check
            .problems
            .report(&code::SEVERAL_COMPENSATIONS, node.at(), &found);
    }
    if !node.is_for_compensation {
        return;
    }
    for flow in node.incoming.iter().chain(&node.outgoing) {
        let flow = &check.process.flows[*flow];
        let found = [(&*node.id).into(), (&*flow.id).into()];
        check
            .problems
            .report(&code::HANDLER_HAS_FLOW, node.at(), &found);
    }
    if let Some(event) = node.boundary_events.first() {
        let found = [(&*node.id).into(), (&*check.node(*event).id).into()];
        check
            .problems
            .report(&code::HANDLER_HAS_EVENT, node.at(), &found);
    }
    if !node.is_handler {
        check
            .problems
            .report(&code::HANDLER_UNUSED, node.at(), &[(&*node.id).into()]);
    }
}

/// Checks what an event throws: the activity that it names, and the transaction that it cancels.
pub(crate) fn check_throw(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    let definition = match &node.kind {
        Some(ElementKind::EndEvent(Some(definition)))
        | Some(ElementKind::IntermediateThrowEvent(Some(definition))) => definition,
        _ => return,
    };
    for part in definition.parts() {
        match part {
            EventDefinition::Compensate(it) => {
                if let Some(activity) = &it.activity {
                    check_visible(check, node_idx, activity);
                }
            }
            EventDefinition::Cancel => check_cancel(check, node_idx),
            EventDefinition::Timer(_)
            | EventDefinition::Message(_)
            | EventDefinition::Signal(_)
            | EventDefinition::Conditional(_)
            | EventDefinition::Error(_)
            | EventDefinition::Escalation(_)
            | EventDefinition::Link(_)
            | EventDefinition::Terminate
            | EventDefinition::Multiple(_) => {}
        }
    }
}

/// An activity can be compensated from its own scope, and from an event sub-process of that.
fn check_visible(check: &mut Check<'_>, node_idx: usize, activity: &str) {
    let node = check.node(node_idx);
    let target = check.find(activity).map(|it| check.node(it));
    let is_activity = target.is_some_and(|it| it.family() == Family::Activity);
    let is_normal = target.is_some_and(|it| !it.is_for_compensation);
    let reached = scopes_of(check, node.scope);
    let is_visible = target.is_some_and(|it| it.scope.is_some_and(|it| reached.contains(&it)));
    if !is_activity || !is_normal || !is_visible {
        let found = [(&*node.id).into(), activity.into()];
        check
            .problems
            .report(&code::COMPENSATION_OUT_OF_REACH, node.at(), &found);
    }
}

/// A scope and, if it is an event sub-process, those around it up to one that is none.
fn scopes_of(check: &Check<'_>, scope: Option<usize>) -> Vec<usize> {
    let mut scopes = Vec::new();
    let mut next = scope;
    while let Some(scope) = next {
        scopes.push(scope);
        let node = check.node(scope);
        let is_event_sub_process = matches!(node.kind, Some(ElementKind::EventSubProcess(_)));
        next = node.scope.filter(|_| is_event_sub_process);
    }
    scopes
}

fn check_cancel(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    let mut next = node.scope;
    while let Some(scope) = next {
        let around = check.node(scope);
        match &around.kind {
            Some(ElementKind::Transaction(_)) => return check_way_out(check, node_idx, scope),
            // What is broken has been reported.
            None => return,
            Some(_) => next = around.scope,
        }
    }
    check.problems.report(
        &code::CANCEL_OUTSIDE_TRANSACTION,
        node.at(),
        &[(&*node.id).into()],
    );
}

fn check_way_out(check: &mut Check<'_>, node_idx: usize, transaction: usize) {
    let around = check.node(transaction);
    let is_way_out = |idx: &usize| match &check.node(*idx).kind {
        Some(ElementKind::BoundaryEvent(it)) => matches!(it.definition, EventDefinition::Cancel),
        Some(_) => false,
        None => true,
    };
    if !around.boundary_events.iter().any(is_way_out) {
        let found = [(&*around.id).into()];
        let at = check.node(node_idx).at();
        check
            .problems
            .report(&code::CANCEL_WITHOUT_WAY_OUT, at, &found);
    }
}
