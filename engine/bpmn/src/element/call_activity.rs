//! `bpmn:callActivity`: starts another process and waits for its end.

use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::graph::{CallActivity, ElementKind};
use crate::parse::Parse;

const BUSINESS_KEY: &str = "tongban:business-key";

pub(crate) static TYPE: ElementType = ElementType {
    name: "callActivity",
    family: Family::Activity,
    // `calledElement` is what a drawing says; `zeebe:calledElement` is what is called.
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
