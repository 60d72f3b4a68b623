//! What can be asked of one process instance.
//!
//! A command is data: it knows neither who sent it nor whether he may. Start from [`Command`].

use std::sync::Arc;

use tongban_feel::value::Value;

use crate::event::DecisionEvidence;
use crate::id::{
    DefinitionId, ElementIdx, ElementInstanceId, IncidentId, JobId, ProcessInstanceId,
    SubscriptionId, TimerId, UserTaskId,
};
use crate::incident;
use crate::variable::Variables;

pub mod migration;
pub mod modification;

use migration::MigrateInstance;
use modification::ModifyInstance;

/// One thing asked of one process instance.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Makes the instance; the state must be empty.
    CreateInstance(CreateInstance),
    /// The work of a job is done. The job of a completing listener lets the user task go on.
    CompleteJob {
        /// The job.
        job: JobId,
        /// What it brings back.
        variables: Variables,
    },
    /// The work of a job failed. With retries left it is tried again after the back-off, else an
    /// incident is raised.
    FailJob {
        /// The job.
        job: JobId,
        /// How often it may still be tried.
        retries: u32,
        /// How long to wait before the next try, in microseconds.
        back_off_us: i64,
        /// What went wrong.
        message: Arc<str>,
    },
    /// The back-off of a failed job is over.
    RetryJob {
        /// The job.
        job: JobId,
    },
    /// The work of a job ended in a BPMN error, which an event in the model may catch.
    ThrowError {
        /// The job.
        job: JobId,
        /// The error code.
        code: Arc<str>,
        /// What happened, for people.
        message: Arc<str>,
        /// Handed to the event that catches the error.
        variables: Variables,
    },
    /// The work of a job cannot be done: an incident at once, whatever retries are left.
    RaiseJobIncident {
        /// The job.
        job: JobId,
        /// Why.
        kind: incident::Kind,
        /// What went wrong.
        message: Arc<str>,
    },
    /// A person completes a task. If it has completing listeners, their jobs come first.
    CompleteUserTask {
        /// The task.
        task: UserTaskId,
        /// What the person entered.
        variables: Variables,
        /// The principal.
        by: Arc<str>,
    },
    /// Gives a task to a person, or takes it back.
    AssignUserTask {
        /// The task.
        task: UserTaskId,
        /// The person; `None` takes it back.
        assignee: Option<Arc<str>>,
    },
    /// A timer has come due.
    TriggerTimer {
        /// The timer.
        timer: TimerId,
    },
    /// A message matches a subscription.
    CorrelateMessage {
        /// The subscription.
        subscription: SubscriptionId,
        /// Identifies the message in traces.
        message_id: Arc<str>,
        /// What the message carries.
        variables: Variables,
    },
    /// The process that a call activity asked for has been made.
    ChildStarted {
        /// The call activity.
        element_instance: ElementInstanceId,
        /// The new instance.
        child: ProcessInstanceId,
        /// Of which definition.
        definition: DefinitionId,
    },
    /// The called process has reached its end.
    ChildCompleted {
        /// The call activity.
        element_instance: ElementInstanceId,
        /// The called instance.
        child: ProcessInstanceId,
        /// The variables of its root scope.
        variables: Variables,
    },
    /// The process that a call activity asked for cannot be made: an incident.
    ChildFailed {
        /// The call activity.
        element_instance: ElementInstanceId,
        /// Why.
        message: Arc<str>,
    },
    /// Signals that were broadcast have come to subscriptions of this instance.
    ReceiveSignal {
        /// The subscriptions that were open at the broadcast; those that are not any more are
        /// passed over.
        subscriptions: Vec<SubscriptionId>,
        /// What the signal carries.
        variables: Variables,
    },
    /// A page of the iterations that a large multi-instance asked for has been started.
    IterationsStarted {
        /// The body.
        element_instance: ElementInstanceId,
        /// How many, in order of their loop counters.
        count: u32,
    },
    /// The next iteration of a large multi-instance cannot be started: an incident.
    IterationsFailed {
        /// The body.
        element_instance: ElementInstanceId,
        /// Why.
        message: Arc<str>,
    },
    /// An iteration that ran as an instance of its own has come to its end.
    IterationCompleted {
        /// The body.
        element_instance: ElementInstanceId,
        /// The instance that ran it.
        child: ProcessInstanceId,
        /// Which iteration.
        loop_counter: u32,
        /// What it has written outside of itself, and its output under the name of the collection.
        variables: Variables,
    },
    /// A page of the outputs that a large multi-instance asked for.
    OutputsCollected {
        /// The body.
        element_instance: ElementInstanceId,
        /// Loop counters and outputs, in order.
        outputs: Vec<(u32, Value)>,
        /// Whether these are the last.
        is_complete: bool,
    },
    /// Nothing in the called process catches an error. Answered by [`Command::ErrorNotCaught`] to
    /// the child if nothing catches it here or further up.
    ChildThrewError {
        /// The call activity, or the body whose iteration the child is.
        element_instance: ElementInstanceId,
        /// The called instance.
        child: ProcessInstanceId,
        /// The element instance in the child that threw (or passed on) the error.
        thrower: ElementInstanceId,
        /// The way back from the child to the thrower, if the child passed it on.
        path: Vec<ChildThrower>,
        /// The error code.
        code: Arc<str>,
        /// What happened, for people.
        message: Arc<str>,
        /// Handed to the event that catches the error.
        variables: Variables,
    },
    /// The answer of the parent: nothing catches the error thrown here, so it becomes an incident
    /// where it was thrown.
    ErrorNotCaught {
        /// The element instance that threw (or passed on) the error.
        element_instance: ElementInstanceId,
        /// The way on to the thrower, if the error was passed on.
        path: Vec<ChildThrower>,
    },
    /// Nothing in the called process catches an escalation; the thrower waits. Answered by
    /// [`Command::EscalationAnswered`] unless the child is ended by what catches it.
    ChildThrewEscalation {
        /// The call activity, or the body whose iteration the child is.
        element_instance: ElementInstanceId,
        /// The called instance.
        child: ProcessInstanceId,
        /// The element instance in the child that threw (or passed on) the escalation.
        thrower: ElementInstanceId,
        /// The way back from the child to the thrower, if the child passed it on.
        path: Vec<ChildThrower>,
        /// The escalation code.
        code: Arc<str>,
        /// Handed to the event that catches it.
        variables: Variables,
    },
    /// The answer of the parent: nothing that catches the escalation ends its thrower, which goes
    /// on.
    EscalationAnswered {
        /// The element instance that threw (or passed on) the escalation.
        element_instance: ElementInstanceId,
        /// The way on to the thrower, if the escalation was passed on.
        path: Vec<ChildThrower>,
    },
    /// The decision of a business rule task has been made.
    DecisionEvaluated {
        /// The business rule task.
        element_instance: ElementInstanceId,
        /// What was decided.
        result: Value,
        /// By what.
        evidence: Option<Box<DecisionEvidence>>,
    },
    /// The decision of a business rule task cannot be made: an incident.
    DecisionFailed {
        /// The business rule task.
        element_instance: ElementInstanceId,
        /// Why.
        message: Arc<str>,
    },
    /// Chooses activities of an ad-hoc sub-process, to be carried out in this order if it carries out
    /// one at a time.
    ChooseActivities {
        /// The ad-hoc sub-process.
        element_instance: ElementInstanceId,
        /// The XML ids of the activities; one that is named twice is carried out twice.
        activities: Vec<Arc<str>>,
    },
    /// Sets variables by hand, mostly before an incident is resolved.
    SetVariables {
        /// The scope; `None` is the process itself.
        element_instance: Option<ElementInstanceId>,
        /// The new values.
        variables: Variables,
    },
    /// Tries again what an incident stopped.
    ResolveIncident {
        /// The incident.
        incident: IncidentId,
        /// Values in place of those that came with the trigger or end of the element and that it
        /// cannot take.
        variables: Variables,
    },
    /// Ends the instance wherever it is.
    CancelInstance {
        /// Who wants it ended.
        cause: CancelCause,
    },
    /// Lets the instance rest, with everything it has called, until it is resumed. What comes by
    /// itself meanwhile (timers, messages, answers) is taken and carried out then.
    SuspendInstance {
        /// Who wants it.
        cause: SuspensionCause,
    },
    /// Goes on with a suspended instance, and with everything it has called.
    ResumeInstance {
        /// Who wants it.
        cause: SuspensionCause,
    },
    /// Moves tokens by hand: all of it, or nothing.
    ModifyInstance(Box<ModifyInstance>),
    /// Lets the instance go on by another version of its process.
    MigrateInstance(Box<MigrateInstance>),
    /// Goes on with work that did not fit into the previous step.
    Continue,
}

