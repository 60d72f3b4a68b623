//! `bpmn:businessRuleTask`: decides by a deployed decision, or a job.

use crate::element::implementation::{self, Implementation};
use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::graph::{BusinessRuleTask, CalledDecision, ElementKind};
use crate::parse::Parse;

/// The date by whose rules the case is decided.
const AS_OF: &str = "tongban:as-of";

pub(crate) static TYPE: ElementType = ElementType {
    name: "businessRuleTask",
    family: Family::Activity,
    attributes: &["implementation"],
    children: &[],
    extensions: &[
        "calledDecision",
        "taskDefinition",
        "taskHeaders",
        "ioMapping",
        "properties",
    ],
    properties: &[AS_OF],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    let as_of = subject.extension.properties.get(AS_OF).cloned();
    let as_of = as_of.and_then(|it| parse.text_or_feel(node.at(), AS_OF, &it));
    let chosen = implementation::choose(parse, node, &subject.extension, Some("calledDecision"));
    let rule = match chosen {
        Some(Implementation::Job) => subject.extension.job().map(BusinessRuleTask::Job),
        Some(Implementation::Own) => subject.extension.decision.map(|reference| {
            BusinessRuleTask::Decision(Box::new(CalledDecision {
                decision_id: reference.decision_id,
                result_variable: reference.result_variable,
                as_of,
                binding: reference.binding,
            }))
        }),
        None => None,
    };
    rule.map(ElementKind::BusinessRuleTask).into()
}
