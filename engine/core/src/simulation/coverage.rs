//! Which elements random runs have met, of all that there are: each kind, and each thing that an event
//! waits for or throws in each of its positions.

use std::collections::BTreeMap;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, ProcessDefinition};

/// How often each element has begun, by its kind and, of an event, its definition.
pub type Coverage = BTreeMap<(&'static str, &'static str), u64>;

/// Kinds of elements that are no events.
const KINDS: [&str; 21] = [
    "process",
    "subProcess",
    "adHocSubProcess",
    "transaction",
    "eventSubProcess",
    "task",
    "manualTask",
    "userTask",
    "serviceTask",
    "scriptTask",
    "businessRuleTask",
    "sendTask",
    "receiveTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "callActivity",
    "multiInstance",
    "standardLoop",
];
/// The start of an event sub-process, which is another position than that of a process.
const EVENT_SUB_PROCESS_START: &str = "eventSubProcessStart";
/// What stands in which position (BPMN 2.0, table 10.93). A boundary event for compensation never
/// begins: its handler does.
const EVENTS: [(&str, &[&str]); 6] = [
    (
        "startEvent",
        &[
            "none",
            "message",
            "timer",
            "signal",
            "conditional",
            "multiple",
        ],
    ),
    (
        EVENT_SUB_PROCESS_START,
        &[
            "message",
            "timer",
            "signal",
            "conditional",
            "error",
            "escalation",
            "compensate",
            "multiple",
            "parallelMultiple",
        ],
    ),
    (
        "intermediateCatchEvent",
        &[
            "message",
            "timer",
            "signal",
            "conditional",
            "link",
            "multiple",
            "parallelMultiple",
        ],
    ),
    (
        "boundaryEvent",
        &[
            "message",
            "timer",
            "signal",
            "conditional",
            "error",
            "escalation",
            "cancel",
            "multiple",
            "parallelMultiple",
        ],
    ),
    (
        "intermediateThrowEvent",
        &[
            "none",
            "message",
            "signal",
            "escalation",
            "compensate",
            "link",
            "multiple",
        ],
    ),
    (
        "endEvent",
        &[
            "none",
            "message",
            "signal",
            "escalation",
            "error",
            "compensate",
            "cancel",
            "terminate",
            "multiple",
        ],
    ),
];

/// What has not been met.
pub fn missing(coverage: &Coverage) -> Vec<String> {
    let kinds = KINDS.iter().map(|it| (*it, ""));
    let events = EVENTS.iter();
    let events = events.flat_map(|(kind, of)| of.iter().map(move |it| (*kind, *it)));
    let missing = kinds.chain(events).filter(|it| !coverage.contains_key(it));
    missing
        .map(|(kind, of)| format!("{kind} {of}").trim_end().to_owned())
        .collect()
}

/// How many there are.
pub fn count() -> usize {
    KINDS.len() + EVENTS.iter().map(|(_, of)| of.len()).sum::<usize>()
}

/// An element has begun.
pub(super) fn note(coverage: &mut Coverage, definition: &ProcessDefinition, idx: ElementIdx) {
    let element = definition.element(idx);
    let kind = element.kind.name();
    let around = element.scope.map(|it| &definition.element(it).kind);
    let entry = match &element.kind {
        ElementKind::StartEvent(start) => {
            let kind = match around {
                Some(ElementKind::EventSubProcess(_)) => EVENT_SUB_PROCESS_START,
                _ => kind,
            };
            (kind, name(start.definition.as_ref()))
        }
        ElementKind::BoundaryEvent(event) => (kind, name(Some(&event.definition))),
        ElementKind::IntermediateCatchEvent(event) => (kind, name(Some(event))),
        ElementKind::IntermediateThrowEvent(event) | ElementKind::EndEvent(event) => {
            (kind, name(event.as_ref()))
        }
        _ => (kind, ""),
    };
    *coverage.entry(entry).or_default() += 1;
}

fn name(definition: Option<&EventDefinition>) -> &'static str {
    let Some(definition) = definition else {
        return "none";
    };
    match definition {
        EventDefinition::Timer(_) => "timer",
        EventDefinition::Message(_) => "message",
        EventDefinition::Signal(_) => "signal",
        EventDefinition::Conditional(_) => "conditional",
        EventDefinition::Error(_) => "error",
        EventDefinition::Escalation(_) => "escalation",
        EventDefinition::Compensate(_) => "compensate",
        EventDefinition::Cancel => "cancel",
        EventDefinition::Link(_) => "link",
        EventDefinition::Terminate => "terminate",
        EventDefinition::Multiple(it) if it.is_parallel => "parallelMultiple",
        EventDefinition::Multiple(_) => "multiple",
    }
}
