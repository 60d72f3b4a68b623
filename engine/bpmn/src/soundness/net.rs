//! A scope as a net: elements that take tokens from flows and put tokens on flows.
//!
//! An activity is left at once or by its events: how long it takes changes nothing of what can
//! happen. Start from [`Net::of`].

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{
    Element, ElementIdx, ElementKind, EventBasedGateway, EventDefinition, FlowIdx, Instantiation,
    ProcessDefinition,
};

/// Ways out of one element that are looked at: those of an inclusive gateway double with each flow.
pub(super) const OPTIONS_MAX: usize = 64;

/// A scope.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub(super) nodes: Vec<Node>,
    pub(super) flows: Vec<Flow>,
    /// The start events, each of which begins the scope alone.
    pub(super) starts: Vec<usize>,
    /// Whether not every way out of every element is in it.
    pub(super) is_partial: bool,
    /// Whether data decide how many tokens an element takes or gives.
    pub(super) counts_data: bool,
}

/// An element.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) element: ElementIdx,
    pub(super) join: Join,
    /// Positions in [`Net::flows`].
    pub(super) incoming: Vec<usize>,
    /// What it may put tokens on, each time it is passed; no option at all if it cannot be passed.
    pub(super) options: Vec<Vec<usize>>,
    /// Whether it ends its scope.
    pub(super) ends_scope: bool,
    /// Elements that are reached if it is, besides itself.
    pub(super) covers: Vec<ElementIdx>,
    pub(super) is_removed: bool,
}

/// What an element needs to be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// A token on any incoming flow.
    Any,
    /// A token on each.
    All,
    /// A token on each on which one can still come.
    Inclusive,
}

/// A sequence flow, or a part of the scope that is no more than one.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) source: usize,
    pub(super) target: usize,
    /// The flow of the graph by which it begins.
    pub(super) first: FlowIdx,
    /// The one by which it ends.
    pub(super) last: FlowIdx,
    /// Elements passed on it, in their order.
    pub(super) path: Vec<ElementIdx>,
    /// Further elements that are reached if it is.
    pub(super) covers: Vec<ElementIdx>,
    pub(super) is_removed: bool,
}

impl Net {
    /// The net of a scope; nothing if nothing starts it.
    pub(super) fn of(definition: &ProcessDefinition, scope: ElementIdx) -> Option<Net> {
        let mut net = Net {
            nodes: Vec::new(),
            flows: Vec::new(),
            starts: Vec::new(),
            is_partial: false,
            counts_data: false,
        };
        let mut positions: BTreeMap<ElementIdx, usize> = BTreeMap::new();
        for idx in &definition.element(scope).contents {
            let element = definition.element(*idx);
            if matches!(
                element.kind,
                ElementKind::EventSubProcess(_) | ElementKind::BoundaryEvent(_)
            ) {
                continue;
            }
            positions.insert(*idx, net.nodes.len());
            let is_start = match &element.kind {
                ElementKind::StartEvent(_) => true,
                ElementKind::EventBasedGateway(it) => it.instantiates.is_some(),
                _ => false,
            };
            let is_start = is_start || element.instantiates;
            let is_complex = matches!(element.kind, ElementKind::ComplexGateway(_));
            net.counts_data |= (is_complex && element.incoming.len() > 1)
                || element.start_quantity != 1
                || element.completion_quantity != 1;
            if is_start {
                net.starts.push(net.nodes.len());
            }
            net.nodes.push(Node {
                element: *idx,
                join: join(element),
                incoming: Vec::new(),
                options: Vec::new(),
                ends_scope: ends_scope(element),
                covers: Vec::new(),
                is_removed: false,
            });
        }
        net.connect(definition, &positions);
        // What begins a scope alone is its start event, whatever it is.
        let container = definition.container(scope);
        if let Some([element]) = container.map(|it| it.begins_with.as_slice()) {
            net.starts.extend(positions.get(element));
        }
        (!net.starts.is_empty()).then_some(net)
    }

