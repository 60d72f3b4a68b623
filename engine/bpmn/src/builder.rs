//! Builds a [`ProcessDefinition`] element by element, without XML.
//!
//! The compiler ends here too, so that what follows from other facts (incoming and outgoing flows,
//! contents, boundary events, start events) is derived in one place. The builder does not check:
//! what it makes of a wrong model is unspecified, though never memory-unsafe.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_feel::expression::Expression;

use crate::expression;
use crate::graph::ad_hoc_sub_process::AdHocSubProcess;
use crate::graph::complex_gateway::ComplexGateway;
use crate::graph::event::{
    CompensateDefinition, ConditionalDefinition, LinkDefinition, MultipleDefinition,
};
use crate::graph::join::JoinReach;
use crate::graph::multi_instance::MultiInstance;
use crate::graph::standard_loop::StandardLoop;
use crate::graph::{
    Binding, BoundaryEvent, CallActivity, Container, Element, ElementIdx, ElementKind,
    ErrorDefinition, EscalationDefinition, EventBasedGateway, EventDefinition, EventSubProcess,
    FlowIdx, InclusiveGateway, JobWork, Mapping, Message, ProcessDefinition, ScriptTask,
    SequenceFlow, Signal, StartEvent, TimerDefinition, UserTask,
};

/// A process under construction; see the module.
#[derive(Debug)]
pub struct ProcessBuilder {
    definition: ProcessDefinition,
}

impl ProcessBuilder {
    /// An empty process with this key, which is also the id of its root element.
    pub fn new(key: &str) -> ProcessBuilder {
        let mut builder = ProcessBuilder {
            definition: ProcessDefinition {
                key: Arc::from(key),
                name: None,
                version_tag: None,
                documentation: None,
                message_keys: BTreeMap::new(),
                elements: Vec::new(),
                flows: Vec::new(),
                by_id: BTreeMap::new(),
            },
        };
        builder.push(None, key, ElementKind::Process(Container::default()));
        builder
    }

    /// The process under construction, for its plain fields.
    pub fn definition_mut(&mut self) -> &mut ProcessDefinition {
        &mut self.definition
    }

    /// Adds an element to a container. What can be derived may be left empty.
    pub fn add(&mut self, scope: ElementIdx, id: &str, kind: ElementKind) -> ElementIdx {
        self.push(Some(scope), id, kind)
    }

    fn push(&mut self, scope: Option<ElementIdx>, id: &str, kind: ElementKind) -> ElementIdx {
        let idx = ElementIdx(count(self.definition.elements.len()));
        let id: Arc<str> = Arc::from(id);
        // The body of a multi-instance or loop comes before its activity, which has the same id.
        self.definition.by_id.entry(id.clone()).or_insert(idx);
        self.definition.elements.push(Element {
            id,
            name: None,
            kind,
            scope,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            data: Vec::new(),
            start_quantity: 1,
            default_flow: None,
            completion_quantity: 1,
            boundary_events: Vec::new(),
            compensation_handler: None,
            is_for_compensation: false,
            instantiates: false,
            contents: Vec::new(),
            line: 0,
            properties: BTreeMap::new(),
        });
        idx
    }

    /// The element at `idx`, to be changed.
    pub fn element_mut(&mut self, idx: ElementIdx) -> &mut Element {
        &mut self.definition.elements[idx.index()]
    }

    /// The element at `idx`.
    pub fn element(&self, idx: ElementIdx) -> &Element {
        self.definition.element(idx)
    }

    /// Adds a sequence flow without a condition; its id is made of its ends.
    pub fn connect(&mut self, source: ElementIdx, target: ElementIdx) -> FlowIdx {
        self.flow(None, source, target, None)
    }

    /// Adds a sequence flow with a condition.
    pub fn connect_when(
        &mut self,
        source: ElementIdx,
        target: ElementIdx,
        condition: Expression,
    ) -> FlowIdx {
        self.flow(None, source, target, Some(condition))
    }

    /// Adds a sequence flow and makes it the default one of the gateway it leaves.
    pub fn connect_default(&mut self, gateway: ElementIdx, target: ElementIdx) -> FlowIdx {
        let flow = self.flow(None, gateway, target, None);
        self.set_default(gateway, flow);
        flow
    }

