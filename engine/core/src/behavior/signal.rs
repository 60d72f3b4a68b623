//! Signals: broadcast to whoever waits for them (BPMN 2.0, 10.5.5).
//!
//! Those who wait in the thrower's own instance receive the signal at once, so that only what was
//! awaited when it was thrown does; other instances are reached by an effect.

use std::sync::Arc;

use tongban_bpmn::graph::Signal;

use crate::behavior::event_subscription::{self, Arrived};
use crate::behavior::incident::Failure;
use crate::behavior::{expression, state_transition, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::id::{ElementInstanceId, SubscriptionId};
use crate::state::arrival::Awaited;
use crate::variable::Variables;
use crate::work::Work;

/// Activates an event that broadcasts a signal.
pub(crate) fn activate_throw(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    signal: &Signal,
) -> Result<(), Failure> {
    variable_mapping::apply_inputs(ctx, id)?;
    let name = name(ctx, id, signal)?;
    let variables = ctx.instance(id).variables.clone();
    state_transition::activated(ctx, id);
    broadcast(ctx, id, &name, &variables);
    // One of those who received it may have ended the thrower; then this does nothing.
    ctx.queue(Work::Complete {
        id,
        received: Variables::new(),
    });
    Ok(())
}

/// The name of the signal that an event broadcasts.
pub(crate) fn name(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    signal: &Signal,
) -> Result<Arc<str>, Failure> {
    expression::text(ctx, id, &signal.name)
}

/// Broadcasts a signal. Those who wait for it in this instance receive it at once.
pub(crate) fn broadcast(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    name: &Arc<str>,
    variables: &Variables,
) {
    ctx.emit(Event::SignalThrown {
        element_instance: id,
        name: name.clone(),
        variables: variables.clone(),
    });
    let awaited = ctx.state().signal_subscriptions();
    let awaited = awaited.filter(|it| it.signal_name == *name);
    let awaited: Vec<SubscriptionId> = awaited.map(|it| it.id).collect();
    for subscription in awaited {
        receive(ctx, subscription, variables.clone());
    }
}

/// Triggers what waits for a signal; answers whether it still waited.
pub(crate) fn receive(ctx: &mut Context<'_>, id: SubscriptionId, variables: Variables) -> bool {
    let Some(found) = ctx.state().signal_subscription(id) else {
        return false;
    };
    let (owner, element) = (found.element_instance, found.element);
    let again = Awaited::Signal {
        name: found.signal_name.clone(),
    };
    if !event_subscription::can_trigger(ctx, owner, element) {
        return false;
    }
    ctx.emit(Event::SignalReceived { id });
    let arrived = Arrived {
        subscription: Some(Event::SignalSubscriptionClosed { id }),
        again: Some(again),
    };
    event_subscription::arrive(ctx, (owner, element), arrived, variables);
    true
}
