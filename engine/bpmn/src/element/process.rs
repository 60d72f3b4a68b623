//! `bpmn:process`: the outermost scope.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::{Check, starts_process};
use crate::diagnostic::{Argument, code};
use crate::element::scope::{self, Scope};
use crate::element::{ElementType, Family, Surroundings, no_references};
use crate::extension;
use crate::graph::{Container, ElementKind, EventDefinition};
use crate::model::{FlowNode, Process, correlation, item_definition, lane::Lanes};
use crate::parse::Parse;
use crate::xml::Node;

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
    // A property is a variable of the process; what it is called with is declared for its types alone.
    let declared = item_definition::declared(parse, node);
    let is_typed = declared.iter().any(|it| !is_own(node, &it.item_id));
    for child in node.bpmn("ioSpecification").filter(|_| !is_typed) {
        let local = child.local.as_str();
        parse.report(&code::DATA_NOT_EXECUTED, child.at(), &[local.into()]);
    }
    let mut root = FlowNode::new(id, &TYPE, node.place, None);
    root.name = name;
    root.kind = Some(ElementKind::Process(Container::default()));
    root.properties = extension.properties;
    root.data = declared;
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

/// Whether a data item is a property or data object of the process, not an input or output.
fn is_own(process: &Node, id: &str) -> bool {
    let mut own = process.bpmn("property").chain(process.bpmn("dataObject"));
    own.any(|it| it.id() == Some(id))
}

fn check(check: &mut Check<'_>, node_idx: usize) {
    let node = check.node(node_idx);
    if !check.is_started(node_idx) && !check.begins_by_itself(node_idx) {
        check
            .problems
            .report(&code::NO_START_EVENT, node.at(), &[(&*node.id).into()]);
    }
    let mut nones = 0_usize;
    let mut messages: BTreeSet<&str> = BTreeSet::new();
    let mut signals: BTreeSet<&str> = BTreeSet::new();
    for content_idx in &node.contents {
        let content = check.node(*content_idx);
        if let Some(ElementKind::StartEvent(start)) = &content.kind {
            nones += usize::from(start.definition.is_none());
        }
        for started in started_by(check, content) {
            let (name, names, text) = match started {
                Started::Message(name) => (name, &mut messages, &code::DUPLICATE_START_MESSAGE),
                Started::Signal(name) => (name, &mut signals, &code::DUPLICATE_START_SIGNAL),
            };
            if !names.insert(name) {
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

/// By which name something starts the process.
enum Started<'a> {
    Message(&'a str),
    Signal(&'a str),
}

/// What starts the process at a node: a start event, or an event after a gateway that does.
fn started_by<'a>(check: &Check<'a>, node: &'a FlowNode) -> Vec<Started<'a>> {
    let of_gateway = || {
        let mut incoming = node.incoming.iter();
        incoming.any(|flow| {
            let source = check.process.flows[*flow].source;
            source.is_some_and(|it| starts_process(check.node(it)))
        })
    };
    let definition = match node.kind.as_ref() {
        Some(ElementKind::StartEvent(start)) => start.definition.as_ref(),
        Some(ElementKind::IntermediateCatchEvent(definition)) if of_gateway() => Some(definition),
        Some(ElementKind::ReceiveTask(message)) if node.instantiates || of_gateway() => {
            return vec![Started::Message(message.name.source())];
        }
        _ => None,
    };
    let parts = definition.map(EventDefinition::parts).unwrap_or_default();
    parts.iter().filter_map(started_by_part).collect()
}

fn started_by_part(part: &EventDefinition) -> Option<Started<'_>> {
    match part {
        EventDefinition::Message(message) => Some(Started::Message(message.name.source())),
        EventDefinition::Signal(signal) => Some(Started::Signal(signal.name.source())),
        EventDefinition::Timer(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Error(_)
        | EventDefinition::Escalation(_)
        | EventDefinition::Compensate(_)
        | EventDefinition::Cancel
        | EventDefinition::Link(_)
        | EventDefinition::Terminate
        | EventDefinition::Multiple(_) => None,
    }
}
