//! Variables set by hand.

use super::{check_size, not_found, not_waiting};
use crate::behavior::{state_transition, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::rejection::Rejection;
use crate::variable::Variables;

pub(super) fn set(
    ctx: &mut Context<'_>,
    scope: Option<ElementInstanceId>,
    variables: Variables,
) -> Result<(), Rejection> {
    let root = ctx.state().root().map(|root| root.id);
    let id = scope.or(root).ok_or(Rejection::InstanceEnded)?;
    if ctx.state().element_instance(id).is_none() {
        return Err(not_found(id));
    }
    if !state_transition::may_go_on(ctx, id) {
        return Err(not_waiting(id, "variables"));
    }
    check_size(ctx, &variables)?;
    let variables = variable_mapping::fit(ctx, id, variables)?;
    if !variables.is_empty() {
        ctx.emit(Event::VariablesSet {
            scope: id,
            variables,
        });
    }
    Ok(())
}
