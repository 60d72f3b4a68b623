//! `bpmn:process`: the outermost scope.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::Check;
use crate::diagnostic::{Argument, code};
use crate::element::scope::{self, Scope};
use crate::element::{ElementType, Family, Surroundings, no_references};
use crate::extension;
use crate::graph::{Container, ElementKind, EventDefinition};
use crate::model::{FlowNode, Process, correlation, lane::Lanes};
use crate::parse::Parse;
use crate::xml::Node;
use tongban_feel::expression::Expression;

pub(crate) static TYPE: ElementType = ElementType {
    name: "process",
    family: Family::Other,
    attributes: &[
        "isExecutable",
        "isClosed",
        "processType",
        "definitionalCollaborationRef",
    ],
    children: &[
        "supports",
        "property",
        "ioSpecification",
        "correlationSubscription",
    ],
    extensions: &["versionTag", "properties"],
    properties: &[],
    parse: |_, _| ElementKind::Process(Container::default()).into(),
    check,
    compile: no_references,
};

/// Reads an executable process with all its contents.
pub(crate) fn read(parse: &mut Parse<'_>, node: &Node) -> Process {
    parse.check_attributes(node, &[], TYPE.attributes);
    // BPMN 2.0, 10.2: a public process shows messages only, so it cannot be executable.
    if node
        .attribute("processType")
        .is_some_and(|it| it.trim() == "Public")
    {
        let remedy = ("choose Private or None", "请选择 Private 或 None");
        let found = ["processType".into(), "Public".into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, node.at(), &found);
    }
    let id = parse.id(node).unwrap_or_else(|| Arc::from(""));
    let name = parse.name(node);
    let extension = extension::read(parse, node, TYPE.extensions, TYPE.properties);
    for child in node.bpmn("property").chain(node.bpmn("ioSpecification")) {
        let local = child.local.as_str();
        parse.report(&code::DATA_NOT_EXECUTED, child.at(), &[local.into()]);
    }
    let mut root = FlowNode::new(id, &TYPE, node.place, None);
    root.name = name;
    root.kind = Some(ElementKind::Process(Container::default()));
    root.properties = extension.properties;
    let documentation = node.bpmn("documentation").next().map(|it| it.text.trim());
    let mut process = Process {
        version_tag: extension.version_tag,
        documentation: documentation.filter(|it| !it.is_empty()).map(Arc::from),
        nodes: vec![root],
        flows: Vec::new(),
        lanes: Lanes::default(),
        associations: Vec::new(),
    };
    correlation::subscriptions(parse, node);
    let surroundings = Surroundings::Process;
    scope::read(
        parse,
        &mut process,
        Scope {
            owner: node,
            node_idx: 0,
            surroundings,
        },
    );
    process
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    if check.start_events(node_idx) == 0 {
        check
            .problems
            .report(&code::NO_START_EVENT, node.at(), &[(&*node.id).into()]);
    }
    let mut nones = 0;
    let mut messages: BTreeSet<&str> = BTreeSet::new();
    let mut signals: BTreeSet<&str> = BTreeSet::new();
    for content_idx in &node.contents {
        let content = check.node(*content_idx);
        let Some(ElementKind::StartEvent(start)) = &content.kind else {
            continue;
        };
        let Some(definition) = &start.definition else {
            nones += 1;
            continue;
        };
        for part in definition.parts() {
            let (name, text, is_new) = match part {
                EventDefinition::Message(message) => {
                    let name = Expression::source(&message.name);
                    (name, &code::DUPLICATE_START_MESSAGE, messages.insert(name))
                }
                EventDefinition::Signal(signal) => {
                    let name = Expression::source(&signal.name);
                    (name, &code::DUPLICATE_START_SIGNAL, signals.insert(name))
                }
                EventDefinition::Timer(_)
                | EventDefinition::Conditional(_)
                | EventDefinition::Error(_)
                | EventDefinition::Escalation(_)
                | EventDefinition::Compensate(_)
                | EventDefinition::Cancel
                | EventDefinition::Link(_)
                | EventDefinition::Terminate
                | EventDefinition::Multiple(_) => continue,
            };
            if !is_new {
                let found = [(&*node.id).into(), name.into()];
                check.problems.report(text, content.at(), &found);
            }
        }
    }
    if nones > 1 {
        let found = [(&*node.id).into(), Argument::from(nones)];
        check
            .problems
            .report(&code::SEVERAL_NONE_STARTS, node.at(), &found);
    }
}
