//! Intermediate catch events: timer, message, signal, condition, one or all of several, or the target of
//! a link.

use tongban_bpmn::graph::{ElementKind, EventDefinition};

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.5.4. After an event-based gateway its event has come already.
pub(in crate::element) struct IntermediateCatchEvent;

impl Processor for IntermediateCatchEvent {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        variable_mapping::apply_inputs(ctx, id)?;
        let ElementKind::IntermediateCatchEvent(definition) = &ctx.element(id).kind else {
            return Ok(());
        };
        if ctx.instance(id).is_triggered || matches!(definition, EventDefinition::Link(_)) {
            state_transition::pass_through(ctx, id);
            return Ok(());
        }
        let subscriptions = event_subscription::prepare_catch(ctx, id, definition)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        Ok(())
    }
}
