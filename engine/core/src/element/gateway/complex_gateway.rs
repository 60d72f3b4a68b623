//! The complex gateway: it is there from its first token until it resets.

use crate::behavior::incident::Failure;
use crate::behavior::{complex_gateway, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.6.5 and 13.4.5. It is left by [`crate::behavior::complex_gateway`].
pub(in crate::element) struct ComplexGateway;

impl Processor for ComplexGateway {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        state_transition::activated(ctx, id);
        complex_gateway::go_on(ctx, id)
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        complex_gateway::go_on(ctx, id)
    }
}
