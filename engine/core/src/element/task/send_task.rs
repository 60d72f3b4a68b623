//! A task that publishes a message, or whose work is a job that sends one.

use tongban_bpmn::graph::{self, ElementKind};

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, job, message, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.3. The message carries the results of the input mappings.
pub(in crate::element) struct SendTask;

impl Processor for SendTask {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::SendTask(task) = &ctx.element(id).kind else {
            return Ok(());
        };
        variable_mapping::apply_inputs(ctx, id)?;
        match task {
            // Nothing waits, so that no boundary event can come.
            graph::SendTask::Message(message) => {
                message::publish_local(ctx, id, message)?;
                state_transition::pass_through(ctx, id);
            }
            graph::SendTask::Job(work) => {
                let subscriptions = event_subscription::prepare(ctx, id)?;
                let job = job::prepare(ctx, id, work)?;
                event_subscription::open(ctx, id, subscriptions);
                job::create(ctx, id, job);
                state_transition::activated(ctx, id);
            }
        }
        Ok(())
    }
}
