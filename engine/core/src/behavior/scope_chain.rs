//! The chain of scope instances down to an element, built without running what they start with.
//!
//! Modification and every other start at an arbitrary place share it. Start from [`build`].

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventSubProcess};

use crate::behavior::{event_subscription, state_transition, variable_mapping};
use crate::command::modification::ScopeVariables;
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::modification::ModificationRefusal as Refusal;
use crate::state::element_instance::{ElementInstance, Phase};

/// From where the chain goes down.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    /// From the process: where one instance of a scope runs it is taken.
    Process,
    /// From this instance or the nearest around it that is of a scope around the element; below it
    /// as from the process.
    Near(ElementInstanceId),
    /// From this instance, which is of a scope around the element; everything below it is made.
    New(ElementInstanceId),
}

/// What building a chain needs to know.
pub(crate) struct Request<'a> {
    /// The element that is to start.
    pub(crate) element: ElementIdx,
    /// From where.
    pub(crate) anchor: Anchor,
    /// Set in scopes that are made.
    pub(crate) variables: &'a [ScopeVariables],
    /// Instances that are being ended.
    pub(crate) leaving: &'a [ElementInstanceId],
}

/// The scope instance in which the element starts, and the scopes that were made for it.
pub(crate) struct Chain {
    pub(crate) scope: ElementInstanceId,
    pub(crate) made: Vec<ElementInstanceId>,
}

/// Finds or makes the scope instances around an element, from the outside in.
pub(crate) fn build(ctx: &mut Context<'_>, request: &Request<'_>) -> Result<Chain, Refusal> {
    let levels = scopes_around(ctx, request.element);
    let root = ctx.state().root().map(|it| it.id);
    let root = root.expect("a running instance has its process");
    let (mut scope, below) = match request.anchor {
        Anchor::Process => (root, 1),
        Anchor::Near(id) => nearest(ctx, &levels, id).unwrap_or((root, 1)),
        Anchor::New(id) => {
            let position = position(ctx, &levels, id).filter(|_| !is_leaving(ctx, request, id));
            let position = position.ok_or_else(|| Refusal::ScopeNotAround {
                element: ctx.element_at(request.element).id.clone(),
                found: id,
            })?;
            (id, position + 1)
        }
    };
    let mut made = Vec::new();
    let mut makes_all = matches!(request.anchor, Anchor::New(_));
    for level in levels.iter().skip(below) {
        let found = if makes_all && !is_iteration(ctx, *level) {
            None
        } else {
            running(ctx, request, scope, *level)?
        };
        scope = match found {
            Some(found) => found,
            None => {
                check_open(ctx, scope)?;
                makes_all = true;
                let new = make(ctx, scope, *level, request.variables)?;
                made.push(new);
                new
            }
        };
    }
    check_open(ctx, scope)?;
    Ok(Chain { scope, made })
}

/// The scopes around an element, the process first.
fn scopes_around(ctx: &Context<'_>, element: ElementIdx) -> Vec<ElementIdx> {
    let mut levels = Vec::new();
    let mut next = ctx.element_at(element).scope;
    while let Some(scope) = next {
        levels.push(scope);
        next = ctx.element_at(scope).scope;
    }
    levels.reverse();
    levels
}

fn position(ctx: &Context<'_>, levels: &[ElementIdx], id: ElementInstanceId) -> Option<usize> {
    let element = ctx.state().element_instance(id)?.element;
    levels.iter().position(|it| *it == element)
}

/// The instance itself or the nearest around it that is of one of the levels, and where to go on.
fn nearest(
    ctx: &Context<'_>,
    levels: &[ElementIdx],
    id: ElementInstanceId,
) -> Option<(ElementInstanceId, usize)> {
    let mut next = Some(id);
    while let Some(id) = next {
        if let Some(position) = position(ctx, levels, id) {
            return Some((id, position + 1));
        }
        next = ctx.state().element_instance(id)?.scope;
    }
    None
}

