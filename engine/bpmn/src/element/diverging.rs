//! Gateways that choose among their outgoing flows by conditions, with one taken if none holds.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::Links;
use crate::graph::FlowIdx;
use crate::model::FlowNode;

/// Checks conditions and default of a gateway that leads somewhere.
pub(crate) fn check(check: &mut Check<'_>, node_idx: usize) {
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

/// The default flow as it is numbered in the graph.
pub(crate) fn default_flow(node: &FlowNode, links: &Links<'_>) -> Option<FlowIdx> {
    let default = node.default.as_deref()?;
    links.flows.get(default).copied()
}
