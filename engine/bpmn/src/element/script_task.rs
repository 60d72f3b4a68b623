//! `bpmn:scriptTask`: FEEL evaluated by the engine, or a job.

use crate::diagnostic::code;
use crate::element::implementation::{self, Implementation};
use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::graph::{ElementKind, ScriptTask};
use crate::parse::Parse;

pub(crate) static TYPE: ElementType = ElementType {
    name: "scriptTask",
    family: Family::Activity,
    attributes: &["scriptFormat"],
    children: &["script"],
    extensions: &[
        "script",
        "taskDefinition",
        "taskHeaders",
        "ioMapping",
        "properties",
    ],
    properties: &[],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, mut subject: Subject<'_>) -> Parsed {
    let node = subject.node;
    if node
        .bpmn("script")
        .any(|it| !it.text.is_empty() || !it.children.is_empty())
    {
        let language = node.attribute("scriptFormat").filter(|it| !it.is_empty());
        let language = language.map_or(("an unnamed language", "未指明的").into(), Into::into);
        parse.report(&code::SCRIPT_LANGUAGE, node.at(), &[language]);
        return Parsed::default();
    }
    let chosen = implementation::choose(parse, node, &subject.extension, Some("script"));
    let script = match chosen {
        Some(Implementation::Job) => subject.extension.job().map(ScriptTask::Job),
        Some(Implementation::Own) => {
            subject
                .extension
                .script
                .map(|(expression, result_variable)| ScriptTask::Feel {
                    expression,
                    result_variable,
                })
        }
        None => None,
    };
    script.map(ElementKind::ScriptTask).into()
}