    fn connect(&mut self, definition: &ProcessDefinition, positions: &BTreeMap<ElementIdx, usize>) {
        let mut flows: BTreeMap<FlowIdx, usize> = BTreeMap::new();
        for position in 0..self.nodes.len() {
            let element = definition.element(self.nodes[position].element);
            let events = element.boundary_events.iter();
            let by_events = events.flat_map(|it| {
                let event = definition.element(*it);
                event.outgoing.iter().map(move |flow| (*flow, Some(*it)))
            });
            let own = element.outgoing.iter().map(|flow| (*flow, None));
            for (flow, event) in own.chain(by_events) {
                let Some(target) = positions.get(&definition.flow(flow).target) else {
                    continue;
                };
                flows.insert(flow, self.flows.len());
                self.nodes[*target].incoming.push(self.flows.len());
                self.flows.push(Flow {
                    source: position,
                    target: *target,
                    first: flow,
                    last: flow,
                    path: event.into_iter().collect(),
                    covers: Vec::new(),
                    is_removed: false,
                });
            }
        }
        for position in 0..self.nodes.len() {
            let idx = self.nodes[position].element;
            let (options, is_partial) = options(definition, idx);
            let known =
                |it: &Vec<FlowIdx>| it.iter().filter_map(|it| flows.get(it)).copied().collect();
            self.nodes[position].options = options.iter().map(known).collect();
            self.is_partial |= is_partial;
        }
    }

    /// The positions to which a way leads from a start event.
    fn reached(&self) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut queue = self.starts.clone();
        while let Some(position) = queue.pop() {
            if reached.insert(position) {
                let flows = self.nodes[position].options.iter().flatten();
                queue.extend(flows.map(|it| self.flows[*it].target));
            }
        }
        reached
    }

    /// An element from which no way leads to an end.
    pub(super) fn without_way_out(&self) -> Option<ElementIdx> {
        let mut leads_out: BTreeSet<usize> = BTreeSet::new();
        let ends = |node: &Node| node.options.iter().any(Vec::is_empty);
        let mut queue: Vec<usize> = (0..self.nodes.len())
            .filter(|it| ends(&self.nodes[*it]) || self.nodes[*it].options.is_empty())
            .collect();
        while let Some(position) = queue.pop() {
            if leads_out.insert(position) {
                let incoming = self.nodes[position].incoming.iter();
                queue.extend(incoming.map(|it| self.flows[*it].source));
            }
        }
        let reached = self.reached();
        let lost = reached.into_iter().find(|it| !leads_out.contains(it))?;
        Some(self.nodes[lost].element)
    }

    /// Elements that no run reaches although a way leads there, from one that is reached.
    pub(super) fn dead(&self, alive: &BTreeSet<ElementIdx>) -> Vec<ElementIdx> {
        let is_alive = |position: usize| alive.contains(&self.nodes[position].element);
        let reached = self.reached().into_iter().filter(|it| !is_alive(*it));
        let at_border = reached.filter(|position| {
            let incoming = self.nodes[*position].incoming.iter();
            incoming
                .into_iter()
                .any(|it| is_alive(self.flows[*it].source))
        });
        at_border.map(|it| self.nodes[it].element).collect()
    }
}

fn join(element: &Element) -> Join {
    match &element.kind {
        ElementKind::ParallelGateway if element.incoming.len() > 1 => Join::All,
        ElementKind::InclusiveGateway(_) if element.incoming.len() > 1 => Join::Inclusive,
        _ => Join::Any,
    }
}

fn ends_scope(element: &Element) -> bool {
    let ElementKind::EndEvent(Some(definition)) = &element.kind else {
        return false;
    };
    let mut parts = definition.parts().iter();
    throws_out(definition) || parts.any(|it| matches!(it, EventDefinition::Terminate))
}

/// Whether an end event leaves its scope otherwise than by completing it.
fn throws_out(definition: &EventDefinition) -> bool {
    let mut parts = definition.parts().iter();
    parts.any(|it| matches!(it, EventDefinition::Error(_) | EventDefinition::Cancel))
}

/// The sets of flows an element may put tokens on, and whether some were left out.
fn options(definition: &ProcessDefinition, idx: ElementIdx) -> (Vec<Vec<FlowIdx>>, bool) {
    let element = definition.element(idx);
    let singles = || element.outgoing.iter().map(|it| vec![*it]).collect();
    match &element.kind {
        // All of its events have to come.
        ElementKind::EventBasedGateway(EventBasedGateway {
            instantiates: Some(Instantiation::Parallel),
        }) => (vec![element.outgoing.clone()], false),
        ElementKind::ExclusiveGateway { .. } | ElementKind::EventBasedGateway(_)
            if !element.outgoing.is_empty() =>
        {
            (singles(), false)
        }
        ElementKind::InclusiveGateway(it) => inclusive(definition, &element.outgoing, it.default),
        ElementKind::ComplexGateway(it) => inclusive(definition, &element.outgoing, it.default),
        kind if kind.is_activity() => activity(definition, idx),
        _ => (vec![element.outgoing.clone()], false),
    }
}

