//! An embedded sub-process.

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::variable::Variables;
use crate::work::Work;

/// BPMN 2.0, 10.3.5.
pub(in crate::element) struct SubProcess;

impl Processor for SubProcess {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        activate(ctx, id)
    }
}

/// Opens the scope and begins with its contents.
pub(super) fn activate(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    variable_mapping::apply_inputs(ctx, id)?;
    let subscriptions = event_subscription::prepare(ctx, id)?;
    event_subscription::open(ctx, id, subscriptions);
    state_transition::activated(ctx, id);
    let container = ctx.element(id).kind.container();
    let starts = container.map_or(&[][..], |it| match &it.start_event {
        Some(start) => std::slice::from_ref(start),
        None => &it.begins_with,
    });
    for element in starts {
        ctx.queue(Work::Start {
            scope: id,
            element: *element,
            received: Variables::new(),
        });
    }
    // Deployment refuses it; there is nothing to do.
    if starts.is_empty() {
        ctx.queue(Work::Settle { scope: id });
    }
    Ok(())
}
