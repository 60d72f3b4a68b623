//! What catches an error or an escalation: the nearest event around its thrower.
//!
//! From the thrower outwards, the boundary events of each activity and then the event sub-processes
//! of the scope around it are asked; at each place a matching code comes before an event that
//! catches every code (BPMN 2.0, 10.5.7).

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition};

use crate::behavior::{compensation, state_transition};
use crate::context::Context;
use crate::id::ElementInstanceId;
use crate::state::element_instance::ElementInstance;

/// What has been thrown.
#[derive(Clone, Copy)]
pub(crate) enum Thrown<'a> {
    Error(&'a str),
    Escalation(&'a str),
}

impl Thrown<'_> {
    /// Whether an event catches this, and whether it names the code.
    fn matches(self, definition: &EventDefinition) -> Option<Match> {
        let mut catches_all = None;
        for part in definition.parts() {
            match self.matches_part(part) {
                Some(Match::Code) => return Some(Match::Code),
                Some(Match::All) => catches_all = Some(Match::All),
                None => {}
            }
        }
        catches_all
    }

    fn matches_part(self, definition: &EventDefinition) -> Option<Match> {
        let (own, code) = match (self, definition) {
            (Thrown::Error(code), EventDefinition::Error(error)) => (&error.code, code),
            (Thrown::Escalation(code), EventDefinition::Escalation(it)) => (&it.code, code),
            (
                Thrown::Error(_) | Thrown::Escalation(_),
                EventDefinition::Error(_)
                | EventDefinition::Escalation(_)
                | EventDefinition::Timer(_)
                | EventDefinition::Message(_)
                | EventDefinition::Signal(_)
                | EventDefinition::Conditional(_)
                | EventDefinition::Compensate(_)
                | EventDefinition::Cancel
                | EventDefinition::Link(_)
                | EventDefinition::Terminate
                | EventDefinition::Multiple(_),
            ) => return None,
        };
        match own {
            Some(own) if **own == *code => Some(Match::Code),
            Some(_) => None,
            None => Some(Match::All),
        }
    }
}

enum Match {
    Code,
    All,
}

/// What catches it.
pub(crate) struct Catcher {
    /// The activity of a boundary event, or the scope of an event sub-process.
    pub(crate) owner: ElementInstanceId,
    /// The boundary event, or the start event of the event sub-process.
    pub(crate) element: ElementIdx,
    /// Whether it ends the thrower with what lies around it.
    pub(crate) interrupts: bool,
}

/// The nearest event that catches what an element instance throws.
pub(crate) fn find(
    ctx: &Context<'_>,
    thrower: ElementInstanceId,
    thrown: Thrown<'_>,
) -> Option<Catcher> {
    let mut next = Some(thrower);
    while let Some(id) = next {
        let instance = ctx.instance(id);
        if let Some(catcher) = boundary_event(ctx, instance, thrown) {
            return Some(catcher);
        }
        if let Some(scope) = instance.scope {
            // What handles an event is not its own handler: it would start itself for ever.
            let from = instance.element;
            let catcher = event_sub_process(ctx, ctx.instance(scope), from, thrown);
            if catcher.is_some() {
                return catcher;
            }
        }
        next = instance.scope;
    }
    None
}

fn boundary_event(
    ctx: &Context<'_>,
    instance: &ElementInstance,
    thrown: Thrown<'_>,
) -> Option<Catcher> {
    let events = compensation::boundary_events(ctx, instance.id).iter();
    let events = events.filter_map(|idx| match &ctx.element_at(*idx).kind {
        ElementKind::BoundaryEvent(it) => Some((*idx, &it.definition, it.cancel_activity)),
        _ => None,
    });
    nearest(events, instance.id, thrown)
}

/// A scope that has been interrupted starts no further event sub-process.
fn event_sub_process(
    ctx: &Context<'_>,
    scope: &ElementInstance,
    from: ElementIdx,
    thrown: Thrown<'_>,
) -> Option<Catcher> {
    if !state_transition::is_open(ctx, scope.id) || compensation::is_scope(ctx, scope.id) {
        return None;
    }
    let container = ctx.definition.container(scope.element)?;
    let others = container.event_sub_processes.iter();
    let events = others.filter(|idx| **idx != from).filter_map(|idx| {
        let ElementKind::EventSubProcess(it) = &ctx.element_at(*idx).kind else {
            return None;
        };
        match &ctx.element_at(it.start).kind {
            ElementKind::StartEvent(start) => {
                Some((it.start, start.definition.as_ref()?, it.interrupting))
            }
            _ => None,
        }
    });
    nearest(events, scope.id, thrown)
}

fn nearest<'a>(
    events: impl Iterator<Item = (ElementIdx, &'a EventDefinition, bool)>,
    owner: ElementInstanceId,
    thrown: Thrown<'_>,
) -> Option<Catcher> {
    let mut catches_all = None;
    for (element, definition, interrupts) in events {
        let catcher = Catcher {
            owner,
            element,
            interrupts,
        };
        match thrown.matches(definition) {
            Some(Match::Code) => return Some(catcher),
            Some(Match::All) => catches_all = catches_all.or(Some(catcher)),
            None => {}
        }
    }
    catches_all
}
