//! What starts a process without a start event: gateways whose events do (BPMN 2.0, 10.6.6), receive
//! tasks (10.3.3), and else all that nothing leads to (10.5.2).
//!
//! An instance that was started by an event after a gateway begins at the gateway, and the event has
//! come already. After a parallel gateway it waits for all the others.

use tongban_bpmn::graph::{ElementIdx, ElementKind, FlowIdx, Instantiation, ProcessDefinition};

use crate::context::Context;
use crate::id::ElementInstanceId;

/// The gateway before an event that starts the process, with its flow to the event.
fn gateway_of(
    definition: &ProcessDefinition,
    event: ElementIdx,
) -> Option<(ElementIdx, FlowIdx, Instantiation)> {
    let mut incoming = definition.element(event).incoming.iter();
    incoming.find_map(|flow| {
        let source = definition.flow(*flow).source;
        match &definition.element(source).kind {
            ElementKind::EventBasedGateway(it) => Some((source, *flow, it.instantiates?)),
            _ => None,
        }
    })
}

/// Where an instance begins that starts at a start event, at an event after a gateway, or at all that
/// nothing leads to, which is said by the process itself.
pub(crate) fn first_elements(definition: &ProcessDefinition, start: ElementIdx) -> Vec<ElementIdx> {
    if start == ElementIdx::ROOT {
        let container = definition.container(start);
        return container.map_or_else(Vec::new, |it| it.begins_with.clone());
    }
    vec![gateway_of(definition, start).map_or(start, |(gateway, _, _)| gateway)]
}

/// Whether an element that begins a scope is a receive task whose message has started the instance.
pub(crate) fn has_started(
    ctx: &Context<'_>,
    scope: ElementInstanceId,
    element: ElementIdx,
) -> bool {
    let is_root = ctx.instance(scope).scope.is_none();
    is_root && ctx.element_at(element).instantiates && started_by(ctx) == Some(element)
}

/// The flows by which a gateway that starts the process is left.
pub(crate) fn flows(ctx: &Context<'_>, gateway: ElementIdx) -> Vec<FlowIdx> {
    let start = started_by(ctx);
    match start.and_then(|it| gateway_of(ctx.definition, it)) {
        Some((_, flow, Instantiation::Exclusive)) => vec![flow],
        Some((_, _, Instantiation::Parallel)) | None => ctx.element_at(gateway).outgoing.clone(),
    }
}

/// Whether what a token meets at the end of a flow is the event that started the instance.
pub(crate) fn has_come(ctx: &Context<'_>, flow: FlowIdx) -> bool {
    let target = ctx.definition.flow(flow).target;
    let by_gateway = gateway_of(ctx.definition, target).is_some_and(|(_, it, _)| it == flow);
    by_gateway && started_by(ctx) == Some(target)
}

/// Whether the instance has begun at this gateway: only then its flows are known.
pub(crate) fn has_begun_at(ctx: &Context<'_>, gateway: ElementIdx) -> bool {
    let start = started_by(ctx).and_then(|it| gateway_of(ctx.definition, it));
    start.is_some_and(|(it, _, _)| it == gateway)
}

fn started_by(ctx: &Context<'_>) -> Option<ElementIdx> {
    ctx.state().instance().map(|it| it.start)
}
