//! Collaborations and conversations: participants, message flows, correlation (BPMN 2.0, 9).

use std::collections::BTreeMap;

use super::file::{File, Idx};
use super::flow;
use crate::diagnostic::{Argument, Problems, code};

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    let pools: BTreeMap<Idx, Idx> = file
        .all("Participant")
        .filter_map(|it| Some((file.lead(it, "processRef")?, it)))
        .collect();
    for message_flow in file.all("MessageFlow") {
        check_pools(problems, file, &pools, message_flow);
        check_end(problems, file, message_flow, "sourceRef");
        check_end(problems, file, message_flow, "targetRef");
    }
    for multiplicity in file.all("ParticipantMultiplicity") {
        check_multiplicity(problems, file, multiplicity);
    }
    for conversation in file.all("GlobalConversation") {
        check_global(problems, file, conversation);
    }
    for subscription in file.all("CorrelationSubscription") {
        check_subscription(problems, file, subscription);
    }
}

/// The participant something belongs to: itself, or the one whose process it is in.
fn pool(file: &File<'_>, pools: &BTreeMap<Idx, Idx>, idx: Idx) -> Option<Idx> {
    if file.is(idx, "Participant") {
        return Some(idx);
    }
    pools.get(&file.around(idx, "Process")?).copied()
}

/// BPMN 2.0, 9.3: a message goes from one participant to another.
fn check_pools(
    problems: &mut Problems,
    file: &File<'_>,
    pools: &BTreeMap<Idx, Idx>,
    message_flow: Idx,
) {
    let ends = (
        file.lead(message_flow, "sourceRef"),
        file.lead(message_flow, "targetRef"),
    );
    let (Some(source), Some(target)) = ends else {
        return;
    };
    let process = |idx: Idx| file.around(idx, "Process");
    let one_process = process(source).is_some() && process(source) == process(target);
    let (from, to) = (pool(file, pools, source), pool(file, pools, target));
    let one_pool = from.is_some() && from == to;
    if source == target || one_process || one_pool {
        let found = [file.label(message_flow).into()];
        problems.report(
            &code::MESSAGE_FLOW_WITHIN_POOL,
            file.place(message_flow),
            &found,
        );
    }
}

/// BPMN 2.0, 10.4: an event that a message flow leaves throws a message, one that it reaches catches
/// one.
fn check_end(problems: &mut Problems, file: &File<'_>, message_flow: Idx, name: &str) {
    let leaves = name == "sourceRef";
    let Some(end) = file.lead(message_flow, name) else {
        return;
    };
    if !file.is(end, "Event") {
        let wrong = if leaves { "ReceiveTask" } else { "SendTask" };
        if !file.is(end, wrong) {
            return;
        }
    }
    let wanted = if leaves { "ThrowEvent" } else { "CatchEvent" };
    let has_message = flow::has_definition(file, end, "MessageEventDefinition")
        // What a reference that leads nowhere meant, nobody knows.
        || file.at(end).references.iter().any(|it| it.name == "eventDefinitionRef" && it.found.is_none());
    if file.is(end, wanted) && has_message {
        return;
    }
    let verb: Argument = if leaves {
        ("leave", "从此处流出：").into()
    } else {
        ("lead to", "流入：").into()
    };
    let label = format!("{} {}", file.at(end).node.local, file.label(end));
    let found = [verb, label.as_str().into()];
    problems.report(&code::MESSAGE_FLOW_END, file.place(message_flow), &found);
}

fn check_multiplicity(problems: &mut Problems, file: &File<'_>, multiplicity: Idx) {
    let number = |name: &str, default: i64| {
        let value = file.at(multiplicity).node.attribute(name).map(str::trim);
        value.map_or(Some(default), |it| it.parse::<i64>().ok())
    };
    let (Some(minimum), Some(maximum)) = (number("minimum", 0), number("maximum", 1)) else {
        return;
    };
    if minimum < 0 || maximum < 1 || maximum < minimum {
        let (minimum, maximum) = (minimum.to_string(), maximum.to_string());
        let found = [minimum.as_str().into(), maximum.as_str().into()];
        problems.report(
            &code::INVALID_MULTIPLICITY,
            file.place(multiplicity),
            &found,
        );
    }
}

/// BPMN 2.0, 9.5.6: a global conversation is an interaction without a picture of its parts.
fn check_global(problems: &mut Problems, file: &File<'_>, conversation: Idx) {
    let nodes = file.children(conversation, "ConversationNode");
    let links = file.children(conversation, "ConversationLink");
    for child in nodes.chain(links) {
        let found = [file.at(child).node.local.as_str().into()];
        problems.report(&code::GLOBAL_CONVERSATION, file.place(child), &found);
    }
    let references = &file.at(conversation).references;
    if references.iter().any(|it| it.name == "choreographyRef") {
        let found = ["choreographyRef".into()];
        problems.report(&code::GLOBAL_CONVERSATION, file.place(conversation), &found);
    }
}

/// BPMN 2.0, 8.3.2: a subscription binds the properties of its key.
fn check_subscription(problems: &mut Problems, file: &File<'_>, subscription: Idx) {
    let Some(key) = file.lead(subscription, "correlationKeyRef") else {
        return;
    };
    let properties: Vec<Idx> = file.leads(key, "correlationPropertyRef").collect();
    for binding in file.named(subscription, "correlationPropertyBinding") {
        let Some(property) = file.lead(binding, "correlationPropertyRef") else {
            continue;
        };
        if !properties.contains(&property) {
            let found = [file.label(property).into(), file.label(key).into()];
            problems.report(&code::FOREIGN_PROPERTY, file.place(binding), &found);
        }
    }
}
