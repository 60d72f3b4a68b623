//! Sequence flows and gateways: what leads where within a scope (BPMN 2.0, 8.3.13, 10.4 and 10.5).

use std::collections::{BTreeMap, BTreeSet};

use super::file::{File, Idx};
use crate::diagnostic::{Problems, code};

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    let flows = Flows::of(file);
    for scope in scopes(file) {
        check_ends(problems, file, scope);
        check_connected(problems, file, &flows, scope);
        check_named(problems, file, &flows, scope);
    }
    for idx in file.all("SequenceFlow") {
        check_border(problems, file, idx);
        check_immediate(problems, file, idx);
        check_condition(problems, file, &flows, idx);
    }
    for idx in file.all("Gateway") {
        check_gateway(problems, file, &flows, idx);
    }
    for idx in file.all("EventBasedGateway") {
        check_receivers(problems, file, &flows, idx);
    }
    for idx in file.all("FlowNode") {
        check_default(problems, file, &flows, idx);
    }
}

/// Which sequence flows lead into and out of each node.
pub(super) struct Flows {
    incoming: BTreeMap<Idx, Vec<Idx>>,
    outgoing: BTreeMap<Idx, Vec<Idx>>,
}

impl Flows {
    /// Follows every sequence flow.
    pub(super) fn of(file: &File<'_>) -> Flows {
        let mut flows = Flows {
            incoming: BTreeMap::new(),
            outgoing: BTreeMap::new(),
        };
        for flow in file.all("SequenceFlow") {
            if let Some(source) = file.lead(flow, "sourceRef") {
                flows.outgoing.entry(source).or_default().push(flow);
            }
            if let Some(target) = file.lead(flow, "targetRef") {
                flows.incoming.entry(target).or_default().push(flow);
            }
        }
        flows
    }

    /// The flows into a node.
    pub(super) fn incoming(&self, idx: Idx) -> &[Idx] {
        self.incoming.get(&idx).map_or(&[], Vec::as_slice)
    }

    /// The flows out of a node.
    pub(super) fn outgoing(&self, idx: Idx) -> &[Idx] {
        self.outgoing.get(&idx).map_or(&[], Vec::as_slice)
    }
}

/// Processes and sub-processes; the parts of a choreography have rules of their own.
pub(super) fn scopes(file: &File<'_>) -> Vec<Idx> {
    file.all("Process").chain(file.all("SubProcess")).collect()
}

fn is_event_sub_process(file: &File<'_>, idx: Idx) -> bool {
    file.is(idx, "SubProcess") && file.flag(idx, "triggeredByEvent")
}

/// An event definition of an event, its own or one it refers to.
pub(super) fn has_definition(file: &File<'_>, event: Idx, of: &str) -> bool {
    definitions(file, event)
        .into_iter()
        .any(|it| file.is(it, of))
}

/// All event definitions of an event, its own first.
pub(super) fn definitions(file: &File<'_>, event: Idx) -> Vec<Idx> {
    let own = file.children(event, "EventDefinition");
    let shared = file.leads(event, "eventDefinitionRef");
    own.chain(shared.filter(|it| file.is(*it, "EventDefinition")))
        .collect()
}

fn count(file: &File<'_>, scope: Idx, of: &'static str) -> usize {
    file.children(scope, of).count()
}

/// BPMN 2.0, 10.4.2 and 10.4.3: who has a start event has an end event, and the other way round.
fn check_ends(problems: &mut Problems, file: &File<'_>, scope: Idx) {
    if file.is(scope, "AdHocSubProcess") {
        return;
    }
    let (starts, ends) = (
        count(file, scope, "StartEvent"),
        count(file, scope, "EndEvent"),
    );
    let at = file.place(scope);
    if starts > 0 && ends == 0 {
        problems.report(&code::START_WITHOUT_END, at, &[file.label(scope).into()]);
    }
    // The reading asks for a start event wherever something is executed.
    let said = ["BPMN-0070", "BPMN-0072", "BPMN-0073"];
    let starts_otherwise = file
        .children(scope, "FlowNode")
        .any(|it| begins_process(file, it));
    if ends > 0 && starts == 0 && !starts_otherwise && !problems.has(at.place, &said) {
        problems.report(&code::END_WITHOUT_START, at, &[file.label(scope).into()]);
    }
}

