//! Which incoming flows of a joining gateway a token can still reach.
//!
//! An inclusive gateway joins when no token can arrive any more that would make a difference
//! (BPMN 2.0, 13.4.3), and a complex gateway resets by the same rule (13.4.5). Whether one can
//! follows from the graph alone, so it is computed once, here; the core only compares sets. Start
//! from [`JoinReach`].

use std::collections::BTreeMap;

use super::{ElementIdx, ElementKind, FlowIdx, ProcessDefinition};

/// A set of incoming flows of one gateway, by their position among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowSet(Vec<u64>);

impl FlowSet {
    /// No flows, of a gateway that has `n_flows`.
    pub fn empty(n_flows: usize) -> FlowSet {
        FlowSet(vec![0; n_flows.div_ceil(64)])
    }

    /// Adds the flow at a position.
    pub fn insert(&mut self, position: usize) {
        self.0[position / 64] |= 1 << (position % 64);
    }

    /// Whether the flow at a position is in the set.
    pub fn contains(&self, position: usize) -> bool {
        self.0[position / 64] & (1 << (position % 64)) != 0
    }

    /// Whether the two sets have a flow in common.
    pub fn intersects(&self, other: &FlowSet) -> bool {
        let mut words = self.0.iter().zip(&other.0);
        words.any(|(own, other)| own & other != 0)
    }
}

/// For each place in the gateway's scope, the incoming flows that a token there can reach without
/// passing the gateway. Places from which none can be reached are left out.
#[derive(Debug, Clone, Default)]
pub struct JoinReach {
    flows: BTreeMap<FlowIdx, FlowSet>,
    elements: BTreeMap<ElementIdx, FlowSet>,
}

impl JoinReach {
    /// What a token that has taken this flow can reach; the flow itself is reached if it leads into
    /// the gateway.
    pub fn from_flow(&self, flow: FlowIdx) -> Option<&FlowSet> {
        self.flows.get(&flow)
    }

    /// What a token within this element can reach, by its outgoing flows and its boundary events.
    pub fn from_element(&self, element: ElementIdx) -> Option<&FlowSet> {
        self.elements.get(&element)
    }

    /// Walks back from each incoming flow of a gateway.
    pub(crate) fn of(definition: &ProcessDefinition, gateway: ElementIdx) -> JoinReach {
        let incoming = &definition.element(gateway).incoming;
        let mut reach = JoinReach::default();
        // With one way in there is nothing to wait for.
        if incoming.len() < 2 {
            return reach;
        }
        for (position, flow) in incoming.iter().enumerate() {
            reach.walk_back(definition, gateway, (position, incoming.len()), *flow);
        }
        reach
    }

    fn walk_back(
        &mut self,
        definition: &ProcessDefinition,
        gateway: ElementIdx,
        (position, n_flows): (usize, usize),
        from: FlowIdx,
    ) {
        let mut queue = vec![from];
        while let Some(flow) = queue.pop() {
            if !note(&mut self.flows, flow, position, n_flows) {
                continue;
            }
            let mut next = Some(definition.flow(flow).source);
            while let Some(idx) = next.take() {
                let is_new = note(&mut self.elements, idx, position, n_flows);
                // A token that leaves the gateway may come back to it, but no way leads through it.
                if !is_new || idx == gateway {
                    break;
                }
                let element = definition.element(idx);
                queue.extend(&element.incoming);
                if let ElementKind::BoundaryEvent(event) = &element.kind {
                    next = Some(event.attached_to);
                }
            }
        }
    }
}

/// Adds a position to the set of a place; answers whether it was new there.
fn note<K: Ord>(
    sets: &mut BTreeMap<K, FlowSet>,
    place: K,
    position: usize,
    n_flows: usize,
) -> bool {
    let set = sets.entry(place).or_insert_with(|| FlowSet::empty(n_flows));
    let is_new = !set.contains(position);
    set.insert(position);
    is_new
}

#[cfg(test)]
mod tests {
    use crate::builder::{ProcessBuilder, feel, timer_duration};
    use crate::graph::{ElementIdx, ElementKind, InclusiveGateway, ProcessDefinition};

    use super::*;

    fn reach<'a>(process: &'a ProcessDefinition, id: &str) -> &'a JoinReach {
        let idx = process.find(id).unwrap();
        match &process.element(idx).kind {
            ElementKind::InclusiveGateway(InclusiveGateway { reach, .. }) => reach,
            other => panic!("{other:?}"),
        }
    }

    fn reached(process: &ProcessDefinition, from: &str, join: &str) -> Vec<usize> {
        let set = reach(process, join).from_element(process.find(from).unwrap());
        let n_flows = process.element(process.find(join).unwrap()).incoming.len();
        let contained = |it: &usize| set.is_some_and(|set| set.contains(*it));
        (0..n_flows).filter(contained).collect()
    }

    #[test]
    fn ways_lead_over_cycles_and_boundary_events_but_not_through_the_gateway() {
        let mut process = ProcessBuilder::new("p");
        let root = ElementIdx::ROOT;
        let start = process.start(root, "start");
        let join = process.inclusive_gateway(root, "join");
        let one = process.user_task(root, "one");
        let two = process.user_task(root, "two");
        let late = process.boundary_event(two, "late", timer_duration("PT1H"), true);
        let after = process.user_task(root, "after");
        let end = process.end(root, "end");
        process.connect(start, one);
        process.connect(one, join);
        process.connect(two, end);
        process.connect(late, join);
        process.connect(join, after);
        process.connect_when(after, two, feel("x"));
        let process = process.build();
        assert_eq!(reached(&process, "start", "join"), [0]);
        assert_eq!(reached(&process, "two", "join"), [1]);
        assert_eq!(reached(&process, "late", "join"), [1]);
        assert_eq!(reached(&process, "after", "join"), [1]);
        assert_eq!(reached(&process, "end", "join"), [] as [usize; 0]);
        // A token in the gateway itself comes round by the cycle; it does not come from before.
        assert_eq!(reached(&process, "join", "join"), [1]);
    }

    #[test]
    fn more_than_64_flows_are_told_apart() {
        let mut set = FlowSet::empty(130);
        set.insert(129);
        assert!(set.contains(129) && !set.contains(65));
        let mut other = FlowSet::empty(130);
        other.insert(65);
        assert!(!set.intersects(&other));
        other.insert(129);
        assert!(set.intersects(&other));
    }
}
