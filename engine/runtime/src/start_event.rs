//! Start events with a trigger: which messages, signals and timers start a process.

use std::sync::Arc;

use tongban_bpmn::graph::{
    ElementIdx, ElementKind, EventDefinition, ProcessDefinition, TimerDefinition,
};
use tongban_feel::environment::Environment;
use tongban_feel::expression::Expression;
use tongban_feel::value::Context;

/// The messages that start a process: name and start event.
pub(crate) fn messages(process: &ProcessDefinition) -> Vec<(Arc<str>, ElementIdx)> {
    let of = |(idx, definition): (ElementIdx, &EventDefinition)| match definition {
        EventDefinition::Message(message) => Some((constant(&message.name)?, idx)),
        EventDefinition::Timer(_)
        | EventDefinition::Signal(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Escalation(_)
        | EventDefinition::Error(_)
        | EventDefinition::Compensate(_)
        | EventDefinition::Cancel
        | EventDefinition::Link(_)
        | EventDefinition::Terminate
        | EventDefinition::Multiple(_) => None,
    };
    triggers(process).into_iter().filter_map(of).collect()
}

/// The signals that start a process: name and start event.
pub(crate) fn signals(process: &ProcessDefinition) -> Vec<(Arc<str>, ElementIdx)> {
    let of = |(idx, definition): (ElementIdx, &EventDefinition)| match definition {
        EventDefinition::Signal(signal) => Some((constant(&signal.name)?, idx)),
        EventDefinition::Timer(_)
        | EventDefinition::Message(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Escalation(_)
        | EventDefinition::Error(_)
        | EventDefinition::Compensate(_)
        | EventDefinition::Cancel
        | EventDefinition::Link(_)
        | EventDefinition::Terminate
        | EventDefinition::Multiple(_) => None,
    };
    triggers(process).into_iter().filter_map(of).collect()
}

/// The timers that start a process.
pub(crate) fn timers<'p>(process: &'p ProcessDefinition) -> Vec<(ElementIdx, &'p TimerDefinition)> {
    let of = |(idx, definition): (ElementIdx, &'p EventDefinition)| match definition {
        EventDefinition::Timer(timer) => Some((idx, timer)),
        EventDefinition::Message(_)
        | EventDefinition::Signal(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Escalation(_)
        | EventDefinition::Error(_)
        | EventDefinition::Compensate(_)
        | EventDefinition::Cancel
        | EventDefinition::Link(_)
        | EventDefinition::Terminate
        | EventDefinition::Multiple(_) => None,
    };
    triggers(process).into_iter().filter_map(of).collect()
}

/// The name of what starts a process, of which there is no variable yet.
fn constant(name: &Expression) -> Option<Arc<str>> {
    let name = name.evaluate(&Context::new(), &Environment::default());
    Some(Arc::from(name.ok()?.as_str()?))
}

/// Each of several definitions of a start event is enough to start the process.
fn triggers(process: &ProcessDefinition) -> Vec<(ElementIdx, &EventDefinition)> {
    let Some(container) = process.container(ElementIdx::ROOT) else {
        return Vec::new();
    };
    let trigger = |idx: &ElementIdx| match &process.element(*idx).kind {
        ElementKind::StartEvent(start) => start.definition.as_ref().map(|it| (*idx, it)),
        _ => None,
    };
    let events = container.start_events.iter().filter_map(trigger);
    let parts = events.flat_map(|(idx, it)| it.parts().iter().map(move |part| (idx, part)));
    parts.collect()
}
