//! `bpmn:exclusiveGateway`: takes one of its outgoing flows.

use crate::check::Check;
use crate::diagnostic::code;
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
    check,
    compile,
};

fn parse(_parse: &mut Parse<'_>, _subject: Subject<'_>) -> Parsed {
    ElementKind::ExclusiveGateway { default: None }.into()
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    check.needs_outgoing(node_idx);
    let node = check.node(node_idx);
    let default = node.default.as_deref();
    let leaves = |id: &str| {
        node.outgoing
            .iter()
            .any(|it| &*check.process.flows[*it].id == id)
    };
    if let Some(default) = default.filter(|it| !leaves(it)) {
        let found = [default.into(), (&*node.id).into()];
        check
            .problems
            .report(&code::INVALID_DEFAULT, node.at(), &found);
    }
    for flow_idx in &node.outgoing {
        let flow = &check.process.flows[*flow_idx];
        let is_default = default == Some(&*flow.id);
        if is_default && flow.is_conditional {
            check
                .problems
                .report(&code::DEFAULT_WITH_CONDITION, flow.at(), &[]);
        }
        // A gateway with a single way out only joins.
        if !is_default && !flow.is_conditional && node.outgoing.len() > 1 {
            check
                .problems
                .report(&code::MISSING_CONDITION, flow.at(), &[(&*node.id).into()]);
        }
    }
}

fn compile(kind: &mut ElementKind, node: &FlowNode, links: &Links<'_>) {
    if let ElementKind::ExclusiveGateway { default } = kind {
        *default = node
            .default
            .as_deref()
            .and_then(|it| links.flows.get(it))
            .copied();
    }
}
