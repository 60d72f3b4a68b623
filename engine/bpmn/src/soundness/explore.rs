//! Every state a net can be in, up to a bound.
//!
//! A state is the set of flows on which a token waits; two on one flow are a finding, and nothing is
//! looked at beyond it.

use std::collections::{BTreeMap, BTreeSet};

use super::net::{Join, Net};
use crate::graph::join::FlowSet;
use crate::graph::{ElementIdx, ElementKind, FlowIdx, ProcessDefinition};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) deadlocks: Vec<Deadlock>,
    pub(super) unsynchronized: Vec<Unsynchronized>,
    /// Elements that some run reaches.
    pub(super) alive: BTreeSet<ElementIdx>,
    /// Whether there are more states than were looked at.
    pub(super) is_cut_off: bool,
}

/// A join at which a token waits forever.
#[derive(Debug)]
pub(super) struct Deadlock {
    pub(super) join: ElementIdx,
    /// The flows by which nothing comes.
    pub(super) missing: Vec<FlowIdx>,
    pub(super) way: Vec<ElementIdx>,
}

/// An element that two tokens can pass at once.
#[derive(Debug)]
pub(super) struct Unsynchronized {
    pub(super) element: ElementIdx,
    pub(super) way: Vec<ElementIdx>,
}

/// The flows with a token, a bit each.
type Marking = Vec<u64>;

fn has(marking: &Marking, flow: usize) -> bool {
    marking[flow / 64] & (1 << (flow % 64)) != 0
}

fn set(marking: &mut Marking, flow: usize) {
    marking[flow / 64] |= 1 << (flow % 64);
}

fn clear(marking: &mut Marking, flow: usize) {
    marking[flow / 64] &= !(1 << (flow % 64));
}

fn marked(marking: &Marking) -> impl Iterator<Item = usize> + '_ {
    (0..marking.len() * 64).filter(|it| has(marking, *it))
}

/// How a state was come to.
struct Step {
    before: Option<usize>,
    node: usize,
    consumed: Vec<usize>,
}

struct Explorer<'a> {
    definition: &'a ProcessDefinition,
    net: &'a Net,
    seen: BTreeMap<Marking, usize>,
    states: Vec<(Marking, Step)>,
    verdict: Verdict,
}

pub(super) fn explore(definition: &ProcessDefinition, net: &Net, states_max: usize) -> Verdict {
    let mut explorer = Explorer {
        definition,
        net,
        seen: BTreeMap::new(),
        states: Vec::new(),
        verdict: Verdict::default(),
    };
    for start in &net.starts {
        let empty = vec![0; net.flows.len().div_ceil(64).max(1)];
        explorer.pass(None, &empty, *start, Vec::new());
    }
    let mut next = 0;
    while next < explorer.states.len() {
        if explorer.states.len() > states_max {
            explorer.verdict.is_cut_off = true;
            break;
        }
        explorer.visit(next);
        next += 1;
    }
    explorer.verdict
}

