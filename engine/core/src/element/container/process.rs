//! The process itself: the outermost scope.

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, instantiation, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::variable::Variables;
use crate::work::Work;

/// BPMN 2.0, 10.2.
pub(in crate::element) struct Process;

impl Processor for Process {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let subscriptions = event_subscription::prepare(ctx, id)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        let instance = ctx
            .state()
            .instance()
            .expect("a process that runs has an instance");
        for element in instantiation::first_elements(ctx.definition, instance.start) {
            ctx.queue(Work::Start {
                scope: id,
                element,
                received: Variables::new(),
            });
        }
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        event_subscription::close_all(ctx, id);
        state_transition::process_completed(ctx, id);
        Ok(())
    }
}
