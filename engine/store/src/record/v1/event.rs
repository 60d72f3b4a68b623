//! Events, variant by variant. New variants come last.

use tongban_core::command::{
    ChildThrower as CoreChildThrower, Iteration as CoreIteration, ParentLink as CoreParentLink,
};
use tongban_core::event::compensation::{
    CompensationCarriedOut as CoreCompensationCarriedOut,
    CompensationRegistered as CoreCompensationRegistered,
    CompensationStarted as CoreCompensationStarted,
};
use tongban_core::event::condition::ConditionSubscriptionOpened as CoreConditionSubscriptionOpened;
use tongban_core::event::escalation::{
    EscalationAnswered as CoreEscalationAnswered, EscalationPropagated as CoreEscalationPropagated,
};
use tongban_core::event::migration::{
    InstanceMigrated as CoreInstanceMigrated, UserTaskMigrated as CoreUserTaskMigrated,
};
use tongban_core::event::modification::InstanceModified as CoreInstanceModified;
use tongban_core::event::multi_instance::{
    IterationCompleted as CoreIterationCompleted, LoopStarted as CoreLoopStarted,
};
use tongban_core::event::{
    ChildRequested as CoreChildRequested, DeadlineReference as CoreDeadlineReference,
    DecisionEvaluated as CoreDecisionEvaluated, DecisionEvidence as CoreDecisionEvidence,
    DecisionRequested as CoreDecisionRequested, DecisionRule as CoreDecisionRule,
    ElementActivating as CoreElementActivating, ErrorPropagated as CoreErrorPropagated,
    Event as CoreEvent, Form as CoreForm, IncidentRaised as CoreIncidentRaised,
    InstanceCompleted as CoreInstanceCompleted, InstanceCreated as CoreInstanceCreated,
    InstanceTerminated as CoreInstanceTerminated, JobCreated as CoreJobCreated,
    JobKind as CoreJobKind, ListenerCall as CoreListenerCall,
    MessageSubscriptionOpened as CoreMessageSubscriptionOpened, OpenJob as CoreOpenJob,
    SignalSubscriptionOpened as CoreSignalSubscriptionOpened, TimerDue as CoreTimerDue,
    TimerScheduled as CoreTimerScheduled, UserTaskCreated as CoreUserTaskCreated,
};
use tongban_core::id::Binding as CoreBinding;
use tongban_core::incident::Kind;
use tongban_core::state::arrival::{Arrival as CoreArrival, Awaited as CoreAwaited};
use tongban_core::work::Work as CoreWork;

use super::value::{Items, NamedValues, Value};
use crate::record::wire::{Damaged, Wire, wire_enum, wire_struct};

/// The code of an incident's kind: codes are stable, the order of the kinds is not.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct IncidentKind<'a>(&'a str);

impl<'a> Wire<'a, Kind> for IncidentKind<'a> {
    fn of(core: &'a Kind) -> Self {
        IncidentKind(core.code())
    }

    fn into_core(self) -> Result<Kind, Damaged> {
        Kind::from_code(self.0).ok_or(Damaged::Value("the kind of an incident"))
    }
}

wire_enum! { JobKind = CoreJobKind { Task, Listener } }

wire_enum! { Binding<'a> = CoreBinding { Latest, Deployment, VersionTag(tag: &'a str) } }

wire_enum! {
    Form<'a> = CoreForm {
        Key(key: &'a str),
        Id { form_id: &'a str, binding: Binding<'a> },
    }
}

wire_struct! { ParentLink = CoreParentLink { instance: i64, element_instance: u32, depth: u32 } }

wire_struct! { ChildThrower = CoreChildThrower { instance: i64, element_instance: u32 } }

wire_struct! {
    Iteration<'a> = CoreIteration {
        part: &'a str,
        loop_counter: u32,
        count: u32,
        item: Option<Value<'a>>,
    }
}

wire_struct! { ListenerCall<'a> = CoreListenerCall { job_type: &'a str, retries: u32 } }

wire_struct! {
    InstanceCreated<'a> = CoreInstanceCreated {
        instance: i64,
        definition: i64,
        process_key: &'a str,
        business_key: Option<&'a str>,
        start: u32,
        parent: Option<ParentLink>,
        iteration: Option<Iteration<'a>>,
        created_at: i64,
    }
}

wire_struct! {
    InstanceCompleted<'a> = CoreInstanceCompleted {
        instance: i64,
        parent: Option<ParentLink>,
        loop_counter: Option<u32>,
        variables: NamedValues<'a>,
        ended_at: i64,
    }
}

