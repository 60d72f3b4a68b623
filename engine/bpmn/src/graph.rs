//! The compiled graph of a process: what the core executes.
//!
//! It knows neither XML nor instances. Everything in it has been checked: a flow's ends exist, a
//! boundary event hangs on an activity, an event sub-process has exactly one start event with a
//! trigger, and so on. Start from [`ProcessDefinition`]; `elements[0]` is the process itself.
//!
//! All collections have a fixed order, so that two compilations of one file are the same graph.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_feel::expression::Expression;

use crate::diagnostic::Diagnostic;

pub mod ad_hoc_sub_process;
pub mod complex_gateway;
pub mod data_type;
pub mod event;
pub mod join;
pub mod multi_instance;
mod part;
pub mod standard_loop;

use ad_hoc_sub_process::AdHocSubProcess;
use complex_gateway::ComplexGateway;
use data_type::DataDeclaration;
use event::{CompensateDefinition, ConditionalDefinition, LinkDefinition, MultipleDefinition};
use join::JoinReach;
use multi_instance::MultiInstance;
use standard_loop::StandardLoop;

/// Position of an element in [`ProcessDefinition::elements`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementIdx(pub u32);

impl ElementIdx {
    /// The process itself is always the first element.
    pub const ROOT: ElementIdx = ElementIdx(0);

    /// The position as an index into a slice.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Position of a sequence flow in [`ProcessDefinition::flows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowIdx(pub u32);

impl FlowIdx {
    /// The position as an index into a slice.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What one BPMN file holds: one definition for each executable process, in file order.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// The `id` of `bpmn:definitions`, if it has one.
    pub id: Option<Arc<str>>,
    /// The executable processes, in file order.
    pub processes: Vec<Arc<ProcessDefinition>>,
    /// What was noted and does not prevent a deployment.
    pub warnings: Vec<Diagnostic>,
}

/// One executable process.
#[derive(Debug, Clone)]
pub struct ProcessDefinition {
    /// The BPMN process id; it stays the same over the versions.
    pub key: Arc<str>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// `zeebe:versionTag`, if given.
    pub version_tag: Option<Arc<str>>,
    /// The text of `bpmn:documentation`, if given.
    pub documentation: Option<Arc<str>>,
    /// What is the correlation key of a message of this name, over its variables: as the
    /// correlation properties of the file say, unless the file has whoever waits compute the key.
    pub message_keys: BTreeMap<Arc<str>, Expression>,
    /// All elements; the first is the process itself, a container precedes its contents.
    pub(crate) elements: Vec<Element>,
    /// All sequence flows of all scopes.
    pub(crate) flows: Vec<SequenceFlow>,
    /// Elements by their XML id. The body of a multi-instance or loop and the activity within it
    /// have the same id; the body is what is found.
    pub(crate) by_id: BTreeMap<Arc<str>, ElementIdx>,
}

impl ProcessDefinition {
    /// The element at `idx`.
    ///
    /// # Panics
    /// If `idx` does not come from this definition.
    pub fn element(&self, idx: ElementIdx) -> &Element {
        &self.elements[idx.index()]
    }

    /// The element at `idx`, or nothing if it does not come from this definition.
    pub fn get(&self, idx: ElementIdx) -> Option<&Element> {
        self.elements.get(idx.index())
    }

    /// The sequence flow at `idx`.
    ///
    /// # Panics
    /// If `idx` does not come from this definition.
    pub fn flow(&self, idx: FlowIdx) -> &SequenceFlow {
        &self.flows[idx.index()]
    }

    /// The element with the given XML id.
    pub fn find(&self, element_id: &str) -> Option<ElementIdx> {
        self.by_id.get(element_id).copied()
    }

    /// The process itself.
    pub fn root(&self) -> &Element {
        &self.elements[0]
    }

    /// All elements, the process first.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// All sequence flows.
    pub fn flows(&self) -> &[SequenceFlow] {
        &self.flows
    }

    /// All positions, the process first.
    pub fn indices(&self) -> impl Iterator<Item = ElementIdx> + use<> {
        (0..u32::try_from(self.elements.len()).unwrap_or(u32::MAX)).map(ElementIdx)
    }