/// Every set of flows whose conditions may hold at once, or the default flow alone.
pub(super) fn inclusive(
    definition: &ProcessDefinition,
    outgoing: &[FlowIdx],
    default: Option<FlowIdx>,
) -> (Vec<Vec<FlowIdx>>, bool) {
    let others = outgoing.iter().filter(|it| Some(**it) != default);
    let (maybe, always): (Vec<FlowIdx>, Vec<FlowIdx>) =
        others.partition(|it| definition.flow(**it).condition.is_some());
    let n_sets = 1_usize.checked_shl(u32::try_from(maybe.len()).unwrap_or(u32::MAX));
    let mut options = Vec::new();
    let is_partial = n_sets.is_none_or(|it| it > OPTIONS_MAX);
    if is_partial {
        // Each alone, all but each, all: what most models mean.
        for flow in &maybe {
            options.push(vec![*flow]);
            options.push(maybe.iter().filter(|it| *it != flow).copied().collect());
        }
        options.push(maybe.clone());
    } else {
        for set in 0..n_sets.unwrap_or_default() {
            let chosen = maybe.iter().enumerate();
            let chosen = chosen.filter(|(position, _)| set & (1 << position) != 0);
            options.push(chosen.map(|(_, flow)| *flow).collect());
        }
    }
    for option in &mut options {
        option.extend(&always);
    }
    options.retain(|it| !it.is_empty());
    if always.is_empty() {
        options.extend(default.map(|it| vec![it]));
    }
    if outgoing.is_empty() {
        options.push(Vec::new());
    }
    (options, is_partial)
}

/// An activity completes, or an event ends it, or events that do not end it come before it completes.
fn activity(definition: &ProcessDefinition, idx: ElementIdx) -> (Vec<Vec<FlowIdx>>, bool) {
    let element = definition.element(idx);
    let (mut beside, mut options, mut is_partial) = (Vec::new(), Vec::new(), false);
    for event_idx in &element.boundary_events {
        let event = definition.element(*event_idx);
        let ElementKind::BoundaryEvent(boundary) = &event.kind else {
            continue;
        };
        // Without a way out it is of another sort: nothing comes of it here.
        if event.outgoing.is_empty() {
            continue;
        }
        if boundary.cancel_activity {
            options.push(event.outgoing.clone());
        } else {
            beside.push(&event.outgoing);
        }
    }
    if can_complete(definition, idx) {
        let mut conditions = element.outgoing.iter().map(|it| definition.flow(*it));
        if conditions.any(|it| it.condition.is_some()) {
            let default = element.default_flow;
            let (completed, are_some) = inclusive(definition, &element.outgoing, default);
            options.extend(completed);
            is_partial = are_some;
        } else {
            options.push(element.outgoing.clone());
        }
    }
    // Of the events that do not end it: none, each alone, all.
    let plain = options.clone();
    let mut add = |flows: &[FlowIdx]| {
        for option in &plain {
            options.push(option.iter().chain(flows).copied().collect());
        }
    };
    beside.iter().for_each(|it| add(it));
    if beside.len() > 1 {
        let all: Vec<FlowIdx> = beside.iter().copied().flatten().copied().collect();
        add(&all);
    }
    (options, is_partial)
}

/// A sub-process all of whose ends throw errors or cancel it never completes, unless an event
/// sub-process takes its place that does.
fn can_complete(definition: &ProcessDefinition, idx: ElementIdx) -> bool {
    let element = definition.element(idx);
    let inner = match &element.kind {
        ElementKind::MultiInstance(it) => definition.element(it.inner),
        ElementKind::StandardLoop(it) => definition.element(it.inner),
        _ => element,
    };
    let is_container = matches!(
        inner.kind,
        ElementKind::SubProcess(_) | ElementKind::Transaction(_) | ElementKind::EventSubProcess(_)
    );
    if !is_container {
        return true;
    }
    let throws = |it: &Element| match &it.kind {
        ElementKind::EndEvent(Some(definition)) => throws_out(definition),
        _ => false,
    };
    let ends = |it: &&ElementIdx| {
        let it = definition.element(**it);
        let is_plain = !matches!(it.kind, ElementKind::EventSubProcess(_));
        it.outgoing.is_empty() && is_plain && !it.is_for_compensation
    };
    let mut ends = inner.contents.iter().filter(ends).peekable();
    if ends.peek().is_none() || ends.any(|it| !throws(definition.element(*it))) {
        return true;
    }
    // They are nested no deeper than the limit of a file.
    inner
        .contents
        .iter()
        .any(|it| match &definition.element(*it).kind {
            ElementKind::EventSubProcess(event) => {
                event.interrupting && can_complete(definition, *it)
            }
            _ => false,
        })
}
