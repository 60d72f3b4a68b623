//! `bpmn:adHocSubProcess`: its activities are chosen while it runs.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::element::{condition, scope};
use crate::graph::ElementKind;
use crate::graph::ad_hoc_sub_process::{AdHocSubProcess, Ordering};
use crate::parse::Parse;
use crate::xml::Node;

/// The condition that ends it.
const CONDITION: &str = "completionCondition";

/// What may stand in any scope, and the condition.
const CHILDREN: &[&str] = &with_condition();

const fn with_condition() -> [&'static str; scope::CHILDREN.len() + 1] {
    let mut names = [CONDITION; scope::CHILDREN.len() + 1];
    let mut position = 0;
    while position < scope::CHILDREN.len() {
        names[position] = scope::CHILDREN[position];
        position += 1;
    }
    names
}

pub(crate) static TYPE: ElementType = ElementType {
    name: "adHocSubProcess",
    family: Family::Activity,
    attributes: &["triggeredByEvent", "ordering", "cancelRemainingInstances"],
    children: CHILDREN,
    extensions: &["adHoc", "ioMapping", "properties"],
    properties: &[],
    parse,
    check,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    if parse.boolean(node, "triggeredByEvent", false) {
        let remedy = (
            "put the ad-hoc sub-process into an event sub-process",
            "请将即席子流程放入事件子流程",
        );
        let found = ["triggeredByEvent".into(), "true".into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
        return Parsed::default();
    }
    let ordering = ordering(parse, node);
    let condition = condition::read(parse, node, node, CONDITION);
    let (Some(ordering), Some(completion_condition)) = (ordering, condition) else {
        return Parsed::default();
    };
    let active_elements = subject.extension.active_elements;
    if subject.extension.is_ad_hoc_broken {
        return Parsed::default();
    }
    ElementKind::AdHocSubProcess(Box::new(AdHocSubProcess {
        ordering,
        completion_condition,
        cancel_remaining_instances: parse.boolean(node, "cancelRemainingInstances", true),
        active_elements,
        ..AdHocSubProcess::default()
    }))
    .into()
}

fn ordering(parse: &mut Parse<'_>, node: &Node) -> Option<Ordering> {
    match node.attribute("ordering").map(str::trim) {
        None | Some("Parallel") => Some(Ordering::Parallel),
        Some("Sequential") => Some(Ordering::Sequential),
        Some(other) => {
            let expected = ("Parallel or Sequential", " Parallel 或 Sequential");
            let found = ["ordering".into(), other.into(), expected.into()];
            parse.report(&code::INVALID_ATTRIBUTE, node.at(), &found);
            None
        }
    }
}

/// BPMN 2.0, 10.3.5: neither start nor end events, and at least one activity.
fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    let mut n_activities = 0_usize;
    for content_idx in &node.contents {
        let content = check.node(*content_idx);
        match content.element.name {
            name @ ("startEvent" | "endEvent") => {
                let found = [(&*node.id).into(), name.into()];
                check
                    .problems
                    .report(&code::AD_HOC_CONTENT, content.at(), &found);
            }
            _ if content.element.family == Family::Activity => n_activities += 1,
            // What is broken may have been one; it has been reported.
            _ if content.kind.is_none() => n_activities += 1,
            _ => {}
        }
    }
    if n_activities == 0 {
        let found = [(&*node.id).into()];
        check
            .problems
            .report(&code::AD_HOC_EMPTY, node.at(), &found);
    }
}
