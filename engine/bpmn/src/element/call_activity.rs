//! `bpmn:callActivity`: starts another process and waits for its end, or carries out a global task.

use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, Subject, global_task, no_references, no_rules};
use crate::expression;
use crate::graph::{Binding, CallActivity, ElementKind};
use crate::parse::{Parse, reference};
use tongban_feel::expression::Expression;

const BUSINESS_KEY: &str = "tongban:business-key";

pub(crate) static TYPE: ElementType = ElementType {
    name: "callActivity",
    family: Family::Activity,
    // `zeebe:calledElement` goes before it: it can be computed, and says which version.
    attributes: &["calledElement"],
    children: &[],
    extensions: &["calledElement", "ioMapping", "properties"],
    properties: &[BUSINESS_KEY],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let business_key = subject.extension.properties.get(BUSINESS_KEY);
    let business_key = business_key.and_then(|it| parse.text_or_feel(node.at(), BUSINESS_KEY, it));
    if !subject.extension.has("calledElement")
        && let Some(called) = node.attribute("calledElement").map(reference)
    {
        return by_attribute(parse, called, business_key);
    }
    if !subject.extension.has("calledElement") {
        let found = ["callActivity".into(), "zeebe:calledElement".into()];
        parse.report(&code::MISSING_IMPLEMENTATION, node.at(), &found);
    }
    let Some(called) = subject.extension.called_element else {
        return Parsed::default();
    };
    ElementKind::CallActivity(CallActivity {
        process_id: called.process_id,
        binding: called.binding,
        propagate_all_child_variables: called.propagate_all_child_variables,
        propagate_all_parent_variables: called.propagate_all_parent_variables,
        business_key,
    })
    .into()
}

/// What BPMN's own attribute names: a global task of the file, or a process. One of the file itself
/// is the one that was deployed with the caller.
fn by_attribute(parse: &mut Parse<'_>, called: &str, business_key: Option<Expression>) -> Parsed {
    if let Some(global) = parse.global_tasks.get(called).cloned() {
        return global_task::read(parse, &global);
    }
    let binding = if parse.process_ids.contains(called) {
        Binding::Deployment
    } else {
        Binding::Latest
    };
    ElementKind::CallActivity(CallActivity {
        process_id: expression::constant_text(called),
        binding,
        propagate_all_child_variables: true,
        propagate_all_parent_variables: true,
        business_key,
    })
    .into()
}
