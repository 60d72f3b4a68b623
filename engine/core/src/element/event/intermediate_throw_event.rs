//! Intermediate throw events: none, message, signal, escalation, compensation, several of these, or a
//! link.

use crate::behavior::incident::Failure;
use crate::behavior::throw;
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.5.4. The builder has made a flow of a link.
pub(in crate::element) struct IntermediateThrowEvent;

impl Processor for IntermediateThrowEvent {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        throw::activate(ctx, id)
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        throw::go_on(ctx, id)
    }
}
