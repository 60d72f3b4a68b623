//! The state of an instance, table by table.

use tongban_core::state::StateParts;
use tongban_core::state::ad_hoc_sub_process::AdHoc as CoreAdHoc;
use tongban_core::state::compensation::{
    CarriesOut as CoreCarriesOut, Compensation as CoreCompensation,
    CompensationRun as CoreCompensationRun, CompletedActivity as CoreCompletedActivity,
};
use tongban_core::state::condition_subscription::ConditionSubscription as CoreConditionSubscription;
use tongban_core::state::element_instance::{
    Child as CoreChild, ElementInstance as CoreElementInstance, Interruption as CoreInterruption,
    Phase as CorePhase, Request as CoreRequest,
};
use tongban_core::state::incident::Incident as CoreIncident;
use tongban_core::state::instance::{Instance as CoreInstance, Status as CoreStatus};
use tongban_core::state::job::{Job as CoreJob, JobPhase as CoreJobPhase};
use tongban_core::state::message_subscription::MessageSubscription as CoreMessageSubscription;
use tongban_core::state::multi_instance::{
    Collection as CoreCollection, Loop as CoreLoop, Spread as CoreSpread,
};
use tongban_core::state::signal_subscription::SignalSubscription as CoreSignalSubscription;
use tongban_core::state::timer::Timer as CoreTimer;
use tongban_core::state::user_task::{Completing as CoreCompleting, UserTask as CoreUserTask};

use super::event::{
    Arrival, IncidentKind, Iteration, JobKind, ListenerCall, ParentLink, TimerDue, Work,
};
use super::value::{Items, NamedValues, Value};
use crate::record::wire::{Damaged, Wire, wire_enum, wire_struct};

wire_struct! {
    State<'a> = StateParts {
        instance: Option<Instance<'a>>,
        next_id: u32,
        element_instances: Vec<ElementInstance<'a>>,
        jobs: Vec<Job<'a>>,
        timers: Vec<Timer<'a>>,
        message_subscriptions: Vec<MessageSubscription<'a>>,
        signal_subscriptions: Vec<SignalSubscription<'a>>,
        condition_subscriptions: Vec<ConditionSubscription>,
        user_tasks: Vec<UserTask<'a>>,
        incidents: Vec<Incident<'a>>,
        deferred: Vec<Work<'a>>,
    }
}

wire_struct! {
    Instance<'a> = CoreInstance {
        id: i64,
        definition: i64,
        process_key: &'a str,
        business_key: Option<&'a str>,
        start: u32,
        parent: Option<ParentLink>,
        iteration: Option<Iteration<'a>>,
        created_at: i64,
        status: Status,
        is_suspended: bool,
    }
}

wire_enum! { Status = CoreStatus { Active, Completed, Terminated } }

wire_struct! {
    ElementInstance<'a> = CoreElementInstance {
        id: u32,
        element: u32,
        scope: Option<u32>,
        phase: Phase,
        active_children: u32,
        taken_flows: Vec<(u32, u32)>,
        variables: NamedValues<'a>,
        received: NamedValues<'a>,
        is_written: bool,
        is_triggered: bool,
        loop_counter: Option<u32>,
        multi_instance: Option<Box<Loop<'a>>>,
        rounds: u32,
        given: Option<Vec<u32>>,
        ad_hoc: Option<Box<AdHoc>>,
        interruption: Option<Interruption<'a>>,
        child: Option<Child>,
        request: Option<Request<'a>>,
        arrivals: Vec<Arrival<'a>>,
        thrown: u32,
        compensation: Option<Box<Compensation<'a>>>,
    }
}

wire_struct! {
    Compensation<'a> = CoreCompensation {
        completed: Vec<CompletedActivity<'a>>,
        runs: Vec<CompensationRun<'a>>,
        carries_out: Option<CarriesOut>,
    }
}

wire_struct! {
    CompletedActivity<'a> = CoreCompletedActivity {
        id: u32,
        element: u32,
        variables: NamedValues<'a>,
        contents: Vec<CompletedActivity<'a>>,
    }
}

wire_struct! {
    CompensationRun<'a> = CoreCompensationRun {
        id: u32,
        thrower: Option<u32>,
        activities: Vec<CompletedActivity<'a>>,
    }
}

wire_struct! { CarriesOut = CoreCarriesOut { run: u32, is_scope: bool } }

wire_struct! {
    Loop<'a> = CoreLoop {
        count: u32,
        first: u32,
        last: u32,
        next: u32,
        completed: u32,
        terminated: u32,
        is_satisfied: bool,
        items: Items<'a>,
        outputs: Vec<(u32, Value<'a>)>,
        spread: Option<Spread>,
    }
}

wire_struct! { AdHoc = CoreAdHoc {
    chosen: Vec<u32>,
    begun: Vec<(u32, u32)>,
    ended: u32,
    is_satisfied: bool,
} }

wire_struct! {
    Spread = CoreSpread { is_requested: bool, output_bytes: u64, collection: Collection }
}

wire_enum! { Collection = CoreCollection { Waiting, Requested, Complete, Forgone } }

wire_enum! { Phase = CorePhase { Activating, Active, Completing, Terminating } }

wire_struct! {
    Interruption<'a> = CoreInterruption { by: u32, received: NamedValues<'a>, started: bool }
}

wire_struct! { Child = CoreChild { instance: i64, definition: i64 } }

wire_enum! {
    Request<'a> = CoreRequest {
        Decision,
        Child,
        ParentCatch {
            job: Option<u32>,
            code: &'a str,
            message: &'a str,
        },
        ParentEscalation { code: &'a str },
    }
}

wire_struct! {
    Job<'a> = CoreJob {
        id: u32,
        element_instance: u32,
        job_type: &'a str,
        kind: JobKind,
        retries: u32,
        headers: Vec<(&'a str, &'a str)>,
        phase: JobPhase,
    }
}

wire_enum! { JobPhase = CoreJobPhase { Active, BackOff { due_at: i64 }, Failed, ErrorThrown } }

wire_struct! {
    Timer<'a> = CoreTimer {
        id: u32,
        element_instance: u32,
        element: u32,
        due: TimerDue<'a>,
        then: Option<&'a str>,
    }
}

wire_struct! {
    MessageSubscription<'a> = CoreMessageSubscription {
        id: u32,
        element_instance: u32,
        element: u32,
        message_name: &'a str,
        correlation_key: &'a str,
        interrupting: bool,
    }
}

wire_struct! {
    SignalSubscription<'a> = CoreSignalSubscription {
        id: u32,
        element_instance: u32,
        element: u32,
        signal_name: &'a str,
    }
}

wire_struct! {
    ConditionSubscription = CoreConditionSubscription {
        id: u32,
        element_instance: u32,
        element: u32,
        definition: u32,
        holds: bool,
    }
}

wire_struct! {
    UserTask<'a> = CoreUserTask {
        id: u32,
        assignee: Option<&'a str>,
        completing: Option<Completing<'a>>,
    }
}

wire_struct! {
    Completing<'a> = CoreCompleting {
        variables: NamedValues<'a>,
        output: NamedValues<'a>,
        by: &'a str,
        listeners: Vec<ListenerCall<'a>>,
    }
}

wire_struct! {
    Incident<'a> = CoreIncident {
        id: u32,
        element_instance: u32,
        job: Option<u32>,
        kind: IncidentKind<'a>,
    }
}
