//! An event sub-process: a scope within the scope that waited for its start event.

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::variable::Variables;
use crate::work::Work;

/// BPMN 2.0, 10.3.5 and 13.5.4. What came with the trigger becomes local variables,
/// which its inputs see.
pub(in crate::element) struct EventSubProcess;

impl Processor for EventSubProcess {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let received = ctx.instance(id).received.clone();
        variable_mapping::set_local(ctx, id, received)?;
        variable_mapping::apply_inputs(ctx, id)?;
        let subscriptions = event_subscription::prepare(ctx, id)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        let container = ctx.element(id).kind.container();
        let start = container.and_then(|container| container.start_events.first());
        if let Some(element) = start {
            ctx.queue(Work::Start {
                scope: id,
                element: *element,
                received: Variables::new(),
            });
        }
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        variable_mapping::apply_output_mappings(ctx, id)?;
        event_subscription::close_all(ctx, id);
        state_transition::completed(ctx, id)
    }
}
