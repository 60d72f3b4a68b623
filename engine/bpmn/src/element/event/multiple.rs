//! Several definitions of one event: one of them is enough, or all are needed
//! (BPMN 2.0, 10.5.5 and table 10.93).

use super::{Position, read_one};
use crate::diagnostic::code;
use crate::extension::Extension;
use crate::graph::EventDefinition;
use crate::graph::event::MultipleDefinition;
use crate::parse::Parse;
use crate::xml::Node;

/// The definitions that may stand beside others, by their short names. All of several can be waited
/// for only if each of them can come at any time: an error or an escalation is caught when it is
/// thrown, or not at all.
fn allowed(position: Position, is_parallel: bool) -> &'static [&'static str] {
    match position {
        Position::ProcessStart if is_parallel => &[],
        Position::EventSubProcessStart { .. } | Position::Boundary { .. } if !is_parallel => &[
            "timer",
            "message",
            "signal",
            "conditional",
            "error",
            "escalation",
        ],
        Position::ProcessStart
        | Position::EventSubProcessStart { .. }
        | Position::IntermediateCatch
        | Position::Boundary { .. } => &["timer", "message", "signal", "conditional"],
        // What is thrown implicitly is one definition.
        Position::SubProcessStart | Position::Implicit => &[],
        Position::IntermediateThrow => &["message", "signal", "escalation", "compensate"],
        Position::End => &[
            "message",
            "signal",
            "escalation",
            "compensate",
            "error",
            "cancel",
            "terminate",
        ],
    }
}

/// Reads all definitions, so that all that is wrong is reported.
pub(super) fn read(
    parse: &mut Parse<'_>,
    event: &Node,
    definitions: &[&Node],
    position: Position,
    extension: &mut Extension,
) -> Option<EventDefinition> {
    let is_parallel = !position.throws() && parse.boolean(event, "parallelMultiple", false);
    let allowed = allowed(position, is_parallel);
    let mut is_complete = check_extension(parse, event, definitions, extension);
    let mut read = Vec::new();
    for definition in definitions {
        let short = definition.local.trim_end_matches("EventDefinition");
        // What is not allowed here at all is reported as such.
        if position.allowed().contains(&short) && !allowed.contains(&short) {
            refuse(parse, event, &definition.local, (position, is_parallel));
            is_complete = false;
            continue;
        }
        let one = read_one(parse, event, definition, position, extension);
        read.extend(one);
    }
    is_complete &= read.len() == definitions.len();
    is_complete &= check_ends(parse, event, &read);
    // What ends the scope comes after what is thrown beside it.
    read.sort_by_key(ends);
    let multiple = MultipleDefinition {
        definitions: read,
        is_parallel,
    };
    is_complete.then(|| EventDefinition::Multiple(Box::new(multiple)))
}

fn refuse(parse: &mut Parse<'_>, event: &Node, what: &str, of: (Position, bool)) {
    let (position, is_parallel) = of;
    let allowed = allowed(position, is_parallel).join(", ");
    let rest = match allowed.as_str() {
        "" => ("none", "无").into(),
        allowed => allowed.into(),
    };
    let found = [what.into(), position.phrase().into(), rest];
    parse.report(&code::NOT_IN_MULTIPLE, event.at(), &found);
}

/// A worker can send one message; which of several its job is for cannot be said.
fn check_extension(
    parse: &mut Parse<'_>,
    event: &Node,
    definitions: &[&Node],
    extension: &Extension,
) -> bool {
    let messages = definitions
        .iter()
        .filter(|it| it.is_bpmn("messageEventDefinition"));
    let has_one_message = messages.count() == 1;
    let mut fits = true;
    for name in ["taskDefinition", "taskHeaders", "publishMessage"] {
        let is_particular = name == "publishMessage" && has_one_message;
        if extension.has(name) && !is_particular {
            let owner = ("an event with several definitions", "含多个定义的事件");
            let found = [name.into(), owner.into(), "ioMapping, properties".into()];
            parse.report(&code::MISPLACED_EXTENSION, event.at(), &found);
            fits = false;
        }
    }
    fits
}

/// Whether a definition ends what is around the event.
fn ends(definition: &EventDefinition) -> bool {
    matches!(
        definition,
        EventDefinition::Error(_) | EventDefinition::Cancel | EventDefinition::Terminate
    )
}

fn check_ends(parse: &mut Parse<'_>, event: &Node, read: &[EventDefinition]) -> bool {
    let is_throwing = event.local == "endEvent";
    let n_ends = read.iter().filter(|it| ends(it)).count();
    let fits = !is_throwing || n_ends <= 1;
    if !fits {
        parse.report(&code::SEVERAL_ENDS, event.at(), &[n_ends.into()]);
    }
    fits
}
