//! Signals that arrive.

use super::{check_trigger_size, not_waiting};
use crate::behavior::signal;
use crate::context::Context;
use crate::id::SubscriptionId;
use crate::rejection::Rejection;
use crate::variable::Variables;

/// A broadcast reaches all subscriptions that were open at it. One may close another, which then
/// receives nothing.
pub(super) fn receive(
    ctx: &mut Context<'_>,
    subscriptions: &[SubscriptionId],
    variables: &Variables,
) -> Result<(), Rejection> {
    let state = ctx.state();
    let open = subscriptions
        .iter()
        .find_map(|id| state.signal_subscription(*id));
    let first = subscriptions.first().copied().unwrap_or(SubscriptionId(0));
    let owner = open
        .ok_or(Rejection::SubscriptionNotFound {
            subscription: first,
        })?
        .element_instance;
    check_trigger_size(ctx, variables)?;
    let mut n_received = 0;
    for id in subscriptions {
        n_received += usize::from(signal::receive(ctx, *id, variables.clone()));
    }
    if n_received == 0 {
        return Err(not_waiting(owner, "a signal"));
    }
    Ok(())
}
