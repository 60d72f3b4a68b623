//! A task that waits for a message.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.3. After an event-based gateway its message has come already.
pub(in crate::element) struct ReceiveTask;

impl Processor for ReceiveTask {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::ReceiveTask(message) = &ctx.element(id).kind else {
            return Ok(());
        };
        variable_mapping::apply_inputs(ctx, id)?;
        if ctx.instance(id).is_triggered {
            state_transition::pass_through(ctx, id);
            return Ok(());
        }
        let mut subscriptions = event_subscription::prepare(ctx, id)?;
        subscriptions.push(event_subscription::prepare_receive(ctx, id, message)?);
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        Ok(())
    }
}
