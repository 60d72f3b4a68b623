//! A call activity: the called process is an instance of its own.

use tongban_bpmn::graph::{self, ElementKind};

use crate::behavior::incident::Failure;
use crate::behavior::{call_activity, event_subscription, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::event::Event;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.6.
pub(in crate::element) struct CallActivity;

impl Processor for CallActivity {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        variable_mapping::apply_inputs(ctx, id)?;
        let subscriptions = event_subscription::prepare(ctx, id)?;
        let requested = call_activity::prepare(ctx, id, call(ctx, id))?;
        event_subscription::open(ctx, id, subscriptions);
        ctx.emit(Event::ChildRequested(requested));
        state_transition::activated(ctx, id);
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        if call(ctx, id).propagate_all_child_variables {
            variable_mapping::apply_outputs(ctx, id)?;
        } else {
            variable_mapping::apply_output_mappings(ctx, id)?;
        }
        event_subscription::close_all(ctx, id);
        state_transition::completed(ctx, id)
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let requested = call_activity::prepare(ctx, id, call(ctx, id))?;
        ctx.emit(Event::ChildRequested(requested));
        Ok(())
    }
}

fn call<'a>(ctx: &Context<'a>, id: ElementInstanceId) -> &'a graph::CallActivity {
    match &ctx.element(id).kind {
        ElementKind::CallActivity(call) => call,
        other => unreachable!("a {} is not registered as a call activity", other.name()),
    }
}
