//! Activities that are chosen while their sub-process runs (BPMN 2.0, 10.3.5 and 13.3.5).
//!
//! What has been chosen waits in the sub-process until its turn comes: at once, or one after the
//! other. With every end of something within, the completion condition is looked at, before the
//! flows that lead on are followed.

use std::sync::Arc;

use tongban_bpmn::graph::ad_hoc_sub_process::{AdHocSubProcess, Ordering};
use tongban_bpmn::graph::{ElementIdx, ElementKind, ProcessDefinition};

use crate::behavior::incident::{self, Failure};
use crate::behavior::{event_subscription, expression, state_transition};
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::state::element_instance::Phase;
use crate::work::Work;

/// The ad-hoc sub-process that an element instance is.
pub(crate) fn of<'a>(ctx: &Context<'a>, id: ElementInstanceId) -> Option<&'a AdHocSubProcess> {
    match &ctx.element(id).kind {
        ElementKind::AdHocSubProcess(it) => Some(it),
        _ => None,
    }
}

/// What can be chosen by this id.
pub(crate) fn find(
    definition: &ProcessDefinition,
    ad_hoc: &AdHocSubProcess,
    element_id: &str,
) -> Option<ElementIdx> {
    let mut activities = ad_hoc.activities.iter().copied();
    activities.find(|idx| *definition.element(*idx).id == *element_id)
}

/// What is chosen at the beginning.
pub(crate) fn initial(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    ad_hoc: &AdHocSubProcess,
) -> Result<Vec<ElementIdx>, Failure> {
    let Some(active_elements) = &ad_hoc.active_elements else {
        return Ok(Vec::new());
    };
    let invalid = |failure: Failure| failure.with_kind(Kind::AdHocInvalid);
    let ids = expression::texts(ctx, id, active_elements).map_err(invalid)?;
    ids.iter().map(|it| chosen(ctx, ad_hoc, it)).collect()
}

fn chosen(
    ctx: &Context<'_>,
    ad_hoc: &AdHocSubProcess,
    element_id: &Arc<str>,
) -> Result<ElementIdx, Failure> {
    find(ctx.definition, ad_hoc, element_id).ok_or_else(|| {
        let message = format!("expected activities that can be chosen, found {element_id:?}");
        Failure::new(Kind::AdHocInvalid, message)
    })
}

/// Whether a scope is an ad-hoc sub-process that may go on.
pub(crate) fn goes_on(ctx: &Context<'_>, scope: ElementInstanceId) -> bool {
    let instance = ctx.instance(scope);
    instance.ad_hoc.is_some()
        && instance.phase == Phase::Active
        && instance.interruption.is_none()
        && !incident::has_incident(ctx, scope)
        && state_transition::is_live(ctx, scope)
}

/// Looks what is to be done next: end the sub-process, or carry out what has been chosen. Answers
/// whether it has come to its end.
pub(crate) fn settle(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<bool, Failure> {
    let Some(ad_hoc) = of(ctx, id) else {
        return Ok(true);
    };
    let instance = ctx.instance(id);
    let state = instance.ad_hoc.as_deref().cloned().unwrap_or_default();
    let is_empty = instance.active_children == 0 && instance.taken_flows.is_empty();
    let is_idle = is_empty && !instance.is_undoing();
    if state.is_satisfied {
        return Ok(is_idle);
    }
    if let Some(condition) = ad_hoc
        .completion_condition
        .as_ref()
        .filter(|_| state.ended > 0)
        && expression::condition(ctx, id, condition)?
    {
        return Ok(satisfy(ctx, id, ad_hoc));
    }
    if let Some(next) = state.chosen.first().copied() {
        if is_idle || ad_hoc.ordering == Ordering::Parallel {
            carry_out(ctx, id, next);
        }
        return Ok(false);
    }
    Ok(is_idle && ad_hoc.completion_condition.is_none() && state.ended > 0)
}

fn carry_out(ctx: &mut Context<'_>, id: ElementInstanceId, activity: ElementIdx) {
    let mut new = state_transition::New::at(activity, Some(id));
    new.is_chosen = true;
    let activity = state_transition::create(ctx, new);
    ctx.queue(Work::Activate { id: activity });
    // The next one, if it need not wait for this one.
    ctx.queue(Work::Settle { scope: id });
}

/// The condition holds: nothing begins any more, and what runs is ended or waited for.
fn satisfy(ctx: &mut Context<'_>, id: ElementInstanceId, ad_hoc: &AdHocSubProcess) -> bool {
    ctx.emit(Event::AdHocSatisfied { id });
    if ad_hoc.cancel_remaining_instances {
        let by = ctx.instance(id).element;
        event_subscription::interrupt(ctx, id, by);
        return false;
    }
    // The tokens that waited in it are gone, and with them what a complex gateway waited with.
    let instances = ctx.state().element_instances();
    let waiting = instances.filter(|it| {
        let kind = &ctx.element_at(it.element).kind;
        it.scope == Some(id) && it.given.is_none() && matches!(kind, ElementKind::ComplexGateway(_))
    });
    let waiting: Vec<ElementInstanceId> = waiting.map(|it| it.id).collect();
    for id in waiting {
        ctx.queue(Work::Terminate { id });
    }
    ctx.instance(id).active_children == 0
}
