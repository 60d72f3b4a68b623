//! Events that throw: one thing, or several in the order in which the model has them
//! (BPMN 2.0, 10.5.5).
//!
//! What one of several things waits for holds up those after it; the element instance counts what it
//! has thrown.

use tongban_bpmn::graph::{ElementKind, EventDefinition};

use crate::behavior::incident::Failure;
use crate::behavior::{
    compensation, error, escalation, message, signal, state_transition, variable_mapping,
};
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::variable::Variables;
use crate::work::Work;

/// What an event throws, if it throws anything.
pub(crate) fn definition<'a>(
    ctx: &Context<'a>,
    id: ElementInstanceId,
) -> Option<&'a EventDefinition> {
    match &ctx.element(id).kind {
        ElementKind::EndEvent(definition) | ElementKind::IntermediateThrowEvent(definition) => {
            definition.as_ref()
        }
        _ => None,
    }
}

/// Activates an event that throws. What ends a scope does so when the event has completed.
pub(crate) fn activate(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    match definition(ctx, id) {
        Some(EventDefinition::Message(message)) => message::activate_throw(ctx, id, message),
        Some(EventDefinition::Signal(signal)) => signal::activate_throw(ctx, id, signal),
        Some(EventDefinition::Escalation(it)) => escalation::activate_throw(ctx, id, it),
        Some(EventDefinition::Compensate(it)) => compensation::activate_throw(ctx, id, it),
        Some(EventDefinition::Error(it)) => error::activate_throw(ctx, id, it),
        Some(EventDefinition::Multiple(_)) => {
            variable_mapping::apply_inputs(ctx, id)?;
            state_transition::activated(ctx, id);
            proceed(ctx, id);
            Ok(())
        }
        // A link's flow leads on; deployment refuses what only catches.
        None
        | Some(
            EventDefinition::Cancel
            | EventDefinition::Terminate
            | EventDefinition::Link(_)
            | EventDefinition::Timer(_)
            | EventDefinition::Conditional(_),
        ) => {
            variable_mapping::apply_inputs(ctx, id)?;
            state_transition::pass_through(ctx, id);
            Ok(())
        }
    }
}

/// An event has thrown something and goes on: with the next of several things, or to its end.
pub(crate) fn proceed(ctx: &mut Context<'_>, id: ElementInstanceId) {
    if ctx.state().element_instance(id).is_none() {
        return;
    }
    if next(ctx, id).is_some() {
        ctx.queue(Work::Retry { id });
    } else {
        ctx.queue(Work::Complete {
            id,
            received: Variables::new(),
        });
    }
}

/// The next of several things that an event throws.
fn next<'a>(ctx: &Context<'a>, id: ElementInstanceId) -> Option<&'a EventDefinition> {
    let Some(EventDefinition::Multiple(it)) = definition(ctx, id) else {
        return None;
    };
    it.definitions.get(ctx.instance(id).thrown as usize)
}

/// Throws the next of several things.
pub(crate) fn go_on(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    // What it has thrown already is awaited still.
    if compensation::is_awaited(ctx, id) {
        return Ok(());
    }
    let Some(part) = next(ctx, id) else {
        proceed(ctx, id);
        return Ok(());
    };
    let waits = match part {
        EventDefinition::Message(message) => {
            message::publish_local(ctx, id, message)?;
            thrown(ctx, id);
            false
        }
        EventDefinition::Signal(signal) => {
            let name = signal::name(ctx, id, signal)?;
            thrown(ctx, id);
            let variables = ctx.instance(id).variables.clone();
            signal::broadcast(ctx, id, &name, &variables);
            false
        }
        EventDefinition::Escalation(it) => {
            let escalation = escalation::prepare(ctx, id, it)?;
            thrown(ctx, id);
            !escalation::throw(ctx, id, &escalation)
        }
        EventDefinition::Compensate(it) => {
            thrown(ctx, id);
            compensation::throw(ctx, id, it)
        }
        EventDefinition::Error(it) => {
            error::throw_at(ctx, id, it)?;
            true
        }
        EventDefinition::Cancel
        | EventDefinition::Terminate
        | EventDefinition::Link(_)
        | EventDefinition::Timer(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Multiple(_) => {
            thrown(ctx, id);
            false
        }
    };
    if !waits {
        proceed(ctx, id);
    }
    Ok(())
}

fn thrown(ctx: &mut Context<'_>, id: ElementInstanceId) {
    ctx.emit(Event::PartThrown {
        element_instance: id,
    });
}
