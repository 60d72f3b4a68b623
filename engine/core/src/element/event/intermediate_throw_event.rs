//! Intermediate throw events: none and message.

use tongban_bpmn::graph::{ElementKind, EventDefinition};

use crate::behavior::incident::Failure;
use crate::behavior::{message, state_transition, variable_mapping};
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
        if let Some(EventDefinition::Message(message)) = definition {
            return message::activate_throw(ctx, id, message);
        }
        variable_mapping::apply_inputs(ctx, id)?;
        state_transition::pass_through(ctx, id);
        Ok(())
    }
}
