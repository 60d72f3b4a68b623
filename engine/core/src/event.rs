//! What happened in one process instance: the only thing that changes its state.
//!
//! Events are plain data with everything in them that a projection needs, so that nobody has to
//! look into the state to derive a row. They know no stored format. A fold of all events of an
//! instance over [`crate::state::State::empty`] gives exactly its state. Start from [`Event`].

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_feel::value::Value;

use crate::command::{ChildThrower, Iteration, ParentLink};
use crate::id::{
    Binding, CompensationId, DefinitionId, ElementIdx, ElementInstanceId, FlowIdx, IncidentId,
    Instant, JobId, ProcessInstanceId, SubscriptionId, TimerId, UserTaskId,
};
use crate::incident;
use crate::state::arrival::Arrival;
use crate::variable::Variables;
use crate::work::Work;

pub mod compensation;
pub mod condition;
pub mod escalation;
pub mod migration;
pub mod modification;
pub mod multi_instance;

use compensation::{CompensationCarriedOut, CompensationRegistered, CompensationStarted};
use condition::ConditionSubscriptionOpened;
use escalation::{EscalationAnswered, EscalationPropagated};
use migration::{InstanceMigrated, UserTaskMigrated};
use modification::InstanceModified;
use multi_instance::{IterationCompleted, LoopStarted};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The instance exists. Always the first event.
    InstanceCreated(InstanceCreated),
    /// All work of the instance is done. Always the last event.
    InstanceCompleted(InstanceCompleted),
    /// The instance was ended from outside. Always the last event.
    InstanceTerminated(InstanceTerminated),

    /// An element instance exists; its inputs are being read.
    ElementActivating(ElementActivating),
    /// An element instance has opened what it waits for.
    ElementActivated {
        /// Which.
        id: ElementInstanceId,
    },
    /// An element instance has what it waited for; its outputs are being written.
    ElementCompleting {
        /// Which.
        id: ElementInstanceId,
        /// What came with it and is not mapped yet.
        received: Variables,
    },
    /// The outputs of an element instance have been written, but the conditions of its flows cannot
    /// be evaluated.
    OutputsWritten {
        /// Which.
        id: ElementInstanceId,
    },
    /// An element instance has ended as the model says, and is gone.
    ElementCompleted {
        /// Which.
        id: ElementInstanceId,
    },
    /// An element instance is being ended early; its contents go first.
    ElementTerminating {
        /// Which.
        id: ElementInstanceId,
    },
    /// An element instance has ended early, and is gone.
    ElementTerminated {
        /// Which.
        id: ElementInstanceId,
    },
    /// An event that interrupts has been triggered. On an activity: it will be terminated, then
    /// the boundary event starts. On a scope: its contents will be terminated, then the event
    /// sub-process starts (or, after a terminate end event, or in an ad-hoc sub-process whose
    /// completion condition holds, nothing). On a transaction, by a cancel end event: its contents
    /// will be terminated, then what it has done is undone.
    ElementInterrupted {
        /// The activity or scope.
        id: ElementInstanceId,
        /// The boundary event, event sub-process, or terminate or cancel end event, or an ad-hoc
        /// sub-process itself.
        by: ElementIdx,
        /// What came with the trigger.
        received: Variables,
    },
    /// A token left an element by this flow; it waits until the target takes it.
    SequenceFlowTaken {
        /// The scope instance.
        scope: ElementInstanceId,
        /// The flow.
        flow: FlowIdx,
    },

    /// Variables of one scope got new values.
    VariablesSet {
        /// The scope.
        scope: ElementInstanceId,
        /// The new values; others stay.
        variables: Variables,
    },

    /// There is work for a plugin or a worker.
    JobCreated(JobCreated),
    /// The work is done, and the job is gone.
    JobCompleted {
        /// Which.
        id: JobId,
    },
    /// The work failed. With `due_at` it waits for that moment, else an incident or a retry
    /// follows.
    JobFailed {
        /// Which.
        id: JobId,
        /// How often it may still be tried.
        retries: u32,
        /// What went wrong.
        message: Arc<str>,
        /// When it is tried again.
        due_at: Option<Instant>,
    },
    /// The job is to be tried again.
    JobRetried {
        /// Which.
        id: JobId,
        /// How often it may still be tried.
        retries: u32,
        /// Its type, by which the worker is found.
        job_type: Arc<str>,
        /// What it is for.
        kind: JobKind,
    },
    /// The work ended in a BPMN error. Whatever catches it terminates the element, and the job is
    /// canceled by that; if nothing does, an incident follows.
    JobErrorThrown {
        /// Which.
        id: JobId,
    },
    /// The work is not wanted any more, and the job is gone.
    JobCanceled {
        /// Which.
        id: JobId,
    },

    /// A person has something to do.
    UserTaskCreated(Box<UserTaskCreated>),
    /// A task was given to a person or taken back.
    UserTaskAssigned {
        /// Which.
        id: UserTaskId,
        /// The person, if any.
        assignee: Option<Arc<str>>,
    },
    /// A person completed a task that has listeners, and they are being asked.
    UserTaskCompleting {
        /// Which.
        id: UserTaskId,
        /// What the person entered.
        variables: Variables,
        /// The principal.
        by: Arc<str>,
        /// The listeners still to be asked, in order; the first has its job now.
        listeners: Vec<ListenerCall>,
    },
    /// A listener agreed; what it brings is added, and the next one is asked.
    UserTaskListenerCompleted {
        /// Which.
        id: UserTaskId,
        /// What the listener brings.
        variables: Variables,
    },
    /// The task is done.
    UserTaskCompleted {
        /// Which.
        id: UserTaskId,
        /// The principal.
        by: Arc<str>,
        /// When.
        completed_at: Instant,
    },
    /// The task is not wanted any more.
    UserTaskCanceled {
        /// Which.
        id: UserTaskId,
        /// When.
        canceled_at: Instant,
    },

    /// A timer waits.
    TimerScheduled(TimerScheduled),
    /// A timer came due, and is gone.
    TimerTriggered {
        /// Which.
        id: TimerId,
    },
    /// A timer is not wanted any more, and is gone.
    TimerCanceled {
        /// Which.
        id: TimerId,
    },

    /// A message is awaited.
    MessageSubscriptionOpened(MessageSubscriptionOpened),
    /// A message arrived. A subscription that interrupts (or of an intermediate event) is closed
    /// by an event of its own.
    MessageCorrelated {
        /// The subscription.
        id: SubscriptionId,
        /// The message.
        message_id: Arc<str>,
    },
    /// The message is not awaited any more.
    MessageSubscriptionClosed {
        /// Which.
        id: SubscriptionId,
    },
    /// A throwing event publishes a message.
    MessagePublished {
        /// The throwing element instance.
        element_instance: ElementInstanceId,
        /// The name of the message.
        name: Arc<str>,
        /// Its correlation key.
        correlation_key: Arc<str>,
        /// What it carries: the results of the event's input mappings.
        variables: Variables,
        /// How long it is kept for those who do not wait for it yet, in microseconds.
        time_to_live_us: i64,
        /// While a message with the same id is kept, this one is not published.
        message_id: Option<Arc<str>>,
    },

    /// A signal is awaited.
    SignalSubscriptionOpened(SignalSubscriptionOpened),
    /// A signal arrived. A subscription that interrupts (or of an intermediate event) is closed by
    /// an event of its own.
    SignalReceived {
        /// The subscription.
        id: SubscriptionId,
    },
    /// The signal is not awaited any more.
    SignalSubscriptionClosed {
        /// Which.
        id: SubscriptionId,
    },
    /// A throwing event broadcasts a signal. Those who wait for it in this instance receive it at
    /// once, by events that follow.
    SignalThrown {
        /// The throwing element instance.
        element_instance: ElementInstanceId,
        /// The name of the signal.
        name: Arc<str>,
        /// What it carries: the results of the event's input mappings.
        variables: Variables,
    },

    /// A condition is awaited.
    ConditionSubscriptionOpened(ConditionSubscriptionOpened),
    /// A condition that is awaited has become true, which triggers its event, or false. A subscription
    /// that interrupts (or of an intermediate event) is closed by an event of its own.
    ConditionChanged {
        /// The subscription.
        id: SubscriptionId,
        /// Whether it holds now.
        holds: bool,
    },
    /// The condition is not awaited any more.
    ConditionSubscriptionClosed {
        /// Which.
        id: SubscriptionId,
    },

    /// One of several things has come that a parallel multiple event waits for.
    PartArrived {
        /// The element instance that waits, as with a timer.
        element_instance: ElementInstanceId,
        /// What has come.
        arrival: Arrival,
    },
    /// All have come, and trigger the event.
    PartsComplete {
        /// The element instance that waits.
        element_instance: ElementInstanceId,
        /// The event in the model.
        element: ElementIdx,
    },
    /// An event that throws several things has thrown one more of them.
    PartThrown {
        /// The throwing element instance.
        element_instance: ElementInstanceId,
    },

    /// An activity that can be undone is about to be completed.
    CompensationRegistered(CompensationRegistered),
    /// Activities of a scope are being undone, the last one first.
    CompensationStarted(CompensationStarted),
    /// An element instance undoes the next activity; it sees the variables that the activity had.
    CompensationCarriedOut(CompensationCarriedOut),
    /// All activities of a run have been undone.
    CompensationCompleted {
        /// The scope.
        scope: ElementInstanceId,
        /// The run.
        id: CompensationId,
    },

    /// The body of a multi-instance knows how often its activity is carried out.
    LoopStarted(LoopStarted),
    /// An iteration has come to its end.
    IterationCompleted(IterationCompleted),
    /// Iterations are to be started as instances of their own.
    IterationsRequested {
        /// The body.
        id: ElementInstanceId,
        /// The loop counter of the first.
        first: u32,
        /// How many at most.
        limit: u32,
    },
    /// Iterations have been started as instances of their own.
    IterationsStarted {
        /// The body.
        id: ElementInstanceId,
        /// How many.
        count: u32,
    },
    /// The iterations that run as instances of their own are not wanted any more.
    IterationsTerminationRequested {
        /// The body.
        id: ElementInstanceId,
    },
    /// The outputs that are kept outside the state are to be brought in.
    OutputsRequested {
        /// The body.
        id: ElementInstanceId,
        /// Those with a greater loop counter.
        after: u32,
    },
    /// Outputs have been brought in.
    OutputsCollected {
        /// The body.
        id: ElementInstanceId,
        /// Loop counters and outputs, in order.
        outputs: Vec<(u32, Value)>,
        /// Whether these are the last.
        is_complete: bool,
    },
    /// The outputs are too large for a variable: they stay outside, and the collection will be
    /// null.
    OutputsForgone {
        /// The body.
        id: ElementInstanceId,
    },

    /// The activation condition of a complex gateway holds: it takes these tokens, and waits for the
    /// others.
    GatewayStarted {
        /// The gateway.
        id: ElementInstanceId,
        /// The flows whose waiting tokens it took.
        consumed: Vec<FlowIdx>,
    },
    /// No other token is expected at a complex gateway: it takes what has come since, and ends.
    GatewayReset {
        /// The gateway.
        id: ElementInstanceId,
        /// The flows whose waiting tokens it took.
        consumed: Vec<FlowIdx>,
    },

    /// Activities of an ad-hoc sub-process are to be carried out.
    ActivitiesChosen {
        /// The sub-process.
        id: ElementInstanceId,
        /// The activities, in order.
        activities: Vec<ElementIdx>,
    },
    /// The completion condition of an ad-hoc sub-process holds: nothing more begins in it.
    AdHocSatisfied {
        /// The sub-process.
        id: ElementInstanceId,
    },

    /// The instance cannot go on here by itself.
    IncidentRaised(IncidentRaised),
    /// What the incident stopped is tried again.
    IncidentResolved {
        /// Which.
        id: IncidentId,
        /// Values in place of those that came with the trigger or end of the element.
        corrected: Variables,
    },
    /// The element that the incident stopped is gone.
    IncidentWithdrawn {
        /// Which.
        id: IncidentId,
    },

    /// An error was thrown, by an end event or by a job.
    ErrorThrown {
        /// Where.
        element_instance: ElementInstanceId,
        /// The error code.
        code: Arc<str>,
        /// What happened, for people.
        message: Arc<str>,
    },
    /// Nothing here catches the error: the parent is asked, and the thrower waits.
    ErrorPropagated(ErrorPropagated),
    /// Nothing catches the error here or above: it goes back to the child that threw it.
    ErrorReturned {
        /// The call activity.
        element_instance: ElementInstanceId,
        /// The child.
        child: ProcessInstanceId,
        /// The element instance in the child.
        thrower: ElementInstanceId,
        /// The way on from there.
        path: Vec<ChildThrower>,
    },

    /// An escalation was thrown, or reported by a called process.
    EscalationThrown {
        /// Where.
        element_instance: ElementInstanceId,
        /// The escalation code.
        code: Arc<str>,
    },
    /// Nothing here catches the escalation: the parent is asked, and the thrower waits.
    EscalationPropagated(EscalationPropagated),
    /// Nothing catches the escalation here or above. That is no fault: the thrower goes on.
    EscalationNotCaught {
        /// Where it was thrown, or reported.
        element_instance: ElementInstanceId,
        /// The escalation code.
        code: Arc<str>,
    },
    /// The child whose escalation was asked about may go on.
    EscalationAnswered(EscalationAnswered),

    /// A business rule task asks for a decision.
    DecisionRequested(DecisionRequested),

    /// A decision was made, by these rules: what tells a person why.
    DecisionEvaluated(Box<DecisionEvaluated>),

    /// A call activity asks for a process.
    ChildRequested(ChildRequested),
    /// The process called exists.
    ChildStarted {
        /// The call activity.
        element_instance: ElementInstanceId,
        /// The new instance.
        child: ProcessInstanceId,
        /// Of which definition.
        definition: DefinitionId,
    },
    /// The call activity is gone, so the called process has to end too.
    ChildTerminationRequested {
        /// The call activity.
        element_instance: ElementInstanceId,
        /// The called instance.
        child: ProcessInstanceId,
    },

    /// The step bound was reached; this work is left.
    WorkDeferred {
        /// In order.
        work: Vec<Work>,
    },
    /// The work that was left is taken up again.
    WorkResumed,

    /// The instance rests until it is resumed.
    InstanceSuspended {
        /// When.
        at: Instant,
    },
    /// The instance goes on.
    InstanceResumed {
        /// When.
        at: Instant,
        /// The jobs that can be worked on now.
        jobs: Vec<OpenJob>,
    },
    /// A called instance rests, or goes on, with this one.
    ChildSuspensionRequested {
        /// The call activity.
        element_instance: ElementInstanceId,
        /// The called instance.
        child: ProcessInstanceId,
        /// Whether it is to rest.
        is_suspended: bool,
    },
    /// The iterations that are instances of their own rest, or go on, with this one.
    IterationsSuspensionRequested {
        /// The body.
        id: ElementInstanceId,
        /// Whether they are to rest.
        is_suspended: bool,
    },
    /// The instance rests: this work is kept for its resumption.
    WorkHeld {
        /// In order, behind what is kept already.
        work: Vec<Work>,
    },

    /// Tokens were moved by hand; what follows carries it out.
    InstanceModified(Box<InstanceModified>),

    /// The instance goes on by another version of its process; what follows fits its waits to it.
    InstanceMigrated(Box<InstanceMigrated>),
    /// A task is shown as another version of the process has it.
    UserTaskMigrated(Box<UserTaskMigrated>),
}

