//! `bpmn:sendTask`: publishes a message, or lets a worker send it.

use crate::diagnostic::code;
use crate::element::message;
use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::graph::{ElementKind, SendTask};
use crate::parse::{Parse, reference};

pub(crate) static TYPE: ElementType = ElementType {
    name: "sendTask",
    family: Family::Activity,
    // `operationRef` names a web service; what is called is the job type.
    attributes: &["implementation", "operationRef", "messageRef"],
    children: &[],
    extensions: &[
        "taskDefinition",
        "taskHeaders",
        "publishMessage",
        "ioMapping",
        "properties",
    ],
    properties: &[],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let message_ref = node.attribute("messageRef").map(reference);
    let message_ref = message_ref.filter(|it| !it.is_empty());
    if message_ref.is_none() && !subject.extension.has("taskDefinition") {
        let found = ["sendTask".into(), "messageRef, zeebe:taskDefinition".into()];
        parse.report(&code::MISSING_IMPLEMENTATION, node.at(), &found);
        return Parsed::default();
    }
    let message = message::throw(parse, node.at(), message_ref, &mut subject.extension);
    let task = message.map(|mut message| match message.job.take() {
        Some(job) => SendTask::Job(job),
        None => SendTask::Message(message),
    });
    task.map(ElementKind::SendTask).into()
}