wire_struct! { InstanceTerminated = CoreInstanceTerminated { instance: i64, ended_at: i64 } }

wire_struct! {
    ElementActivating<'a> = CoreElementActivating {
        id: u32,
        element: u32,
        scope: Option<u32>,
        consumed: Vec<u32>,
        received: NamedValues<'a>,
        is_triggered: bool,
        is_chosen: bool,
        loop_counter: Option<u32>,
    }
}

wire_struct! {
    JobCreated<'a> = CoreJobCreated {
        id: u32,
        element_instance: u32,
        element_id: &'a str,
        job_type: &'a str,
        kind: JobKind,
        retries: u32,
        headers: Vec<(&'a str, &'a str)>,
        created_at: i64,
    }
}

wire_struct! {
    UserTaskCreated<'a> = CoreUserTaskCreated {
        id: u32,
        element_id: &'a str,
        name: Option<&'a str>,
        assignee: Option<&'a str>,
        candidate_groups: Vec<&'a str>,
        candidate_users: Vec<&'a str>,
        due_at: Option<i64>,
        follow_up_at: Option<i64>,
        priority: u8,
        form: Option<Form<'a>>,
        record_kind: Option<&'a str>,
        record_id: Option<&'a str>,
        headers: Vec<(&'a str, &'a str)>,
        created_at: i64,
    }
}

wire_struct! {
    TimerScheduled<'a> = CoreTimerScheduled {
        id: u32,
        element_instance: u32,
        element: u32,
        element_id: &'a str,
        due: TimerDue<'a>,
        then: Option<&'a str>,
    }
}

wire_enum! {
    TimerDue<'a> = CoreTimerDue { At(at: i64), Deadline(it: DeadlineReference<'a>) }
}

wire_struct! {
    DeadlineReference<'a> = CoreDeadlineReference { key: &'a str, record_id: &'a str }
}

wire_struct! {
    MessageSubscriptionOpened<'a> = CoreMessageSubscriptionOpened {
        id: u32,
        element_instance: u32,
        element: u32,
        element_id: &'a str,
        message_name: &'a str,
        correlation_key: &'a str,
        interrupting: bool,
    }
}

wire_struct! {
    IncidentRaised<'a> = CoreIncidentRaised {
        id: u32,
        element_instance: u32,
        element_id: &'a str,
        job: Option<u32>,
        kind: IncidentKind<'a>,
        message: &'a str,
        raised_at: i64,
    }
}

wire_struct! {
    ErrorPropagated<'a> = CoreErrorPropagated {
        instance: i64,
        thrower: u32,
        path: Vec<ChildThrower>,
        parent: ParentLink,
        code: &'a str,
        message: &'a str,
        variables: NamedValues<'a>,
    }
}

wire_struct! {
    DecisionRequested<'a> = CoreDecisionRequested {
        element_instance: u32,
        decision_id: &'a str,
        binding: Binding<'a>,
        as_of: Option<Value<'a>>,
    }
}

wire_struct! {
    DecisionRule<'a> = CoreDecisionRule {
        decision_id: &'a str,
        rule_id: Option<&'a str>,
        rule_number: u32,
    }
}

wire_struct! {
    DecisionEvidence<'a> = CoreDecisionEvidence {
        decision_id: &'a str,
        version: u32,
        effective_from: Option<&'a str>,
        as_of: &'a str,
        rules: Vec<DecisionRule<'a>>,
    }
}

wire_struct! {
    DecisionEvaluated<'a> = CoreDecisionEvaluated {
        element_instance: u32,
        evidence: DecisionEvidence<'a>,
    }
}

wire_struct! {
    ChildRequested<'a> = CoreChildRequested {
        element_instance: u32,
        process_key: &'a str,
        binding: Binding<'a>,
        business_key: Option<&'a str>,
        propagate_all_parent_variables: bool,
        parent: ParentLink,
    }
}

wire_struct! {
    SignalSubscriptionOpened<'a> = CoreSignalSubscriptionOpened {
        id: u32,
        element_instance: u32,
        element: u32,
        element_id: &'a str,
        signal_name: &'a str,
    }
}

wire_struct! {
    LoopStarted<'a> = CoreLoopStarted {
        id: u32,
        count: u32,
        first: u32,
        last: u32,
        items: Items<'a>,
        is_spread: bool,
    }
}