/// See [`Event::InstanceCreated`].
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceCreated {
    /// Its id.
    pub instance: ProcessInstanceId,
    /// Of which definition.
    pub definition: DefinitionId,
    /// The BPMN process id.
    pub process_key: Arc<str>,
    /// The author's own name for the case.
    pub business_key: Option<Arc<str>>,
    /// The start event at which it starts.
    pub start: ElementIdx,
    /// The call activity it returns to.
    pub parent: Option<ParentLink>,
    /// The iteration of a large multi-instance that it runs.
    pub iteration: Option<Iteration>,
    /// When.
    pub created_at: Instant,
}

/// See [`Event::InstanceCompleted`].
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceCompleted {
    /// Its id.
    pub instance: ProcessInstanceId,
    /// The call activity it returns to.
    pub parent: Option<ParentLink>,
    /// The iteration of a large multi-instance that it has run.
    pub loop_counter: Option<u32>,
    /// The variables of the process scope if there is a parent, else none.
    pub variables: Variables,
    /// When.
    pub ended_at: Instant,
}

/// See [`Event::InstanceTerminated`].
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceTerminated {
    /// Its id.
    pub instance: ProcessInstanceId,
    /// When.
    pub ended_at: Instant,
}

/// See [`Event::ElementActivating`].
#[derive(Debug, Clone, PartialEq)]
pub struct ElementActivating {
    /// Its id.
    pub id: ElementInstanceId,
    /// The element.
    pub element: ElementIdx,
    /// The scope instance; only the process itself has none.
    pub scope: Option<ElementInstanceId>,
    /// The flows whose waiting tokens it took.
    pub consumed: Vec<FlowIdx>,
    /// What came with the trigger, for a boundary event, an event sub-process or the event that
    /// decided an event-based gateway.
    pub received: Variables,
    /// Whether what it would wait for has come: at the event-based gateway before it.
    pub is_triggered: bool,
    /// Whether it is the next of what has been chosen in the ad-hoc sub-process around it.
    pub is_chosen: bool,
    /// Which iteration of the multi-instance or loop around it, counted from 1.
    pub loop_counter: Option<u32>,
}

