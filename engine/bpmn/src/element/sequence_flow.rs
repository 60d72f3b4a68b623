//! `bpmn:sequenceFlow`.

use std::sync::Arc;

use crate::diagnostic::code;
use crate::extension;
use crate::model::Flow;
use crate::parse::{Parse, reference};
use crate::xml::{Node, Space};

pub(crate) const NAME: &str = "sequenceFlow";

/// Reads a sequence flow; its ends are found when all elements are known.
pub(crate) fn read(parse: &mut Parse<'_>, node: &Node) -> Flow {
    parse.check_attributes(node, &[], &["sourceRef", "targetRef", "isImmediate"]);
    // BPMN 2.0, 8.3.13: only a drawing may leave out what happens in between.
    if !parse.boolean(node, "isImmediate", true) {
        let remedy = ("remove the attribute", "请删除该属性");
        let found = ["isImmediate".into(), "false".into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
    }
    let id = parse.id(node).unwrap_or_else(|| Arc::from(""));
    let name = parse.name(node);
    extension::read(parse, node, &["properties"], &[]);
    check_children(parse, node);
    let source_ref = parse.required(node, node.at(), "sourceRef");
    let target_ref = parse.required(node, node.at(), "targetRef");
    let condition = node.bpmn("conditionExpression").next();
    if let Some(condition) = condition {
        parse.check_language(condition);
    }
    Flow {
        id,
        name,
        place: node.place,
        source_ref: source_ref.map(|it| reference(it).to_owned()),
        target_ref: target_ref.map(|it| reference(it).to_owned()),
        is_conditional: condition.is_some(),
        condition: condition.and_then(|it| parse.feel(node.at(), "conditionExpression", &it.text)),
        source: None,
        target: None,
    }
}

fn check_children(parse: &mut Parse<'_>, node: &Node) {
    let mut conditions = 0;
    for child in node.children.iter().filter(|it| it.space == Space::Bpmn) {
        match child.local.as_str() {
            "conditionExpression" if conditions == 0 => conditions += 1,
            "documentation" | "extensionElements" | "auditing" | "monitoring"
            | "categoryValueRef" => {}
            other => {
                let found = [other.into(), NAME.into()];
                parse.report(&code::UNKNOWN_ELEMENT, node.at(), &found);
            }
        }
    }
}