    /// Makes a flow the default one of an exclusive, inclusive or complex gateway, or an activity.
    pub fn set_default(&mut self, gateway: ElementIdx, flow: FlowIdx) {
        match &mut self.element_mut(gateway).kind {
            ElementKind::ComplexGateway(it) => it.default = Some(flow),
            ElementKind::ExclusiveGateway { default }
            | ElementKind::InclusiveGateway(InclusiveGateway { default, .. }) => {
                *default = Some(flow);
            }
            kind if kind.is_activity() => self.element_mut(gateway).default_flow = Some(flow),
            _ => {}
        }
    }

    /// Adds a sequence flow with a given id.
    pub fn flow(
        &mut self,
        id: Option<&str>,
        source: ElementIdx,
        target: ElementIdx,
        condition: Option<Expression>,
    ) -> FlowIdx {
        let idx = FlowIdx(count(self.definition.flows.len()));
        let id = match id {
            Some(id) => Arc::from(id),
            None => Arc::from(format!("flow_{}_{}_{}", idx.0, source.0, target.0)),
        };
        let name = None;
        self.definition.flows.push(SequenceFlow {
            id,
            name,
            source,
            target,
            condition,
        });
        idx
    }

    /// The flow at `idx`, to be changed.
    pub fn flow_mut(&mut self, idx: FlowIdx) -> &mut SequenceFlow {
        &mut self.definition.flows[idx.index()]
    }

    /// A none start event.
    pub fn start(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        let start = StartEvent {
            definition: None,
            interrupting: true,
        };
        self.add(scope, id, ElementKind::StartEvent(start))
    }

    /// A start event with a trigger; `interrupting` counts in event sub-processes only.
    pub fn start_on(
        &mut self,
        scope: ElementIdx,
        id: &str,
        definition: EventDefinition,
        interrupting: bool,
    ) -> ElementIdx {
        let start = StartEvent {
            definition: Some(definition),
            interrupting,
        };
        self.add(scope, id, ElementKind::StartEvent(start))
    }

    /// A none end event.
    pub fn end(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        self.add(scope, id, ElementKind::EndEvent(None))
    }

    /// An end event that throws.
    pub fn end_with(
        &mut self,
        scope: ElementIdx,
        id: &str,
        definition: EventDefinition,
    ) -> ElementIdx {
        self.add(scope, id, ElementKind::EndEvent(Some(definition)))
    }

    /// A user task without assignee.
    pub fn user_task(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        self.add(scope, id, ElementKind::UserTask(Box::default()))
    }

    /// A service task with a constant job type.
    pub fn service_task(&mut self, scope: ElementIdx, id: &str, job_type: &str) -> ElementIdx {
        self.add(scope, id, ElementKind::ServiceTask(job(job_type)))
    }

    /// A script task that writes the value of an expression to a variable.
    pub fn script_task(
        &mut self,
        scope: ElementIdx,
        id: &str,
        expression: Expression,
        result_variable: &str,
    ) -> ElementIdx {
        let result_variable = Arc::from(result_variable);
        let script = ScriptTask::Feel {
            expression,
            result_variable,
        };
        self.add(scope, id, ElementKind::ScriptTask(script))
    }

    /// An exclusive gateway.
    pub fn exclusive_gateway(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        self.add(scope, id, ElementKind::ExclusiveGateway { default: None })
    }

    /// A parallel gateway.
    pub fn parallel_gateway(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        self.add(scope, id, ElementKind::ParallelGateway)
    }

    /// An inclusive gateway.
    pub fn inclusive_gateway(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        let gateway = InclusiveGateway::default();
        self.add(scope, id, ElementKind::InclusiveGateway(gateway))
    }

    /// A complex gateway; without a condition it lets each token pass.
    pub fn complex_gateway(
        &mut self,
        scope: ElementIdx,
        id: &str,
        activation_condition: Option<Expression>,
    ) -> ElementIdx {
        let gateway = ComplexGateway {
            activation_condition,
            ..ComplexGateway::default()
        };
        self.add(scope, id, ElementKind::ComplexGateway(Box::new(gateway)))
    }