/// What a job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// The element's own work; its completion completes the element.
    Task,
    /// A completing listener of a user task.
    Listener,
}

/// See [`Event::JobCreated`].
#[derive(Debug, Clone, PartialEq)]
pub struct JobCreated {
    /// Its id.
    pub id: JobId,
    /// The element instance it belongs to.
    pub element_instance: ElementInstanceId,
    /// The element's XML id.
    pub element_id: Arc<str>,
    /// The type, by which the worker is found.
    pub job_type: Arc<str>,
    /// What it is for.
    pub kind: JobKind,
    /// How often it may be tried.
    pub retries: u32,
    /// Static texts for the worker.
    pub headers: BTreeMap<Arc<str>, Arc<str>>,
    /// When.
    pub created_at: Instant,
}

/// A job that can be worked on, see [`Event::InstanceResumed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJob {
    /// Which.
    pub id: JobId,
    /// Its type, by which the worker is found.
    pub job_type: Arc<str>,
    /// What it is for.
    pub kind: JobKind,
}

/// A completing listener that has still to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ListenerCall {
    /// The type of its job.
    pub job_type: Arc<str>,
    /// How often it may be tried.
    pub retries: u32,
}

/// See [`Event::UserTaskCreated`].
#[derive(Debug, Clone, PartialEq)]
pub struct UserTaskCreated {
    /// Its id; the number is that of its element instance.
    pub id: UserTaskId,
    /// The element's XML id.
    pub element_id: Arc<str>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// The person who shall do it.
    pub assignee: Option<Arc<str>>,
    /// The groups whose members may claim it.
    pub candidate_groups: Vec<Arc<str>>,
    /// The persons who may claim it.
    pub candidate_users: Vec<Arc<str>>,
    /// When it is due.
    pub due_at: Option<Instant>,
    /// When it should be looked at again.
    pub follow_up_at: Option<Instant>,
    /// 0 to 100.
    pub priority: u8,
    /// The form shown.
    pub form: Option<Form>,
    /// The kind of the record it is about.
    pub record_kind: Option<Arc<str>>,
    /// The id of the record it is about.
    pub record_id: Option<Arc<str>>,
    /// Static texts for the client.
    pub headers: BTreeMap<Arc<str>, Arc<str>>,
    /// When.
    pub created_at: Instant,
}

