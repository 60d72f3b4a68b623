//! Events: which definitions each position has (BPMN 2.0, table 10.93), and what they need.

use super::file::{File, Idx};
use super::flow::{self, Flows};
use crate::diagnostic::{Argument, At, Problems, code};

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    let flows = Flows::of(file);
    for event in file.all("Event") {
        let position = Position::of(file, event);
        for definition in flow::definitions(file, event) {
            check_position(problems, file, event, definition, position);
            check_cancel(problems, file, event, definition);
            check_interrupts(problems, file, event, definition);
            check_message(problems, file, event, definition);
        }
        check_none(problems, file, event, position);
        check_shared(problems, file, event);
    }
    check_compensation(problems, file, &flows);
    check_calls(problems, file);
    check_instantiate(problems, file, &flows);
}

/// Findings of the reading about events that must interrupt.
const INTERRUPTS_SAID: &[&str] = &["BPMN-0082", "BPMN-0319", "BPMN-0322"];
/// Findings of the reading about what compensates.
const COMPENSATION_SAID: &[&str] = &["BPMN-0310", "BPMN-0313"];

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    ProcessStart,
    SubProcessStart,
    EventSubProcessStart,
    IntermediateCatch,
    IntermediateThrow,
    Boundary,
    End,
    /// Of a multi-instance; a choreography's events have other rules.
    Elsewhere,
}

impl Position {
    fn of(file: &File<'_>, event: Idx) -> Position {
        let parent = file.at(event).parent;
        let in_choreography =
            parent.is_some_and(|it| file.is(it, "Choreography") || file.is(it, "SubChoreography"));
        if in_choreography {
            return Position::Elsewhere;
        }
        match file.at(event).of.name {
            "StartEvent" => match parent {
                Some(it) if file.is(it, "SubProcess") => {
                    if file.flag(it, "triggeredByEvent") {
                        Position::EventSubProcessStart
                    } else {
                        Position::SubProcessStart
                    }
                }
                _ => Position::ProcessStart,
            },
            "IntermediateCatchEvent" => Position::IntermediateCatch,
            "IntermediateThrowEvent" => Position::IntermediateThrow,
            "BoundaryEvent" => Position::Boundary,
            "EndEvent" => Position::End,
            _ => Position::Elsewhere,
        }
    }

    /// The definitions the standard has here, by their short names.
    fn allowed(self) -> &'static [&'static str] {
        match self {
            Position::ProcessStart => &["message", "timer", "conditional", "signal"],
            Position::SubProcessStart => &[],
            Position::EventSubProcessStart => &[
                "message",
                "timer",
                "escalation",
                "error",
                "compensate",
                "conditional",
                "signal",
            ],
            Position::IntermediateCatch => &["message", "timer", "conditional", "link", "signal"],
            Position::IntermediateThrow => {
                &["message", "escalation", "compensate", "link", "signal"]
            }
            Position::Boundary => &[
                "message",
                "timer",
                "escalation",
                "error",
                "cancel",
                "compensate",
                "conditional",
                "signal",
            ],
            Position::End => &[
                "message",
                "escalation",
                "error",
                "cancel",
                "compensate",
                "signal",
                "terminate",
            ],
            Position::Elsewhere => &[
                "message",
                "timer",
                "escalation",
                "error",
                "cancel",
                "compensate",
                "conditional",
                "link",
                "signal",
                "terminate",
            ],
        }
    }

    fn allows_none(self) -> bool {
        match self {
            Position::ProcessStart
            | Position::SubProcessStart
            | Position::IntermediateThrow
            | Position::End
            | Position::Elsewhere => true,
            Position::EventSubProcessStart | Position::IntermediateCatch | Position::Boundary => {
                false
            }
        }
    }

    fn phrase(self) -> (&'static str, &'static str) {
        match self {
            Position::ProcessStart => ("a start event of a process", "流程的开始事件"),
            Position::SubProcessStart => ("a start event of a sub-process", "子流程的开始事件"),
            Position::EventSubProcessStart => (
                "a start event of an event sub-process",
                "事件子流程的开始事件",
            ),
            Position::IntermediateCatch => ("an intermediate catch event", "中间捕获事件"),
            Position::IntermediateThrow => ("an intermediate throw event", "中间抛出事件"),
            Position::Boundary => ("a boundary event", "边界事件"),
            Position::End => ("an end event", "结束事件"),
            Position::Elsewhere => ("an event", "事件"),
        }
    }
}

