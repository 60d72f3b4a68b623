//! `bpmn:globalTask` and its kinds: a task beside the processes, which call activities carry out.
//!
//! BPMN 2.0, 10.3.6 and 10.2.7: calling a global task is carrying it out in the place of the call
//! activity, whose mappings and boundary events stay its own.

use crate::diagnostic::code;
use crate::element::{
    ElementType, Parsed, Subject, Surroundings, business_rule_task, manual_task, script_task, task,
    user_task,
};
use crate::extension;
use crate::parse::Parse;
use crate::xml::{Node, Space};

/// The kinds of global task, each with the task that it is.
static KINDS: &[(&str, &ElementType)] = &[
    ("globalTask", &task::TYPE),
    ("globalManualTask", &manual_task::TYPE),
    ("globalUserTask", &user_task::TYPE),
    ("globalScriptTask", &script_task::TYPE),
    ("globalBusinessRuleTask", &business_rule_task::TYPE),
];

/// Children that describe, or whose data the call activity maps.
const DESCRIPTIVE: [&str; 6] = [
    "documentation",
    "extensionElements",
    "supportedInterfaceRef",
    "ioSpecification",
    "ioBinding",
    "resourceRole",
];

/// Whether an element beside the processes is a global task.
pub(crate) fn is_one(local: &str) -> bool {
    KINDS.iter().any(|(name, _)| *name == local)
}

/// Reads a global task as what a call activity is.
pub(crate) fn read(parse: &mut Parse<'_>, global: &Node) -> Parsed {
    let Some((_, element)) = KINDS.iter().find(|(name, _)| *name == global.local) else {
        return Parsed::default();
    };
    // The language of a global script has a name of its own.
    parse.check_attributes(global, &["scriptLanguage"], element.attributes);
    check_children(parse, global, element);
    let mappings_left_out: Vec<&str> = element
        .extensions
        .iter()
        .copied()
        .filter(|it| *it != "ioMapping")
        .collect();
    let extension = extension::read(parse, global, &mappings_left_out, element.properties);
    let place = Surroundings::Process;
    let subject = Subject {
        node: global,
        extension,
        place,
    };
    (element.parse)(parse, subject)
}

fn check_children(parse: &mut Parse<'_>, global: &Node, element: &ElementType) {
    for child in global.children.iter().filter(|it| it.space == Space::Bpmn) {
        let local = child.local.as_str();
        if !DESCRIPTIVE.contains(&local) && !element.children.contains(&local) {
            let found = [local.into(), global.local.as_str().into()];
            parse.report(&code::UNKNOWN_ELEMENT, child.at(), &found);
        }
    }
}
