//! `bpmn:inclusiveGateway`: takes every outgoing flow whose condition holds, and joins what can
//! still come.

use crate::element::diverging;
use crate::element::{ElementType, Family, Links, Parsed, Subject};
use crate::graph::{ElementKind, InclusiveGateway};
use crate::model::FlowNode;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "inclusiveGateway",
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
    // What its tokens can still reach is derived when the graph is built.
    ElementKind::InclusiveGateway(InclusiveGateway::default()).into()
}

fn compile(kind: &mut ElementKind, node: &FlowNode, links: &Links<'_>) {
    if let ElementKind::InclusiveGateway(gateway) = kind {
        gateway.default = diverging::default_flow(node, links);
    }
}