    /// An event-based gateway; its flows lead to the events it waits for.
    pub fn event_based_gateway(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        let gateway = EventBasedGateway::default();
        self.add(scope, id, ElementKind::EventBasedGateway(gateway))
    }

    /// The body of a multi-instance; its one activity is added with it as its scope, by the same
    /// id. Flows and boundary events belong to the body.
    pub fn multi_instance(
        &mut self,
        scope: ElementIdx,
        id: &str,
        multi_instance: MultiInstance,
    ) -> ElementIdx {
        let kind = ElementKind::MultiInstance(Box::new(multi_instance));
        self.add(scope, id, kind)
    }

    /// The body of a loop; its one activity is added with it as its scope, by the same id. Flows and
    /// boundary events belong to the body.
    pub fn standard_loop(
        &mut self,
        scope: ElementIdx,
        id: &str,
        standard_loop: StandardLoop,
    ) -> ElementIdx {
        let kind = ElementKind::StandardLoop(Box::new(standard_loop));
        self.add(scope, id, kind)
    }

    /// An ad-hoc sub-process; its contents are added with it as their scope.
    pub fn ad_hoc_sub_process(
        &mut self,
        scope: ElementIdx,
        id: &str,
        ad_hoc: AdHocSubProcess,
    ) -> ElementIdx {
        self.add(scope, id, ElementKind::AdHocSubProcess(Box::new(ad_hoc)))
    }

    /// An embedded sub-process; its contents are added with it as their scope.
    pub fn sub_process(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        self.add(scope, id, ElementKind::SubProcess(Container::default()))
    }

    /// A transaction; its contents are added with it as their scope.
    pub fn transaction(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        self.add(scope, id, ElementKind::Transaction(Container::default()))
    }

    /// Lets an activity undo what another of its scope has done.
    pub fn set_compensation_handler(&mut self, activity: ElementIdx, handler: ElementIdx) {
        self.element_mut(activity).compensation_handler = Some(handler);
        self.element_mut(handler).is_for_compensation = true;
    }

    /// An event sub-process; its one start event is found when the process is built.
    pub fn event_sub_process(&mut self, scope: ElementIdx, id: &str) -> ElementIdx {
        let event_sub_process = EventSubProcess {
            container: Container::default(),
            start: ElementIdx::ROOT,
            interrupting: true,
        };
        self.add(scope, id, ElementKind::EventSubProcess(event_sub_process))
    }

    /// A boundary event of an activity.
    pub fn boundary_event(
        &mut self,
        attached_to: ElementIdx,
        id: &str,
        definition: EventDefinition,
        cancel_activity: bool,
    ) -> ElementIdx {
        let scope = self.element(attached_to).scope.unwrap_or(ElementIdx::ROOT);
        let event = BoundaryEvent {
            attached_to,
            cancel_activity,
            definition,
        };
        self.add(scope, id, ElementKind::BoundaryEvent(event))
    }

    /// A call activity that hands all variables down and up.
    pub fn call_activity(&mut self, scope: ElementIdx, id: &str, process_key: &str) -> ElementIdx {
        let call = CallActivity {
            process_id: text(process_key),
            binding: Binding::Latest,
            propagate_all_child_variables: true,
            propagate_all_parent_variables: true,
            business_key: None,
        };
        self.add(scope, id, ElementKind::CallActivity(call))
    }

    /// The finished process: everything that follows from other facts is derived here.
    pub fn build(mut self) -> ProcessDefinition {
        self.derive_links();
        self.derive_flows();
        self.derive_contents();
        self.derive_event_sub_processes();
        self.derive_instantiation();
        self.derive_beginnings();
        self.derive_choices();
        self.derive_joins();
        self.definition
    }

    fn derive_joins(&mut self) {
        for position in 0..self.definition.elements.len() {
            let gateway = ElementIdx(count(position));
            let kind = &self.element(gateway).kind;
            let joins = matches!(
                kind,
                ElementKind::InclusiveGateway(_) | ElementKind::ComplexGateway(_)
            );
            if !joins {
                continue;
            }
            let reached = JoinReach::of(&self.definition, gateway);
            match &mut self.element_mut(gateway).kind {
                ElementKind::InclusiveGateway(it) => it.reach = reached,
                ElementKind::ComplexGateway(it) => it.reach = reached,
                _ => {}
            }
        }
    }

