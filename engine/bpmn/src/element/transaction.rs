//! `bpmn:transaction`: a sub-process that can be canceled as a whole (BPMN 2.0, 10.3.5 and 13.3.9).

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, Subject, no_references, scope, sub_process};
use crate::graph::{Container, ElementKind, EventDefinition};
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "transaction",
    family: Family::Activity,
    attributes: &["triggeredByEvent", "method"],
    children: scope::CHILDREN,
    extensions: &["ioMapping", "properties"],
    properties: &[],
    parse,
    check,
    compile: no_references,
};

/// The ways in which a transaction is undone that mean compensation.
const METHODS: [&str; 3] = [
    "",
    "##Compensate",
    "http://www.omg.org/spec/BPMN/20100524/MODEL##Compensate",
];

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let method = node.attribute("method").map_or("", str::trim);
    if !METHODS.contains(&method) {
        let remedy = (
            "choose ##Compensate; what was done is undone by compensation handlers",
            "请选择 ##Compensate；已完成的工作由补偿处理撤销",
        );
        let found = ["method".into(), method.into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
        return Parsed::default();
    }
    if parse.boolean(node, "triggeredByEvent", false) {
        let remedy = ("use a subProcess", "请使用 subProcess");
        let found = ["triggeredByEvent".into(), "true".into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
        return Parsed::default();
    }
    ElementKind::Transaction(Container::default()).into()
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    sub_process::check(check, node_idx);
    let node = check.node(node_idx);
    let cancels = |idx: &usize| match &check.node(*idx).kind {
        Some(ElementKind::BoundaryEvent(it)) => matches!(it.definition, EventDefinition::Cancel),
        _ => false,
    };
    let n_ways = node.boundary_events.iter().filter(|it| cancels(it)).count();
    if n_ways > 1 {
        let found = [(&*node.id).into(), n_ways.into()];
        check
            .problems
            .report(&code::SEVERAL_CANCEL_EVENTS, node.at(), &found);
    }
}
