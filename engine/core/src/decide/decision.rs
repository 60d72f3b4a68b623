//! Decisions that were made for business rule tasks.

use tongban_bpmn::graph::{BusinessRuleTask, ElementKind};
use tongban_feel::value::Value;

use super::{check_size, not_found, not_waiting};
use crate::behavior::incident::{self, Failure};
use crate::behavior::state_transition;
use crate::context::Context;
use crate::event::{DecisionEvaluated, DecisionEvidence, Event};
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::limit::DECISION_RULES_MAX;
use crate::rejection::Rejection;
use crate::state::element_instance::Request;
use crate::variable::Variables;
use crate::work::Work;

pub(super) fn evaluated(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    result: Value,
    evidence: Option<Box<DecisionEvidence>>,
) -> Result<(), Rejection> {
    check_requested(ctx, id)?;
    let ElementKind::BusinessRuleTask(BusinessRuleTask::Decision(decision)) = &ctx.element(id).kind
    else {
        return Err(not_waiting(id, "a decision"));
    };
    let received = Variables::from_iter([(decision.result_variable.clone(), result)]);
    check_size(ctx, &received)?;
    if let Some(mut evidence) = evidence {
        evidence.rules.truncate(DECISION_RULES_MAX);
        ctx.emit(Event::DecisionEvaluated(Box::new(DecisionEvaluated {
            element_instance: id,
            evidence: *evidence,
        })));
    }
    ctx.queue(Work::Complete { id, received });
    Ok(())
}

pub(super) fn failed(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    message: &str,
) -> Result<(), Rejection> {
    check_requested(ctx, id)?;
    incident::raise(ctx, id, Failure::new(Kind::DecisionFailed, message));
    Ok(())
}

fn check_requested(ctx: &Context<'_>, id: ElementInstanceId) -> Result<(), Rejection> {
    let found = ctx
        .state()
        .element_instance(id)
        .ok_or_else(|| not_found(id))?;
    let asks = found.request == Some(Request::Decision);
    if asks && state_transition::is_live(ctx, id) {
        return Ok(());
    }
    Err(not_waiting(id, "a decision"))
}
