//! A task that waits for a person.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition, user_task, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::event::Event;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.4.
pub(in crate::element) struct UserTask;

impl Processor for UserTask {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::UserTask(task) = &ctx.element(id).kind else {
            return Ok(());
        };
        variable_mapping::apply_inputs(ctx, id)?;
        let subscriptions = event_subscription::prepare(ctx, id)?;
        let created = user_task::prepare(ctx, id, task)?;
        event_subscription::open(ctx, id, subscriptions);
        ctx.emit(Event::UserTaskCreated(Box::new(created)));
        state_transition::activated(ctx, id);
        Ok(())
    }
}