wire_struct! {
    IterationCompleted<'a> = CoreIterationCompleted {
        id: u32,
        loop_counter: u32,
        child: Option<i64>,
        output: Option<Value<'a>>,
        is_satisfied: bool,
    }
}

wire_struct! {
    EscalationPropagated<'a> = CoreEscalationPropagated {
        instance: i64,
        thrower: u32,
        path: Vec<ChildThrower>,
        parent: ParentLink,
        code: &'a str,
        variables: NamedValues<'a>,
    }
}

wire_struct! {
    EscalationAnswered = CoreEscalationAnswered {
        element_instance: u32,
        child: i64,
        thrower: u32,
        path: Vec<ChildThrower>,
    }
}

wire_struct! {
    ConditionSubscriptionOpened<'a> = CoreConditionSubscriptionOpened {
        id: u32,
        element_instance: u32,
        element: u32,
        element_id: &'a str,
        definition: u32,
        holds: bool,
    }
}

wire_struct! {
    Arrival<'a> = CoreArrival {
        element: u32,
        received: NamedValues<'a>,
        again: Option<Awaited<'a>>,
    }
}

wire_enum! {
    Awaited<'a> = CoreAwaited {
        Message { name: &'a str, correlation_key: &'a str },
        Signal { name: &'a str },
        Condition { definition: u32 },
        Timer { then: &'a str },
    }
}

wire_struct! {
    CompensationRegistered = CoreCompensationRegistered {
        id: u32,
        element_instance: u32,
        keeps_contents: bool,
    }
}

wire_struct! {
    CompensationStarted = CoreCompensationStarted {
        id: u32,
        scope: u32,
        thrower: Option<u32>,
        activities: Vec<u32>,
    }
}

wire_struct! {
    CompensationCarriedOut = CoreCompensationCarriedOut {
        element_instance: u32,
        run: u32,
        is_scope: bool,
    }
}

wire_struct! { OpenJob<'a> = CoreOpenJob { id: u32, job_type: &'a str, kind: JobKind } }

wire_struct! {
    InstanceModified<'a> = CoreInstanceModified {
        made: Vec<u32>,
        started: Vec<u32>,
        taken: Vec<u32>,
        summary: Vec<&'a str>,
    }
}

wire_struct! {
    InstanceMigrated<'a> = CoreInstanceMigrated {
        definition: i64,
        elements: Vec<(u32, u32)>,
        flows: Vec<(u32, u32)>,
        renamed: Vec<(&'a str, &'a str)>,
        migrated_at: i64,
    }
}

wire_struct! {
    UserTaskMigrated<'a> = CoreUserTaskMigrated {
        id: u32,
        element_id: &'a str,
        name: Option<&'a str>,
        candidate_groups: Vec<&'a str>,
        candidate_users: Vec<&'a str>,
        form: Option<Form<'a>>,
        headers: Vec<(&'a str, &'a str)>,
    }
}

