//! What a called process reports, and what the calling one answers.

use super::{check_size, not_found, not_waiting, suspension};
use crate::behavior::error::{self, BpmnError, FromChild};
use crate::behavior::escalation::{self, Escalation};
use crate::behavior::incident::{self, Failure};
use crate::behavior::{multi_instance, state_transition};
use crate::command::ChildThrower;
use crate::context::Context;
use crate::event::Event;
use crate::id::{DefinitionId, ElementInstanceId, ProcessInstanceId};
use crate::incident::Kind;
use crate::rejection::Rejection;
use crate::state::element_instance::{ElementInstance, Phase, Request};
use crate::variable::Variables;
use crate::work::Work;

pub(super) fn started(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    child: ProcessInstanceId,
    definition: DefinitionId,
) -> Result<(), Rejection> {
    check_requested(ctx, id)?;
    ctx.emit(Event::ChildStarted {
        element_instance: id,
        child,
        definition,
    });
    suspension::suspend_new_child(ctx, id, child);
    Ok(())
}

pub(super) fn failed(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    message: &str,
) -> Result<(), Rejection> {
    check_requested(ctx, id)?;
    incident::raise(ctx, id, Failure::new(Kind::CalledProcessFailed, message));
    Ok(())
}

pub(super) fn completed(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    child: ProcessInstanceId,
    variables: Variables,
) -> Result<(), Rejection> {
    check_child(ctx, id, child)?;
    check_size(ctx, &variables)?;
    ctx.queue(Work::Complete {
        id,
        received: variables,
    });
    Ok(())
}

pub(super) fn threw_error(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    from: FromChild,
    error: BpmnError,
) -> Result<(), Rejection> {
    check_thrower(ctx, id, from.thrower.instance)?;
    check_size(ctx, &error.variables)?;
    error::throw_from_child(ctx, id, from, error);
    Ok(())
}

pub(super) fn error_not_caught(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    path: Vec<ChildThrower>,
) -> Result<(), Rejection> {
    let asks = matches!(live(ctx, id)?.request, Some(Request::ParentCatch { .. }));
    check_answer(ctx, id, asks, path.last())?;
    error::not_caught(ctx, id, path);
    Ok(())
}

pub(super) fn threw_escalation(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    from: FromChild,
    escalation: &Escalation,
) -> Result<(), Rejection> {
    check_thrower(ctx, id, from.thrower.instance)?;
    check_size(ctx, &escalation.variables)?;
    escalation::throw_from_child(ctx, id, from, escalation);
    Ok(())
}

pub(super) fn escalation_answered(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    path: Vec<ChildThrower>,
) -> Result<(), Rejection> {
    let request = &live(ctx, id)?.request;
    let asks = matches!(request, Some(Request::ParentEscalation { .. }));
    check_answer(ctx, id, asks, path.last())?;
    escalation::answered(ctx, id, path);
    Ok(())
}

/// An answer of the parent is for the thrower itself, or for the child that passed something on.
fn check_answer(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    asks: bool,
    child: Option<&ChildThrower>,
) -> Result<(), Rejection> {
    match child {
        Some(child) => check_thrower(ctx, id, child.instance),
        None if asks => Ok(()),
        None => Err(not_waiting(id, "its parent")),
    }
}

/// What is thrown comes from the called process, or from one of the iterations that run as
/// instances of their own; which of these, the body does not know.
fn check_thrower(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    child: ProcessInstanceId,
) -> Result<(), Rejection> {
    live(ctx, id)?;
    if multi_instance::awaits_iterations(ctx, id) {
        return Ok(());
    }
    check_child(ctx, id, child)
}

fn check_requested(ctx: &Context<'_>, id: ElementInstanceId) -> Result<(), Rejection> {
    match live(ctx, id)?.request {
        Some(Request::Child) => Ok(()),
        None
        | Some(
            Request::Decision | Request::ParentCatch { .. } | Request::ParentEscalation { .. },
        ) => Err(not_waiting(id, "a process to be started")),
    }
}

fn check_child(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    child: ProcessInstanceId,
) -> Result<(), Rejection> {
    let instance = live(ctx, id)?;
    let is_child = instance.child.is_some_and(|it| it.instance == child);
    if is_child && instance.phase == Phase::Active {
        return Ok(());
    }
    Err(not_waiting(id, "this process"))
}

fn live<'a>(ctx: &'a Context<'_>, id: ElementInstanceId) -> Result<&'a ElementInstance, Rejection> {
    let found = ctx
        .state()
        .element_instance(id)
        .ok_or_else(|| not_found(id))?;
    if state_transition::is_live(ctx, id) {
        return Ok(found);
    }
    Err(not_waiting(id, "an answer"))
}
