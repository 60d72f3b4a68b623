//! A multi-instance activity cut out of its process, as a process of its own.

use std::collections::BTreeMap;

use super::ad_hoc_sub_process::AdHocSubProcess;
use super::complex_gateway::ComplexGateway;
use super::join::JoinReach;
use super::multi_instance::Behavior;
use super::{
    BoundaryEvent, Container, ElementIdx, ElementKind, EventSubProcess, FlowIdx, InclusiveGateway,
    ProcessDefinition,
};
use crate::builder::ProcessBuilder;

impl ProcessDefinition {
    /// The process that an iteration of a large multi-instance runs as an instance of its own: the
    /// body with the activity and its contents, without what lies around it. It starts at the body,
    /// which carries out the one iteration that the instance was made for.
    ///
    /// Nothing if `body` is not the body of a multi-instance. The part of a body is the same
    /// whether it is cut out of the whole process or out of a part around it.
    pub fn part(&self, body: ElementIdx) -> Option<ProcessDefinition> {
        if !matches!(self.get(body)?.kind, ElementKind::MultiInstance(_)) {
            return None;
        }
        let mut part = Part::new(self);
        for idx in self.indices().skip(body.index()) {
            part.add(idx, body);
        }
        part.connect();
        let start = part.elements.get(&body).copied();
        let mut definition = part.builder.build();
        if let Some(container) = definition.elements[0].kind.container_mut() {
            container.start_event = start;
            container.begins_with.clear();
        }
        Some(definition)
    }
}

struct Part<'a> {
    whole: &'a ProcessDefinition,
    builder: ProcessBuilder,
    /// From the whole to the part.
    elements: BTreeMap<ElementIdx, ElementIdx>,
    /// See `elements`.
    flows: BTreeMap<FlowIdx, FlowIdx>,
}

impl Part<'_> {
    fn new(whole: &ProcessDefinition) -> Part<'_> {
        let mut builder = ProcessBuilder::new(&whole.key);
        let definition = builder.definition_mut();
        definition.name.clone_from(&whole.name);
        definition.version_tag.clone_from(&whole.version_tag);
        definition.documentation.clone_from(&whole.documentation);
        Part {
            whole,
            builder,
            elements: BTreeMap::new(),
            flows: BTreeMap::new(),
        }
    }

    /// Adds an element if it is the body or lies within; a container precedes its contents.
    fn add(&mut self, idx: ElementIdx, body: ElementIdx) {
        let element = self.whole.element(idx);
        let scope = match element.scope.and_then(|it| self.elements.get(&it)) {
            Some(scope) => *scope,
            None if idx == body => ElementIdx::ROOT,
            None => return,
        };
        let mut kind = bare(&element.kind);
        if let (ElementKind::MultiInstance(it), true) = (&mut kind, idx == body) {
            // Whether the others are ended, and what is thrown, is decided where all are known.
            it.completion_condition = None;
            it.behavior = Behavior::All;
        }
        let added = self.builder.add(scope, &element.id, kind);
        let copy = self.builder.element_mut(added);
        copy.name.clone_from(&element.name);
        copy.line = element.line;
        copy.properties.clone_from(&element.properties);
        copy.inputs.clone_from(&element.inputs);
        copy.outputs.clone_from(&element.outputs);
        copy.data.clone_from(&element.data);
        if idx != body {
            copy.start_quantity = element.start_quantity;
            copy.completion_quantity = element.completion_quantity;
        }
        copy.instantiates = element.instantiates;
        copy.is_for_compensation = element.is_for_compensation;
        self.elements.insert(idx, added);
    }

    fn connect(&mut self) {
        for (position, flow) in self.whole.flows.iter().enumerate() {
            let source = self.elements.get(&flow.source).copied();
            let target = self.elements.get(&flow.target).copied();
            let (Some(source), Some(target)) = (source, target) else {
                continue;
            };
            let condition = flow.condition.clone();
            let added = self.builder.flow(Some(&flow.id), source, target, condition);
            self.builder.flow_mut(added).name.clone_from(&flow.name);
            let position = u32::try_from(position).expect("a flow has a position of 32 bits");
            self.flows.insert(FlowIdx(position), added);
        }
        for (idx, added) in &self.elements {
            let default = self.whole.element(*idx).default_flow;
            let default = default.and_then(|it| self.flows.get(&it).copied());
            self.builder.element_mut(*added).default_flow = default;
            let kind = &self.whole.element(*idx).kind;
            let copy = &mut self.builder.element_mut(*added).kind;
            link(copy, kind, &self.elements, &self.flows);
            let handler = self.whole.element(*idx).compensation_handler;
            let handler = handler.and_then(|it| self.elements.get(&it).copied());
            self.builder.element_mut(*added).compensation_handler = handler;
        }
    }
}

/// A kind without what is derived when a process is built.
fn bare(kind: &ElementKind) -> ElementKind {
    match kind {
        ElementKind::SubProcess(_) => ElementKind::SubProcess(Container::default()),
        ElementKind::Transaction(_) => ElementKind::Transaction(Container::default()),
        ElementKind::EventSubProcess(it) => ElementKind::EventSubProcess(EventSubProcess {
            container: Container::default(),
            start: ElementIdx::ROOT,
            interrupting: it.interrupting,
        }),
        ElementKind::AdHocSubProcess(it) => {
            ElementKind::AdHocSubProcess(Box::new(AdHocSubProcess {
                container: Container::default(),
                activities: Vec::new(),
                ..AdHocSubProcess::clone(it)
            }))
        }
        ElementKind::InclusiveGateway(_) => {
            ElementKind::InclusiveGateway(InclusiveGateway::default())
        }
        ElementKind::ComplexGateway(it) => ElementKind::ComplexGateway(Box::new(ComplexGateway {
            activation_condition: it.activation_condition.clone(),
            default: None,
            reach: JoinReach::default(),
        })),
        other => other.clone(),
    }
}

/// Fills in references to other elements, as they are numbered in the part.
fn link(
    copy: &mut ElementKind,
    kind: &ElementKind,
    elements: &BTreeMap<ElementIdx, ElementIdx>,
    flows: &BTreeMap<FlowIdx, FlowIdx>,
) {
    let flow = |it: &Option<FlowIdx>| it.and_then(|it| flows.get(&it).copied());
    match (copy, kind) {
        (
            ElementKind::BoundaryEvent(BoundaryEvent { attached_to, .. }),
            ElementKind::BoundaryEvent(event),
        ) => {
            *attached_to = *elements
                .get(&event.attached_to)
                .expect("a boundary event has the scope of its activity");
        }
        (
            ElementKind::ExclusiveGateway { default: copied },
            ElementKind::ExclusiveGateway { default },
        ) => *copied = flow(default),
        (ElementKind::InclusiveGateway(copied), ElementKind::InclusiveGateway(gateway)) => {
            copied.default = flow(&gateway.default);
        }
        (ElementKind::ComplexGateway(copied), ElementKind::ComplexGateway(gateway)) => {
            copied.default = flow(&gateway.default);
        }
        _ => {}
    }
}
