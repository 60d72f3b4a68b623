//! `bpmn:receiveTask`: waits for a message, or starts the process when it comes.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::message;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::ElementKind;
use crate::parse::{Parse, reference};
use crate::xml::Node;

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
    check,
    compile: no_references,
};

/// Whether a receive task starts the process (BPMN 2.0, 10.3.3).
pub(crate) fn instantiates(node: &Node) -> bool {
    let is_set = |it: &str| matches!(it.trim(), "true" | "1");
    node.is_bpmn(TYPE.name) && node.attribute("instantiate").is_some_and(is_set)
}

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let message_ref = node.attribute("messageRef").map(reference);
    let message = if parse.boolean(node, "instantiate", false) {
        message::start_or_catch(parse, node.at(), message_ref)
    } else {
        message::catch(parse, node.at(), message_ref)
    };
    message.map(ElementKind::ReceiveTask).into()
}

/// One that starts the process is the first thing in it: one message makes one token.
fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    if !node.instantiates {
        return;
    }
    if node.scope != Some(0) {
        let found = [(&*node.id).into()];
        check
            .problems
            .report(&code::INSTANTIATION_NOT_HERE, node.at(), &found);
    }
    let is_repeated = node.multi_instance.is_some() || node.standard_loop.is_some();
    if is_repeated || node.quantities.0 != 1 {
        let remedy = (
            "remove the marker and startQuantity, or put a message start event before the task",
            "请删除循环、多实例标记及 startQuantity，或在该任务之前使用消息开始事件",
        );
        let found = ["instantiate".into(), "true".into(), remedy.into()];
        check
            .problems
            .report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
    }
    // After a start event it waits for its message if that has started the process.
    let waits = !node.incoming.is_empty();
    if let Some(ElementKind::ReceiveTask(message)) = &node.kind
        && waits
        && message.correlation_key.is_none()
    {
        let found = [message.name.source().trim_matches('"').into()];
        check
            .problems
            .report(&code::MISSING_CORRELATION_KEY, node.at(), &found);
    }
}
