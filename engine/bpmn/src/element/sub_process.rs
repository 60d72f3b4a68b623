//! `bpmn:subProcess`: an embedded sub-process.

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::scope;
use crate::element::{ElementType, Family, Parsed, Subject, no_references};
use crate::graph::{Container, ElementKind};
use crate::parse::Parse;

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

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    parse.boolean(subject.node, "triggeredByEvent", false);
    ElementKind::SubProcess(Container::default()).into()
}

/// A sub-process has one way to begin: its start event, or all that nothing leads to.
pub(super) fn check(check: &mut Check<'_>, node_idx: usize) {
    let starts = check.start_events(node_idx);
    let begins = starts == 1 || (starts == 0 && check.begins_by_itself(node_idx));
    if !begins {
        let at = check.node(node_idx).at();
        check
            .problems
            .report(&code::SUB_PROCESS_START, at, &[starts.into()]);
    }
}