    /// Without a start event, what nothing leads to begins. A gateway or a receive task that starts the
    /// process does so in place of a start event.
    fn derive_beginnings(&mut self) {
        for position in 0..self.definition.elements.len() {
            let idx = ElementIdx(count(position));
            let element = self.element(idx);
            let is_scope = matches!(
                element.kind,
                ElementKind::Process(_) | ElementKind::SubProcess(_) | ElementKind::Transaction(_)
            );
            let container = element.kind.container().filter(|_| is_scope);
            if !container.is_some_and(|it| it.start_events.is_empty()) {
                continue;
            }
            let contents = element.contents.iter().copied();
            let begins = |it: &ElementIdx| {
                let element = self.element(*it);
                let is_brought_about = !element.incoming.is_empty() || element.is_for_compensation;
                !is_brought_about && can_begin(&element.kind)
            };
            let begins_with = contents.filter(begins).collect();
            if let Some(container) = self.element_mut(idx).kind.container_mut() {
                container.begins_with = begins_with;
            }
        }
    }

    /// The events after a gateway that starts the process are where instances begin, and so are the
    /// receive tasks that start it.
    fn derive_instantiation(&mut self) {
        let mut events: Vec<ElementIdx> = Vec::new();
        for (position, element) in self.definition.elements.iter().enumerate() {
            if element.instantiates && element.scope == Some(ElementIdx::ROOT) {
                events.push(ElementIdx(count(position)));
            }
            let ElementKind::EventBasedGateway(gateway) = &element.kind else {
                continue;
            };
            if gateway.instantiates.is_some() && element.scope == Some(ElementIdx::ROOT) {
                let outgoing = element.outgoing.iter();
                events.extend(outgoing.map(|flow| self.definition.flow(*flow).target));
            }
        }
        if let Some(container) = self.element_mut(ElementIdx::ROOT).kind.container_mut() {
            container.start_events.extend(events);
        }
    }

    /// What can be chosen in an ad-hoc sub-process: the activities and intermediate events that nothing
    /// else brings about.
    fn derive_choices(&mut self) {
        for position in 0..self.definition.elements.len() {
            let idx = ElementIdx(count(position));
            let element = self.element(idx);
            if !matches!(element.kind, ElementKind::AdHocSubProcess(_)) {
                continue;
            }
            let contents = element.contents.iter().copied();
            let chosen = |it: &ElementIdx| {
                let element = self.element(*it);
                let is_brought_about = !element.incoming.is_empty() || element.is_for_compensation;
                !is_brought_about && can_be_chosen(&element.kind)
            };
            let activities = contents.filter(chosen).collect();
            if let ElementKind::AdHocSubProcess(it) = &mut self.element_mut(idx).kind {
                it.activities = activities;
            }
        }
    }

    /// A link is a sequence flow from each of its sources to its target; one that is there already
    /// stays.
    fn derive_links(&mut self) {
        let flows = self.definition.flows.iter();
        let left: BTreeSet<ElementIdx> = flows.map(|it| it.source).collect();
        let mut targets: BTreeMap<(Option<ElementIdx>, Arc<str>), ElementIdx> = BTreeMap::new();
        let mut sources = Vec::new();
        for (position, element) in self.definition.elements.iter().enumerate() {
            let idx = ElementIdx(count(position));
            match &element.kind {
                ElementKind::IntermediateCatchEvent(EventDefinition::Link(link)) => {
                    let key = (element.scope, link.name.clone());
                    targets.entry(key).or_insert(idx);
                }
                ElementKind::IntermediateThrowEvent(Some(EventDefinition::Link(link)))
                    if !left.contains(&idx) =>
                {
                    sources.push((idx, (element.scope, link.name.clone())));
                }
                _ => {}
            }
        }
        for (source, key) in sources {
            if let Some(target) = targets.get(&key) {
                let id = link_flow_id(&self.element(source).id);
                self.flow(Some(&id), source, *target, None);
            }
        }
    }

