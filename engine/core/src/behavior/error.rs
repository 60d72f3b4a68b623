//! BPMN errors: thrown by end events and jobs, caught by the nearest event around them.
//!
//! What nothing in the instance catches goes to the parent, which answers; what nothing catches at
//! all becomes an incident where it was thrown.

use std::sync::Arc;

use tongban_bpmn::graph::ErrorDefinition;

use crate::behavior::catcher::{self, Thrown};
use crate::behavior::incident::{self, Failure};
use crate::behavior::{event_subscription, state_transition, variable_mapping};
use crate::command::ChildThrower;
use crate::context::Context;
use crate::event::{ErrorPropagated, Event};
use crate::id::{ElementInstanceId, JobId};
use crate::incident::Kind;
use crate::state::element_instance::Request;
use crate::variable::Variables;

/// A BPMN error.
pub(crate) struct BpmnError {
    pub(crate) code: Arc<str>,
    pub(crate) message: Arc<str>,
    pub(crate) variables: Variables,
}

/// What a called process has thrown, or passes on.
pub(crate) struct FromChild {
    /// The called instance, and where in it.
    pub(crate) thrower: ChildThrower,
    /// The way on to the thrower, if the child passes it on.
    pub(crate) path: Vec<ChildThrower>,
}

impl FromChild {
    /// The way back from here.
    pub(crate) fn path_from_here(&self) -> Vec<ChildThrower> {
        let mut path = self.path.clone();
        path.push(self.thrower);
        path
    }
}

/// Activates an event that throws an error. It does not become active: it is ended by whatever catches
/// the error, or waits.
pub(crate) fn activate_throw(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    definition: &ErrorDefinition,
) -> Result<(), Failure> {
    variable_mapping::apply_inputs(ctx, id)?;
    throw_at(ctx, id, definition)
}

/// Throws the error of an event with the local variables of the event.
pub(crate) fn throw_at(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    definition: &ErrorDefinition,
) -> Result<(), Failure> {
    let Some(code) = definition.code.clone() else {
        let message = "expected an error code at an end event, found none";
        return Err(Failure::new(Kind::UnhandledError, message));
    };
    let message = Arc::from(ctx.element(id).name.as_deref().unwrap_or_default());
    let variables = ctx.instance(id).variables.clone();
    let error = BpmnError {
        code,
        message,
        variables,
    };
    throw(ctx, id, None, error);
    Ok(())
}

/// Throws an error, for the job of an element instance or for the element itself.
pub(crate) fn throw(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    job: Option<JobId>,
    error: BpmnError,
) {
    assert!(
        state_transition::is_live(ctx, thrower),
        "what is being ended throws nothing"
    );
    if !catch(ctx, thrower, &error) && !propagate(ctx, thrower, Vec::new(), &error) {
        raise_unhandled(ctx, thrower, job, &error.code, &error.message);
    }
}

/// An error that nothing in a child catches. The child is told if nothing here or further up
/// catches it either.
pub(crate) fn throw_from_child(
    ctx: &mut Context<'_>,
    call: ElementInstanceId,
    from: FromChild,
    error: BpmnError,
) {
    if !catch(ctx, call, &error) && !propagate(ctx, call, from.path_from_here(), &error) {
        return_to_child(ctx, call, from.thrower, from.path);
    }
}

/// The parent catches the error no more than we do.
pub(crate) fn not_caught(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    mut path: Vec<ChildThrower>,
) {
    if let Some(child) = path.pop() {
        return return_to_child(ctx, thrower, child, path);
    }
    if let Some(Request::ParentCatch { job, code, message }) = ctx.instance(thrower).request.clone()
    {
        raise_unhandled(ctx, thrower, job, &code, &message);
    }
}

fn catch(ctx: &mut Context<'_>, thrower: ElementInstanceId, error: &BpmnError) -> bool {
    ctx.emit(Event::ErrorThrown {
        element_instance: thrower,
        code: error.code.clone(),
        message: error.message.clone(),
    });
    let Some(catcher) = catcher::find(ctx, thrower, Thrown::Error(&error.code)) else {
        return false;
    };
    event_subscription::trigger(ctx, catcher.owner, catcher.element, error.variables.clone());
    true
}

fn propagate(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    path: Vec<ChildThrower>,
    error: &BpmnError,
) -> bool {
    let instance = ctx
        .state()
        .instance()
        .expect("what throws is in an instance");
    let Some(parent) = instance.parent else {
        return false;
    };
    let propagated = ErrorPropagated {
        instance: instance.id,
        thrower,
        path,
        parent,
        code: error.code.clone(),
        message: error.message.clone(),
        variables: error.variables.clone(),
    };
    ctx.emit(Event::ErrorPropagated(propagated));
    true
}

fn return_to_child(
    ctx: &mut Context<'_>,
    call: ElementInstanceId,
    child: ChildThrower,
    path: Vec<ChildThrower>,
) {
    ctx.emit(Event::ErrorReturned {
        element_instance: call,
        child: child.instance,
        thrower: child.element_instance,
        path,
    });
}

fn raise_unhandled(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    job: Option<JobId>,
    code: &str,
    message: &str,
) {
    let text = format!("expected an event that catches the error {code:?} ({message}), found none");
    incident::raise_for_job(ctx, thrower, job, Failure::new(Kind::UnhandledError, text));
}
