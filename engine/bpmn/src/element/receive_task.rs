//! `bpmn:receiveTask`: waits for a message.

use crate::diagnostic::code;
use crate::element::message;
use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::graph::ElementKind;
use crate::parse::{Parse, reference};

pub(crate) static TYPE: ElementType = ElementType {
    name: "receiveTask",
    family: Family::Activity,
    attributes: &[
        "implementation",
        "operationRef",
        "messageRef",
        "instantiate",
    ],
    children: &[],
    extensions: &["ioMapping", "properties"],
    properties: &[],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    if parse.boolean(node, "instantiate", false) {
        let remedy = (
            "use a message start event before the task",
            "请在该任务之前使用消息开始事件",
        );
        let found = ["instantiate".into(), "true".into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
        return Parsed::default();
    }
    let message_ref = node.attribute("messageRef").map(reference);
    let message = message::catch(parse, node.at(), message_ref);
    message.map(ElementKind::ReceiveTask).into()
}
