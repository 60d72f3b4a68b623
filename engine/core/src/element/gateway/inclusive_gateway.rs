//! The inclusive gateway. Its tokens have been joined before it is activated.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{diverging, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::variable::Variables;

/// BPMN 2.0, 13.4.3.
pub(in crate::element) struct InclusiveGateway;

impl Processor for InclusiveGateway {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        state_transition::pass_through(ctx, id);
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let default = match &ctx.element(id).kind {
            ElementKind::InclusiveGateway(it) => it.default,
            _ => None,
        };
        let chosen = diverging::choose(ctx, id, default, &Variables::new())?;
        state_transition::completed_by(ctx, id, &chosen);
        Ok(())
    }
}
