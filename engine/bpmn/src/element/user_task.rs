//! `bpmn:userTask`: waits for a person.

use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, Subject, no_references, no_rules};
use crate::extension::Extension;
use crate::graph::{ElementKind, RecordReference, UserTask};
use crate::parse::Parse;
use crate::xml::Node;

const RECORD_KIND: &str = "tongban:record-kind";
const RECORD_ID: &str = "tongban:record-id";

pub(crate) static TYPE: ElementType = ElementType {
    name: "userTask",
    family: Family::Activity,
    attributes: &["implementation"],
    children: &["rendering"],
    extensions: &[
        "userTask",
        "assignmentDefinition",
        "taskSchedule",
        "priorityDefinition",
        "formDefinition",
        "taskListeners",
        "taskHeaders",
        "ioMapping",
        "properties",
    ],
    properties: &[RECORD_KIND, RECORD_ID],
    parse,
    check: no_rules,
    compile: no_references,
};

fn parse(parse: &mut Parse<'_>, subject: Subject<'_>) -> Parsed {
    let record = record(parse, subject.node, &subject.extension);
    let extension = subject.extension;
    // The lane's group is filled in when lanes and elements are connected.
    ElementKind::UserTask(Box::new(UserTask {
        assignee: extension.assignee,
        candidate_groups: extension.candidate_groups,
        candidate_users: extension.candidate_users,
        due_date: extension.due_date,
        follow_up_date: extension.follow_up_date,
        priority: extension.priority,
        form: extension.form,
        listeners: extension.listeners,
        record,
        headers: extension.headers,
    }))
    .into()
}

fn record(parse: &mut Parse<'_>, node: &Node, extension: &Extension) -> Option<RecordReference> {
    let kind = extension.properties.get(RECORD_KIND);
    let id = extension.properties.get(RECORD_ID);
    match (kind, id) {
        (Some(kind), Some(id)) => {
            let kind = parse.text_or_feel(node.at(), RECORD_KIND, kind);
            let id = parse.text_or_feel(node.at(), RECORD_ID, id);
            kind.zip(id).map(|(kind, id)| RecordReference { kind, id })
        }
        (Some(_), None) => {
            parse.report(&code::INCOMPLETE_RECORD, node.at(), &[RECORD_KIND.into()]);
            None
        }
        (None, Some(_)) => {
            parse.report(&code::INCOMPLETE_RECORD, node.at(), &[RECORD_ID.into()]);
            None
        }
        (None, None) => None,
    }
}
