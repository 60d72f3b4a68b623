//! Event definitions: what an event waits for or causes, and where each is allowed.

use std::sync::Arc;

use crate::diagnostic::{At, code};
use crate::element::message;
use crate::extension::Extension;
use crate::graph::{
    ErrorDefinition, EscalationDefinition, EventDefinition, Message, Signal, TimerDefinition,
};
use crate::parse::{Parse, reference};
use crate::timer::TimerKind;
use crate::xml::{Node, Space};

mod compensate;
mod conditional;
mod link;
mod multiple;

/// Binds a timer to the deadline of this key.
const DEADLINE: &str = "tongban:deadline";
/// The record whose deadline it is.
const RECORD_ID: &str = "tongban:record-id";
/// What an event that waits may say of itself.
pub(crate) const PROPERTIES: &[&str] = &[DEADLINE, RECORD_ID];

/// The positions of an event, which decide what it may wait for or cause (BPMN 2.0, table 10.93).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    ProcessStart,
    SubProcessStart,
    EventSubProcessStart {
        interrupting: bool,
    },
    IntermediateCatch,
    IntermediateThrow,
    Boundary {
        interrupting: bool,
    },
    End,
    /// What a multi-instance throws by itself (`bpmn:implicitThrowEvent`).
    Implicit,
}

impl Position {
    /// The definitions that can be executed here, by their short names.
    pub(crate) fn allowed(self) -> &'static [&'static str] {
        match self {
            Position::ProcessStart => &["timer", "message", "signal", "conditional"],
            Position::SubProcessStart => &[],
            Position::EventSubProcessStart { .. } => &[
                "timer",
                "message",
                "signal",
                "conditional",
                "error",
                "escalation",
                "compensate",
            ],
            Position::Boundary { .. } => &[
                "timer",
                "message",
                "signal",
                "conditional",
                "error",
                "escalation",
                "compensate",
                "cancel",
            ],
            Position::IntermediateCatch => &["timer", "message", "signal", "conditional", "link"],
            Position::IntermediateThrow => {
                &["message", "signal", "escalation", "compensate", "link"]
            }
            Position::Implicit => &["message", "signal", "escalation"],
            Position::End => &[
                "message",
                "signal",
                "escalation",
                "error",
                "compensate",
                "cancel",
                "terminate",
            ],
        }
    }

    /// Whether an event without a definition is allowed here.
    fn allows_none(self) -> bool {
        match self {
            Position::ProcessStart
            | Position::SubProcessStart
            | Position::IntermediateThrow
            | Position::End => true,
            Position::EventSubProcessStart { .. }
            | Position::IntermediateCatch
            | Position::Boundary { .. }
            | Position::Implicit => false,
        }
    }

    fn throws(self) -> bool {
        matches!(
            self,
            Position::IntermediateThrow | Position::End | Position::Implicit
        )
    }

    /// The kinds of timer that make sense here: a cycle only where the event can fire repeatedly,
    /// a duration only where there is a moment from which it runs.
    fn timers(self) -> &'static [&'static str] {
        match self {
            Position::ProcessStart => &["timeDate", "timeCycle"],
            Position::EventSubProcessStart {
                interrupting: false,
            }
            | Position::Boundary {
                interrupting: false,
            } => &["timeDate", "timeDuration", "timeCycle"],
            Position::SubProcessStart
            | Position::EventSubProcessStart { interrupting: true }
            | Position::IntermediateCatch
            | Position::IntermediateThrow
            | Position::Boundary { interrupting: true }
            | Position::End
            | Position::Implicit => &["timeDate", "timeDuration"],
        }
    }

    fn phrase(self) -> (&'static str, &'static str) {
        match self {
            Position::ProcessStart => ("a start event of a process", "流程的开始事件"),
            Position::SubProcessStart => ("a start event of a sub-process", "子流程的开始事件"),
            Position::EventSubProcessStart { interrupting: true } => (
                "an interrupting start event of an event sub-process",
                "事件子流程的中断开始事件",
            ),
            Position::EventSubProcessStart {
                interrupting: false,
            } => (
                "a non-interrupting start event of an event sub-process",
                "事件子流程的非中断开始事件",
            ),
            Position::IntermediateCatch => ("an intermediate catch event", "中间捕获事件"),
            Position::IntermediateThrow => ("an intermediate throw event", "中间抛出事件"),
            Position::Boundary { interrupting: true } => {
                ("an interrupting boundary event", "中断边界事件")
            }
            Position::Boundary {
                interrupting: false,
            } => ("a non-interrupting boundary event", "非中断边界事件"),
            Position::End => ("an end event", "结束事件"),
            Position::Implicit => ("an event that a multi-instance throws", "多实例抛出的事件"),
        }
    }
}

