//! Fits what an instance waits for, shows and has done outside to another version of its process.

use std::sync::Arc;

use tongban_bpmn::graph::{
    BusinessRuleTask, ElementIdx, ElementKind, EventDefinition, JobWork, ProcessDefinition,
    ScriptTask, SendTask,
};

use crate::behavior::event_subscription::{self, Wait};
use crate::behavior::incident::{self, Failure};
use crate::behavior::{job, user_task};
use crate::context::Context;
use crate::event::{Event, JobKind};
use crate::id::{ElementInstanceId, JobId, UserTaskId};
use crate::migration::{Finding, FindingKind, Plan};
use crate::state::element_instance::{ElementInstance, Phase};
use crate::state::job::JobPhase;
use crate::work::Work;

/// Closes what the new version does not wait for, or waits for in another way.
pub(crate) fn close_outdated(ctx: &mut Context<'_>, target: &ProcessDefinition, plan: &Plan) {
    let is_kept = |owner: ElementInstanceId, event: ElementIdx| {
        let instance = ctx.instance(owner);
        let before = event_subscription::waits(ctx.definition, instance.element, instance);
        let before = before.iter().find(|it| it.element == event);
        let (Some(before), Some(to)) = (before, plan.element(instance.element)) else {
            return false;
        };
        let counterpart = plan.element(event);
        // Of several events that become one, the first goes on.
        let mut first = plan.elements().filter(|(_, to)| Some(*to) == counterpart);
        let is_first = first.next().is_some_and(|(from, _)| from == event);
        let after = event_subscription::waits(target, to, instance);
        let mut after = after.iter();
        is_first
            && after.any(|it| Some(it.element) == counterpart && it.is_like(&before.definition))
    };
    let state = ctx.state();
    let timers = state.timers();
    let timers = timers.filter(|it| !is_kept(it.element_instance, it.element));
    let mut closed: Vec<Event> = timers
        .map(|it| Event::TimerCanceled { id: it.id })
        .collect();
    let messages = state.message_subscriptions();
    let messages = messages.filter(|it| !is_kept(it.element_instance, it.element));
    closed.extend(messages.map(|it| Event::MessageSubscriptionClosed { id: it.id }));
    let signals = state.signal_subscriptions();
    let signals = signals.filter(|it| !is_kept(it.element_instance, it.element));
    closed.extend(signals.map(|it| Event::SignalSubscriptionClosed { id: it.id }));
    let conditions = state.condition_subscriptions();
    let conditions = conditions.filter(|it| !is_kept(it.element_instance, it.element));
    closed.extend(conditions.map(|it| Event::ConditionSubscriptionClosed { id: it.id }));
    // What has come of an event that waits for more goes with it.
    for instance in state.element_instances() {
        let mut events: Vec<ElementIdx> = instance.arrivals.iter().map(|it| it.element).collect();
        events.sort_unstable();
        events.dedup();
        let outdated = events.into_iter().filter(|it| !is_kept(instance.id, *it));
        closed.extend(outdated.map(|element| Event::PartsComplete {
            element_instance: instance.id,
            element,
        }));
    }
    for event in closed {
        ctx.emit(event);
    }
}

/// Opens what the new version waits for besides, and shows tasks and jobs as it has them. What
/// cannot be evaluated is found.
pub(crate) fn fit(ctx: &mut Context<'_>, source: &ProcessDefinition, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ids: Vec<_> = ctx.state().element_instances().map(|it| it.id).collect();
    for id in ids {
        let outcome = fit_subscriptions(ctx, id, source, plan)
            .and_then(|()| fit_user_task(ctx, id))
            .and_then(|()| fit_job(ctx, id));
        if let Err(failure) = outcome {
            let element = ctx.element(id).id.clone();
            findings.push(Finding {
                kind: FindingKind::ExpressionFailed,
                element: element.clone(),
                target: Some(element),
                detail: Arc::from(failure.message),
            });
        }
    }
    findings
}

fn fit_subscriptions(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    source: &ProcessDefinition,
    plan: &Plan,
) -> Result<(), Failure> {
    if !waits(ctx, ctx.instance(id)) {
        return Ok(());
    }
    let instance = ctx.instance(id);
    for it in event_subscription::waits(ctx.definition, instance.element, instance) {
        if is_over(ctx, id, &it, source, plan) {
            continue;
        }
        event_subscription::fit(ctx, id, &it)?;
    }
    Ok(())
}

/// Whether an element instance waits for events beside its work, and what ends it has not come yet.
fn waits(ctx: &Context<'_>, instance: &ElementInstance) -> bool {
    let ends = |work: &Work| match work {
        Work::Complete { id, .. } | Work::Terminate { id } => *id == instance.id,
        _ => false,
    };
    let interruption = instance.interruption.as_ref();
    let by_boundary = interruption.is_some_and(|it| {
        let kind = &ctx.element_at(it.by).kind;
        matches!(kind, ElementKind::BoundaryEvent(_))
    });
    instance.phase == Phase::Active && !by_boundary && !ctx.state().deferred().iter().any(ends)
}

/// Whether a timer that does not interrupt has fired for the last time: it was there in the old
/// version, and is not any more.
fn is_over(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    wait: &Wait,
    source: &ProcessDefinition,
    plan: &Plan,
) -> bool {
    if wait.interrupting || !wait.is_timer() {
        return false;
    }
    let instance = ctx.instance(id);
    let mut before = plan.elements().filter(|(_, to)| *to == instance.element);
    before.any(|(from, _)| {
        let before = event_subscription::waits(source, from, instance);
        before.iter().any(|it| {
            let is_same = plan.element(it.element) == Some(wait.element);
            it.is_timer() && !it.interrupting && is_same
        })
    })
}

fn fit_user_task(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    let task: UserTaskId = id.user_task();
    let ElementKind::UserTask(model) = &ctx.element(id).kind else {
        return Ok(());
    };
    if ctx.state().user_task(task).is_none() {
        return Ok(());
    }
    let shown = user_task::prepare_shown(ctx, id, model)?;
    ctx.emit(Event::UserTaskMigrated(Box::new(shown)));
    Ok(())
}

/// A job of another type is another job: what stopped the old one does not stop the new one.
fn fit_job(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    let found = ctx.state().jobs().find(|it| it.element_instance == id);
    let Some(found) = found.filter(|it| it.kind == JobKind::Task) else {
        return Ok(());
    };
    if found.phase == JobPhase::ErrorThrown {
        return Ok(());
    }
    let (old, job_type): (JobId, Arc<str>) = (found.id, found.job_type.clone());
    let Some(work) = job_work(&ctx.element(id).kind) else {
        return Ok(());
    };
    let prepared = job::prepare(ctx, id, work)?;
    if prepared.is_of_type(&job_type) {
        return Ok(());
    }
    incident::withdraw(ctx, id);
    ctx.emit(Event::JobCanceled { id: old });
    job::create(ctx, id, prepared);
    Ok(())
}

/// The job that does the work of an element, if one does.
pub(crate) fn job_work(kind: &ElementKind) -> Option<&JobWork> {
    match kind {
        ElementKind::ServiceTask(work)
        | ElementKind::ScriptTask(ScriptTask::Job(work))
        | ElementKind::BusinessRuleTask(BusinessRuleTask::Job(work))
        | ElementKind::SendTask(SendTask::Job(work)) => Some(work),
        ElementKind::SendTask(SendTask::Message(it))
        | ElementKind::IntermediateThrowEvent(Some(EventDefinition::Message(it)))
        | ElementKind::EndEvent(Some(EventDefinition::Message(it))) => it.job.as_ref(),
        _ => None,
    }
}