/// The form of a user task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A text the client understands.
    Key(Arc<str>),
    /// A deployed form.
    Id {
        /// Its id.
        form_id: Arc<str>,
        /// Which version of it.
        binding: Binding,
    },
}

/// See [`Event::TimerScheduled`].
#[derive(Debug, Clone, PartialEq)]
pub struct TimerScheduled {
    /// Its id.
    pub id: TimerId,
    /// The element instance it belongs to: the catch event itself, the activity of a boundary
    /// event, or the scope of an event sub-process.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// The XML id of that event.
    pub element_id: Arc<str>,
    /// When it is due.
    pub due: TimerDue,
    /// The cycle that remains after it, as [`tongban_bpmn::timer::next_due`] reads it.
    pub then: Option<Arc<str>>,
}

/// When a timer is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerDue {
    /// At this moment.
    At(Instant),
    /// When a deadline is over. The instance holds the reference only: a deadline that moves
    /// touches no instance. Whoever sends `TriggerTimer` has looked at the deadline.
    Deadline(DeadlineReference),
}

impl TimerDue {
    /// The moment, unless a deadline owns it.
    pub fn at(&self) -> Option<Instant> {
        match self {
            TimerDue::At(at) => Some(*at),
            TimerDue::Deadline(_) => None,
        }
    }
}

