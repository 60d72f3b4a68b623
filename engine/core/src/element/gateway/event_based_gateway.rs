//! The event-based gateway: the first event that comes decides.

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.6.6 and 13.4.4. It is left by [`crate::behavior::event_gateway`].
pub(in crate::element) struct EventBasedGateway;

impl Processor for EventBasedGateway {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let subscriptions = event_subscription::prepare_choice(ctx, id)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        Ok(())
    }
}
