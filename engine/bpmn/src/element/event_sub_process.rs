//! `bpmn:subProcess triggeredByEvent="true"`: started by an event of the scope around it.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::scope;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::{Container, ElementIdx, ElementKind, EventDefinition, EventSubProcess};
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
    if undoes(check, node_idx) {
        check_compensation(check, node_idx);
    }
}

/// Whether it undoes what the scope around it has done.
fn undoes(check: &Check<'_>, node_idx: usize) -> bool {
    let mut starts = check.node(node_idx).contents.iter();
    starts.any(|it| match &check.node(*it).kind {
        Some(ElementKind::StartEvent(start)) => start
            .definition
            .as_ref()
            .is_some_and(EventDefinition::is_compensation),
        _ => false,
    })
}

/// Compensation undoes a sub-process that has been completed, in one way (BPMN 2.0, 10.7.2).
fn check_compensation(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    let around = node.scope.map(|it| check.node(it));
    let Some(around) = around else { return };
    let can_be_undone = matches!(
        around.kind,
        Some(
            ElementKind::SubProcess(_)
                | ElementKind::Transaction(_)
                | ElementKind::AdHocSubProcess(_)
        ) | None
    );
    if !can_be_undone {
        let found = [(&*node.id).into(), around.element.name.into()];
        check
            .problems
            .report(&code::COMPENSATION_NOT_HERE, node.at(), &found);
    }
    let mut others = around.contents.iter().filter(|it| **it < node_idx);
    let earlier = others.find(|it| {
        let is_one = matches!(check.node(**it).kind, Some(ElementKind::EventSubProcess(_)));
        is_one && undoes(check, **it)
    });
    if let Some(earlier) = earlier {
        let found = [(&*around.id).into(), (&*check.node(*earlier).id).into()];
        check
            .problems
            .report(&code::SEVERAL_COMPENSATION_SUB_PROCESSES, node.at(), &found);
    }
}