/// Names a deadline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeadlineReference {
    /// Its key, as a plugin declares it.
    pub key: Arc<str>,
    /// The record it belongs to.
    pub record_id: Arc<str>,
}

/// See [`Event::MessageSubscriptionOpened`].
#[derive(Debug, Clone, PartialEq)]
pub struct MessageSubscriptionOpened {
    /// Its id.
    pub id: SubscriptionId,
    /// The element instance it belongs to, as with a timer.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// The XML id of that event.
    pub element_id: Arc<str>,
    /// The name of the message.
    pub message_name: Arc<str>,
    /// The correlation key, a number as its text.
    pub correlation_key: Arc<str>,
    /// Whether the first message ends the waiting.
    pub interrupting: bool,
}

/// See [`Event::SignalSubscriptionOpened`].
#[derive(Debug, Clone, PartialEq)]
pub struct SignalSubscriptionOpened {
    /// Its id.
    pub id: SubscriptionId,
    /// The element instance it belongs to, as with a timer.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// The XML id of that event.
    pub element_id: Arc<str>,
    /// The name of the signal.
    pub signal_name: Arc<str>,
}

/// See [`Event::IncidentRaised`].
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRaised {
    /// Its id.
    pub id: IncidentId,
    /// Where.
    pub element_instance: ElementInstanceId,
    /// The element's XML id.
    pub element_id: Arc<str>,
    /// The job that failed, if it was one.
    pub job: Option<JobId>,
    /// Why.
    pub kind: incident::Kind,
    /// What went wrong.
    pub message: Arc<str>,
    /// When.
    pub raised_at: Instant,
}

