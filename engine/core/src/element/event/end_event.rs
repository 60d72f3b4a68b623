//! End events: none, message, signal, escalation, error, compensation, cancel, terminate, or several of
//! these.

use tongban_bpmn::graph::EventDefinition;

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition, throw, transaction, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.5.3 and 13.5.6.
pub(in crate::element) struct EndEvent;

impl Processor for EndEvent {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        throw::activate(ctx, id)
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        variable_mapping::apply_outputs(ctx, id)?;
        let parts = throw::definition(ctx, id).map_or(&[][..], EventDefinition::parts);
        let instance = ctx.instance(id);
        let (element, scope) = (instance.element, instance.scope);
        state_transition::completed(ctx, id)?;
        let Some(scope) = scope else { return Ok(()) };
        for part in parts {
            match part {
                EventDefinition::Terminate => {
                    event_subscription::interrupt(ctx, scope, element);
                }
                EventDefinition::Cancel => transaction::cancel(ctx, scope, element),
                _ => {}
            }
        }
        Ok(())
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        throw::go_on(ctx, id)
    }
}
