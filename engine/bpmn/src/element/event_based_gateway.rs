//! `bpmn:eventBasedGateway`: waits for the events its flows lead to (BPMN 2.0, 10.6.6).

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::{ElementKind, EventBasedGateway, EventDefinition, Instantiation, Message};
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
    let starts = parse.boolean(node, "instantiate", false);
    let instantiates = match node.attribute("eventGatewayType").map(str::trim) {
        None | Some("Exclusive") => starts.then_some(Instantiation::Exclusive),
        Some("Parallel") if starts => Some(Instantiation::Parallel),
        // BPMN 2.0, 10.6.6: only a gateway that starts the process may wait for all its events.
        Some("Parallel") => {
            let remedy = (
                "set instantiate=\"true\", or wait for all events after a parallel gateway",
                "请设置 instantiate=\"true\"，或在并行网关之后等待所有事件",
            );
            let found = ["eventGatewayType".into(), "Parallel".into(), remedy.into()];
            parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
            return Parsed::default();
        }
        Some(other) => {
            let expected = ("Exclusive or Parallel", " Exclusive 或 Parallel");
            let found = ["eventGatewayType".into(), other.into(), expected.into()];
            parse.report(&code::INVALID_ATTRIBUTE, node.at(), &found);
            return Parsed::default();
        }
    };
    ElementKind::EventBasedGateway(EventBasedGateway { instantiates }).into()
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
    if let Some(ElementKind::EventBasedGateway(gateway)) = &node.kind
        && let Some(how) = gateway.instantiates
    {
        check_instantiation(check, node, how);
    }
}

/// BPMN 2.0, 10.6.6: nothing leads to a gateway that starts the process. What arrives must be known
/// before there is an instance.
fn check_instantiation(check: &mut Check<'_>, node: &FlowNode, how: Instantiation) {
    for flow_idx in &node.incoming {
        let flow = &check.process.flows[*flow_idx];
        let found = [(&*node.id).into(), (&*flow.id).into()];
        check
            .problems
            .report(&code::INSTANTIATION_INCOMING, node.at(), &found);
    }
    if node.scope != Some(0) {
        let found = [(&*node.id).into()];
        check
            .problems
            .report(&code::INSTANTIATION_NOT_HERE, node.at(), &found);
    }
    for flow_idx in &node.outgoing {
        let Some(target) = check.process.flows[*flow_idx].target else {
            continue;
        };
        let target = check.node(target);
        let Some(why) = target.kind.as_ref().and_then(|it| cannot_start(it, how)) else {
            continue;
        };
        let found = [(&*node.id).into(), (&*target.id).into(), why.into()];
        check
            .problems
            .report(&code::INSTANTIATION_EVENT, target.at(), &found);
    }
}

/// Why an event cannot start a process.
fn cannot_start(kind: &ElementKind, how: Instantiation) -> Option<(&'static str, &'static str)> {
    const DYNAMIC: (&str, &str) = ("its name is computed", "其名称需要计算");
    let of_message = |it: &Message| it.name.as_constant().is_none().then_some(DYNAMIC);
    match kind {
        ElementKind::ReceiveTask(message) => of_message(message),
        ElementKind::IntermediateCatchEvent(EventDefinition::Message(message)) => {
            of_message(message)
        }
        ElementKind::IntermediateCatchEvent(EventDefinition::Signal(signal)) => match how {
            Instantiation::Exclusive => signal.name.as_constant().is_none().then_some(DYNAMIC),
            // All events of a parallel gateway belong to one conversation.
            Instantiation::Parallel => Some(("it waits for a signal", "它等待信号")),
        },
        ElementKind::IntermediateCatchEvent(EventDefinition::Timer(_)) => {
            Some(("it waits for a timer", "它等待定时器"))
        }
        ElementKind::IntermediateCatchEvent(_) => Some((
            "it waits for something else than one message or signal",
            "它等待的不是单个消息或信号",
        )),
        // Anything else has been reported as what cannot decide a gateway.
        _ => None,
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
            } else if target.standard_loop.is_some() {
                Some(("it is a loop", "它是循环"))
            } else if target.quantities.0 != 1 {
                Some(("it takes several tokens", "它需要多个令牌"))
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
