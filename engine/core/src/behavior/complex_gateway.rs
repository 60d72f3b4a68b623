//! When a complex gateway goes on, and with which tokens (BPMN 2.0, 13.4.5).
//!
//! Its element instance is there from the first token on. While it waits for start, the activation
//! condition is looked at with each token that arrives, and whenever nothing else is left to do,
//! since it may read variables. Then it waits for reset: until every flow that has not given its
//! token yet gives one, or none can come any more, by the rule of the inclusive gateway. If no flow
//! was left out there is nothing to wait for, and nothing is evaluated a second time.

use std::sync::Arc;

use tongban_bpmn::graph::complex_gateway::ComplexGateway;
use tongban_bpmn::graph::{ElementIdx, ElementKind};
use tongban_feel::value::{Context as FeelContext, Value};

use crate::behavior::incident::{self, Failure};
use crate::behavior::{diverging, expression, join, state_transition};
use crate::context::Context;
use crate::event::Event;
use crate::id::{ElementInstanceId, FlowIdx};
use crate::state::element_instance::Phase;
use crate::variable::Variables;
use crate::work::Work;

/// The tokens that wait at all incoming flows together.
const ACTIVATION_COUNT: &str = "activationCount";
/// The tokens that wait at each of them, by the flow's id.
const ACTIVATION_COUNTS: &str = "activationCounts";
/// Whether the gateway has not started yet.
const WAITING_FOR_START: &str = "waitingForStart";

fn of<'a>(ctx: &Context<'a>, id: ElementInstanceId) -> Option<&'a ComplexGateway> {
    match &ctx.element(id).kind {
        ElementKind::ComplexGateway(it) => Some(it),
        _ => None,
    }
}

/// The element instance of a gateway in a scope, if a token has arrived already.
pub(crate) fn find(
    ctx: &Context<'_>,
    scope: ElementInstanceId,
    gateway: ElementIdx,
) -> Option<ElementInstanceId> {
    let mut instances = ctx.state().element_instances();
    let found = instances.find(|it| it.scope == Some(scope) && it.element == gateway);
    found.map(|it| it.id)
}

/// A gateway that can go on now: the first by id.
pub(crate) fn first_due(ctx: &Context<'_>) -> Option<(ElementInstanceId, ElementIdx)> {
    let mut instances = ctx.state().element_instances();
    let due = instances.find(|it| is_due(ctx, it.id))?;
    Some((due.scope?, due.element))
}

fn is_due(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let instance = ctx.instance(id);
    let Some(gateway) = of(ctx, id) else {
        return false;
    };
    if instance.phase != Phase::Active
        || incident::has_incident(ctx, id)
        || !state_transition::is_live(ctx, id)
    {
        return false;
    }
    match &instance.given {
        // What cannot be evaluated is due, too: it becomes an incident.
        None => is_activated(ctx, id, gateway).unwrap_or(true),
        Some(given) => is_complete(ctx, id, gateway, given),
    }
}

/// Starts or resets a gateway that can go on. It may be run again after a failure.
pub(crate) fn go_on(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    let Some(gateway) = of(ctx, id) else {
        return Ok(());
    };
    match ctx.instance(id).given.clone() {
        None if is_activated(ctx, id, gateway)? => start(ctx, id, gateway),
        Some(given) if !ctx.has_work() && is_complete(ctx, id, gateway, &given) => {
            reset(ctx, id, gateway, &given)
        }
        None | Some(_) => Ok(()),
    }
}

/// The condition is not looked at before a token waits.
fn is_activated(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    gateway: &ComplexGateway,
) -> Result<bool, Failure> {
    let (count, over) = counts(ctx, id);
    // One that nothing leads to begins with its scope.
    if ctx.element(id).incoming.is_empty() {
        return Ok(true);
    }
    if count == 0 {
        return Ok(false);
    }
    match &gateway.activation_condition {
        Some(condition) => expression::condition_over(ctx, id, condition, &[&over]),
        None => Ok(true),
    }
}

fn counts(ctx: &Context<'_>, id: ElementInstanceId) -> (u32, Variables) {
    let mut by_flow = FeelContext::new();
    let mut sum = 0;
    for flow in &ctx.element(id).incoming {
        let count = tokens(ctx, id, *flow);
        sum += count;
        by_flow.insert(
            &*ctx.definition.flow(*flow).id,
            Value::from(i64::from(count)),
        );
    }
    let over = Variables::from_iter([
        (Arc::from(ACTIVATION_COUNT), Value::from(i64::from(sum))),
        (
            Arc::from(ACTIVATION_COUNTS),
            Value::Context(Arc::new(by_flow)),
        ),
        (Arc::from(WAITING_FOR_START), Value::Boolean(true)),
    ]);
    (sum, over)
}

fn tokens(ctx: &Context<'_>, id: ElementInstanceId, flow: FlowIdx) -> u32 {
    let scope = ctx.instance(id).scope.expect("a gateway has a scope");
    let taken = &ctx.instance(scope).taken_flows;
    taken.get(&flow).copied().unwrap_or_default()
}

/// Whether every flow that has not given its token yet has one, or none can come any more.
fn is_complete(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    gateway: &ComplexGateway,
    given: &[FlowIdx],
) -> bool {
    let scope = ctx.instance(id).scope.expect("a gateway has a scope");
    let is_occupied = |flow: FlowIdx| given.contains(&flow) || tokens(ctx, id, flow) > 0;
    let incoming = &ctx.element(id).incoming;
    !join::is_expected(
        ctx,
        scope,
        &gateway.reach,
        incoming,
        (is_occupied, Some(id)),
    )
}

fn start(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    gateway: &ComplexGateway,
) -> Result<(), Failure> {
    let (_, over) = counts(ctx, id);
    let flows = diverging::choose(ctx, id, gateway.default, &over)?;
    let incoming = ctx.element(id).incoming.iter().copied();
    let consumed = incoming.filter(|flow| tokens(ctx, id, *flow) > 0).collect();
    ctx.emit(Event::GatewayStarted { id, consumed });
    let scope = ctx.instance(id).scope.expect("a gateway has a scope");
    state_transition::take_flows(ctx, scope, &flows);
    Ok(())
}

fn reset(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    gateway: &ComplexGateway,
    given: &[FlowIdx],
) -> Result<(), Failure> {
    let element = ctx.element(id);
    let mut left: Vec<FlowIdx> = element.incoming.clone();
    left.retain(|it| !given.contains(it));
    let flows = if left.is_empty() {
        Vec::new()
    } else {
        let over = Variables::from_iter([(Arc::from(WAITING_FOR_START), Value::Boolean(false))]);
        diverging::choose_again(ctx, id, gateway.default, &over)?
    };
    let consumed = left.into_iter().filter(|flow| tokens(ctx, id, *flow) > 0);
    let consumed = consumed.collect();
    let scope = ctx.instance(id).scope.expect("a gateway has a scope");
    ctx.emit(Event::GatewayReset { id, consumed });
    ctx.emit(Event::ElementCompleting {
        id,
        received: Variables::new(),
    });
    state_transition::completed_by(ctx, id, &flows);
    // A token that came behind another on its flow is the first of the next round.
    let taken = &ctx.instance(scope).taken_flows;
    let next = element
        .incoming
        .iter()
        .find(|flow| taken.contains_key(flow));
    if let Some(flow) = next.copied() {
        ctx.queue(Work::Enter { scope, flow });
    }
    Ok(())
}
