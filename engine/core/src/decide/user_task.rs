//! What persons do with their tasks.

use std::sync::Arc;

use tongban_bpmn::graph::ElementKind;

use super::{check_size, not_waiting};
use crate::behavior::{state_transition, user_task, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::id::UserTaskId;
use crate::rejection::Rejection;
use crate::state::element_instance::Phase;
use crate::variable::Variables;

pub(super) fn complete(
    ctx: &mut Context<'_>,
    id: UserTaskId,
    variables: Variables,
    by: Arc<str>,
) -> Result<(), Rejection> {
    check_open(ctx, id)?;
    check_size(ctx, &variables)?;
    let element = ctx.element(id.element_instance());
    let listeners = match &element.kind {
        ElementKind::UserTask(task) => {
            user_task::completing_listeners(ctx, id.element_instance(), &task.listeners)
        }
        _ => Ok(Vec::new()),
    };
    let listeners = listeners.map_err(|failure| Rejection::ExpressionFailed {
        element_id: element.id.clone(),
        message: Arc::from(failure.message),
    })?;
    if listeners.is_empty() {
        variable_mapping::check_outputs(ctx, id.element_instance(), &variables)?;
        user_task::done(ctx, id, variables, by);
        return Ok(());
    }
    ctx.emit(Event::UserTaskCompleting {
        id,
        variables,
        by,
        listeners,
    });
    user_task::continue_completion(ctx, id);
    Ok(())
}

pub(super) fn assign(
    ctx: &mut Context<'_>,
    id: UserTaskId,
    assignee: Option<Arc<str>>,
) -> Result<(), Rejection> {
    check_open(ctx, id)?;
    ctx.emit(Event::UserTaskAssigned { id, assignee });
    Ok(())
}

fn check_open(ctx: &Context<'_>, id: UserTaskId) -> Result<(), Rejection> {
    let task = ctx
        .state()
        .user_task(id)
        .ok_or(Rejection::UserTaskNotFound { task: id })?;
    if task.completing.is_some() {
        return Err(Rejection::UserTaskCompleting { task: id });
    }
    let element_instance = id.element_instance();
    if state_transition::is_live(ctx, element_instance)
        && ctx.instance(element_instance).phase == Phase::Active
    {
        return Ok(());
    }
    Err(not_waiting(element_instance, "a person"))
}
