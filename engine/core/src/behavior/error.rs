//! BPMN errors: thrown by end events and jobs, caught by the nearest event around them.
//!
//! From the thrower outwards, the boundary events of each activity and then the error event
//! sub-processes of the scope around it are asked; at each place a matching code comes before an
//! event that catches every error. What nothing in the instance catches goes to the parent, which
//! answers; what nothing catches at all becomes an incident where it was thrown.

use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition};

use crate::behavior::incident::{self, Failure};
use crate::behavior::{event_subscription, state_transition};
use crate::context::Context;
use crate::event::{ErrorPropagated, Event};
use crate::id::{ElementInstanceId, JobId};
use crate::incident::Kind;
use crate::state::element_instance::{ElementInstance, Phase, Request};
use crate::variable::Variables;

/// A BPMN error.
pub(crate) struct BpmnError {
    pub(crate) code: Arc<str>,
    pub(crate) message: Arc<str>,
    pub(crate) variables: Variables,
}

/// What catches an error.
struct Catcher {
    owner: ElementInstanceId,
    element: ElementIdx,
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
    if !catch(ctx, thrower, &error) && !propagate(ctx, thrower, None, &error) {
        raise_unhandled(ctx, thrower, job, &error.code, &error.message);
    }
}

/// An error that nothing in a child catches. Returns the child's thrower to be told if nothing
/// here or further up can catch it either.
pub(crate) fn throw_from_child(
    ctx: &mut Context<'_>,
    call: ElementInstanceId,
    child_thrower: ElementInstanceId,
    error: BpmnError,
) {
    if !catch(ctx, call, &error) && !propagate(ctx, call, Some(child_thrower), &error) {
        return_to_child(ctx, call, child_thrower);
    }
}

/// The parent catches the error of this thrower no more than we do.
pub(crate) fn not_caught(ctx: &mut Context<'_>, thrower: ElementInstanceId) {
    let Some(Request::ParentCatch {
        job,
        child_thrower,
        code,
        message,
    }) = ctx.instance(thrower).request.clone()
    else {
        return;
    };
    match child_thrower {
        Some(child_thrower) => return_to_child(ctx, thrower, child_thrower),
        None => raise_unhandled(ctx, thrower, job, &code, &message),
    }
}

fn catch(ctx: &mut Context<'_>, thrower: ElementInstanceId, error: &BpmnError) -> bool {
    ctx.emit(Event::ErrorThrown {
        element_instance: thrower,
        code: error.code.clone(),
        message: error.message.clone(),
    });
    let Some(catcher) = find_catcher(ctx, thrower, &error.code) else {
        return false;
    };
    event_subscription::trigger(ctx, catcher.owner, catcher.element, error.variables.clone());
    true
}

fn propagate(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    child_thrower: Option<ElementInstanceId>,
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
        child_thrower,
        parent,
        code: error.code.clone(),
        message: error.message.clone(),
        variables: error.variables.clone(),
    };
    ctx.emit(Event::ErrorPropagated(propagated));
    true
}

fn return_to_child(ctx: &mut Context<'_>, call: ElementInstanceId, thrower: ElementInstanceId) {
    if let Some(child) = ctx.instance(call).child {
        let (element_instance, child) = (call, child.instance);
        ctx.emit(Event::ErrorReturned {
            element_instance,
            child,
            thrower,
        });
    }
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

fn find_catcher(ctx: &Context<'_>, thrower: ElementInstanceId, code: &str) -> Option<Catcher> {
    let mut next = Some(thrower);
    while let Some(id) = next {
        let instance = ctx.instance(id);
        if let Some(element) = boundary_event(ctx, instance, code) {
            return Some(Catcher { owner: id, element });
        }
        if let Some(scope) = instance.scope
            && let Some(element) = event_sub_process_start(ctx, ctx.instance(scope), code)
        {
            return Some(Catcher {
                owner: scope,
                element,
            });
        }
        next = instance.scope;
    }
    None
}

fn boundary_event(ctx: &Context<'_>, instance: &ElementInstance, code: &str) -> Option<ElementIdx> {
    let element = ctx.element_at(instance.element);
    let events =
        element
            .boundary_events
            .iter()
            .filter_map(|idx| match &ctx.element_at(*idx).kind {
                ElementKind::BoundaryEvent(event) => Some((*idx, &event.definition)),
                _ => None,
            });
    nearest(events, code)
}

/// A scope that has been interrupted starts no further event sub-process.
fn event_sub_process_start(
    ctx: &Context<'_>,
    scope: &ElementInstance,
    code: &str,
) -> Option<ElementIdx> {
    if scope.phase != Phase::Active || scope.interruption.is_some() {
        return None;
    }
    let container = ctx.definition.container(scope.element)?;
    let events = container.event_sub_processes.iter().filter_map(|idx| {
        let ElementKind::EventSubProcess(it) = &ctx.element_at(*idx).kind else {
            return None;
        };
        match &ctx.element_at(it.start).kind {
            ElementKind::StartEvent(start) => Some((it.start, start.definition.as_ref()?)),
            _ => None,
        }
    });
    nearest(events, code)
}

fn nearest<'a>(
    events: impl Iterator<Item = (ElementIdx, &'a EventDefinition)>,
    code: &str,
) -> Option<ElementIdx> {
    let mut catches_all = None;
    for (idx, definition) in events {
        let EventDefinition::Error(error) = definition else {
            continue;
        };
        match &error.code {
            Some(own) if &**own == code => return Some(idx),
            Some(_) => {}
            None => catches_all = catches_all.or(Some(idx)),
        }
    }
    catches_all
}