/// BPMN 2.0, 10.4.2 and 10.4.3: where there is a start event everything else is led to, where there
/// is an end event everything else leads on.
fn check_connected(problems: &mut Problems, file: &File<'_>, flows: &Flows, scope: Idx) {
    if file.is(scope, "AdHocSubProcess") {
        return;
    }
    let has_start = count(file, scope, "StartEvent") > 0;
    let has_end = count(file, scope, "EndEvent") > 0;
    for node in file.children(scope, "FlowNode") {
        let stands_alone = is_event_sub_process(file, node)
            || (file.is(node, "Activity") && file.flag(node, "isForCompensation"));
        if stands_alone {
            continue;
        }
        let at = file.place(node);
        if has_start && flows.incoming(node).is_empty() && !begins(file, node) {
            problems.report(&code::NO_INCOMING, at, &[file.label(node).into()]);
        }
        // BPMN 2.0, 10.5.4: an intermediate event is the target of a sequence flow in any scope.
        let is_intermediate =
            file.is(node, "IntermediateCatchEvent") || file.is(node, "IntermediateThrowEvent");
        if is_intermediate && !has_start && flows.incoming(node).is_empty() && !begins(file, node) {
            let found = [file.label(node).into()];
            problems.report(&code::EVENT_WITHOUT_INCOMING, at, &found);
        }
        let said = problems.has(at.place, &["BPMN-0057"]);
        if has_end && flows.outgoing(node).is_empty() && !ends(file, node) && !said {
            problems.report(&code::LEADS_NOWHERE, at, &[file.label(node).into()]);
        }
    }
}

/// Whether a node needs nothing that leads to it.
fn begins(file: &File<'_>, node: Idx) -> bool {
    let by_itself = file.is(node, "StartEvent") || file.is(node, "BoundaryEvent");
    let by_link = file.is(node, "IntermediateCatchEvent")
        && has_definition(file, node, "LinkEventDefinition");
    by_itself || by_link || begins_process(file, node)
}

/// BPMN 2.0, 10.6.6: a receive task that decides an event-based gateway has no boundary events. The
/// reading says so of tasks that are otherwise whole.
fn check_receivers(problems: &mut Problems, file: &File<'_>, flows: &Flows, gateway: Idx) {
    const WHY: (&str, &str) = ("it has boundary events", "它有边界事件");
    let at = file.place(gateway);
    for flow in flows.outgoing(gateway) {
        let Some(target) = file.lead(*flow, "targetRef") else {
            continue;
        };
        let is_host = |it: Idx| file.lead(it, "attachedToRef") == Some(target);
        let has_boundary = file.is(target, "ReceiveTask") && file.all("BoundaryEvent").any(is_host);
        if has_boundary && !problems.has(at.place, &["BPMN-0066"]) {
            let found = [
                file.label(gateway).into(),
                file.label(target).into(),
                WHY.into(),
            ];
            problems.report(&code::EVENT_GATEWAY_TARGET, at, &found);
        }
    }
}

/// Whether a node that is no start event starts its process.
fn begins_process(file: &File<'_>, node: Idx) -> bool {
    let receives = file.is(node, "ReceiveTask") || file.is(node, "EventBasedGateway");
    receives && file.flag(node, "instantiate")
}

/// Whether a node needs nothing it leads to.
fn ends(file: &File<'_>, node: Idx) -> bool {
    let by_itself = file.is(node, "EndEvent");
    let by_link = file.is(node, "IntermediateThrowEvent")
        && has_definition(file, node, "LinkEventDefinition");
    let by_compensation =
        file.is(node, "BoundaryEvent") && has_definition(file, node, "CompensateEventDefinition");
    by_itself || by_link || by_compensation
}

/// A flow that one of its ends names, by `incoming` or `outgoing`, the other names too; what ends
/// name beyond the flows that are there, the reading and the schema have reported.
fn check_named(problems: &mut Problems, file: &File<'_>, flows: &Flows, scope: Idx) {
    for node in file.children(scope, "FlowNode") {
        for (name, connected, other_end, other_name) in [
            ("incoming", flows.incoming(node), "sourceRef", "outgoing"),
            ("outgoing", flows.outgoing(node), "targetRef", "incoming"),
        ] {
            let named: BTreeSet<Idx> = file.leads(node, name).collect();
            let at = file.place(node);
            for flow in connected.iter().filter(|it| !named.contains(it)) {
                let other = file.lead(*flow, other_end);
                let is_named =
                    other.is_some_and(|other| file.leads(other, other_name).any(|it| it == *flow));
                if is_named {
                    let found = [
                        file.label(node).into(),
                        file.label(*flow).into(),
                        name.into(),
                    ];
                    problems.report(&code::UNNAMED_FLOW, at, &found);
                }
            }
            if file.is_executable(node) {
                continue;
            }
            for flow in named.iter().filter(|it| !connected.contains(it)) {
                let found = [file.label(node).into(), file.label(*flow).into()];
                problems.report(&code::FLOW_REFERENCE_MISMATCH, at, &found);
            }
        }
    }
}

