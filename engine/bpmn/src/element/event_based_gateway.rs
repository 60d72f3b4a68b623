//! `bpmn:eventBasedGateway`: waits for the events its flows lead to (BPMN 2.0, 10.6.6).

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::{ElementKind, EventDefinition};
use crate::model::FlowNode;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "eventBasedGateway",
    family: Family::Gateway,
    attributes: &["instantiate", "eventGatewayType"],
    children: &[],
    extensions: &["properties"],
    properties: &[],
    parse,
    check,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    if parse.boolean(node, "instantiate", false) {
        let remedy = (
            "give the process a start event with a trigger for each event",
            "请为每个事件设置带触发的开始事件",
        );
        let found = ["instantiate".into(), "true".into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
        return Parsed::default();
    }
    // Parallel is meant for gateways that start a process; there it waits for all events.
    let kind = node.attribute("eventGatewayType").map(str::trim);
    if let Some(kind) = kind.filter(|it| *it != "Exclusive") {
        let remedy = (
            "remove the attribute, or wait for all events after a parallel gateway",
            "请删除该属性，或在并行网关之后等待所有事件",
        );
        let found = ["eventGatewayType".into(), kind.into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
        return Parsed::default();
    }
    ElementKind::EventBasedGateway.into()
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    let n_flows = node.outgoing.len();
    if n_flows < 2 {
        let found = [(&*node.id).into(), n_flows.into()];
        check
            .problems
            .report(&code::EVENT_GATEWAY_FLOWS, node.at(), &found);
    }
    let mut awaits_by = (false, false);
    for flow_idx in &node.outgoing {
        let Some(target) = check.process.flows[*flow_idx].target else {
            continue;
        };
        check_target(check, node, check.node(target), &mut awaits_by);
    }
    if awaits_by == (true, true) {
        let found = [(&*node.id).into()];
        check
            .problems
            .report(&code::EVENT_GATEWAY_MIXED, node.at(), &found);
    }
}

fn check_target(
    check: &mut Check<'_>,
    node: &FlowNode,
    target: &FlowNode,
    (by_event, by_task): &mut (bool, bool),
) {
    let why = match &target.kind {
        // What is broken has been reported.
        None => return,
        Some(ElementKind::IntermediateCatchEvent(EventDefinition::Link(_))) => {
            Some(("it is the target of a link", "它是链接的目标"))
        }
        Some(ElementKind::IntermediateCatchEvent(definition)) => {
            let mut parts = definition.parts().iter();
            *by_event |= parts.any(|it| matches!(it, EventDefinition::Message(_)));
            None
        }
        Some(ElementKind::ReceiveTask(_)) => {
            *by_task = true;
            if target.multi_instance.is_some() {
                Some(("it is a multi-instance", "它是多实例"))
            } else if !target.boundary_events.is_empty() {
                Some(("it has boundary events", "它有边界事件"))
            } else {
                None
            }
        }
        Some(_) => Some(("it does not wait for an event", "它不等待事件")),
    };
    if let Some(why) = why {
        let found = [(&*node.id).into(), (&*target.id).into(), why.into()];
        check
            .problems
            .report(&code::EVENT_GATEWAY_TARGET, node.at(), &found);
    } else if target.incoming.len() > 1 {
        let found = [(&*node.id).into(), (&*target.id).into()];
        check
            .problems
            .report(&code::EVENT_GATEWAY_SHARED, target.at(), &found);
    }
}
