//! Messages that a throwing event or a send task publishes.

use std::sync::Arc;

use tongban_bpmn::graph::Message;
use tongban_bpmn::timer::{self, TimerKind};
use tongban_feel::expression::Expression;

use crate::behavior::incident::Failure;
use crate::behavior::{expression, job, state_transition, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::variable::Variables;

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
    publish_local(ctx, id, message)?;
    state_transition::pass_through(ctx, id);
    Ok(())
}

/// Publishes a message with the local variables of an element instance.
pub(crate) fn publish_local(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    message: &Message,
) -> Result<(), Failure> {
    let published = prepare(ctx, id, message)?;
    let variables = ctx.instance(id).variables.clone();
    publish(ctx, id, published, variables);
    Ok(())
}

/// A message to be published, evaluated.
pub(crate) struct Published {
    name: Arc<str>,
    correlation_key: Arc<str>,
    time_to_live_us: i64,
    message_id: Option<Arc<str>>,
}

/// Evaluates a message to be published.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    message: &Message,
) -> Result<Published, Failure> {
    prepare_over(ctx, (id, &[]), message)
}

/// Evaluates a message to be published; the place says what hides the scopes' own variables.
pub(crate) fn prepare_over(
    ctx: &Context<'_>,
    place: expression::Place<'_>,
    message: &Message,
) -> Result<Published, Failure> {
    let invalid = |failure: Failure| failure.with_kind(Kind::CorrelationInvalid);
    let name = expression::text_over(ctx, place, &message.name).map_err(invalid)?;
    let correlation_key = match &message.correlation_key {
        Some(key) => expression::text_over(ctx, place, key).map_err(invalid)?,
        None => Arc::from(""),
    };
    let time_to_live_us = match &message.time_to_live {
        Some(expression) => time_to_live(ctx, place, expression)?,
        None => 0,
    };
    let message_id = match &message.message_id {
        Some(expression) => {
            expression::optional_text_over(ctx, place, expression).map_err(invalid)?
        }
        None => None,
    };
    Ok(Published {
        name,
        correlation_key,
        time_to_live_us,
        message_id,
    })
}

/// Publishes a message that carries these variables.
pub(crate) fn publish(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    published: Published,
    variables: Variables,
) {
    ctx.emit(Event::MessagePublished {
        element_instance: id,
        name: published.name,
        correlation_key: published.correlation_key,
        variables,
        time_to_live_us: published.time_to_live_us,
        message_id: published.message_id,
    });
}

/// How long a message is kept. Null and the empty text mean: not at all.
fn time_to_live(
    ctx: &Context<'_>,
    (from, over): expression::Place<'_>,
    expression: &Expression,
) -> Result<i64, Failure> {
    let value = expression::value_over(ctx, from, expression, over);
    let value = value.map_err(|it| Failure::new(Kind::ExpressionFailed, it))?;
    if value.is_null() || value.as_str().is_some_and(str::is_empty) {
        return Ok(0);
    }
    let now = ctx.environment.now;
    let due = timer::first_due(TimerKind::Duration, &value, now, &ctx.now.zone);
    let due = due.map_err(|error| Failure::new(Kind::TimerInvalid, error.to_string()))?;
    Ok(due.at.microseconds().saturating_sub(now.microseconds()))
}