    /// The container part of an element that has contents.
    pub fn container(&self, idx: ElementIdx) -> Option<&Container> {
        self.element(idx).kind.container()
    }
}

/// One element of a process.
#[derive(Debug, Clone)]
pub struct Element {
    /// The XML id, unique within the file but for the body of a multi-instance or loop, which shares
    /// that of its activity.
    pub id: Arc<str>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// What it is and how it is executed.
    pub kind: ElementKind,
    /// The enclosing container; only the process has none. A boundary event has the scope of the
    /// activity it is attached to.
    pub scope: Option<ElementIdx>,
    /// The sequence flows that lead here, in file order.
    pub incoming: Vec<FlowIdx>,
    /// The sequence flows that lead away, in file order.
    pub outgoing: Vec<FlowIdx>,
    /// `zeebe:input`: evaluated in order at activation, each makes a local variable.
    pub inputs: Vec<Mapping>,
    /// `zeebe:output`: evaluated in order at completion, each writes upwards. If there are none,
    /// all variables of a job, task or message propagate.
    pub outputs: Vec<Mapping>,
    /// What its variables are declared to hold.
    pub data: Vec<DataDeclaration>,
    /// How many tokens an activity takes to begin, of all its incoming flows together
    /// (`startQuantity`, BPMN 2.0, 10.3); 1 for everything else.
    pub start_quantity: u32,
    /// Taken by an activity if it has flows with conditions, and none holds.
    pub default_flow: Option<FlowIdx>,
    /// How many tokens an activity leaves on each outgoing flow (`completionQuantity`).
    pub completion_quantity: u32,
    /// The boundary events attached to this activity, in file order.
    pub boundary_events: Vec<ElementIdx>,
    /// The activity in the same scope that undoes what this one has done, if it has a boundary
    /// event for that.
    pub compensation_handler: Option<ElementIdx>,
    /// Whether it only undoes what another activity has done: no flow leads to it.
    pub is_for_compensation: bool,
    /// Whether it is a receive task whose message starts the process (`instantiate`).
    pub instantiates: bool,
    /// The elements directly within this container, in file order.
    pub contents: Vec<ElementIdx>,
    /// The line of the element in its file, for messages; 0 if it was built without a file.
    pub line: u32,
    /// `zeebe:properties`, name to value, including those that begin with `tongban:`.
    pub properties: BTreeMap<Arc<str>, Arc<str>>,
}

/// `source` is evaluated, its value is written to the path `target` (`a` or `a.b.c`).
#[derive(Debug, Clone)]
pub struct Mapping {
    /// What is evaluated.
    pub source: Expression,
    /// The variable, or a path into a context, that is written; segments are separated by dots.
    pub target: Arc<str>,
}

/// A sequence flow.
#[derive(Debug, Clone)]
pub struct SequenceFlow {
    /// The XML id.
    pub id: Arc<str>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// Where it begins.
    pub source: ElementIdx,
    /// Where it leads; always in the same scope.
    pub target: ElementIdx,
    /// Present only on flows out of an exclusive, inclusive or complex gateway, or an activity.
    pub condition: Option<Expression>,
}

/// What an element is.
#[derive(Debug, Clone)]
pub enum ElementKind {
    /// The process itself.
    Process(Container),
    /// An embedded sub-process.
    SubProcess(Container),
    /// A sub-process whose activities are chosen while it runs.
    AdHocSubProcess(Box<AdHocSubProcess>),
    /// A sub-process whose work is undone as a whole when it is canceled.
    Transaction(Container),
    /// A sub-process started by an event of its scope.
    EventSubProcess(EventSubProcess),
    /// Where a scope begins.
    StartEvent(StartEvent),
    /// Where a path ends: none, message, signal, escalation, error, compensation, cancel, terminate
    /// or several of these.
    EndEvent(Option<EventDefinition>),
    /// Waits for a timer, a message, a signal, a condition, or one or all of several; or is the target
    /// of a link.
    IntermediateCatchEvent(EventDefinition),
    /// Passes through (none), publishes a message, broadcasts a signal, throws an escalation or
    /// compensation, or several of these; or leads to the target of its link.
    IntermediateThrowEvent(Option<EventDefinition>),
    /// Waits beside an activity.
    BoundaryEvent(BoundaryEvent),
    /// A task without a kind: passes through.
    Task,
    /// Work outside the system: passes through.
    ManualTask,
    /// Waits for a person.
    UserTask(Box<UserTask>),
    /// Waits for a job.
    ServiceTask(JobWork),
    /// Evaluates an expression or waits for a job.
    ScriptTask(ScriptTask),
    /// Decides by a decision table or waits for a job.
    BusinessRuleTask(BusinessRuleTask),
    /// Publishes a message or waits for a job that sends it.
    SendTask(SendTask),
    /// Waits for a message.
    ReceiveTask(Message),
    /// Takes one of its outgoing flows.
    ExclusiveGateway {
        /// Taken if no condition holds.
        default: Option<FlowIdx>,
    },
    /// Waits for all incoming flows, takes all outgoing ones.
    ParallelGateway,
    /// Takes every outgoing flow whose condition holds; waits for the tokens that can still come.
    InclusiveGateway(InclusiveGateway),
    /// Waits until its activation condition holds, takes every outgoing flow whose condition holds,
    /// then waits for the tokens that can still come.
    ComplexGateway(Box<ComplexGateway>),
    /// Waits for the events its outgoing flows lead to; the first one decides. One that starts the
    /// process waits for nothing.
    EventBasedGateway(EventBasedGateway),
    /// Starts another process and waits for its end.
    CallActivity(CallActivity),
    /// Carries its one activity out several times.
    MultiInstance(Box<MultiInstance>),
    /// Carries its one activity out again and again.
    StandardLoop(Box<StandardLoop>),
}

impl ElementKind {
    /// The container part, if this kind has contents.
    pub fn container(&self) -> Option<&Container> {
        match self {
            ElementKind::Process(container)
            | ElementKind::SubProcess(container)
            | ElementKind::Transaction(container) => Some(container),
            ElementKind::AdHocSubProcess(ad_hoc) => Some(&ad_hoc.container),
            ElementKind::EventSubProcess(event_sub_process) => Some(&event_sub_process.container),
            ElementKind::StartEvent(_)
            | ElementKind::EndEvent(_)
            | ElementKind::IntermediateCatchEvent(_)
            | ElementKind::IntermediateThrowEvent(_)
            | ElementKind::BoundaryEvent(_)
            | ElementKind::Task
            | ElementKind::ManualTask
            | ElementKind::UserTask(_)
            | ElementKind::ServiceTask(_)
            | ElementKind::ScriptTask(_)
            | ElementKind::BusinessRuleTask(_)
            | ElementKind::SendTask(_)
            | ElementKind::ReceiveTask(_)
            | ElementKind::ExclusiveGateway { .. }
            | ElementKind::ParallelGateway
            | ElementKind::InclusiveGateway(_)
            | ElementKind::ComplexGateway(_)
            | ElementKind::EventBasedGateway(_)
            | ElementKind::CallActivity(_)
            | ElementKind::MultiInstance(_)
            | ElementKind::StandardLoop(_) => None,
        }
    }

