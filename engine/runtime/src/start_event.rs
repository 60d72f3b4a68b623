//! Start events with a trigger: which messages, signals and timers start a process.

use std::sync::Arc;

use tongban_bpmn::graph::{
    ElementIdx, ElementKind, EventDefinition, Message, ProcessDefinition, Signal, TimerDefinition,
};
use tongban_feel::environment::Environment;
use tongban_feel::expression::Expression;
use tongban_feel::value::Context;

/// What starts a process.
enum Trigger<'p> {
    Message(&'p Message),
    Signal(&'p Signal),
    Timer(&'p TimerDefinition),
}

/// The messages that start a process: name and start event.
pub(crate) fn messages(process: &ProcessDefinition) -> Vec<(Arc<str>, ElementIdx)> {
    let of = |(idx, trigger): (ElementIdx, Trigger<'_>)| match trigger {
        Trigger::Message(message) => Some((constant(&message.name)?, idx)),
        Trigger::Signal(_) | Trigger::Timer(_) => None,
    };
    triggers(process).into_iter().filter_map(of).collect()
}

/// The signals that start a process: name and start event.
pub(crate) fn signals(process: &ProcessDefinition) -> Vec<(Arc<str>, ElementIdx)> {
    let of = |(idx, trigger): (ElementIdx, Trigger<'_>)| match trigger {
        Trigger::Signal(signal) => Some((constant(&signal.name)?, idx)),
        Trigger::Message(_) | Trigger::Timer(_) => None,
    };
    triggers(process).into_iter().filter_map(of).collect()
}

/// The timers that start a process.
pub(crate) fn timers(process: &ProcessDefinition) -> Vec<(ElementIdx, &TimerDefinition)> {
    let of = |(idx, trigger)| match trigger {
        Trigger::Timer(timer) => Some((idx, timer)),
        Trigger::Message(_) | Trigger::Signal(_) => None,
    };
    triggers(process).into_iter().filter_map(of).collect()
}

/// The name of what starts a process, of which there is no variable yet.
fn constant(name: &Expression) -> Option<Arc<str>> {
    let name = name.evaluate(&Context::new(), &Environment::default());
    Some(Arc::from(name.ok()?.as_str()?))
}

/// The start events with a trigger, and the events after a gateway that starts the process. Each of
/// several definitions is enough.
fn triggers(process: &ProcessDefinition) -> Vec<(ElementIdx, Trigger<'_>)> {
    let Some(container) = process.container(ElementIdx::ROOT) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for idx in &container.start_events {
        let definition = match &process.element(*idx).kind {
            ElementKind::StartEvent(start) => start.definition.as_ref(),
            ElementKind::IntermediateCatchEvent(definition) => Some(definition),
            ElementKind::ReceiveTask(message) => {
                found.push((*idx, Trigger::Message(message)));
                None
            }
            _ => None,
        };
        let parts = definition.map(EventDefinition::parts).unwrap_or_default();
        found.extend(parts.iter().filter_map(|it| Some((*idx, of_part(it)?))));
    }
    found
}

fn of_part(definition: &EventDefinition) -> Option<Trigger<'_>> {
    match definition {
        EventDefinition::Message(message) => Some(Trigger::Message(message)),
        EventDefinition::Signal(signal) => Some(Trigger::Signal(signal)),
        EventDefinition::Timer(timer) => Some(Trigger::Timer(timer)),
        EventDefinition::Conditional(_)
        | EventDefinition::Escalation(_)
        | EventDefinition::Error(_)
        | EventDefinition::Compensate(_)
        | EventDefinition::Cancel
        | EventDefinition::Link(_)
        | EventDefinition::Terminate
        | EventDefinition::Multiple(_) => None,
    }
}
