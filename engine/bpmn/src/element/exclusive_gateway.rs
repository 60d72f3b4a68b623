//! `bpmn:exclusiveGateway`: takes one of its outgoing flows.

use crate::element::diverging;
use crate::element::{ElementType, Family, Links, Parsed, Subject};
use crate::graph::ElementKind;
use crate::model::FlowNode;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "exclusiveGateway",
    family: Family::Gateway,
    attributes: &["default"],
    children: &[],
    extensions: &["properties"],
    properties: &[],
    parse,
    check: diverging::check,
    compile,
};

fn parse(_parse: &mut Parse<'_>, _subject: Subject<'_>) -> Parsed {
    ElementKind::ExclusiveGateway { default: None }.into()
}

fn compile(kind: &mut ElementKind, node: &FlowNode, links: &Links<'_>) {
    if let ElementKind::ExclusiveGateway { default } = kind {
        *default = diverging::default_flow(node, links);
    }
}