    /// The container part, to be filled by the builder.
    pub(crate) fn container_mut(&mut self) -> Option<&mut Container> {
        match self {
            ElementKind::Process(container)
            | ElementKind::SubProcess(container)
            | ElementKind::Transaction(container) => Some(container),
            ElementKind::AdHocSubProcess(ad_hoc) => Some(&mut ad_hoc.container),
            ElementKind::EventSubProcess(event_sub_process) => {
                Some(&mut event_sub_process.container)
            }
            _ => None,
        }
    }

    /// Whether boundary events may hang on it (BPMN 2.0, 10.3.3: tasks, sub-processes, calls).
    pub fn is_activity(&self) -> bool {
        match self {
            ElementKind::SubProcess(_)
            | ElementKind::AdHocSubProcess(_)
            | ElementKind::Transaction(_)
            | ElementKind::Task
            | ElementKind::ManualTask
            | ElementKind::UserTask(_)
            | ElementKind::ServiceTask(_)
            | ElementKind::ScriptTask(_)
            | ElementKind::BusinessRuleTask(_)
            | ElementKind::SendTask(_)
            | ElementKind::ReceiveTask(_)
            | ElementKind::CallActivity(_)
            | ElementKind::MultiInstance(_)
            | ElementKind::StandardLoop(_) => true,
            ElementKind::Process(_)
            | ElementKind::EventSubProcess(_)
            | ElementKind::StartEvent(_)
            | ElementKind::EndEvent(_)
            | ElementKind::IntermediateCatchEvent(_)
            | ElementKind::IntermediateThrowEvent(_)
            | ElementKind::BoundaryEvent(_)
            | ElementKind::ExclusiveGateway { .. }
            | ElementKind::ParallelGateway
            | ElementKind::InclusiveGateway(_)
            | ElementKind::ComplexGateway(_)
            | ElementKind::EventBasedGateway(_) => false,
        }
    }

