//! Events that a multi-instance throws by itself when iterations come to their end, to be caught at
//! its border (BPMN 2.0, 10.3.8).

use std::sync::Arc;

use tongban_bpmn::graph::EventDefinition;

use crate::behavior::escalation::{self, Escalation};
use crate::behavior::incident::Failure;
use crate::behavior::{expression, message, signal};
use crate::context::Context;
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::variable::Variables;

/// An event to be thrown, evaluated.
pub(crate) enum ImplicitEvent {
    Signal(Arc<str>),
    Escalation(Arc<str>),
    Message(message::Published),
}

/// Evaluates what is thrown; `over` are the results of the iteration, which hide older values.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    definition: &EventDefinition,
    over: &[&Variables],
) -> Result<ImplicitEvent, Failure> {
    match definition {
        EventDefinition::Signal(it) => {
            expression::text_over(ctx, (from, over), &it.name).map(ImplicitEvent::Signal)
        }
        EventDefinition::Message(it) => {
            message::prepare_over(ctx, (from, over), it).map(ImplicitEvent::Message)
        }
        EventDefinition::Escalation(it) => {
            let without = || Failure::new(Kind::ExpressionFailed, "expected an escalation code");
            it.code
                .clone()
                .map(ImplicitEvent::Escalation)
                .ok_or_else(without)
        }
        // Deployment refuses the others.
        EventDefinition::Timer(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Error(_)
        | EventDefinition::Compensate(_)
        | EventDefinition::Cancel
        | EventDefinition::Link(_)
        | EventDefinition::Terminate
        | EventDefinition::Multiple(_) => {
            let message = "expected a message, a signal or an escalation";
            Err(Failure::new(Kind::ExpressionFailed, message))
        }
    }
}

/// Throws an event for the body of a multi-instance, which goes on unless something ends it.
pub(crate) fn throw(
    ctx: &mut Context<'_>,
    body: ElementInstanceId,
    event: ImplicitEvent,
    variables: Variables,
) {
    match event {
        ImplicitEvent::Signal(name) => signal::broadcast(ctx, body, &name, &variables),
        ImplicitEvent::Message(published) => message::publish(ctx, body, published, variables),
        ImplicitEvent::Escalation(code) => {
            escalation::throw_within(ctx, body, &Escalation { code, variables });
        }
    }
}
