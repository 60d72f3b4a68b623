//! `bpmn:complexGateway`: waits for some of its tokens, and takes in the others later.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::{ElementType, Family, Links, Parsed, Subject, condition, diverging};
use crate::graph::ElementKind;
use crate::graph::complex_gateway::ComplexGateway;
use crate::model::FlowNode;
use crate::parse::Parse;

/// The condition over the tokens that wait.
const CONDITION: &str = "activationCondition";

pub(crate) static TYPE: ElementType = ElementType {
    name: "complexGateway",
    family: Family::Gateway,
    attributes: &["default"],
    children: &[CONDITION],
    extensions: &["properties"],
    properties: &[],
    parse,
    check,
    compile,
};

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let Some(activation_condition) = condition::read(parse, node, node, CONDITION) else {
        return Parsed::default();
    };
    // Default flow and what its tokens can still reach are derived when the graph is built.
    ElementKind::ComplexGateway(Box::new(ComplexGateway {
        activation_condition,
        ..ComplexGateway::default()
    }))
    .into()
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    diverging::check(check, node_idx);
    let node = check.node(node_idx);
    let Some(ElementKind::ComplexGateway(gateway)) = &node.kind else {
        return;
    };
    let n_flows = node.incoming.len();
    if n_flows > 1 && gateway.activation_condition.is_none() {
        let found = [(&*node.id).into(), n_flows.into()];
        check
            .problems
            .report(&code::MISSING_ACTIVATION_CONDITION, node.at(), &found);
    }
}

fn compile(kind: &mut ElementKind, node: &FlowNode, links: &Links<'_>) {
    if let ElementKind::ComplexGateway(gateway) = kind {
        gateway.default = diverging::default_flow(node, links);
    }
}