    /// The name of the element in BPMN's XML, for messages and histories.
    pub fn name(&self) -> &'static str {
        match self {
            ElementKind::Process(_) => "process",
            ElementKind::SubProcess(_) => "subProcess",
            ElementKind::AdHocSubProcess(_) => "adHocSubProcess",
            ElementKind::Transaction(_) => "transaction",
            ElementKind::EventSubProcess(_) => "eventSubProcess",
            ElementKind::StartEvent(_) => "startEvent",
            ElementKind::EndEvent(_) => "endEvent",
            ElementKind::IntermediateCatchEvent(_) => "intermediateCatchEvent",
            ElementKind::IntermediateThrowEvent(_) => "intermediateThrowEvent",
            ElementKind::BoundaryEvent(_) => "boundaryEvent",
            ElementKind::Task => "task",
            ElementKind::ManualTask => "manualTask",
            ElementKind::UserTask(_) => "userTask",
            ElementKind::ServiceTask(_) => "serviceTask",
            ElementKind::ScriptTask(_) => "scriptTask",
            ElementKind::BusinessRuleTask(_) => "businessRuleTask",
            ElementKind::SendTask(_) => "sendTask",
            ElementKind::ReceiveTask(_) => "receiveTask",
            ElementKind::ExclusiveGateway { .. } => "exclusiveGateway",
            ElementKind::ParallelGateway => "parallelGateway",
            ElementKind::InclusiveGateway(_) => "inclusiveGateway",
            ElementKind::ComplexGateway(_) => "complexGateway",
            ElementKind::EventBasedGateway(_) => "eventBasedGateway",
            ElementKind::CallActivity(_) => "callActivity",
            ElementKind::MultiInstance(_) => "multiInstance",
            ElementKind::StandardLoop(_) => "standardLoop",
        }
    }
}

/// What a process, a sub-process and an event sub-process have in common.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// The none start event: absent in an event sub-process, and where elements begin by themselves, present in a process that can be started without a trigger. In the part of a
    /// process that an iteration runs it is the activity itself, see
    /// [`ProcessDefinition::part`].
    pub start_event: Option<ElementIdx>,
    /// All start events, in file order; a process may have several with triggers. The events after
    /// a gateway that starts the process are among them, and receive tasks that start it.
    pub start_events: Vec<ElementIdx>,
    /// What begins, all together, where there is no start event: every element of a process or
    /// sub-process to which no sequence flow leads (BPMN 2.0, 10.5.2).
    pub begins_with: Vec<ElementIdx>,
    /// The event sub-processes directly within, in file order.
    pub event_sub_processes: Vec<ElementIdx>,
}

/// A sub-process with `triggeredByEvent="true"`.
#[derive(Debug, Clone)]
pub struct EventSubProcess {
    /// Its contents.
    pub container: Container,
    /// Its only start event, which has a trigger.
    pub start: ElementIdx,
    /// Whether its start terminates everything else in the scope around it.
    pub interrupting: bool,
}

/// A start event.
#[derive(Debug, Clone)]
pub struct StartEvent {
    /// The trigger; timer, message, signal, condition, one of several, or (in an event sub-process
    /// only) error, escalation, compensation, or all of several.
    pub definition: Option<EventDefinition>,
    /// `isInterrupting`; it has a meaning only in an event sub-process.
    pub interrupting: bool,
}

/// A boundary event; its definition is a timer, a message, a signal, a condition, an error, an
/// escalation, one or all of several of these, compensation, or the cancel of a transaction.
#[derive(Debug, Clone)]
pub struct BoundaryEvent {
    /// The activity.
    pub attached_to: ElementIdx,
    /// Whether the activity is terminated; always true for an error and a cancel, without meaning
    /// for compensation, which comes after the end of the activity.
    pub cancel_activity: bool,
    /// The trigger.
    pub definition: EventDefinition,
}

