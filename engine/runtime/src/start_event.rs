//! Start events with a trigger: which messages and timers start a process.

use std::sync::Arc;

use tongban_bpmn::graph::{
    ElementIdx, ElementKind, EventDefinition, ProcessDefinition, TimerDefinition,
};
use tongban_feel::environment::Environment;
use tongban_feel::value::Context;

/// The messages that start a process: name and start event.
pub(crate) fn messages(process: &ProcessDefinition) -> Vec<(Arc<str>, ElementIdx)> {
    let of = |(idx, definition): (ElementIdx, &EventDefinition)| match definition {
        EventDefinition::Message(message) => {
            let name = message
                .name
                .evaluate(&Context::new(), &Environment::default())
                .ok()?;
            Some((Arc::from(name.as_str()?), idx))
        }
        EventDefinition::Timer(_) | EventDefinition::Error(_) | EventDefinition::Terminate => None,
    };
    triggers(process).into_iter().filter_map(of).collect()
}

/// The timers that start a process.
pub(crate) fn timers<'p>(process: &'p ProcessDefinition) -> Vec<(ElementIdx, &'p TimerDefinition)> {
    let of = |(idx, definition): (ElementIdx, &'p EventDefinition)| match definition {
        EventDefinition::Timer(timer) => Some((idx, timer)),
        EventDefinition::Message(_) | EventDefinition::Error(_) | EventDefinition::Terminate => {
            None
        }
    };
    triggers(process).into_iter().filter_map(of).collect()
}

fn triggers(process: &ProcessDefinition) -> Vec<(ElementIdx, &EventDefinition)> {
    let Some(container) = process.container(ElementIdx::ROOT) else {
        return Vec::new();
    };
    let trigger = |idx: &ElementIdx| match &process.element(*idx).kind {
        ElementKind::StartEvent(start) => start.definition.as_ref().map(|it| (*idx, it)),
        _ => None,
    };
    container.start_events.iter().filter_map(trigger).collect()
}