/// Whether an instance, or one around it, is being ended.
fn is_leaving(ctx: &Context<'_>, request: &Request<'_>, id: ElementInstanceId) -> bool {
    let mut next = Some(id);
    while let Some(id) = next {
        if request.leaving.contains(&id) {
            return true;
        }
        next = ctx.state().element_instance(id).and_then(|it| it.scope);
    }
    false
}

/// The one instance of a scope that runs directly within another.
fn running(
    ctx: &Context<'_>,
    request: &Request<'_>,
    around: ElementInstanceId,
    level: ElementIdx,
) -> Result<Option<ElementInstanceId>, Refusal> {
    let is_here = |it: &&ElementInstance| {
        it.scope == Some(around)
            && it.element == level
            && it.phase != Phase::Terminating
            && !request.leaving.contains(&it.id)
            && it.carries_out().is_none()
    };
    let found: Vec<ElementInstanceId> = ctx
        .state()
        .element_instances()
        .filter(is_here)
        .map(|it| it.id)
        .collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(Refusal::ScopeAmbiguous {
            scope: ctx.element_at(level).id.clone(),
            candidates: found,
        }),
    }
}

fn check_open(ctx: &Context<'_>, scope: ElementInstanceId) -> Result<(), Refusal> {
    if state_transition::is_live(ctx, scope) && state_transition::is_open(ctx, scope) {
        return Ok(());
    }
    Err(Refusal::ScopeClosed { scope })
}

/// Whether a scope is the activity of a multi-instance.
fn is_iteration(ctx: &Context<'_>, level: ElementIdx) -> bool {
    let around = ctx.element_at(level).scope.map(|it| ctx.element_at(it));
    around.is_some_and(|it| is_body(&it.kind))
}

/// Whether an element carries its one activity out several times.
fn is_body(kind: &ElementKind) -> bool {
    matches!(
        kind,
        ElementKind::MultiInstance(_) | ElementKind::StandardLoop(_)
    )
}

/// Makes a scope instance that waits beside its contents and has none yet.
fn make(
    ctx: &mut Context<'_>,
    around: ElementInstanceId,
    level: ElementIdx,
    variables: &[ScopeVariables],
) -> Result<ElementInstanceId, Refusal> {
    let element = ctx.element_at(level);
    let id = || element.id.clone();
    match &element.kind {
        kind if is_body(kind) => return Err(Refusal::MultiInstance { element: id() }),
        _ if is_iteration(ctx, level) => return Err(Refusal::MultiInstance { element: id() }),
        ElementKind::EventSubProcess(EventSubProcess {
            interrupting: true, ..
        }) => return Err(Refusal::InterruptingScope { element: id() }),
        _ => {}
    }
    let made = state_transition::create(ctx, state_transition::New::at(level, Some(around)));
    set_variables(ctx, made, &element.id, variables)?;
    let outcome = variable_mapping::apply_inputs(ctx, made)
        .and_then(|()| event_subscription::prepare(ctx, made));
    let subscriptions = outcome.map_err(|failure| Refusal::ScopeFailed {
        element: id(),
        message: failure.message.into(),
    })?;
    event_subscription::open(ctx, made, subscriptions);
    state_transition::activated(ctx, made);
    if matches!(element.kind, ElementKind::AdHocSubProcess(_)) {
        // Nothing is chosen in it yet.
        let activities = Vec::new();
        ctx.emit(Event::ActivitiesChosen {
            id: made,
            activities,
        });
    }
    Ok(made)
}

/// Sets the variables that are given for a new element instance.
pub(crate) fn set_variables(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    element_id: &str,
    variables: &[ScopeVariables],
) -> Result<(), Refusal> {
    let given = variables.iter();
    let given = given.filter(|it| it.scope.as_deref() == Some(element_id));
    for of_scope in given.filter(|it| !it.variables.is_empty()) {
        let variables = variable_mapping::fit(ctx, id, of_scope.variables.clone());
        let variables = variables.map_err(Refusal::DataMismatch)?;
        ctx.emit(Event::VariablesSet {
            scope: id,
            variables,
        });
    }
    Ok(())
}
