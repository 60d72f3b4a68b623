//! Compensation: what has been completed is undone, the last first (BPMN 2.0, 10.7 and 13.5.5).
//!
//! A scope keeps what has been completed in it. Who throws compensation has it undone by *runs*, one
//! activity after the other: by its handler, or, for a sub-process without one, in a scope that is made
//! again with the variables it had, by its compensation event sub-process or piece by piece.

use tongban_bpmn::graph::event::CompensateDefinition;
use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, ProcessDefinition};

use crate::behavior::incident::Failure;
use crate::behavior::{state_transition, throw, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::event::compensation::{
    CompensationCarriedOut, CompensationRegistered, CompensationStarted,
};
use crate::id::{CompensationId, ElementInstanceId};
use crate::state::compensation::{CarriesOut, CompensationRun, CompletedActivity};
use crate::variable::Variables;
use crate::work::Work;

/// Activates an event that throws compensation.
pub(crate) fn activate_throw(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    definition: &CompensateDefinition,
) -> Result<(), Failure> {
    variable_mapping::apply_inputs(ctx, id)?;
    state_transition::activated(ctx, id);
    if !throw(ctx, id, definition) {
        throw::proceed(ctx, id);
    }
    Ok(())
}

/// Begins to undo what an event asks for; answers whether the event waits for that.
pub(crate) fn throw(
    ctx: &mut Context<'_>,
    thrower: ElementInstanceId,
    definition: &CompensateDefinition,
) -> bool {
    let activity = match &definition.activity {
        Some(id) => match ctx.definition.find(id) {
            Some(activity) => Some(activity),
            // Outside of the part of a process that an iteration runs.
            None => return false,
        },
        None => None,
    };
    let waits = definition.wait_for_completion;
    let mut has_begun = false;
    for scope in scopes(ctx, thrower) {
        has_begun |= begin(ctx, scope, waits.then_some(thrower), activity);
    }
    has_begun && waits
}

/// The scope of an event and, out of event sub-processes, those around: an event sub-process handles
/// what has happened in its scope, so that it may undo what has been done there.
fn scopes(ctx: &Context<'_>, thrower: ElementInstanceId) -> Vec<ElementInstanceId> {
    let mut scopes = Vec::new();
    let mut next = ctx.instance(thrower).scope;
    while let Some(scope) = next {
        scopes.push(scope);
        let instance = ctx.instance(scope);
        let element = ctx.element_at(instance.element);
        let is_event_sub_process = matches!(element.kind, ElementKind::EventSubProcess(_));
        next = instance.scope.filter(|_| is_event_sub_process);
    }
    scopes
}

/// Begins to undo what has been completed in a scope, or one activity of it; answers whether there is
/// anything to undo.
pub(crate) fn begin(
    ctx: &mut Context<'_>,
    scope: ElementInstanceId,
    thrower: Option<ElementInstanceId>,
    activity: Option<ElementIdx>,
) -> bool {
    let compensation = ctx.instance(scope).compensation.as_ref();
    let completed = compensation.map_or(&[][..], |it| it.completed.as_slice());
    let meant = |it: &&CompletedActivity| activity.is_none_or(|activity| activity == it.element);
    let activities: Vec<CompensationId> = completed.iter().filter(meant).map(|it| it.id).collect();
    if activities.is_empty() {
        return false;
    }
    let id = CompensationId(ctx.next_id());
    ctx.emit(Event::CompensationStarted(CompensationStarted {
        id,
        scope,
        thrower,
        activities,
    }));
    ctx.queue(Work::Compensate { scope, run: id });
    true
}

/// Undoes the next activity of a run, or ends the run.
pub(crate) fn go_on(ctx: &mut Context<'_>, scope: ElementInstanceId, id: CompensationId) {
    let Some(run) = run_of(ctx, scope, id) else {
        return;
    };
    let (next, thrower) = (run.activities.last().map(|it| it.element), run.thrower);
    if !state_transition::is_live(ctx, scope) || is_carried_out(ctx, scope, id) {
        return;
    }
    match next {
        Some(activity) => carry_out(ctx, scope, id, activity),
        None => finish(ctx, (scope, id), thrower),
    }
}

fn run_of<'s>(
    ctx: &'s Context<'_>,
    scope: ElementInstanceId,
    id: CompensationId,
) -> Option<&'s CompensationRun> {
    let compensation = ctx.state().element_instance(scope)?.compensation.as_ref()?;
    compensation.runs.iter().find(|run| run.id == id)
}

fn is_carried_out(ctx: &Context<'_>, scope: ElementInstanceId, id: CompensationId) -> bool {
    let mut inside = ctx.state().element_instances();
    inside.any(|it| it.scope == Some(scope) && it.carries_out().is_some_and(|it| it.run == id))
}

fn carry_out(
    ctx: &mut Context<'_>,
    scope: ElementInstanceId,
    run: CompensationId,
    activity: ElementIdx,
) {
    let handler = ctx.element_at(activity).compensation_handler;
    let element = handler.unwrap_or(activity);
    let is_scope = handler.is_none();
    let id = state_transition::create(ctx, state_transition::New::at(element, Some(scope)));
    ctx.emit(Event::CompensationCarriedOut(CompensationCarriedOut {
        element_instance: id,
        run,
        is_scope,
    }));
    if is_scope {
        open_again(ctx, id);
    } else {
        ctx.queue(Work::Activate { id });
    }
}