wire_enum! {
    Work<'a> = CoreWork {
        Enter { scope: u32, flow: u32 },
        Start { scope: u32, element: u32, received: NamedValues<'a> },
        Activate { id: u32 },
        Complete { id: u32, received: NamedValues<'a> },
        Terminate { id: u32 },
        Settle { scope: u32 },
        Retry { id: u32 },
        Join { scope: u32, element: u32 },
        Evaluate { subscription: u32 },
        Compensate { scope: u32, run: u32 },
    }
}

wire_enum! {
    Event<'a> = CoreEvent {
        InstanceCreated(it: InstanceCreated<'a>),
        InstanceCompleted(it: InstanceCompleted<'a>),
        InstanceTerminated(it: InstanceTerminated),
        ElementActivating(it: ElementActivating<'a>),
        ElementActivated { id: u32 },
        ElementCompleting { id: u32, received: NamedValues<'a> },
        ElementCompleted { id: u32 },
        ElementTerminating { id: u32 },
        ElementTerminated { id: u32 },
        ElementInterrupted { id: u32, by: u32, received: NamedValues<'a> },
        SequenceFlowTaken { scope: u32, flow: u32 },
        VariablesSet { scope: u32, variables: NamedValues<'a> },
        JobCreated(it: JobCreated<'a>),
        JobCompleted { id: u32 },
        JobFailed { id: u32, retries: u32, message: &'a str, due_at: Option<i64> },
        JobRetried { id: u32, retries: u32, job_type: &'a str, kind: JobKind },
        JobErrorThrown { id: u32 },
        JobCanceled { id: u32 },
        UserTaskCreated(it: Box<UserTaskCreated<'a>>),
        UserTaskAssigned { id: u32, assignee: Option<&'a str> },
        UserTaskCompleting {
            id: u32,
            variables: NamedValues<'a>,
            by: &'a str,
            listeners: Vec<ListenerCall<'a>>,
        },
        UserTaskListenerCompleted { id: u32, variables: NamedValues<'a> },
        UserTaskCompleted { id: u32, by: &'a str, completed_at: i64 },
        UserTaskCanceled { id: u32, canceled_at: i64 },
        TimerScheduled(it: TimerScheduled<'a>),
        TimerTriggered { id: u32 },
        TimerCanceled { id: u32 },
        MessageSubscriptionOpened(it: MessageSubscriptionOpened<'a>),
        MessageCorrelated { id: u32, message_id: &'a str },
        MessageSubscriptionClosed { id: u32 },
        MessagePublished {
            element_instance: u32,
            name: &'a str,
            correlation_key: &'a str,
            variables: NamedValues<'a>,
            time_to_live_us: i64,
            message_id: Option<&'a str>,
        },
        IncidentRaised(it: IncidentRaised<'a>),
        IncidentResolved { id: u32, corrected: NamedValues<'a> },
        IncidentWithdrawn { id: u32 },
        ErrorThrown { element_instance: u32, code: &'a str, message: &'a str },
        ErrorPropagated(it: ErrorPropagated<'a>),
        ErrorReturned {
            element_instance: u32,
            child: i64,
            thrower: u32,
            path: Vec<ChildThrower>,
        },
        DecisionRequested(it: DecisionRequested<'a>),
        ChildRequested(it: ChildRequested<'a>),
        ChildStarted { element_instance: u32, child: i64, definition: i64 },
        ChildTerminationRequested { element_instance: u32, child: i64 },
        WorkDeferred { work: Vec<Work<'a>> },
        WorkResumed,
        DecisionEvaluated(it: Box<DecisionEvaluated<'a>>),
        SignalSubscriptionOpened(it: SignalSubscriptionOpened<'a>),
        SignalReceived { id: u32 },
        SignalSubscriptionClosed { id: u32 },
        SignalThrown { element_instance: u32, name: &'a str, variables: NamedValues<'a> },
        LoopStarted(it: LoopStarted<'a>),
        IterationCompleted(it: IterationCompleted<'a>),
        IterationsRequested { id: u32, first: u32, limit: u32 },
        IterationsStarted { id: u32, count: u32 },
        IterationsTerminationRequested { id: u32 },
        OutputsRequested { id: u32, after: u32 },
        OutputsCollected { id: u32, outputs: Vec<(u32, Value<'a>)>, is_complete: bool },
        OutputsForgone { id: u32 },
        EscalationThrown { element_instance: u32, code: &'a str },
        EscalationPropagated(it: EscalationPropagated<'a>),
        EscalationNotCaught { element_instance: u32, code: &'a str },
        EscalationAnswered(it: EscalationAnswered),
        ConditionSubscriptionOpened(it: ConditionSubscriptionOpened<'a>),
        ConditionChanged { id: u32, holds: bool },
        ConditionSubscriptionClosed { id: u32 },
        PartArrived { element_instance: u32, arrival: Arrival<'a> },
        PartsComplete { element_instance: u32, element: u32 },
        PartThrown { element_instance: u32 },
        CompensationRegistered(it: CompensationRegistered),
        CompensationStarted(it: CompensationStarted),
        CompensationCarriedOut(it: CompensationCarriedOut),
        CompensationCompleted { scope: u32, id: u32 },
        GatewayStarted { id: u32, consumed: Vec<u32> },
        GatewayReset { id: u32, consumed: Vec<u32> },
        ActivitiesChosen { id: u32, activities: Vec<u32> },
        AdHocSatisfied { id: u32 },
        OutputsWritten { id: u32 },
        InstanceSuspended { at: i64 },
        InstanceResumed { at: i64, jobs: Vec<OpenJob<'a>> },
        ChildSuspensionRequested { element_instance: u32, child: i64, is_suspended: bool },
        IterationsSuspensionRequested { id: u32, is_suspended: bool },
        WorkHeld { work: Vec<Work<'a>> },
        InstanceModified(it: Box<InstanceModified<'a>>),
        InstanceMigrated(it: Box<InstanceMigrated<'a>>),
        UserTaskMigrated(it: Box<UserTaskMigrated<'a>>),
    }
}
