//! The inclusive gateway. Its tokens have been joined before it is activated.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{expression, state_transition};
use crate::context::Context;
use crate::element::Processor;
use crate::id::{ElementInstanceId, FlowIdx};
use crate::incident::Kind;

/// BPMN 2.0, 13.4.3: every flow whose condition holds, else the default flow. A flow without a
/// condition that is not the default one always holds.
pub(in crate::element) struct InclusiveGateway;

impl Processor for InclusiveGateway {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        state_transition::pass_through(ctx, id);
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let chosen = choose(ctx, id)?;
        state_transition::completed_by(ctx, id, &chosen);
        Ok(())
    }
}

fn choose(ctx: &Context<'_>, id: ElementInstanceId) -> Result<Vec<FlowIdx>, Failure> {
    let element = ctx.element(id);
    let default = match &element.kind {
        ElementKind::InclusiveGateway(it) => it.default,
        _ => None,
    };
    let mut chosen = Vec::new();
    for flow in &element.outgoing {
        let holds = match &ctx.definition.flow(*flow).condition {
            Some(condition) => expression::condition(ctx, id, condition)?,
            None => Some(*flow) != default,
        };
        if holds {
            chosen.push(*flow);
        }
    }
    if chosen.is_empty() {
        chosen.extend(default);
    }
    if chosen.is_empty() && !element.outgoing.is_empty() {
        let message = "expected a condition that holds or a default flow, found neither";
        return Err(Failure::new(Kind::NoMatchingFlow, message));
    }
    Ok(chosen)
}
