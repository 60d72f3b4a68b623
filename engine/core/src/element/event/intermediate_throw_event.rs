//! Intermediate throw events: none, message, signal and escalation.

use tongban_bpmn::graph::{ElementKind, EventDefinition};

use crate::behavior::incident::Failure;
use crate::behavior::{escalation, message, signal, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.5.4.
pub(in crate::element) struct IntermediateThrowEvent;

impl Processor for IntermediateThrowEvent {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::IntermediateThrowEvent(definition) = &ctx.element(id).kind else {
            return Ok(());
        };
        match definition {
            Some(EventDefinition::Message(message)) => message::activate_throw(ctx, id, message),
            Some(EventDefinition::Signal(signal)) => signal::activate_throw(ctx, id, signal),
            Some(EventDefinition::Escalation(it)) => escalation::activate_throw(ctx, id, it),
            // Deployment refuses the others.
            None
            | Some(
                EventDefinition::Timer(_) | EventDefinition::Error(_) | EventDefinition::Terminate,
            ) => {
                variable_mapping::apply_inputs(ctx, id)?;
                state_transition::pass_through(ctx, id);
                Ok(())
            }
        }
    }
}
