//! End events: none, message, signal, escalation, error and terminate.

use std::sync::Arc;

use tongban_bpmn::graph::{ElementKind, ErrorDefinition, EventDefinition};

use crate::behavior::error::{self, BpmnError};
use crate::behavior::incident::Failure;
use crate::behavior::{
    escalation, event_subscription, message, signal, state_transition, variable_mapping,
};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::incident::Kind;

/// BPMN 2.0, 10.5.3 and 13.5.6.
pub(in crate::element) struct EndEvent;

impl Processor for EndEvent {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        match definition(ctx, id) {
            Some(EventDefinition::Message(message)) => message::activate_throw(ctx, id, message),
            Some(EventDefinition::Signal(signal)) => signal::activate_throw(ctx, id, signal),
            Some(EventDefinition::Escalation(it)) => escalation::activate_throw(ctx, id, it),
            Some(EventDefinition::Error(error)) => throw(ctx, id, error),
            None | Some(EventDefinition::Terminate | EventDefinition::Timer(_)) => {
                variable_mapping::apply_inputs(ctx, id)?;
                state_transition::pass_through(ctx, id);
                Ok(())
            }
        }
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        variable_mapping::apply_outputs(ctx, id)?;
        let ends_scope = matches!(definition(ctx, id), Some(EventDefinition::Terminate));
        let instance = ctx.instance(id);
        let (element, scope) = (instance.element, instance.scope);
        state_transition::completed(ctx, id)?;
        if let (true, Some(scope)) = (ends_scope, scope) {
            event_subscription::interrupt(ctx, scope, element);
        }
        Ok(())
    }
}

/// The end event does not become active: it is ended by whatever catches the error, or waits.
fn throw(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    definition: &ErrorDefinition,
) -> Result<(), Failure> {
    variable_mapping::apply_inputs(ctx, id)?;
    let Some(code) = definition.code.clone() else {
        let message = "expected an error code at an end event, found none";
        return Err(Failure::new(Kind::UnhandledError, message));
    };
    let message = Arc::from(ctx.element(id).name.as_deref().unwrap_or_default());
    let variables = ctx.instance(id).variables.clone();
    error::throw(
        ctx,
        id,
        None,
        BpmnError {
            code,
            message,
            variables,
        },
    );
    Ok(())
}

fn definition<'a>(ctx: &Context<'a>, id: ElementInstanceId) -> Option<&'a EventDefinition> {
    match &ctx.element(id).kind {
        ElementKind::EndEvent(definition) => definition.as_ref(),
        _ => None,
    }
}
