//! A task without a kind: it passes through, its mappings and boundary events are still honored.

use crate::behavior::incident::Failure;
use crate::behavior::{state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.3. An undefined task is only there to be seen, so nothing waits.
pub(in crate::element) struct UndefinedTask;

impl Processor for UndefinedTask {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        variable_mapping::apply_inputs(ctx, id)?;
        state_transition::pass_through(ctx, id);
        Ok(())
    }
}