/// What an event waits for or causes.
#[derive(Debug, Clone)]
pub enum EventDefinition {
    /// Catch only: process start, event sub-process start, intermediate, boundary.
    Timer(TimerDefinition),
    /// Catch: waits for a message; throw: publishes one.
    Message(Message),
    /// Catch: waits for a signal; throw: broadcasts one.
    Signal(Signal),
    /// Catch: waits until a condition becomes true.
    Conditional(ConditionalDefinition),
    /// Boundary and event sub-process start: catches; end event: throws.
    Error(ErrorDefinition),
    /// Boundary and event sub-process start: catches; intermediate and end event: throws.
    Escalation(EscalationDefinition),
    /// Boundary and event sub-process start: undoes what has been completed; intermediate and end
    /// event: asks for that.
    Compensate(CompensateDefinition),
    /// End event: cancels the transaction around it; boundary: the way on after that.
    Cancel,
    /// Intermediate: throw leads to catch. The builder makes a sequence flow of each pair.
    Link(LinkDefinition),
    /// End event only: ends its scope at once.
    Terminate,
    /// Several of the others.
    Multiple(Box<MultipleDefinition>),
}

/// When a timer is due. The values are read by [`crate::timer::first_due`].
#[derive(Debug, Clone)]
pub enum TimerDefinition {
    /// `timeDate`: an ISO 8601 instant, or a FEEL date or date and time.
    Date(Expression),
    /// `timeDuration`: an ISO 8601 duration, or a FEEL duration.
    Duration(Expression),
    /// `timeCycle`: `R3/PT10M` or a six-field cron text. Only where it can fire repeatedly:
    /// process start, non-interrupting event sub-process start and boundary event.
    Cycle(Expression),
    /// `tongban:deadline`: the deadline of that key, of the record with this id (a text), owns the
    /// date; the timer follows it when it moves. Not at the start of a process.
    Deadline {
        /// Key of the deadline, as a plugin declares it.
        key: Arc<str>,
        /// Id of the record (`tongban:record-id`).
        record_id: Expression,
    },
}

/// A message that is awaited or published.
#[derive(Debug, Clone)]
pub struct Message {
    /// The name; of a start event of a process it is always constant.
    pub name: Expression,
    /// `zeebe:subscription correlationKey`; present for every catching event but the start event
    /// of a process. For a throwing event it is the key of the message published; absent means
    /// the empty key, which reaches start events only.
    pub correlation_key: Option<Expression>,
    /// `zeebe:taskDefinition` on a throwing event: a worker sends the message, nothing is
    /// published by the engine, and the event waits for that job.
    pub job: Option<JobWork>,
    /// `zeebe:publishMessage timeToLive`: how long the message is kept for those who do not wait
    /// for it yet (a duration); throwing only. Absent: not at all.
    pub time_to_live: Option<Expression>,
    /// `zeebe:publishMessage messageId`: while a message with the same id is kept, another is not
    /// published; throwing only.
    pub message_id: Option<Expression>,
}

/// A signal that is awaited or broadcast.
#[derive(Debug, Clone)]
pub struct Signal {
    /// The name; of a start event of a process it is always constant.
    pub name: Expression,
}

/// An error that is caught or thrown.
#[derive(Debug, Clone)]
pub struct ErrorDefinition {
    /// The error code. Absent: catches every error (a thrown error always has a code).
    pub code: Option<Arc<str>>,
}

/// An escalation that is caught or thrown.
#[derive(Debug, Clone)]
pub struct EscalationDefinition {
    /// The escalation code. Absent: catches every escalation (a thrown one always has a code).
    pub code: Option<Arc<str>>,
}

/// Work done by a plugin or a worker (`zeebe:taskDefinition` and `zeebe:taskHeaders`).
#[derive(Debug, Clone)]
pub struct JobWork {
    /// The type of the job, by which the worker is found.
    pub job_type: Expression,
    /// How often it is tried; the core's default if absent.
    pub retries: Option<Expression>,
    /// Static texts handed to the worker.
    pub headers: BTreeMap<Arc<str>, Arc<str>>,
}