/// What was read.
#[derive(Debug)]
pub(crate) enum Read {
    /// No definition, and none is needed.
    None,
    /// A complete definition.
    Definition(EventDefinition),
    /// Something has been reported.
    Broken,
}

/// A child of an event that stands for a definition elsewhere in the file.
pub(crate) const REFERENCE: &str = "eventDefinitionRef";

/// Whether a child of an event is an event definition, executable or not, or refers to one.
pub(crate) fn is_definition(local: &str) -> bool {
    local.ends_with("EventDefinition") || local == REFERENCE
}

/// The definitions that an event refers to, by the places of its references; nothing for one that
/// does not exist, which is reported.
fn referenced(parse: &mut Parse<'_>, event: &Node) -> Vec<Option<Arc<Node>>> {
    let references = event.bpmn(REFERENCE);
    references
        .map(|node| {
            let id = reference(&node.text);
            let found = parse.event_definitions.get(id).cloned();
            if found.is_none() {
                parse.report(&code::DANGLING_EVENT_DEFINITION, event.at(), &[id.into()]);
            }
            found
        })
        .collect()
}

/// The definitions of an event in file order, its own and those it refers to.
fn definitions<'n>(event: &'n Node, referenced: &'n [Option<Arc<Node>>]) -> Vec<&'n Node> {
    let mut referenced = referenced.iter();
    let children = event.children.iter();
    let children = children.filter(|it| it.space == Space::Bpmn && is_definition(&it.local));
    children
        .filter_map(|it| match it.local.as_str() {
            REFERENCE => referenced.next()?.as_deref(),
            _ => Some(it),
        })
        .collect()
}

/// Reads the definition of an event.
pub(crate) fn read(
    parse: &mut Parse<'_>,
    node: &Node,
    position: Position,
    extension: &mut Extension,
) -> Read {
    let referenced = referenced(parse, node);
    let definitions = definitions(node, &referenced);
    let allowed = position.allowed().join(", ");
    let is_timer = definitions
        .iter()
        .any(|it| it.is_bpmn("timerEventDefinition"));
    if !is_timer
        && PROPERTIES
            .iter()
            .any(|it| extension.properties.contains_key(*it))
    {
        parse.report(&code::DEADLINE_WITHOUT_TIMER, node.at(), &[]);
    }
    match definitions.as_slice() {
        _ if referenced.contains(&None) => Read::Broken,
        [] if position.allows_none() => {
            reject_job(parse, node, extension);
            Read::None
        }
        [] => {
            let found = [node.local.as_str().into(), allowed.as_str().into()];
            parse.report(&code::MISSING_EVENT_DEFINITION, node.at(), &found);
            Read::Broken
        }
        [definition] => match read_one(parse, node, definition, position, extension) {
            Some(definition) => Read::Definition(definition),
            None => Read::Broken,
        },
        several => match multiple::read(parse, node, several, position, extension) {
            Some(definition) => Read::Definition(definition),
            None => Read::Broken,
        },
    }
}

/// Reads the one definition of an event that a multi-instance throws by itself.
pub(crate) fn read_implicit_event(
    parse: &mut Parse<'_>,
    activity: &Node,
    event: &Node,
) -> Option<EventDefinition> {
    let referenced = referenced(parse, event);
    if referenced.iter().any(Option::is_none) {
        return None;
    }
    let definitions = definitions(event, &referenced);
    let [definition] = definitions.as_slice() else {
        let found = [definitions.len().into()];
        parse.report(&code::COMPLEX_BEHAVIOR, activity.at(), &found);
        return None;
    };
    read_implicit(parse, activity, definition)
}

/// Reads what a multi-instance throws by itself.
pub(crate) fn read_implicit(
    parse: &mut Parse<'_>,
    activity: &Node,
    definition: &Node,
) -> Option<EventDefinition> {
    let mut extension = Extension::default();
    read_one(
        parse,
        activity,
        definition,
        Position::Implicit,
        &mut extension,
    )
}

