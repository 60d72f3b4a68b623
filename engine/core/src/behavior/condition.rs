//! Conditions that events wait for (BPMN 2.0, 10.5.5).
//!
//! A condition triggers its event by becoming true: it is looked at when the waiting begins and again
//! whenever a variable is set that it reads. It has to become false before it triggers again. A value
//! that is not true is false, since the variables it reads may still be missing.

use tongban_bpmn::graph::event::ConditionalDefinition;
use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, ProcessDefinition};
use tongban_feel::value::Value;

use crate::behavior::event_subscription::{self, Arrived};
use crate::behavior::expression;
use crate::behavior::incident::Failure;
use crate::context::Context;
use crate::event::Event;
use crate::id::{ElementInstanceId, SubscriptionId};
use crate::state::arrival::Awaited;
use crate::state::condition_subscription::ConditionSubscription;
use crate::variable::Variables;

/// The condition that a subscription waits for.
pub(crate) fn of<'a>(
    definition: &'a ProcessDefinition,
    subscription: &ConditionSubscription,
) -> Option<&'a ConditionalDefinition> {
    let parts = event_definition(definition, subscription.element)?.parts();
    match parts.get(subscription.definition as usize)? {
        EventDefinition::Conditional(it) => Some(it),
        _ => None,
    }
}

/// What an event waits for.
pub(crate) fn event_definition(
    definition: &ProcessDefinition,
    element: ElementIdx,
) -> Option<&EventDefinition> {
    match &definition.element(element).kind {
        ElementKind::BoundaryEvent(it) => Some(&it.definition),
        ElementKind::StartEvent(it) => it.definition.as_ref(),
        ElementKind::IntermediateCatchEvent(it) => Some(it),
        _ => None,
    }
}

/// Whether a condition can be looked at: its value has to be a truth value, or none yet.
pub(crate) fn check(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    definition: &ConditionalDefinition,
) -> Result<(), Failure> {
    match expression::value(ctx, id, &definition.condition)? {
        Value::Boolean(_) | Value::Null => Ok(()),
        other => {
            let condition = &definition.condition;
            let expected = "a boolean";
            Err(expression::unexpected(ctx, id, condition, expected, &other))
        }
    }
}

/// Looks at a condition; if it has become true, its event is triggered.
pub(crate) fn evaluate(ctx: &mut Context<'_>, id: SubscriptionId) {
    let Some(subscription) = ctx.state().condition_subscription(id).copied() else {
        return;
    };
    let Some(definition) = of(ctx.definition, &subscription) else {
        return;
    };
    let (owner, element) = (subscription.element_instance, subscription.element);
    let value = expression::value(ctx, owner, &definition.condition);
    let holds = matches!(value, Ok(Value::Boolean(true)));
    if holds == subscription.holds {
        return;
    }
    if holds && !event_subscription::can_trigger(ctx, owner, element) {
        return;
    }
    ctx.emit(Event::ConditionChanged { id, holds });
    if holds {
        let definition = subscription.definition;
        let arrived = Arrived {
            subscription: Some(Event::ConditionSubscriptionClosed { id }),
            again: Some(Awaited::Condition { definition }),
        };
        event_subscription::arrive(ctx, (owner, element), arrived, Variables::new());
    }
}

/// Queues a look at all conditions: for a process that sees variables which change without an event.
pub(crate) fn queue_all(ctx: &mut Context<'_>) {
    let all = ctx.state().condition_subscriptions();
    let all: Vec<SubscriptionId> = all.map(|it| it.id).collect();
    for subscription in all {
        ctx.queue_condition(subscription);
    }
}
