//! Messages that arrive.

use std::sync::Arc;

use super::{check_trigger_size, not_waiting};
use crate::behavior::event_subscription::{self, Arrived};
use crate::context::Context;
use crate::event::Event;
use crate::id::SubscriptionId;
use crate::rejection::Rejection;
use crate::state::arrival::Awaited;
use crate::variable::Variables;

pub(super) fn correlate(
    ctx: &mut Context<'_>,
    id: SubscriptionId,
    message_id: Arc<str>,
    variables: Variables,
) -> Result<(), Rejection> {
    let found = ctx.state().message_subscription(id);
    let found = found.ok_or(Rejection::SubscriptionNotFound { subscription: id })?;
    let (owner, element) = (found.element_instance, found.element);
    let again = Awaited::Message {
        name: found.message_name.clone(),
        correlation_key: found.correlation_key.clone(),
    };
    if !event_subscription::can_trigger(ctx, owner, element) {
        return Err(not_waiting(owner, "a message"));
    }
    check_trigger_size(ctx, &variables)?;
    ctx.emit(Event::MessageCorrelated { id, message_id });
    let arrived = Arrived {
        subscription: Some(Event::MessageSubscriptionClosed { id }),
        again: Some(again),
    };
    event_subscription::arrive(ctx, (owner, element), arrived, variables);
    Ok(())
}
