//! The event-based gateway: the first event that comes decides, or has started the process.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, instantiation, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.6.6 and 13.4.4. One that waits is left by [`crate::behavior::event_gateway`].
pub(in crate::element) struct EventBasedGateway;

impl Processor for EventBasedGateway {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        if starts_process(ctx, id) {
            state_transition::pass_through(ctx, id);
            return Ok(());
        }
        let subscriptions = event_subscription::prepare_choice(ctx, id)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let flows = instantiation::flows(ctx, ctx.instance(id).element);
        state_transition::completed_by(ctx, id, &flows);
        Ok(())
    }
}

fn starts_process(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let ElementKind::EventBasedGateway(gateway) = &ctx.element(id).kind else {
        return false;
    };
    gateway.instantiates.is_some()
}
