//! The parallel gateway. Its tokens have been joined before it is activated.

use crate::behavior::incident::Failure;
use crate::behavior::state_transition;
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 13.4.1.
pub(in crate::element) struct ParallelGateway;

impl Processor for ParallelGateway {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        state_transition::pass_through(ctx, id);
        Ok(())
    }
}
