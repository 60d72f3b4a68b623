//! The elements of a process, one file each: how it is parsed, checked and compiled.
//!
//! [`ELEMENTS`] is the one list of what can be executed. Elements do not know each other; what they
//! share is in [`event`] (event definitions), [`message`] (references to messages),
//! [`implementation`] (job or own work), [`multi_instance`] and [`standard_loop`] (how often an
//! activity is carried out), [`data`] (data associations), [`condition`] (conditions of which there is
//! one at most), [`diverging`] (conditions of flows and the default flow), [`compensation`] (handlers
//! and who asks for them), [`link_event`] (pairs of link events) and [`scope`] (the contents of a
//! process or sub-process).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::Check;
use crate::diagnostic::code;
use crate::element::data::Data;
use crate::extension::{self, Extension};
use crate::graph::multi_instance::MultiInstance;
use crate::graph::standard_loop::StandardLoop;
use crate::graph::{ElementIdx, ElementKind, FlowIdx, Mapping};
use crate::model::FlowNode;
use crate::parse::{Parse, reference};
use crate::xml::{Node, Space};

pub(crate) mod ad_hoc_sub_process;
pub(crate) mod boundary_event;
pub(crate) mod business_rule_task;
pub(crate) mod call_activity;
pub(crate) mod compensation;
pub(crate) mod complex_gateway;
pub(crate) mod condition;
pub(crate) mod data;
pub(crate) mod diverging;
pub(crate) mod end_event;
pub(crate) mod event;
pub(crate) mod event_based_gateway;
pub(crate) mod event_sub_process;
pub(crate) mod exclusive_gateway;
pub(crate) mod global_task;
pub(crate) mod implementation;
pub(crate) mod inclusive_gateway;
pub(crate) mod intermediate_catch_event;
pub(crate) mod intermediate_throw_event;
pub(crate) mod link_event;
pub(crate) mod manual_task;
pub(crate) mod message;
pub(crate) mod multi_instance;
pub(crate) mod parallel_gateway;
pub(crate) mod process;
pub(crate) mod receive_task;
pub(crate) mod refused;
pub(crate) mod scope;
pub(crate) mod script_task;
pub(crate) mod send_task;
pub(crate) mod sequence_flow;
pub(crate) mod service_task;
pub(crate) mod standard_loop;
pub(crate) mod start_event;
pub(crate) mod sub_process;
pub(crate) mod task;
pub(crate) mod transaction;
pub(crate) mod user_task;

/// Every element that can be executed.
static ELEMENTS: &[&ElementType] = &[
    &start_event::TYPE,
    &end_event::TYPE,
    &intermediate_catch_event::TYPE,
    &intermediate_throw_event::TYPE,
    &boundary_event::TYPE,
    &task::TYPE,
    &manual_task::TYPE,
    &user_task::TYPE,
    &service_task::TYPE,
    &script_task::TYPE,
    &business_rule_task::TYPE,
    &send_task::TYPE,
    &receive_task::TYPE,
    &exclusive_gateway::TYPE,
    &parallel_gateway::TYPE,
    &inclusive_gateway::TYPE,
    &complex_gateway::TYPE,
    &event_based_gateway::TYPE,
    &sub_process::TYPE,
    &ad_hoc_sub_process::TYPE,
    &transaction::TYPE,
    &event_sub_process::TYPE,
    &call_activity::TYPE,
];

/// How one element is read.
pub(crate) struct ElementType {
    /// The XML name.
    pub(crate) name: &'static str,
    /// What all elements of its family have in common.
    pub(crate) family: Family,
    /// Attributes of its own.
    pub(crate) attributes: &'static [&'static str],
    /// BPMN children of its own.
    pub(crate) children: &'static [&'static str],
    /// The `zeebe:` extension elements it takes.
    pub(crate) extensions: &'static [&'static str],
    /// The `tongban:` properties it takes.
    pub(crate) properties: &'static [&'static str],
    /// Reads what is particular; what is wrong is reported and left out.
    pub(crate) parse: fn(&mut Parse<'_>, Subject<'_>) -> Parsed,
    /// Checks it among its neighbours.
    pub(crate) check: fn(&mut Check<'_>, usize),
    /// Fills in references to other elements.
    pub(crate) compile: fn(&mut ElementKind, &FlowNode, &Links<'_>),
}

impl std::fmt::Debug for ElementType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What elements have in common by BPMN's metamodel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Activity,
    Event,
    Gateway,
    /// The process itself and what cannot be executed.
    Other,
}

/// What a parser is given.
pub(crate) struct Subject<'a> {
    pub(crate) node: &'a Node,
    pub(crate) extension: Extension,
    pub(crate) place: Surroundings,
}