/// See [`Event::ErrorPropagated`].
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorPropagated {
    /// Where the answer goes: this instance.
    pub instance: ProcessInstanceId,
    /// The element instance that threw the error, or the call activity that passes it on.
    pub thrower: ElementInstanceId,
    /// The way back to the thrower, if the error is passed on.
    pub path: Vec<ChildThrower>,
    /// The call activity that is asked.
    pub parent: ParentLink,
    /// The error code.
    pub code: Arc<str>,
    /// What happened, for people.
    pub message: Arc<str>,
    /// Handed to the event that catches the error.
    pub variables: Variables,
}

/// See [`Event::DecisionRequested`].
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRequested {
    /// The business rule task.
    pub element_instance: ElementInstanceId,
    /// The id of the decision.
    pub decision_id: Arc<str>,
    /// Which version of it.
    pub binding: Binding,
    /// The date by whose rules the case is decided.
    pub as_of: Option<Value>,
}

/// See [`Event::DecisionEvaluated`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionEvaluated {
    /// The business rule task.
    pub element_instance: ElementInstanceId,
    /// By what was decided.
    pub evidence: DecisionEvidence,
}

/// By which version of a decision, and by which of its rules, something was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionEvidence {
    /// The id of the decision.
    pub decision_id: Arc<str>,
    /// Its version.
    pub version: u32,
    /// The date from which that version holds, `YYYY-MM-DD`; from ever where absent.
    pub effective_from: Option<Arc<str>>,
    /// The date by whose rules was decided, `YYYY-MM-DD`.
    pub as_of: Arc<str>,
    /// The rules that matched, in the order of evaluation, those of required decisions included;
    /// the first [`crate::limit::DECISION_RULES_MAX`].
    pub rules: Vec<DecisionRule>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRule {
    /// The decision whose table it stands in.
    pub decision_id: Arc<str>,
    /// Its id in the file, if it has one.
    pub rule_id: Option<Arc<str>>,
    /// Its place in the table, from 1.
    pub rule_number: u32,
}

/// See [`Event::ChildRequested`].
#[derive(Debug, Clone, PartialEq)]
pub struct ChildRequested {
    /// The call activity.
    pub element_instance: ElementInstanceId,
    /// The key of the called process.
    pub process_key: Arc<str>,
    /// Which version of it.
    pub binding: Binding,
    /// The business key of the child.
    pub business_key: Option<Arc<str>>,
    /// Whether the child gets all variables visible here, or only the local ones.
    pub propagate_all_parent_variables: bool,
    /// What the child gets as its parent.
    pub parent: ParentLink,
}
