//! Escalations: thrown by intermediate and end events, caught by the nearest event around them.
//!
//! What catches one may let its thrower go on. What nothing in the instance catches goes to the
//! parent while the thrower waits, since something there may end it; the parent answers if nothing
//! does. An escalation that nothing catches is no fault: it is noted, and the flow goes on
//! (BPMN 2.0, 10.5.7 and 13.5.4).

use std::sync::Arc;

use tongban_bpmn::graph::EscalationDefinition;

use crate::behavior::catcher::{self, Thrown};
use crate::behavior::error::FromChild;
use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, state_transition, throw, variable_mapping};
use crate::command::ChildThrower;
use crate::context::Context;
use crate::event::Event;
use crate::event::escalation::{EscalationAnswered, EscalationPropagated};
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::variable::Variables;

/// An escalation.
pub(crate) struct Escalation {
    pub(crate) code: Arc<str>,
    pub(crate) variables: Variables,
}

/// What becomes of the thrower.
enum Outcome {
    /// Nothing ends it.
    GoesOn,
    /// What catches the escalation ends it.
    Ended,
    /// The parent is asked.
    Waits,
}

/// Activates an event that throws an escalation.
pub(crate) fn activate_throw(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    definition: &EscalationDefinition,
) -> Result<(), Failure> {
    variable_mapping::apply_inputs(ctx, id)?;
    let escalation = prepare(ctx, id, definition)?;
    state_transition::activated(ctx, id);
    if throw(ctx, id, &escalation) {
        throw::proceed(ctx, id);
    }
    Ok(())
}

/// The escalation that an event throws, with the local variables of the event.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    definition: &EscalationDefinition,
) -> Result<Escalation, Failure> {
    let Some(code) = definition.code.clone() else {
        let message = "expected an escalation code, found none";
        return Err(Failure::new(Kind::ExpressionFailed, message));
    };
    let variables = ctx.instance(id).variables.clone();
    Ok(Escalation { code, variables })
}

/// Throws the escalation of an event; answers whether the event goes on at once.
pub(crate) fn throw(ctx: &mut Context<'_>, id: ElementInstanceId, escalation: &Escalation) -> bool {
    match throw_from(ctx, id, Vec::new(), escalation) {
        Outcome::GoesOn => true,
        Outcome::Ended | Outcome::Waits => false,
    }
}

/// Throws an escalation for an element instance that goes on in any case: what catches it is looked
/// for in this instance only.
pub(crate) fn throw_within(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    escalation: &Escalation,
) {
    let code = escalation.code.clone();
    if catch(ctx, thrower, escalation).is_none() {
        ctx.emit(Event::EscalationNotCaught {
            element_instance: thrower,
            code,
        });
    }
}

/// An escalation that nothing in a child catches. The child is answered unless it is ended, or the
/// parent's parent is asked.
pub(crate) fn throw_from_child(
    ctx: &mut Context<'_>,
    call: ElementInstanceId,
    from: FromChild,
    escalation: &Escalation,
) {
    match throw_from(ctx, call, from.path_from_here(), escalation) {
        Outcome::GoesOn => answer(ctx, call, from.thrower, from.path),
        Outcome::Ended | Outcome::Waits => {}
    }
}

/// The parent lets the thrower go on.
pub(crate) fn answered(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    mut path: Vec<ChildThrower>,
) {
    match path.pop() {
        Some(child) => answer(ctx, thrower, child, path),
        None => throw::proceed(ctx, thrower),
    }
}

fn throw_from(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    path: Vec<ChildThrower>,
    escalation: &Escalation,
) -> Outcome {
    let code = escalation.code.clone();
    if let Some(outcome) = catch(ctx, thrower, escalation) {
        return outcome;
    }
    let instance = ctx
        .state()
        .instance()
        .expect("what throws is in an instance");
    let Some(parent) = instance.parent else {
        ctx.emit(Event::EscalationNotCaught {
            element_instance: thrower,
            code,
        });
        return Outcome::GoesOn;
    };
    let propagated = EscalationPropagated {
        instance: instance.id,
        thrower,
        path,
        parent,
        code,
        variables: escalation.variables.clone(),
    };
    ctx.emit(Event::EscalationPropagated(propagated));
    Outcome::Waits
}

/// Triggers the nearest event that catches an escalation; nothing if there is none.
fn catch(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    escalation: &Escalation,
) -> Option<Outcome> {
    let code = escalation.code.clone();
    ctx.emit(Event::EscalationThrown {
        element_instance: thrower,
        code: code.clone(),
    });
    let catcher = catcher::find(ctx, thrower, Thrown::Escalation(&code))?;
    let variables = escalation.variables.clone();
    event_subscription::trigger(ctx, catcher.owner, catcher.element, variables);
    Some(if catcher.interrupts {
        Outcome::Ended
    } else {
        Outcome::GoesOn
    })
}

fn answer(
    ctx: &mut Context<'_>,
    call: ElementInstanceId,
    child: ChildThrower,
    path: Vec<ChildThrower>,
) {
    ctx.emit(Event::EscalationAnswered(EscalationAnswered {
        element_instance: call,
        child: child.instance,
        thrower: child.element_instance,
        path,
    }));
}
