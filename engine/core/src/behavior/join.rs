//! When the tokens that wait at an inclusive gateway are all that can come.
//!
//! BPMN 2.0, 13.4.3: the gateway is activated when a token waits at one of its incoming flows and
//! no token elsewhere in its scope could still arrive at a flow where none waits, unless that token
//! could as well arrive at one where one waits already. Tokens move and vanish in many ways, so the
//! gateways are not told of it: they are looked at whenever nothing else is left to do. A complex
//! gateway resets by the same rule, see [`super::complex_gateway`].

use tongban_bpmn::graph::join::{FlowSet, JoinReach};
use tongban_bpmn::graph::{Element, ElementIdx, ElementKind};

use crate::behavior::state_transition;
use crate::context::Context;
use crate::id::{ElementInstanceId, FlowIdx};

/// Whether tokens wait at this element for others that they do not know yet.
pub(crate) fn is_open_join(element: &Element) -> bool {
    matches!(element.kind, ElementKind::InclusiveGateway(_)) && element.incoming.len() > 1
}

/// A gateway whose tokens can be joined now: the first by scope and position.
pub(crate) fn first_ready(ctx: &Context<'_>) -> Option<(ElementInstanceId, ElementIdx)> {
    for scope in ctx.state().element_instances() {
        let targets = scope.taken_flows.keys();
        let targets = targets.map(|flow| ctx.definition.flow(*flow).target);
        let joins = targets.filter(|idx| is_open_join(ctx.element_at(*idx)));
        // Several tokens wait at one gateway; the smallest position decides among gateways.
        let mut joins: Vec<ElementIdx> = joins.collect();
        joins.sort_unstable();
        joins.dedup();
        let ready = joins.into_iter().find(|idx| is_ready(ctx, scope.id, *idx));
        if let Some(element) = ready {
            return Some((scope.id, element));
        }
    }
    None
}

/// Whether the tokens that wait at a gateway can be joined now.
pub(crate) fn is_ready(ctx: &Context<'_>, scope: ElementInstanceId, gateway: ElementIdx) -> bool {
    if !state_transition::is_live(ctx, scope) || !state_transition::is_open(ctx, scope) {
        return false;
    }
    let ElementKind::InclusiveGateway(it) = &ctx.element_at(gateway).kind else {
        return false;
    };
    let incoming = &ctx.element_at(gateway).incoming;
    let taken = &ctx.instance(scope).taken_flows;
    let is_occupied = |flow: FlowIdx| taken.contains_key(&flow);
    !is_expected(ctx, scope, &it.reach, incoming, (is_occupied, None))
}

/// Whether a token of a scope could still arrive at an incoming flow of a gateway that is not
/// occupied, and at none that is. The gateway's own element instance is no such token.
pub(crate) fn is_expected(
    ctx: &Context<'_>,
    scope: ElementInstanceId,
    reach: &JoinReach,
    incoming: &[FlowIdx],
    (is_occupied, own): (impl Fn(FlowIdx) -> bool, Option<ElementInstanceId>),
) -> bool {
    let (occupied, empty) = sides(is_occupied, incoming);
    let waiting = ctx.instance(scope).taken_flows.keys();
    let waiting = waiting.filter_map(|flow| reach.from_flow(*flow));
    let inside = ctx.state().element_instances();
    let inside = inside.filter(|it| it.scope == Some(scope) && Some(it.id) != own);
    let active = inside.filter_map(|inner| reach.from_element(inner.element));
    let holds_up = |reached: &FlowSet| reached.intersects(&empty) && !reached.intersects(&occupied);
    waiting.chain(active).any(holds_up)
}

/// The incoming flows that are consumed: one token of each where any waits.
pub(crate) fn consumed(
    ctx: &Context<'_>,
    scope: ElementInstanceId,
    gateway: ElementIdx,
) -> Vec<FlowIdx> {
    let waiting = &ctx.instance(scope).taken_flows;
    let incoming = ctx.element_at(gateway).incoming.iter();
    let occupied = incoming.filter(|flow| waiting.contains_key(flow));
    occupied.copied().collect()
}

/// The incoming flows with and without a token.
fn sides(is_occupied: impl Fn(FlowIdx) -> bool, incoming: &[FlowIdx]) -> (FlowSet, FlowSet) {
    let n_flows = incoming.len();
    let (mut occupied, mut empty) = (FlowSet::empty(n_flows), FlowSet::empty(n_flows));
    for (position, flow) in incoming.iter().enumerate() {
        let side = if is_occupied(*flow) {
            &mut occupied
        } else {
            &mut empty
        };
        side.insert(position);
    }
    (occupied, empty)
}
