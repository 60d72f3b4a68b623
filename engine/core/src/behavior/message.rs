//! Messages that a throwing event publishes.

use std::sync::Arc;

use tongban_bpmn::graph::Message;

use crate::behavior::incident::Failure;
use crate::behavior::{expression, job, state_transition, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::incident::Kind;

/// Activates an event that throws a message: a job sends it, or it is published here.
pub(crate) fn activate_throw(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    message: &Message,
) -> Result<(), Failure> {
    variable_mapping::apply_inputs(ctx, id)?;
    if let Some(work) = &message.job {
        let job = job::prepare(ctx, id, work)?;
        job::create(ctx, id, job);
        state_transition::activated(ctx, id);
        return Ok(());
    }
    publish(ctx, id, message)?;
    state_transition::pass_through(ctx, id);
    Ok(())
}

fn publish(ctx: &mut Context<'_>, id: ElementInstanceId, message: &Message) -> Result<(), Failure> {
    let invalid = |failure: Failure| failure.with_kind(Kind::CorrelationInvalid);
    let name = expression::text(ctx, id, &message.name).map_err(invalid)?;
    let correlation_key = match &message.correlation_key {
        Some(key) => expression::text(ctx, id, key).map_err(invalid)?,
        None => Arc::from(""),
    };
    let variables = ctx.instance(id).variables.clone();
    ctx.emit(Event::MessagePublished {
        element_instance: id,
        name,
        correlation_key,
        variables,
    });
    Ok(())
}