fn read_one(
    parse: &mut Parse<'_>,
    event: &Node,
    definition: &Node,
    position: Position,
    extension: &mut Extension,
) -> Option<EventDefinition> {
    let at = At {
        place: definition.place,
        element_id: event.id(),
    };
    let short = definition.local.trim_end_matches("EventDefinition");
    if !position.allowed().contains(&short) {
        refuse(parse, definition, at, position);
        return None;
    }
    if short != "message" && definition_count(event) == 1 {
        reject_job(parse, event, extension);
    }
    match short {
        "timer" => match bound(parse, at, position, extension) {
            Bound::No => timer(parse, definition, at, position).map(EventDefinition::Timer),
            Bound::To(bound) => {
                reject_kinds(parse, definition, at);
                Some(EventDefinition::Timer(bound))
            }
            Bound::Broken => None,
        },
        "message" => {
            message(parse, definition, (at, position), extension).map(EventDefinition::Message)
        }
        "signal" => signal(parse, definition, at, position).map(EventDefinition::Signal),
        "error" => error(parse, definition, at, position).map(EventDefinition::Error),
        "escalation" => {
            escalation(parse, definition, at, position).map(EventDefinition::Escalation)
        }
        "conditional" => conditional::read(parse, definition, at).map(EventDefinition::Conditional),
        "compensate" => {
            let read = compensate::read(parse, definition, at, position);
            Some(EventDefinition::Compensate(read))
        }
        "link" => link::read(parse, definition, at).map(EventDefinition::Link),
        "cancel" => {
            check_bare(parse, event, definition);
            Some(EventDefinition::Cancel)
        }
        _ => {
            check_bare(parse, event, definition);
            Some(EventDefinition::Terminate)
        }
    }
}

/// Reports what cannot be waited for or caused at a position.
fn refuse(parse: &mut Parse<'_>, definition: &Node, at: At<'_>, position: Position) {
    let none = position.allows_none().then_some("none");
    let allowed: Vec<&str> = none.iter().chain(position.allowed()).copied().collect();
    let found = [
        definition.local.as_str().into(),
        position.phrase().into(),
        allowed.join(", ").as_str().into(),
    ];
    parse.report(&code::REFUSED_EVENT, at, &found);
}

/// A definition that says nothing but what it is.
fn check_bare(parse: &mut Parse<'_>, event: &Node, definition: &Node) {
    parse.check_attributes(definition, &[], &[]);
    check_children(parse, event, definition, &[]);
    read_nothing(parse, definition);
}

