//! Making, ending and going on with an instance.

use std::sync::Arc;

use tongban_bpmn::graph::data_type::DataRole;
use tongban_bpmn::graph::{ElementIdx, ElementKind};

use super::{check_size, suspension};
use crate::behavior::state_transition;
use crate::command::{CancelCause, CreateInstance, StartAt};
use crate::context::Context;
use crate::data_type;
use crate::event::{Event, InstanceCreated};
use crate::id::ElementInstanceId;
use crate::rejection::Rejection;
use crate::start_condition;
use crate::state::element_instance::Phase;
use crate::work::Work;

pub(super) fn create(ctx: &mut Context<'_>, mut create: CreateInstance) -> Result<(), Rejection> {
    if let Some(existing) = ctx.state().instance() {
        return Err(Rejection::InstanceExists {
            instance: existing.id,
        });
    }
    let (declared, given) = (&ctx.definition.root().data, create.variables);
    create.variables = data_type::fit(declared, DataRole::Local, given, ctx.now.types)?;
    let start = start_event(ctx, &create)?;
    check_size(ctx, &create.variables)?;
    ctx.emit(Event::InstanceCreated(InstanceCreated {
        instance: create.instance,
        definition: create.definition,
        process_key: ctx.definition.key.clone(),
        business_key: create.business_key,
        start,
        parent: create.parent,
        iteration: create.iteration,
        created_at: ctx.now.at,
    }));
    let root = state_transition::New::at(ElementIdx::ROOT, None);
    let id = state_transition::create(ctx, root);
    if !create.variables.is_empty() {
        ctx.emit(Event::VariablesSet {
            scope: id,
            variables: create.variables,
        });
    }
    ctx.queue(Work::Activate { id });
    Ok(())
}

/// Without a none start event a process starts where the variables it gets fulfil a condition.
fn start_event(ctx: &Context<'_>, create: &CreateInstance) -> Result<ElementIdx, Rejection> {
    let container = ctx.definition.root().kind.container();
    let start = create.start;
    let found = match start {
        StartAt::None => match container.and_then(|container| container.start_event) {
            Some(start) => Some(start),
            // The process itself stands for all that begins it without a start event.
            None if container.is_some_and(|it| !it.begins_with.is_empty()) => {
                Some(ElementIdx::ROOT)
            }
            None => by_condition(ctx, create)?,
        },
        StartAt::Event(idx) => container
            .and_then(|container| container.start_events.iter().find(|it| **it == idx))
            .copied(),
    };
    found.ok_or_else(|| Rejection::StartEventNotFound {
        found: describe(ctx, start),
    })
}

fn by_condition(
    ctx: &Context<'_>,
    create: &CreateInstance,
) -> Result<Option<ElementIdx>, Rejection> {
    let fulfilled = start_condition::fulfilled(ctx.definition, &create.variables, ctx.now);
    match fulfilled {
        Ok(starts) => Ok(starts.first().copied()),
        Err(unreadable) => Err(Rejection::ExpressionFailed {
            element_id: unreadable.element_id,
            message: Arc::from(unreadable.message),
        }),
    }
}

fn describe(ctx: &Context<'_>, start: StartAt) -> Arc<str> {
    let element = match start {
        StartAt::None if start_condition::conditions(ctx.definition).next().is_some() => {
            return Arc::from("no none start event, and none whose condition holds");
        }
        StartAt::None => return Arc::from("no none start event"),
        StartAt::Event(idx) => ctx.definition.get(idx),
    };
    match element.map(|element| (&element.kind, &element.id)) {
        Some((ElementKind::StartEvent(_), id)) => {
            Arc::from(format!("the start event {id} of another scope"))
        }
        Some((kind, id)) => Arc::from(format!("the {} {id}", kind.name())),
        None => Arc::from("no such element"),
    }
}

pub(super) fn cancel(ctx: &mut Context<'_>, cause: CancelCause) -> Result<(), Rejection> {
    let instance = ctx.state().instance().ok_or(Rejection::InstanceNotFound)?;
    match (cause, instance.parent) {
        (CancelCause::Request, Some(parent)) => {
            return Err(Rejection::InstanceHasParent {
                parent: parent.instance,
            });
        }
        (CancelCause::Request, None) | (CancelCause::Parent, _) => {}
    }
    // The process first: nothing within it comes to an end of its own any more.
    let id = root(ctx)?;
    ctx.queue(Work::Terminate { id });
    suspension::lift_for_cancellation(ctx);
    Ok(())
}

/// The process, unless it is being ended.
pub(super) fn root(ctx: &Context<'_>) -> Result<ElementInstanceId, Rejection> {
    let root = ctx.state().root();
    let root = root.filter(|it| it.phase != Phase::Terminating);
    root.map(|it| it.id).ok_or(Rejection::InstanceEnded)
}

pub(super) fn go_on(ctx: &Context<'_>) -> Result<(), Rejection> {
    if ctx.state().deferred().is_empty() {
        return Err(Rejection::NothingToContinue);
    }
    Ok(())
}
