//! What a called process reports, and what the calling one answers.

use super::{check_size, not_found, not_waiting};
use crate::behavior::error::{self, BpmnError};
use crate::behavior::incident::{self, Failure};
use crate::behavior::state_transition;
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
    child: ProcessInstanceId,
    thrower: ElementInstanceId,
    error: BpmnError,
) -> Result<(), Rejection> {
    check_child(ctx, id, child)?;
    check_size(ctx, &error.variables)?;
    error::throw_from_child(ctx, id, thrower, error);
    Ok(())
}

pub(super) fn error_not_caught(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
) -> Result<(), Rejection> {
    let asks = matches!(live(ctx, id)?.request, Some(Request::ParentCatch { .. }));
    if !asks {
        return Err(not_waiting(id, "its parent"));
    }
    error::not_caught(ctx, id);
    Ok(())
}

fn check_requested(ctx: &Context<'_>, id: ElementInstanceId) -> Result<(), Rejection> {
    match live(ctx, id)?.request {
        Some(Request::Child) => Ok(()),
        None | Some(Request::Decision | Request::ParentCatch { .. }) => {
            Err(not_waiting(id, "a process to be started"))
        }
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
