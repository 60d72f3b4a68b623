//! Start events. The trigger has come before they are activated.

use crate::behavior::incident::Failure;
use crate::behavior::state_transition;
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.5.2.
pub(in crate::element) struct StartEvent;

impl Processor for StartEvent {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        state_transition::pass_through(ctx, id);
        Ok(())
    }
}