impl Explorer<'_> {
    /// Everything that can happen in a state.
    fn visit(&mut self, state: usize) {
        let marking = self.states[state].0.clone();
        let mut is_stuck = marking.iter().any(|it| *it != 0);
        let mut nodes: Vec<usize> = marked(&marking)
            .map(|it| self.net.flows[it].target)
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        for node in &nodes {
            for consumed in self.ready(&marking, *node) {
                is_stuck = false;
                self.pass(Some(state), &marking, *node, consumed);
            }
        }
        if is_stuck {
            self.deadlock(state, &marking, &nodes);
        }
    }

    /// The sets of tokens by which an element can be passed.
    fn ready(&self, marking: &Marking, position: usize) -> Vec<Vec<usize>> {
        let node = &self.net.nodes[position];
        let waiting: Vec<usize> = node
            .incoming
            .iter()
            .filter(|it| has(marking, **it))
            .copied()
            .collect();
        match node.join {
            Join::Any => waiting.into_iter().map(|it| vec![it]).collect(),
            Join::All if waiting.len() == node.incoming.len() => vec![waiting],
            Join::All => Vec::new(),
            Join::Inclusive if self.may_join(marking, position) => vec![waiting],
            Join::Inclusive => Vec::new(),
        }
    }

    /// The core's rule, see [`crate::graph::join`]: no token elsewhere can still come to where none
    /// waits, unless it could as well come to where one waits.
    fn may_join(&self, marking: &Marking, position: usize) -> bool {
        let node = &self.net.nodes[position];
        let element = self.definition.element(node.element);
        let ElementKind::InclusiveGateway(gateway) = &element.kind else {
            return true;
        };
        let n_flows = element.incoming.len();
        let (mut occupied, mut empty) = (FlowSet::empty(n_flows), FlowSet::empty(n_flows));
        // A flow that has become a part of another has its token as the other has.
        let waits: BTreeSet<FlowIdx> = node
            .incoming
            .iter()
            .filter(|it| has(marking, **it))
            .map(|it| self.net.flows[*it].last)
            .collect();
        let open: BTreeSet<FlowIdx> = node
            .incoming
            .iter()
            .map(|it| self.net.flows[*it].last)
            .collect();
        for (place, flow) in element.incoming.iter().enumerate() {
            if waits.contains(flow) {
                occupied.insert(place);
            } else if open.contains(flow) {
                empty.insert(place);
            }
        }
        let own: BTreeSet<usize> = node.incoming.iter().copied().collect();
        let elsewhere = marked(marking).filter(|it| !own.contains(it));
        let mut reached =
            elsewhere.filter_map(|it| gateway.reach.from_flow(self.net.flows[it].first));
        !reached.any(|it| it.intersects(&empty) && !it.intersects(&occupied))
    }

    /// Passes an element in each of its ways.
    fn pass(
        &mut self,
        before: Option<usize>,
        marking: &Marking,
        position: usize,
        consumed: Vec<usize>,
    ) {
        let node = &self.net.nodes[position];
        self.verdict.alive.insert(node.element);
        self.verdict.alive.extend(&node.covers);
        for flow in &consumed {
            let flow = &self.net.flows[*flow];
            self.verdict
                .alive
                .extend(flow.path.iter().chain(&flow.covers));
        }
        for option in &node.options {
            let mut after = marking.clone();
            consumed.iter().for_each(|it| clear(&mut after, *it));
            if node.ends_scope {
                after.fill(0);
            }
            let twice = option.iter().find(|it| has(&after, **it));
            let step = Step {
                before,
                node: position,
                consumed: consumed.clone(),
            };
            if twice.is_some() {
                let element = node.element;
                let known = self.verdict.unsynchronized.iter();
                if !known.into_iter().any(|it| it.element == element) {
                    let way = self.way(&step);
                    self.verdict
                        .unsynchronized
                        .push(Unsynchronized { element, way });
                }
                continue;
            }
            option.iter().for_each(|it| set(&mut after, *it));
            if !self.seen.contains_key(&after) {
                self.seen.insert(after.clone(), self.states.len());
                self.states.push((after, step));
            }
        }
    }

    fn deadlock(&mut self, state: usize, marking: &Marking, nodes: &[usize]) {
        for position in nodes {
            let node = &self.net.nodes[*position];
            let known = self.verdict.deadlocks.iter();
            if known.into_iter().any(|it| it.join == node.element) {
                continue;
            }
            let mut way = self.way(&self.states[state].1);
            let (waiting, missing): (Vec<usize>, Vec<usize>) =
                node.incoming.iter().partition(|it| has(marking, **it));
            for flow in waiting {
                way.extend(&self.net.flows[flow].path);
            }
            way.push(node.element);
            let missing = missing.iter().map(|it| self.net.flows[*it].last).collect();
            self.verdict.deadlocks.push(Deadlock {
                join: node.element,
                missing,
                way,
            });
        }
    }

    /// The elements passed up to and with a step.
    fn way(&self, step: &Step) -> Vec<ElementIdx> {
        let mut steps = vec![step];
        while let Some(before) = steps.last().and_then(|it| it.before) {
            steps.push(&self.states[before].1);
        }
        let mut way = Vec::new();
        for step in steps.into_iter().rev() {
            for flow in &step.consumed {
                way.extend(&self.net.flows[*flow].path);
            }
            way.push(self.net.nodes[step.node].element);
        }
        way
    }
}
