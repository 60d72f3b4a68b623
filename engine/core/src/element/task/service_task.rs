//! A task whose work is a job.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, job, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.3.
pub(in crate::element) struct ServiceTask;

impl Processor for ServiceTask {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::ServiceTask(work) = &ctx.element(id).kind else {
            return Ok(());
        };
        variable_mapping::apply_inputs(ctx, id)?;
        let subscriptions = event_subscription::prepare(ctx, id)?;
        let job = job::prepare(ctx, id, work)?;
        event_subscription::open(ctx, id, subscriptions);
        job::create(ctx, id, job);
        state_transition::activated(ctx, id);
        Ok(())
    }
}
