//! The exclusive gateway.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{expression, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::{ElementInstanceId, FlowIdx};
use crate::incident::Kind;

/// BPMN 2.0, 13.4.2: the first flow in file order whose condition holds, else the default flow. A
/// flow without a condition that is not the default one always holds.
pub(in crate::element) struct ExclusiveGateway;

impl Processor for ExclusiveGateway {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        state_transition::pass_through(ctx, id);
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let chosen = choose(ctx, id)?;
        state_transition::completed_by(ctx, id, chosen.as_slice());
        Ok(())
    }
}

fn choose(ctx: &Context<'_>, id: ElementInstanceId) -> Result<Option<FlowIdx>, Failure> {
    let element = ctx.element(id);
    let default = match element.kind {
        ElementKind::ExclusiveGateway { default } => default,
        _ => None,
    };
    if element.outgoing.is_empty() {
        return Ok(None);
    }
    for flow in element
        .outgoing
        .iter()
        .filter(|flow| Some(**flow) != default)
    {
        let holds = match &ctx.definition.flow(*flow).condition {
            Some(condition) => expression::condition(ctx, id, condition)?,
            None => true,
        };
        if holds {
            return Ok(Some(*flow));
        }
    }
    if default.is_some() {
        return Ok(default);
    }
    let message = "expected a condition that holds or a default flow, found neither";
    Err(Failure::new(Kind::NoMatchingFlow, message))
}
