//! `bpmn:subProcess triggeredByEvent="true"`: started by an event of the scope around it.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::scope;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::{Container, ElementIdx, ElementKind, EventSubProcess};
use crate::parse::Parse;
use crate::xml::Node;

pub(crate) static TYPE: ElementType = ElementType {
    name: "subProcess",
    family: Family::Activity,
    attributes: &["triggeredByEvent"],
    children: scope::CHILDREN,
    extensions: &["ioMapping", "properties"],
    properties: &[],
    parse,
    check,
    compile: no_references,
};

/// Whether a `bpmn:subProcess` is started by an event.
pub(crate) fn is_one(node: &Node) -> bool {
    matches!(
        node.attribute("triggeredByEvent").map(str::trim),
        Some("true" | "1")
    )
}

fn parse(_parse: &mut Parse<'_>, _subject: Subject<'_>) -> Parsed {
    // Start event and whether it interrupts are derived when the graph is built.
    ElementKind::EventSubProcess(EventSubProcess {
        container: Container::default(),
        start: ElementIdx::ROOT,
        interrupting: true,
    })
    .into()
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    for flow_idx in node.incoming.iter().chain(&node.outgoing) {
        let flow = &check.process.flows[*flow_idx];
        check.problems.report(
            &code::EVENT_SUB_PROCESS_HAS_FLOW,
            node.at(),
            &[(&*flow.id).into()],
        );
    }
    let starts = check.start_events(node_idx);
    if starts != 1 {
        check
            .problems
            .report(&code::EVENT_SUB_PROCESS_START, node.at(), &[starts.into()]);
    }
}