/// A user task.
#[derive(Debug, Clone, Default)]
pub struct UserTask {
    /// The person who shall do it (a text).
    pub assignee: Option<Expression>,
    /// The groups whose members may claim it (a list of texts); the name of the lane, if the task
    /// itself says nothing.
    pub candidate_groups: Option<Expression>,
    /// The persons who may claim it (a list of texts).
    pub candidate_users: Option<Expression>,
    /// When it is due (ISO 8601 text or a FEEL date and time).
    pub due_date: Option<Expression>,
    /// When it should be looked at again.
    pub follow_up_date: Option<Expression>,
    /// 0 to 100, 50 by default.
    pub priority: Option<Expression>,
    /// The form shown.
    pub form: Option<FormReference>,
    /// Jobs between a person's completion and the completion of the element, in file order.
    pub listeners: Vec<TaskListener>,
    /// The record the task is about (`tongban:record-kind`, `tongban:record-id`).
    pub record: Option<RecordReference>,
    /// `zeebe:taskHeaders`.
    pub headers: BTreeMap<Arc<str>, Arc<str>>,
}

/// The form of a user task.
#[derive(Debug, Clone)]
pub enum FormReference {
    /// `formKey`, or an `externalReference`: a text the client understands.
    Key(Expression),
    /// `formId`: a deployed form.
    Id {
        /// The id of the form.
        form_id: Expression,
        /// Which version of it.
        binding: Binding,
    },
}

/// A `zeebe:taskListener`.
#[derive(Debug, Clone)]
pub struct TaskListener {
    /// When it is called.
    pub event: TaskListenerEvent,
    /// The type of the job.
    pub job_type: Expression,
    /// How often it is tried.
    pub retries: Option<Expression>,
}

/// The moments at which a task listener can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskListenerEvent {
    /// A person completes the task: the listener may refuse, which leaves the task open.
    Completing,
}

/// The record a user task is about, so that clerks' lists can join it.
#[derive(Debug, Clone)]
pub struct RecordReference {
    /// The kind of the record.
    pub kind: Expression,
    /// The id of the record.
    pub id: Expression,
}

/// A script task.
#[derive(Debug, Clone)]
pub enum ScriptTask {
    /// `zeebe:script`: FEEL, evaluated by the core.
    Feel {
        /// What is evaluated.
        expression: Expression,
        /// The variable its value is written to.
        result_variable: Arc<str>,
    },
    /// `zeebe:taskDefinition`.
    Job(JobWork),
}

/// A send task.
#[derive(Debug, Clone)]
pub enum SendTask {
    /// The engine publishes the message; its `job` is absent.
    Message(Message),
    /// `zeebe:taskDefinition`: a worker sends it.
    Job(JobWork),
}

/// An inclusive gateway.
#[derive(Debug, Clone, Default)]
pub struct InclusiveGateway {
    /// Taken if no condition holds.
    pub default: Option<FlowIdx>,
    /// Where a token can still reach which of its incoming flows.
    pub reach: JoinReach,
}

/// An event-based gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventBasedGateway {
    /// `instantiate`: its events start the process (BPMN 2.0, 10.6.6). Nothing leads to it then.
    pub instantiates: Option<Instantiation>,
}

/// How the events after an event-based gateway start a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instantiation {
    /// Each of them starts an instance of its own.
    Exclusive,
    /// The first starts the instance, which then waits for all others.
    Parallel,
}

/// A business rule task.
#[derive(Debug, Clone)]
pub enum BusinessRuleTask {
    /// `zeebe:calledDecision`: a deployed decision.
    Decision(Box<CalledDecision>),
    /// `zeebe:taskDefinition`.
    Job(JobWork),
}

/// `zeebe:calledDecision`.
#[derive(Debug, Clone)]
pub struct CalledDecision {
    /// The id of the decision.
    pub decision_id: Expression,
    /// The variable the result is written to.
    pub result_variable: Arc<str>,
    /// `tongban:as-of`: the date by whose rules the case is decided; today if absent.
    pub as_of: Option<Expression>,
    /// Which version of the decision.
    pub binding: Binding,
}

/// Which version of a called process, decision or form is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Binding {
    /// The newest at the moment of the call.
    #[default]
    Latest,
    /// The one deployed together with the caller.
    Deployment,
    /// The newest with this version tag.
    VersionTag(Arc<str>),
}

/// A call activity (`zeebe:calledElement`).
#[derive(Debug, Clone)]
pub struct CallActivity {
    /// The key of the called process.
    pub process_id: Expression,
    /// Which version of it.
    pub binding: Binding,
    /// Whether all variables of the child are handed back at its end.
    pub propagate_all_child_variables: bool,
    /// Whether the child sees all variables of the caller; else only the input mappings' results.
    pub propagate_all_parent_variables: bool,
    /// `tongban:business-key`: the business key of the child.
    pub business_key: Option<Expression>,
}