    fn derive_flows(&mut self) {
        let definition = &mut self.definition;
        for element in &mut definition.elements {
            element.incoming.clear();
            element.outgoing.clear();
        }
        for (position, flow) in definition.flows.iter().enumerate() {
            let idx = FlowIdx(count(position));
            definition.elements[flow.source.index()].outgoing.push(idx);
            definition.elements[flow.target.index()].incoming.push(idx);
        }
    }

    fn derive_contents(&mut self) {
        for position in 1..self.definition.elements.len() {
            let idx = ElementIdx(count(position));
            let element = self.element(idx);
            let scope = element.scope.unwrap_or(ElementIdx::ROOT);
            let attached_to = match &element.kind {
                ElementKind::BoundaryEvent(event) => Some(event.attached_to),
                _ => None,
            };
            let start = match &element.kind {
                ElementKind::StartEvent(start) => Some(start.definition.is_none()),
                _ => None,
            };
            let is_event_sub_process = matches!(element.kind, ElementKind::EventSubProcess(_));
            if let Some(attached_to) = attached_to {
                self.element_mut(attached_to).boundary_events.push(idx);
            }
            let container = self.element_mut(scope);
            container.contents.push(idx);
            match &mut container.kind {
                ElementKind::MultiInstance(it) => it.inner = idx,
                ElementKind::StandardLoop(it) => it.inner = idx,
                _ => {}
            }
            let Some(container) = container.kind.container_mut() else {
                continue;
            };
            if let Some(is_none) = start {
                container.start_events.push(idx);
                if is_none && container.start_event.is_none() {
                    container.start_event = Some(idx);
                }
            }
            if is_event_sub_process {
                container.event_sub_processes.push(idx);
            }
        }
    }

    fn derive_event_sub_processes(&mut self) {
        for position in 0..self.definition.elements.len() {
            let found = match &self.definition.elements[position].kind {
                ElementKind::EventSubProcess(it) => it.container.start_events.first().copied(),
                _ => None,
            };
            let Some(start_idx) = found else { continue };
            let start_interrupts = match &self.element(start_idx).kind {
                ElementKind::StartEvent(start) => start.interrupting,
                _ => true,
            };
            if let ElementKind::EventSubProcess(it) = &mut self.definition.elements[position].kind {
                it.start = start_idx;
                it.interrupting = start_interrupts;
            }
        }
    }
}

/// Whether an element of an ad-hoc sub-process can be chosen, if no flow leads to it.
pub(crate) fn can_be_chosen(kind: &ElementKind) -> bool {
    let is_link = |it: &EventDefinition| matches!(it, EventDefinition::Link(_));
    match kind {
        ElementKind::IntermediateCatchEvent(it) => !is_link(it),
        ElementKind::IntermediateThrowEvent(it) => !it.as_ref().is_some_and(is_link),
        other => other.is_activity(),
    }
}

/// Whether an element can begin with its scope, if no flow leads to it. Nothing is brought about by an
/// event or a link then, and an intermediate event is always led to (BPMN 2.0, 10.5.4).
pub(crate) fn can_begin(kind: &ElementKind) -> bool {
    match kind {
        ElementKind::BoundaryEvent(_)
        | ElementKind::EventSubProcess(_)
        | ElementKind::StartEvent(_)
        | ElementKind::EndEvent(_)
        | ElementKind::IntermediateCatchEvent(_)
        | ElementKind::IntermediateThrowEvent(_)
        | ElementKind::Process(_) => false,
        ElementKind::EventBasedGateway(it) => it.instantiates.is_none(),
        _ => true,
    }
}

/// The id of the flow that a link stands for; no id of a file has a colon.
pub(crate) fn link_flow_id(source: &str) -> String {
    format!("link:{source}")
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("the limits keep a process below 2^32 elements")
}

/// A constant text as an expression.
pub fn text(value: &str) -> Expression {
    expression::constant_text(value)
}