/// Makes a process instance.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateInstance {
    /// Its id.
    pub instance: ProcessInstanceId,
    /// Of which definition; it is the one passed to the step.
    pub definition: DefinitionId,
    /// The author's own name for the case.
    pub business_key: Option<Arc<str>>,
    /// The variables of the process scope.
    pub variables: Variables,
    /// Where it starts.
    pub start: StartAt,
    /// The call activity it returns to.
    pub parent: Option<ParentLink>,
    /// The iteration it is made for, if it runs one of a large multi-instance. The definition passed
    /// to the step is then the part that the iteration names.
    pub iteration: Option<Iteration>,
}

/// One iteration of a large multi-instance, run as an instance of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Iteration {
    /// The XML id of the activity: the instance runs
    /// [`tongban_bpmn::graph::ProcessDefinition::part`] of it.
    pub part: Arc<str>,
    /// Which iteration, counted from 1.
    pub loop_counter: u32,
    /// How many there are in all.
    pub count: u32,
    /// Its item of the input collection, if there is one.
    pub item: Option<Value>,
}

/// Where an instance starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// At the none start event.
    None,
    /// At a start event with a trigger: a timer came due or a message arrived.
    Event(ElementIdx),
}

/// The call activity that an instance returns to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentLink {
    /// The calling instance.
    pub instance: ProcessInstanceId,
    /// The call activity in it.
    pub element_instance: ElementInstanceId,
    /// How many calls lie above the new instance: 1 for the child of a root instance.
    pub depth: u32,
}

/// Where something was thrown that a called instance has passed on: one step of the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildThrower {
    /// The called instance.
    pub instance: ProcessInstanceId,
    /// The element instance in it that threw, or passed on.
    pub element_instance: ElementInstanceId,
}

/// Who wants an instance suspended, or resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspensionCause {
    /// A person or an operation; refused for a called instance, which rests and goes on with its
    /// caller.
    Request,
    /// The instance that has called it is suspended or resumed.
    Parent,
}

/// Who wants an instance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelCause {
    /// A person or an operation; refused for a called instance, whose caller must be ended.
    Request,
    /// The call activity that started it has been terminated.
    Parent,
}