fn message(
    parse: &mut Parse<'_>,
    definition: &Node,
    (at, position): (At<'_>, Position),
    extension: &mut Extension,
) -> Option<Message> {
    parse.check_attributes(definition, &[], &["messageRef"]);
    check_children(parse, definition, definition, &[]);
    read_nothing(parse, definition);
    let message_ref = definition.attribute("messageRef").map(reference);
    match position {
        Position::ProcessStart => message::start(parse, at, message_ref),
        _ if position.throws() => message::throw(parse, at, message_ref, extension),
        _ => message::catch(parse, at, message_ref),
    }
}

/// Reports what interrupts by its nature and is drawn otherwise.
pub(crate) fn check_interrupts(
    parse: &mut Parse<'_>,
    event: &Node,
    definition: &EventDefinition,
    attribute: &str,
) {
    for part in definition.parts() {
        let text = match part {
            EventDefinition::Error(_) => &code::ERROR_MUST_INTERRUPT,
            EventDefinition::Cancel => &code::CANCEL_MUST_INTERRUPT,
            EventDefinition::Compensate(_) if event.local == "startEvent" => {
                &code::COMPENSATION_MUST_INTERRUPT
            }
            EventDefinition::Timer(_)
            | EventDefinition::Message(_)
            | EventDefinition::Signal(_)
            | EventDefinition::Conditional(_)
            | EventDefinition::Escalation(_)
            | EventDefinition::Compensate(_)
            | EventDefinition::Link(_)
            | EventDefinition::Terminate
            | EventDefinition::Multiple(_) => continue,
        };
        parse.report(text, event.at(), &[attribute.into()]);
    }
}

fn definition_count(event: &Node) -> usize {
    let children = event.children.iter();
    let definitions = children.filter(|it| it.space == Space::Bpmn && is_definition(&it.local));
    definitions.count()
}

/// A job and the particulars of publishing belong to a thrown message only.
fn reject_job(parse: &mut Parse<'_>, node: &Node, extension: &Extension) {
    for name in ["taskDefinition", "taskHeaders", "publishMessage"] {
        if extension.has(name) {
            let owner = ("an event that does not throw a message", "不抛出消息的事件");
            let allowed = "ioMapping, properties";
            let found = [name.into(), owner.into(), allowed.into()];
            parse.report(&code::MISPLACED_EXTENSION, node.at(), &found);
        }
    }
}

fn check_children(parse: &mut Parse<'_>, event: &Node, definition: &Node, own: &[&str]) {
    for child in definition
        .children
        .iter()
        .filter(|it| it.space == Space::Bpmn)
    {
        let local = child.local.as_str();
        if !own.contains(&local) && local != "documentation" && local != "extensionElements" {
            super::refused::report(parse, child, event);
        }
    }
}

/// Reads the extensions of a definition that takes none.
fn read_nothing(parse: &mut Parse<'_>, definition: &Node) {
    crate::extension::read(parse, definition, &[], &[]);
}

const TIMERS: [(&str, TimerKind); 3] = [
    ("timeDate", TimerKind::Date),
    ("timeDuration", TimerKind::Duration),
    ("timeCycle", TimerKind::Cycle),
];

/// Whether a timer is bound to a deadline.
enum Bound {
    No,
    To(TimerDefinition),
    Broken,
}

fn bound(parse: &mut Parse<'_>, at: At<'_>, position: Position, extension: &Extension) -> Bound {
    let key = extension.properties.get(DEADLINE);
    let record_id = extension.properties.get(RECORD_ID);
    let (key, record_id) = match (key, record_id) {
        (None, None) => return Bound::No,
        (Some(key), Some(record_id)) => (key.trim(), record_id),
        (Some(_), None) | (None, Some(_)) => {
            let found = if key.is_some() { DEADLINE } else { RECORD_ID };
            parse.report(&code::INCOMPLETE_DEADLINE, at, &[found.into()]);
            return Bound::Broken;
        }
    };
    if position == Position::ProcessStart {
        let allowed = position.timers().join(", ");
        let found = [
            DEADLINE.into(),
            position.phrase().into(),
            allowed.as_str().into(),
        ];
        parse.report(&code::TIMER_KIND_NOT_HERE, at, &found);
        return Bound::Broken;
    }
    if key.is_empty() || key.starts_with('=') {
        parse.report(&code::DEADLINE_NOT_STATIC, at, &[key.into()]);
        return Bound::Broken;
    }
    match parse.text_or_feel(at, RECORD_ID, record_id) {
        Some(record_id) => Bound::To(TimerDefinition::Deadline {
            key: key.into(),
            record_id,
        }),
        None => Bound::Broken,
    }
}

/// The deadline owns the date: a second one beside it would be passed over.
fn reject_kinds(parse: &mut Parse<'_>, definition: &Node, at: At<'_>) {
    parse.check_attributes(definition, &[], &[]);
    for child in &definition.children {
        if let Some((name, _)) = TIMERS.iter().find(|(name, _)| child.is_bpmn(name)) {
            parse.report(&code::DEADLINE_AND_TIMER, at, &[(*name).into()]);
        }
    }
    check_children(
        parse,
        definition,
        definition,
        &["timeDate", "timeDuration", "timeCycle"],
    );
    read_nothing(parse, definition);
}

fn timer(
    parse: &mut Parse<'_>,
    definition: &Node,
    at: At<'_>,
    position: Position,
) -> Option<TimerDefinition> {
    parse.check_attributes(definition, &[], &[]);
    for child in definition
        .children
        .iter()
        .filter(|it| it.space == Space::Bpmn)
    {
        let known = TIMERS.iter().any(|(name, _)| child.is_bpmn(name));
        if !known && !child.is_bpmn("documentation") && !child.is_bpmn("extensionElements") {
            super::refused::report(parse, child, definition);
        }
    }
    let given: Vec<(&Node, &str, TimerKind)> = definition
        .children
        .iter()
        .filter_map(|child| {
            let (name, kind) = TIMERS.iter().find(|(name, _)| child.is_bpmn(name))?;
            Some((child, *name, *kind))
        })
        .collect();
    let [(node, name, kind)] = given.as_slice() else {
        parse.report(&code::TIMER_KINDS, at, &[given.len().into()]);
        return None;
    };
    parse.check_language(node);
    // An event that occurs once occurs when the cycle begins.
    let occurs_once = *kind == TimerKind::Cycle && position != Position::ProcessStart;
    if !position.timers().contains(name) && occurs_once {
        parse.report(&code::CYCLE_ONCE, at, &[position.phrase().into()]);
    } else if !position.timers().contains(name) {
        let allowed = position.timers().join(", ");
        let found = [
            (*name).into(),
            position.phrase().into(),
            allowed.as_str().into(),
        ];
        parse.report(&code::TIMER_KIND_NOT_HERE, at, &found);
        return None;
    }
    let expression = parse.timer_or_feel(at, name, &node.text, *kind)?;
    Some(match kind {
        TimerKind::Date => TimerDefinition::Date(expression),
        TimerKind::Duration => TimerDefinition::Duration(expression),
        TimerKind::Cycle => TimerDefinition::Cycle(expression),
    })
}

fn signal(
    parse: &mut Parse<'_>,
    definition: &Node,
    at: At<'_>,
    position: Position,
) -> Option<Signal> {
    parse.check_attributes(definition, &[], &["signalRef"]);
    check_children(parse, definition, definition, &[]);
    read_nothing(parse, definition);
    let signal_ref = definition.attribute("signalRef").map(reference);
    let Some(declaration) = signal_ref.and_then(|it| parse.signals.get(it)) else {
        let found = signal_ref.map_or(("none", "无").into(), Into::into);
        parse.report(&code::MISSING_SIGNAL, at, &[found]);
        return None;
    };
    let (id, name, is_dynamic) = (
        declaration.id.clone(),
        declaration.name.clone(),
        declaration.is_dynamic(),
    );
    let Some(name_text) = declaration.name_text.clone() else {
        parse.report(&code::SIGNAL_WITHOUT_NAME, at, &[id.as_str().into()]);
        return None;
    };
    if position == Position::ProcessStart && is_dynamic {
        parse.report(&code::START_SIGNAL_NOT_STATIC, at, &[(&*name_text).into()]);
        return None;
    }
    Some(Signal { name: name? })
}

fn error(
    parse: &mut Parse<'_>,
    definition: &Node,
    at: At<'_>,
    position: Position,
) -> Option<ErrorDefinition> {
    parse.check_attributes(definition, &[], &["errorRef"]);
    check_children(parse, definition, definition, &[]);
    read_nothing(parse, definition);
    let Some(id) = definition
        .attribute("errorRef")
        .map(reference)
        .filter(|it| !it.is_empty())
    else {
        if position.throws() {
            parse.report(&code::MISSING_ERROR, at, &[("none", "无").into()]);
            return None;
        }
        return Some(ErrorDefinition { code: None });
    };
    let Some(declaration) = parse.errors.get(id) else {
        parse.report(&code::MISSING_ERROR, at, &[id.into()]);
        return None;
    };
    let code = declaration.code.clone();
    if code.is_none() {
        let id = declaration.id.clone();
        parse.report(&code::ERROR_WITHOUT_CODE, at, &[id.as_str().into()]);
        return None;
    }
    Some(ErrorDefinition { code })
}

fn escalation(
    parse: &mut Parse<'_>,
    definition: &Node,
    at: At<'_>,
    position: Position,
) -> Option<EscalationDefinition> {
    parse.check_attributes(definition, &[], &["escalationRef"]);
    check_children(parse, definition, definition, &[]);
    read_nothing(parse, definition);
    let escalation_ref = definition.attribute("escalationRef").map(reference);
    let Some(id) = escalation_ref.filter(|it| !it.is_empty()) else {
        if position.throws() {
            parse.report(&code::MISSING_ESCALATION, at, &[("none", "无").into()]);
            return None;
        }
        return Some(EscalationDefinition { code: None });
    };
    let Some(declaration) = parse.escalations.get(id) else {
        parse.report(&code::MISSING_ESCALATION, at, &[id.into()]);
        return None;
    };
    let code = declaration.code.clone();
    if code.is_none() {
        let id = declaration.id.clone();
        parse.report(&code::ESCALATION_WITHOUT_CODE, at, &[id.as_str().into()]);
        return None;
    }
    Some(EscalationDefinition { code })
}