/// A FEEL expression (without the leading `=`).
///
/// # Panics
/// If it has a syntax error: this is for models written in code.
pub fn feel(source: &str) -> Expression {
    match expression::compile(source) {
        Ok(expression) => expression,
        Err(errors) => panic!("the expression {source:?} does not compile: {errors:?}"),
    }
}

/// A job with a constant type and no headers.
pub fn job(job_type: &str) -> JobWork {
    JobWork {
        job_type: text(job_type),
        retries: None,
        headers: BTreeMap::new(),
    }
}

/// A mapping of a FEEL expression to a variable.
pub fn mapping(source: &str, target: &str) -> Mapping {
    Mapping {
        source: feel(source),
        target: Arc::from(target),
    }
}

/// A user task with a constant assignee.
pub fn assigned_to(assignee: &str) -> UserTask {
    UserTask {
        assignee: Some(text(assignee)),
        ..UserTask::default()
    }
}

/// A timer of a constant ISO 8601 duration.
pub fn timer_duration(duration: &str) -> EventDefinition {
    EventDefinition::Timer(TimerDefinition::Duration(text(duration)))
}

/// A timer of a constant ISO 8601 instant.
pub fn timer_date(date: &str) -> EventDefinition {
    EventDefinition::Timer(TimerDefinition::Date(text(date)))
}

/// A repeating timer (`R3/PT10M` or six-field cron).
pub fn timer_cycle(cycle: &str) -> EventDefinition {
    EventDefinition::Timer(TimerDefinition::Cycle(text(cycle)))
}

/// A timer bound to a deadline; the id of the record is a FEEL expression.
pub fn timer_deadline(key: &str, record_id: &str) -> EventDefinition {
    EventDefinition::Timer(TimerDefinition::Deadline {
        key: Arc::from(key),
        record_id: feel(record_id),
    })
}

/// A message with a constant name, whose key is a FEEL expression.
pub fn message(name: &str, correlation_key: &str) -> EventDefinition {
    let correlation_key = Some(feel(correlation_key));
    EventDefinition::Message(plain_message(name, correlation_key))
}

fn plain_message(name: &str, correlation_key: Option<Expression>) -> Message {
    Message {
        name: text(name),
        correlation_key,
        job: None,
        time_to_live: None,
        message_id: None,
    }
}

/// A signal with a constant name.
pub fn signal(name: &str) -> EventDefinition {
    EventDefinition::Signal(Signal { name: text(name) })
}

/// An escalation with a code.
pub fn escalation(code: &str) -> EventDefinition {
    EventDefinition::Escalation(EscalationDefinition {
        code: Some(Arc::from(code)),
    })
}

/// A message with a constant name and no key: the start of a process.
pub fn start_message(name: &str) -> EventDefinition {
    EventDefinition::Message(plain_message(name, None))
}

/// An error with a code.
pub fn error(code: &str) -> EventDefinition {
    EventDefinition::Error(ErrorDefinition {
        code: Some(Arc::from(code)),
    })
}

/// Catches every error.
pub fn any_error() -> EventDefinition {
    EventDefinition::Error(ErrorDefinition { code: None })
}

/// A condition in FEEL.
pub fn conditional(condition: &str) -> EventDefinition {
    EventDefinition::Conditional(ConditionalDefinition::new(feel(condition)))
}

/// Compensation of one activity, or of the whole scope, that is waited for.
pub fn compensate(activity: Option<&str>) -> EventDefinition {
    EventDefinition::Compensate(CompensateDefinition {
        activity: activity.map(Arc::from),
        wait_for_completion: true,
    })
}

/// One end of a link.
pub fn link(name: &str) -> EventDefinition {
    let name = Arc::from(name);
    EventDefinition::Link(LinkDefinition { name })
}

/// One of several definitions.
pub fn multiple(definitions: Vec<EventDefinition>) -> EventDefinition {
    EventDefinition::Multiple(Box::new(MultipleDefinition {
        definitions,
        is_parallel: false,
    }))
}

/// All of several definitions.
pub fn parallel_multiple(definitions: Vec<EventDefinition>) -> EventDefinition {
    EventDefinition::Multiple(Box::new(MultipleDefinition {
        definitions,
        is_parallel: true,
    }))
}