/// BPMN 2.0, 8.3.13: only a drawing may leave out what happens in between.
fn check_immediate(problems: &mut Problems, file: &File<'_>, flow: Idx) {
    let written = file.at(flow).node.attribute("isImmediate").map(str::trim);
    if matches!(written, Some("false" | "0")) && file.is_executable(flow) {
        let at = file.place(flow);
        problems.supersede(at.place, &["BPMN-0027"]);
        problems.report(&code::NOT_IMMEDIATE, at, &[file.label(flow).into()]);
    }
}

fn check_border(problems: &mut Problems, file: &File<'_>, flow: Idx) {
    let ends = (file.lead(flow, "sourceRef"), file.lead(flow, "targetRef"));
    let (Some(source), Some(target)) = ends else {
        return;
    };
    let are_nodes = file.is(source, "FlowNode") && file.is(target, "FlowNode");
    if are_nodes && file.at(source).parent != file.at(target).parent {
        let at = file.place(flow);
        // Between processes the reading knows only one end.
        if !problems.has(at.place, &["BPMN-0050", "BPMN-0051"]) {
            let found = [file.label(source).into(), file.label(target).into()];
            problems.report_once(&code::FLOW_CROSSES_BORDER, at, &found);
        }
    }
}

/// BPMN 2.0, 8.3.13: a condition needs an alternative, and something that evaluates it.
fn check_condition(problems: &mut Problems, file: &File<'_>, flows: &Flows, flow: Idx) {
    let has_condition = file.named(flow, "conditionExpression").next().is_some();
    let Some(source) = file.lead(flow, "sourceRef").filter(|_| has_condition) else {
        return;
    };
    let at = file.place(flow);
    let said = problems.has(at.place, &["BPMN-0060"]);
    if file.is(source, "Activity") && flows.outgoing(source).len() == 1 && !said {
        let found = [file.label(flow).into(), file.label(source).into()];
        problems.report(&code::CONDITION_ALONE, at, &found);
    }
    let evaluates = file.is(source, "Activity")
        || file.is(source, "ExclusiveGateway")
        || file.is(source, "InclusiveGateway")
        || file.is(source, "ComplexGateway");
    // A parallel gateway checks no conditions (10.6.4): the reading warns of them.
    let evaluates = evaluates || (file.is(source, "ParallelGateway") && file.is_executable(flow));
    if file.is(source, "FlowNode") && !evaluates {
        let found = [file.at(source).node.local.as_str().into()];
        problems.report_once(&code::MISPLACED_CONDITION, at, &found);
    }
}

/// The default flow leaves the element that names it.
fn check_default(problems: &mut Problems, file: &File<'_>, flows: &Flows, node: Idx) {
    let Some(default) = file.lead(node, "default") else {
        return;
    };
    if !flows.outgoing(node).contains(&default) {
        let at = file.place(node);
        let found = [file.label(default).into(), file.label(node).into()];
        problems.report_once(&code::INVALID_DEFAULT, at, &found);
    }
}

/// BPMN 2.0, 10.5: a gateway splits or merges, as its direction says.
fn check_gateway(problems: &mut Problems, file: &File<'_>, flows: &Flows, gateway: Idx) {
    let (incoming, outgoing) = (flows.incoming(gateway).len(), flows.outgoing(gateway).len());
    let at = file.place(gateway);
    let direction = file.at(gateway).node.attribute("gatewayDirection");
    let fits = match direction.map(str::trim) {
        Some("Converging") => outgoing <= 1,
        Some("Diverging") => incoming <= 1,
        Some("Mixed") => incoming > 1 && outgoing > 1,
        _ => true,
    };
    if !fits {
        let found = [
            file.label(gateway).into(),
            direction.unwrap_or_default().into(),
            incoming.into(),
            outgoing.into(),
        ];
        problems.report(&code::GATEWAY_DIRECTION, at, &found);
    }
    let said = problems.has(
        at.place,
        &["BPMN-0069", "BPMN-0057", "BPMN-0413", "BPMN-0412"],
    );
    let starts = file.is(gateway, "EventBasedGateway") && file.flag(gateway, "instantiate");
    if incoming < 2 && outgoing < 2 && !said && !starts {
        let found = [file.label(gateway).into(), incoming.into(), outgoing.into()];
        problems.report(&code::GATEWAY_ALONE, at, &found);
    }
}