/// A scope that has been completed is there again to be undone: it waits for nothing else, and nothing
/// in it is done.
fn open_again(ctx: &mut Context<'_>, id: ElementInstanceId) {
    state_transition::activated(ctx, id);
    if let Some(element) = event_sub_process(ctx.definition, ctx.instance(id).element) {
        ctx.queue(Work::Start {
            scope: id,
            element,
            received: Variables::new(),
        });
        return;
    }
    if !begin(ctx, id, None, None) {
        ctx.queue(Work::Settle { scope: id });
    }
}

/// The event sub-process that undoes a scope, if it has one.
fn event_sub_process(definition: &ProcessDefinition, scope: ElementIdx) -> Option<ElementIdx> {
    let container = definition.container(scope)?;
    let mut all = container.event_sub_processes.iter();
    let undoes = |idx: &&ElementIdx| match &definition.element(**idx).kind {
        ElementKind::EventSubProcess(it) => match &definition.element(it.start).kind {
            ElementKind::StartEvent(start) => start
                .definition
                .as_ref()
                .is_some_and(EventDefinition::is_compensation),
            _ => false,
        },
        _ => false,
    };
    all.find(undoes).copied()
}

fn finish(
    ctx: &mut Context<'_>,
    (scope, id): (ElementInstanceId, CompensationId),
    thrower: Option<ElementInstanceId>,
) {
    ctx.emit(Event::CompensationCompleted { scope, id });
    if let Some(thrower) = thrower.filter(|it| !is_awaited(ctx, *it)) {
        throw::proceed(ctx, thrower);
    }
    ctx.queue(Work::Settle { scope });
}

/// Whether an event waits for something to be undone.
pub(crate) fn is_awaited(ctx: &Context<'_>, thrower: ElementInstanceId) -> bool {
    let mut all = ctx.state().element_instances();
    all.any(|it| {
        let mut runs = it.compensation.iter().flat_map(|it| &it.runs);
        runs.any(|run| run.thrower == Some(thrower))
    })
}

/// Whether an element instance is a scope that has been made again to be undone.
pub(crate) fn is_scope(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let carries_out = ctx.instance(id).carries_out();
    carries_out.is_some_and(|it| it.is_scope)
}

/// The boundary events that an element instance has. A scope that has been made again to be undone
/// has been completed: its events are over. What undoes something in a scope where nothing new begins
/// any more, such as a transaction that is being canceled, has none either: the way out of such an
/// event could not be gone, so an error is caught further out (a hazard, BPMN 2.0, 10.3.5).
pub(crate) fn boundary_events<'a>(ctx: &Context<'a>, id: ElementInstanceId) -> &'a [ElementIdx] {
    let instance = ctx.instance(id);
    let is_open = |scope| state_transition::is_open(ctx, scope);
    let is_out = |it: CarriesOut| it.is_scope || !instance.scope.is_some_and(is_open);
    match instance.carries_out().is_some_and(is_out) {
        true => &[],
        false => &ctx.element(id).boundary_events,
    }
}

/// Keeps an activity that is about to be completed, if it can be undone. What an event has interrupted
/// has not been completed, but an ad-hoc sub-process has whose completion condition holds (BPMN 2.0,
/// 13.3.5); what undoes an activity is not undone itself.
pub(crate) fn register(ctx: &mut Context<'_>, id: ElementInstanceId) {
    let instance = ctx.instance(id);
    let interruption = instance.interruption.as_ref();
    if instance.scope.is_none()
        || interruption.is_some_and(|it| it.by != instance.element)
        || instance.carries_out().is_some()
    {
        return;
    }
    let compensation = instance.compensation.as_ref();
    let has_contents = compensation.is_some_and(|it| !it.completed.is_empty());
    let has_handler = ctx.element(id).compensation_handler.is_some();
    let undoes_itself = event_sub_process(ctx.definition, instance.element).is_some();
    if !has_handler && !has_contents && !undoes_itself {
        return;
    }
    // A handler undoes the whole: what has been done within cannot be reached any more.
    let registered = CompensationRegistered {
        id: CompensationId(ctx.next_id()),
        element_instance: id,
        keeps_contents: !has_handler,
    };
    ctx.emit(Event::CompensationRegistered(registered));
}

/// Whether something within an activity can be undone on its own, or it can be canceled: then all its
/// iterations have to be in one instance.
pub(crate) fn is_within(definition: &ProcessDefinition, activity: ElementIdx) -> bool {
    if matches!(
        definition.element(activity).kind,
        ElementKind::Transaction(_)
    ) {
        return true;
    }
    let mut queue = vec![activity];
    while let Some(idx) = queue.pop() {
        let element = definition.element(idx);
        let has_handler = idx != activity && element.compensation_handler.is_some();
        if has_handler || event_sub_process(definition, idx).is_some() {
            return true;
        }
        queue.extend(&element.contents);
    }
    false
}