/// Where a finding about a definition of an event belongs, as the reading has it.
fn place<'a>(file: &File<'a>, event: Idx, definition: Idx) -> At<'a> {
    let is_own = file.at(definition).parent == Some(event);
    let node = if is_own { definition } else { event };
    At {
        place: file.at(node).node.place,
        element_id: file.place(event).element_id,
    }
}

fn check_position(
    problems: &mut Problems,
    file: &File<'_>,
    event: Idx,
    definition: Idx,
    position: Position,
) {
    let local = file.at(definition).node.local.as_str();
    let short = local.trim_end_matches("EventDefinition");
    if position.allowed().contains(&short) {
        return;
    }
    let at = place(file, event, definition);
    problems.supersede(at.place, &["BPMN-0034"]);
    let mut allowed = position.allowed().join(", ");
    if position.allows_none() {
        let comma = if allowed.is_empty() { "" } else { ", " };
        allowed = format!("none{comma}{allowed}");
    }
    let found = [
        local.into(),
        position.phrase().into(),
        allowed.as_str().into(),
    ];
    problems.report(&code::EVENT_NOT_HERE, at, &found);
}

fn check_none(problems: &mut Problems, file: &File<'_>, event: Idx, position: Position) {
    if position.allows_none() || !flow::definitions(file, event).is_empty() {
        return;
    }
    // A reference that leads to nothing has been reported as such.
    let refers = file.at(event).references.iter();
    if refers.into_iter().any(|it| it.name == "eventDefinitionRef") {
        return;
    }
    let allowed = position.allowed().join(", ");
    let found = [
        file.at(event).node.local.as_str().into(),
        allowed.as_str().into(),
    ];
    problems.report_once(
        &code::MISSING_EVENT_DEFINITION,
        file.at(event).node.at(),
        &found,
    );
}

/// BPMN 2.0, 10.4.6: a transaction is cancelled from within, and caught at its border.
fn check_cancel(problems: &mut Problems, file: &File<'_>, event: Idx, definition: Idx) {
    if !file.is(definition, "CancelEventDefinition") {
        return;
    }
    let (fits, found): (bool, Argument) = if file.is(event, "EndEvent") {
        let scope = file.at(event).parent.map_or("", |it| file.label(it));
        (file.around(event, "Transaction").is_some(), scope.into())
    } else if file.is(event, "BoundaryEvent") {
        let host = file.lead(event, "attachedToRef");
        let name = host.map_or("", |it| file.label(it));
        (
            host.is_some_and(|it| file.is(it, "Transaction")),
            name.into(),
        )
    } else {
        return;
    };
    let at = place(file, event, definition);
    let said = [at.place, file.at(event).node.place]
        .iter()
        .any(|it| problems.has(*it, &["BPMN-0320", "BPMN-0321"]));
    if !fits && !said {
        problems.report(&code::CANCEL_NOT_HERE, at, &[found]);
    }
}

/// Errors, cancellation and compensation always interrupt (BPMN 2.0, table 10.93).
fn check_interrupts(problems: &mut Problems, file: &File<'_>, event: Idx, definition: Idx) {
    let interrupts = file.is(definition, "ErrorEventDefinition")
        || file.is(definition, "CancelEventDefinition")
        || (file.is(definition, "CompensateEventDefinition") && file.is(event, "StartEvent"));
    let attribute = if file.is(event, "BoundaryEvent") {
        "cancelActivity"
    } else {
        "isInterrupting"
    };
    let is_said_not_to = file
        .at(event)
        .node
        .attribute(attribute)
        .is_some_and(|it| matches!(it.trim(), "false" | "0"));
    let at = file.at(event).node.at();
    if interrupts && is_said_not_to && !problems.has(at.place, INTERRUPTS_SAID) {
        let found = [
            file.at(definition).node.local.as_str().into(),
            attribute.into(),
        ];
        problems.report(&code::MUST_INTERRUPT, at, &found);
    }
}

