//! The body of a loop: it carries its one activity out again and again.

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::work::Work;

/// BPMN 2.0, 10.3.8 and 13.3.6.
pub(in crate::element) struct StandardLoop;

impl Processor for StandardLoop {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let subscriptions = event_subscription::prepare(ctx, id)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        ctx.queue(Work::Settle { scope: id });
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        event_subscription::close_all(ctx, id);
        state_transition::completed(ctx, id)
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        ctx.queue(Work::Settle { scope: id });
        Ok(())
    }
}