/// In what an element stands; it decides which start events are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surroundings {
    Process,
    SubProcess,
    EventSubProcess,
}

/// What a parser answers.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Absent if something has been reported.
    pub(crate) kind: Option<ElementKind>,
    /// `attachedToRef`, of boundary events only.
    pub(crate) attached_to: Option<String>,
}

impl From<Option<ElementKind>> for Parsed {
    fn from(kind: Option<ElementKind>) -> Parsed {
        Parsed {
            kind,
            attached_to: None,
        }
    }
}

impl From<ElementKind> for Parsed {
    fn from(kind: ElementKind) -> Parsed {
        Parsed {
            kind: Some(kind),
            attached_to: None,
        }
    }
}

/// Where references of the file lead in the compiled graph.
pub(crate) struct Links<'a> {
    pub(crate) elements: &'a BTreeMap<&'a str, ElementIdx>,
    pub(crate) flows: &'a BTreeMap<&'a str, FlowIdx>,
}

/// For elements that refer to no other.
pub(crate) fn no_references(_kind: &mut ElementKind, _node: &FlowNode, _links: &Links<'_>) {}

/// For elements without rules of their own.
pub(crate) fn no_rules(_check: &mut Check<'_>, _node_idx: usize) {}

/// The XML names of all elements that are executed, and of the markers of activities.
pub fn names() -> Vec<&'static str> {
    let elements = ELEMENTS.iter().map(|it| it.name);
    let more = [
        "process",
        "isForCompensation",
        "startQuantity",
        "completionQuantity",
    ];
    let mut names: Vec<&str> = elements.chain(MARKERS).chain(more).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The registration of an XML element, if it can be executed.
pub(crate) fn find(node: &Node) -> Option<&'static ElementType> {
    if node.local == sub_process::TYPE.name && event_sub_process::is_one(node) {
        return Some(&event_sub_process::TYPE);
    }
    let mut types = ELEMENTS
        .iter()
        .filter(|it| !std::ptr::eq(**it, &raw const event_sub_process::TYPE));
    types.find(|it| it.name == node.local).copied()
}

/// Reads one flow node, its own contents excepted.
pub(crate) fn read(
    parse: &mut Parse<'_>,
    node: &Node,
    element: &'static ElementType,
    scope: usize,
    place: Surroundings,
) -> FlowNode {
    let id = parse.id(node).unwrap_or_else(|| Arc::from(""));
    let name = parse.name(node);
    parse.check_attributes(node, family_attributes(element.family), element.attributes);
    check_children(parse, node, element);
    let mut extension = extension::read(parse, node, element.extensions, element.properties);
    let Data {
        mut inputs,
        mut outputs,
        declared,
    } = data::read(parse, node, &multi_instance::data_of_the_whole(node));
    inputs.append(&mut extension.inputs);
    check_inputs(parse, node, element, &mut inputs);
    outputs.append(&mut extension.outputs);
    let properties = extension.properties.clone();
    let marker = read_marker(parse, node, element);
    let parsed = (element.parse)(
        parse,
        Subject {
            node,
            extension,
            place,
        },
    );
    let named = |local| {
        node.bpmn(local)
            .map(|it| reference(&it.text).to_owned())
            .collect()
    };
    let mut read = FlowNode::new(id, element, node.place, Some(scope));
    read.name = name;
    read.is_for_compensation =
        element.family == Family::Activity && parse.boolean(node, "isForCompensation", false);
    read.instantiates = receive_task::instantiates(node);
    // A marker that is broken has been reported; without it the element would be another.
    read.kind = parsed.kind.filter(|_| !matches!(marker, Marker::Broken));
    match marker {
        Marker::MultiInstance(it) => read.multi_instance = Some(it),
        Marker::StandardLoop(it) => read.standard_loop = Some(it),
        Marker::None | Marker::Broken => {}
    }
    read.attached_to = parsed.attached_to;
    read.default = node.attribute("default").map(|it| reference(it).to_owned());
    read.quantities = quantities(parse, node, element);
    read.inputs = inputs;
    read.outputs = outputs;
    read.data = declared;
    read.properties = properties;
    read.named_incoming = named("incoming");
    read.named_outgoing = named("outgoing");
    read
}

/// A start or boundary event begins when what it waits for has come: nothing is read before.
fn check_inputs(
    parse: &mut Parse<'_>,
    node: &Node,
    element: &ElementType,
    inputs: &mut Vec<Mapping>,
) {
    let is_begun = ["startEvent", "boundaryEvent"].contains(&element.name);
    if !is_begun || inputs.is_empty() {
        return;
    }
    let targets: Vec<&str> = inputs.iter().map(|it| &*it.target).collect();
    let found = [element.name.into(), targets.join(", ").as_str().into()];
    parse.report(&code::INPUTS_NOT_HERE, node.at(), &found);
    inputs.clear();
}

/// How often an activity is carried out.
enum Marker {
    None,
    MultiInstance(MultiInstance),
    StandardLoop(StandardLoop),
    Broken,
}

fn read_marker(parse: &mut Parse<'_>, node: &Node, element: &'static ElementType) -> Marker {
    let of = |name: &str| takes_marker(element) && node.bpmn(name).next().is_some();
    let n_markers = MARKERS.iter().flat_map(|name| node.bpmn(name)).count();
    if takes_marker(element) && n_markers > 1 {
        let found = [node.local.as_str().into(), n_markers.into()];
        parse.report(&code::SEVERAL_LOOPS, node.at(), &found);
        return Marker::Broken;
    }
    if of(multi_instance::NAME) {
        return multi_instance::read(parse, node).map_or(Marker::Broken, Marker::MultiInstance);
    }
    if of(standard_loop::NAME) {
        return standard_loop::read(parse, node).map_or(Marker::Broken, Marker::StandardLoop);
    }
    Marker::None
}

/// The children that say how often an activity is carried out; it has one of them at most.
const MARKERS: [&str; 2] = [multi_instance::NAME, standard_loop::NAME];

/// Whether an element can be carried out several times: an event sub-process cannot, since it is
/// started by its event (BPMN 2.0, 10.3.5).
fn takes_marker(element: &ElementType) -> bool {
    element.family == Family::Activity && !std::ptr::eq(element, &raw const event_sub_process::TYPE)
}

fn family_attributes(family: Family) -> &'static [&'static str] {
    match family {
        Family::Activity => &[
            "isForCompensation",
            "startQuantity",
            "completionQuantity",
            "default",
        ],
        // Which way a gateway is drawn follows from its flows.
        Family::Gateway => &["gatewayDirection"],
        Family::Event | Family::Other => &[],
    }
}

