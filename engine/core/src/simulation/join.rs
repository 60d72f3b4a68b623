//! A plain second reading of when an inclusive gateway joins and a complex gateway resets: ways are
//! searched for forwards, each time anew, from every token.

use std::collections::BTreeSet;

use tongban_bpmn::graph::{ElementIdx, ElementKind, FlowIdx, ProcessDefinition};

/// Where a token stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Flow(FlowIdx),
    Element(ElementIdx),
}

/// Whether an element is a gateway whose tokens wait for others.
pub(super) fn is_join(definition: &ProcessDefinition, element: ElementIdx) -> bool {
    let element = definition.element(element);
    matches!(element.kind, ElementKind::InclusiveGateway(_)) && element.incoming.len() > 1
}

/// Whether the tokens at a gateway may be joined, with the tokens of its scope at these places.
pub(super) fn may_join(
    definition: &ProcessDefinition,
    gateway: ElementIdx,
    places: &[Place],
) -> bool {
    let has_token = |flow: &FlowIdx| {
        let at = |it: &Place| matches!(it, Place::Flow(other) if other == flow);
        places.iter().any(at)
    };
    let incoming = &definition.element(gateway).incoming;
    incoming.iter().any(has_token) && may_reset(definition, gateway, places, &[])
}

/// Whether no other token is expected at a gateway, with the tokens of its scope at these places;
/// those of the flows that have `given` theirs are not waited for.
pub(super) fn may_reset(
    definition: &ProcessDefinition,
    gateway: ElementIdx,
    places: &[Place],
    given: &[FlowIdx],
) -> bool {
    let is_occupied = |flow: &FlowIdx| {
        let at = |it: &Place| matches!(it, Place::Flow(other) if other == flow);
        given.contains(flow) || places.iter().any(at)
    };
    places.iter().all(|place| {
        let reached = ways_in(definition, gateway, *place);
        let reaches_empty = reached.iter().any(|flow| !is_occupied(flow));
        let reaches_occupied = reached.iter().any(is_occupied);
        !reaches_empty || reaches_occupied
    })
}

/// The incoming flows of a gateway to which a way leads that does not pass it.
fn ways_in(definition: &ProcessDefinition, gateway: ElementIdx, from: Place) -> BTreeSet<FlowIdx> {
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut queue: Vec<FlowIdx> = match from {
        Place::Flow(flow) => vec![flow],
        Place::Element(element) => ways_out(definition, element),
    };
    while let Some(flow) = queue.pop() {
        let target = definition.flow(flow).target;
        if target == gateway {
            found.insert(flow);
        } else if seen.insert(target) {
            queue.extend(ways_out(definition, target));
        }
    }
    found
}

/// The flows by which a token can leave an element, its boundary events included.
fn ways_out(definition: &ProcessDefinition, element: ElementIdx) -> Vec<FlowIdx> {
    let element = definition.element(element);
    let events = element.boundary_events.iter();
    let by_events = events.flat_map(|event| &definition.element(*event).outgoing);
    element.outgoing.iter().chain(by_events).copied().collect()
}
