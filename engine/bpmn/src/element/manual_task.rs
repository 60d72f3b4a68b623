//! `bpmn:manualTask`: work outside the system; it passes through.

use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::graph::ElementKind;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "manualTask",
    family: Family::Activity,
    attributes: &[],
    children: &[],
    extensions: &["ioMapping", "properties"],
    properties: &[],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(_parse: &mut Parse<'_>, _subject: Subject<'_>) -> Parsed {
    ElementKind::ManualTask.into()
}