/// Tokens that an activity may take or leave at once.
const QUANTITY_MAX: u32 = 100;

/// How many tokens an activity takes to begin, and how many it leaves on each flow (BPMN 2.0, 10.3).
fn quantities(parse: &mut Parse<'_>, node: &Node, element: &ElementType) -> (u32, u32) {
    let mut quantity = |name: &str| {
        let Some(text) = node.attribute(name).map(str::trim) else {
            return 1;
        };
        let number = text.parse::<u32>().ok();
        let number = number.filter(|it| (1..=QUANTITY_MAX).contains(it));
        number.unwrap_or_else(|| {
            let max = QUANTITY_MAX.to_string();
            let found = [name.into(), "1".into(), max.as_str().into(), text.into()];
            parse.report(&code::INVALID_INTEGER, node.at(), &found);
            1
        })
    };
    if !takes_marker(element) {
        return (1, 1);
    }
    (quantity("startQuantity"), quantity("completionQuantity"))
}

/// Children that describe and are kept.
const DESCRIPTIVE: [&str; 7] = [
    "documentation",
    "extensionElements",
    "incoming",
    "outgoing",
    "auditing",
    "monitoring",
    "categoryValueRef",
];

/// Children that describe data, see [`data`].
const DATA: [&str; 8] = [
    "ioSpecification",
    "property",
    "dataInputAssociation",
    "dataOutputAssociation",
    "dataInput",
    "dataOutput",
    "inputSet",
    "outputSet",
];

fn check_children(parse: &mut Parse<'_>, node: &Node, element: &'static ElementType) {
    for child in &node.children {
        match &child.space {
            Space::Bpmn => {}
            Space::Foreign(uri) => {
                parse.note_foreign(uri, child.at());
                continue;
            }
            Space::Diagram | Space::SchemaInstance => continue,
            Space::Zeebe | Space::None => {
                let found = [child.local.as_str().into(), node.local.as_str().into()];
                parse.report(&code::UNKNOWN_ELEMENT, child.at(), &found);
                continue;
            }
        }
        let local = child.local.as_str();
        if DESCRIPTIVE.contains(&local)
            || element.children.contains(&local)
            || (element.family == Family::Event && event::is_definition(local))
            || (takes_marker(element) && MARKERS.contains(&local))
        {
            continue;
        }
        if MARKERS.contains(&local) && element.family == Family::Activity {
            let why = ("its event starts it", "它由事件启动");
            let found = ["an event sub-process".into(), why.into()];
            parse.report(&code::LOOP_NOT_HERE, node.at(), &found);
            continue;
        }
        if DATA.contains(&local) {
            continue;
        }
        refused::report(parse, child, node);
    }
}
