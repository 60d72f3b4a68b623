//! Calls of other processes: the child is another instance, asked for by an event.

use tongban_bpmn::graph::CallActivity;

use crate::behavior::expression;
use crate::behavior::incident::Failure;
use crate::command::ParentLink;
use crate::context::Context;
use crate::event::{ChildRequested, Event};
use crate::id::ElementInstanceId;
use crate::incident::Kind;

/// Evaluates what a call needs.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    call: &CallActivity,
) -> Result<ChildRequested, Failure> {
    let instance = ctx
        .state()
        .instance()
        .expect("a call activity is in an instance");
    let depth = instance.parent.map_or(0, |parent| parent.depth) + 1;
    let depth_max = ctx.now.limits.call_depth_max;
    if depth > depth_max {
        let message = format!("expected at most {depth_max} calls within each other");
        return Err(Failure::new(Kind::CallDepthExceeded, message));
    }
    let business_key = match &call.business_key {
        Some(key) => expression::optional_text(ctx, id, key)?,
        None => None,
    };
    Ok(ChildRequested {
        element_instance: id,
        process_key: expression::text(ctx, id, &call.process_id)?,
        binding: call.binding.clone(),
        business_key,
        propagate_all_parent_variables: call.propagate_all_parent_variables,
        parent: ParentLink {
            instance: instance.id,
            element_instance: id,
            depth,
        },
    })
}

/// Asks for the end of the child of an element instance that goes. Nothing waits for it: the
/// child's own end is its own affair.
pub(crate) fn terminate_child(ctx: &mut Context<'_>, id: ElementInstanceId) {
    if let Some(child) = ctx.instance(id).child {
        let (element_instance, child) = (id, child.instance);
        ctx.emit(Event::ChildTerminationRequested {
            element_instance,
            child,
        });
    }
}
