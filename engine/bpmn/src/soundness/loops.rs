//! Loops that a token goes round without waiting for anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{
    BusinessRuleTask, ElementIdx, ElementKind, EventDefinition, ProcessDefinition, ScriptTask,
    SendTask,
};

/// A loop.
#[derive(Debug)]
pub(super) struct Loop {
    /// Its elements; the first comes again at the end.
    pub(super) elements: Vec<ElementIdx>,
    /// Whether a condition can end it.
    pub(super) has_exit: bool,
}

/// The loops of a scope: one for each group of elements that can be reached from each other.
pub(super) fn find(definition: &ProcessDefinition, scope: ElementIdx) -> Vec<Loop> {
    let graph = Graph::of(definition, scope);
    let mut found = Vec::new();
    let mut done: BTreeSet<ElementIdx> = BTreeSet::new();
    for start in graph.next.keys() {
        if done.contains(start) {
            continue;
        }
        let Some(elements) = graph.way_back(*start) else {
            done.insert(*start);
            continue;
        };
        let ahead = graph.reached(*start);
        let group: BTreeSet<ElementIdx> = ahead
            .into_iter()
            .filter(|it| graph.reached(*it).contains(start))
            .collect();
        let has_exit = group.iter().any(|it| leaves(definition, *it, &group));
        done.extend(group);
        found.push(Loop { elements, has_exit });
    }
    found
}

/// Whether a choice at an element leads out of a group.
fn leaves(definition: &ProcessDefinition, idx: ElementIdx, group: &BTreeSet<ElementIdx>) -> bool {
    let element = definition.element(idx);
    let chooses = matches!(
        element.kind,
        ElementKind::ExclusiveGateway { .. }
            | ElementKind::InclusiveGateway(_)
            | ElementKind::ComplexGateway(_)
    ) || element
        .outgoing
        .iter()
        .any(|it| definition.flow(*it).condition.is_some());
    let mut targets = element
        .outgoing
        .iter()
        .map(|it| definition.flow(*it).target);
    chooses && targets.any(|it| !group.contains(&it))
}

/// The elements that do not wait, and what each leads to among them.
struct Graph {
    next: BTreeMap<ElementIdx, Vec<ElementIdx>>,
}

impl Graph {
    fn of(definition: &ProcessDefinition, scope: ElementIdx) -> Graph {
        let contents = &definition.element(scope).contents;
        let passing: BTreeSet<ElementIdx> = contents
            .iter()
            .filter(|it| !waits(definition, **it))
            .copied()
            .collect();
        let next = passing.iter().map(|it| {
            let outgoing = definition.element(*it).outgoing.iter();
            let targets = outgoing.map(|flow| definition.flow(*flow).target);
            (*it, targets.filter(|it| passing.contains(it)).collect())
        });
        Graph {
            next: next.collect(),
        }
    }

    fn reached(&self, from: ElementIdx) -> BTreeSet<ElementIdx> {
        let mut reached = BTreeSet::new();
        let mut queue = vec![from];
        while let Some(at) = queue.pop() {
            for next in self.next.get(&at).into_iter().flatten() {
                if reached.insert(*next) {
                    queue.push(*next);
                }
            }
        }
        reached
    }

    /// The shortest way from an element back to itself.
    fn way_back(&self, start: ElementIdx) -> Option<Vec<ElementIdx>> {
        let mut before: BTreeMap<ElementIdx, ElementIdx> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for next in self.next.get(&at).into_iter().flatten() {
                if *next == start {
                    let mut way = vec![start, at];
                    while let Some(earlier) = before.get(way.last().expect("it is not empty")) {
                        way.push(*earlier);
                    }
                    way.reverse();
                    return Some(way);
                }
                if !before.contains_key(next) {
                    before.insert(*next, at);
                    queue.push_back(*next);
                }
            }
        }
        None
    }
}

/// Whether a token stays at an element until something comes from outside.
fn waits(definition: &ProcessDefinition, idx: ElementIdx) -> bool {
    let element = definition.element(idx);
    match &element.kind {
        ElementKind::UserTask(_)
        | ElementKind::ServiceTask(_)
        | ElementKind::ReceiveTask(_)
        | ElementKind::CallActivity(_)
        | ElementKind::EventBasedGateway(_)
        | ElementKind::AdHocSubProcess(_)
        | ElementKind::BoundaryEvent(_)
        | ElementKind::EventSubProcess(_) => true,
        // The other end of a link is passed at once.
        ElementKind::IntermediateCatchEvent(it) => !matches!(it, EventDefinition::Link(_)),
        ElementKind::ScriptTask(it) => matches!(it, ScriptTask::Job(_)),
        ElementKind::BusinessRuleTask(it) => matches!(it, BusinessRuleTask::Job(_)),
        ElementKind::SendTask(it) => matches!(it, SendTask::Job(_)),
        ElementKind::IntermediateThrowEvent(it) => {
            matches!(it, Some(EventDefinition::Message(message)) if message.job.is_some())
        }
        ElementKind::SubProcess(_)
        | ElementKind::Transaction(_)
        | ElementKind::Process(_)
        | ElementKind::MultiInstance(_)
        | ElementKind::StandardLoop(_) => element.contents.iter().any(|it| waits(definition, *it)),
        ElementKind::StartEvent(_)
        | ElementKind::EndEvent(_)
        | ElementKind::Task
        | ElementKind::ManualTask
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::ParallelGateway
        | ElementKind::InclusiveGateway(_)
        | ElementKind::ComplexGateway(_) => false,
    }
}
