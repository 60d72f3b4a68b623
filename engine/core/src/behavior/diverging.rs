//! Which outgoing flows an inclusive or complex gateway takes, or an activity.

use tongban_bpmn::graph::FlowIdx;

use crate::behavior::expression;
use crate::behavior::incident::Failure;
use crate::context::Context;
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::variable::Variables;

/// Every flow whose condition holds, else the default flow. A flow without a condition that is not
/// the default one always holds (BPMN 2.0, 13.4.3).
pub(crate) fn choose(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    default: Option<FlowIdx>,
    over: &Variables,
) -> Result<Vec<FlowIdx>, Failure> {
    let outgoing = &ctx.element(id).outgoing;
    let chosen = matching(ctx, id, (default, true), over)?;
    if chosen.is_empty() && !outgoing.is_empty() {
        let message = "expected a condition that holds or a default flow, found neither";
        return Err(Failure::new(Kind::NoMatchingFlow, message));
    }
    Ok(chosen)
}

/// The flows that a complex gateway takes when it resets: those whose condition holds now, else the
/// default one, perhaps none. A flow without a condition has had its token (BPMN 2.0, 13.4.5).
pub(crate) fn choose_again(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    default: Option<FlowIdx>,
    over: &Variables,
) -> Result<Vec<FlowIdx>, Failure> {
    matching(ctx, id, (default, false), over)
}

/// The flows by which an activity is left: those without a condition, and those whose condition
/// holds, or the default one if none does (BPMN 2.0, 10.3 and 8.4.13).
pub(crate) fn leave(ctx: &Context<'_>, id: ElementInstanceId) -> Result<Vec<FlowIdx>, Failure> {
    let element = ctx.element(id);
    let conditional = |flow: &FlowIdx| ctx.definition.flow(*flow).condition.is_some();
    let default = element.default_flow;
    let chosen = matching(ctx, id, (None, true), &Variables::new())?;
    let holds = chosen.iter().any(conditional);
    let chosen = chosen
        .into_iter()
        .filter(|flow| !holds || Some(*flow) != default);
    let chosen: Vec<FlowIdx> = chosen.collect();
    if chosen.is_empty() {
        let message = "expected a condition that holds or a default flow, found neither";
        return Err(Failure::new(Kind::NoMatchingFlow, message));
    }
    Ok(chosen)
}

fn matching(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    (default, without_condition): (Option<FlowIdx>, bool),
    over: &Variables,
) -> Result<Vec<FlowIdx>, Failure> {
    let mut chosen = Vec::new();
    for flow in &ctx.element(id).outgoing {
        let holds = match &ctx.definition.flow(*flow).condition {
            Some(condition) => expression::condition_over(ctx, id, condition, &[over])?,
            None => without_condition && Some(*flow) != default,
        };
        if holds {
            chosen.push(*flow);
        }
    }
    if chosen.is_empty() {
        chosen.extend(default);
    }
    Ok(chosen)
}