/// BPMN 2.0, 10.4.5: in an executable process an operation carries the message. Our dialect's
/// messages carry variables and need none; one with an item definition is of the other kind.
fn check_message(problems: &mut Problems, file: &File<'_>, event: Idx, definition: Idx) {
    let is_message = file.is(definition, "MessageEventDefinition");
    if !is_message || !file.is_executable(event) {
        return;
    }
    let Some(message) = file.lead(definition, "messageRef") else {
        return;
    };
    let is_typed = file.at(message).node.attribute("itemRef").is_some();
    let references = &file.at(definition).references;
    if is_typed && !references.iter().any(|it| it.name == "operationRef") {
        let at = place(file, event, definition);
        problems.report(
            &code::MESSAGE_WITHOUT_OPERATION,
            at,
            &[file.label(message).into()],
        );
    }
}

/// BPMN 2.0, 10.4.1: what several events share stands directly within `definitions`.
fn check_shared(problems: &mut Problems, file: &File<'_>, event: Idx) {
    for definition in file.leads(event, "eventDefinitionRef") {
        let owner = file.at(definition).parent;
        let is_shared = owner.is_some_and(|it| file.is(it, "Definitions"));
        if !is_shared && file.is(definition, "EventDefinition") {
            let found = [file.label(definition).into()];
            problems.report(&code::DEFINITION_NOT_SHARED, file.place(event), &found);
        }
    }
}

/// BPMN 2.0, 10.6: what compensates is marked so, and stands outside of the normal flow.
fn check_compensation(problems: &mut Problems, file: &File<'_>, flows: &Flows) {
    for association in file.all("Association") {
        let ends = (
            file.lead(association, "sourceRef"),
            file.lead(association, "targetRef"),
        );
        let (Some(source), Some(target)) = ends else {
            continue;
        };
        let throws = file.is(source, "BoundaryEvent")
            && flow::has_definition(file, source, "CompensateEventDefinition");
        let said = problems.has(file.at(source).node.place, COMPENSATION_SAID);
        let is_handler = file.flag(target, "isForCompensation");
        if throws && file.is(target, "Activity") && !is_handler && !said {
            let at = file.place(target);
            problems.report(
                &code::NOT_FOR_COMPENSATION,
                at,
                &[file.label(target).into()],
            );
        }
    }
    for activity in file.all("Activity") {
        let said = problems.has(file.at(activity).node.place, COMPENSATION_SAID);
        if said || !file.flag(activity, "isForCompensation") {
            continue;
        }
        let connected = flows.incoming(activity).iter();
        for flow in connected.chain(flows.outgoing(activity)) {
            let found = [file.label(activity).into(), file.label(*flow).into()];
            problems.report(&code::COMPENSATION_HAS_FLOW, file.place(activity), &found);
        }
    }
}

/// BPMN 2.0, 10.4.2: what is called begins with a start event without a trigger.
fn check_calls(problems: &mut Problems, file: &File<'_>) {
    for call in file.all("CallActivity") {
        let called = file.at(call).node.attribute("calledElement");
        let called = called.and_then(|it| file.find(it));
        let Some(called) = called.filter(|it| file.is(*it, "Process")) else {
            continue;
        };
        let starts: Vec<Idx> = file.children(called, "StartEvent").collect();
        let is_plain = |it: &Idx| flow::definitions(file, *it).is_empty();
        if !starts.is_empty() && !starts.iter().any(is_plain) {
            let found = [file.label(called).into()];
            problems.report(&code::CALLED_WITHOUT_START, file.place(call), &found);
        }
    }
}

/// BPMN 2.0, 10.3.3 and 10.5.6: what starts a process is not led to.
fn check_instantiate(problems: &mut Problems, file: &File<'_>, flows: &Flows) {
    let receivers = file.all("ReceiveTask").chain(file.all("EventBasedGateway"));
    for node in receivers.filter(|it| file.flag(*it, "instantiate")) {
        // From a start event, a receive task may begin all the same.
        let led_to = flows.incoming(node).iter().find(|flow| {
            let source = file.lead(**flow, "sourceRef");
            !source.is_some_and(|it| file.is(node, "ReceiveTask") && file.is(it, "StartEvent"))
        });
        let said = problems.has(file.at(node).node.place, &["BPMN-0355"]);
        if let Some(flow) = led_to.filter(|_| !said) {
            let found = [file.label(node).into(), file.label(*flow).into()];
            problems.report(&code::INSTANTIATE_HAS_FLOW, file.place(node), &found);
        }
    }
}
