//! `bpmn:serviceTask`: work done by a plugin or a worker.

use crate::element::implementation;
use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::graph::ElementKind;
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "serviceTask",
    family: Family::Activity,
    // `operationRef` names a web service; what is called is the job type.
    attributes: &["implementation", "operationRef"],
    children: &[],
    extensions: &["taskDefinition", "taskHeaders", "ioMapping", "properties"],
    properties: &[],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    if implementation::choose(parse, subject.node, &subject.extension, None).is_none() {
        return Parsed::default();
    }
    subject.extension.job().map(ElementKind::ServiceTask).into()
}
