//! A process instance by its events, so that no model has to be compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_core::event::multi_instance::{IterationCompleted, LoopStarted};
use tongban_core::event::{
    DeadlineReference, ElementActivating, Event, Form, IncidentRaised, InstanceCompleted,
    InstanceCreated, JobCreated, JobKind, MessageSubscriptionOpened, SignalSubscriptionOpened,
    TimerDue, TimerScheduled, UserTaskCreated,
};
use tongban_core::id::{
    DefinitionId, ElementIdx, ElementInstanceId, IncidentId, Instant, JobId, ProcessInstanceId,
    SubscriptionId, TimerId, UserTaskId,
};
use tongban_core::incident::Kind;
use tongban_core::state::State;
use tongban_core::variable::Variables;
use tongban_feel::value::{List, Value};

/// A running instance: events are told to it step by step.
pub(crate) struct Process {
    pub(crate) id: ProcessInstanceId,
    pub(crate) state: State,
}

impl Process {
    pub(crate) fn new(id: i64) -> Process {
        Process {
            id: ProcessInstanceId(id),
            state: State::empty(),
        }
    }

    pub(crate) fn apply(&mut self, events: Vec<Event>) -> (Arc<State>, Vec<Event>) {
        for event in &events {
            self.state.apply(event);
        }
        (Arc::new(self.state.clone()), events)
    }

    /// The instance with its root element, number 1.
    pub(crate) fn created(&self, business_key: &str, at: i64) -> Vec<Event> {
        vec![
            Event::InstanceCreated(InstanceCreated {
                instance: self.id,
                definition: DefinitionId(7),
                process_key: Arc::from("divorce-registration"),
                business_key: Some(Arc::from(business_key)),
                start: ElementIdx(1),
                parent: None,
                iteration: None,
                created_at: Instant(at),
            }),
            activating(1, 0, None),
            Event::ElementActivated {
                id: ElementInstanceId(1),
            },
        ]
    }

    /// The end of an instance whose only element instance is its root.
    pub(crate) fn completed(&self, at: i64) -> Vec<Event> {
        let root = ElementInstanceId(1);
        vec![
            Event::ElementCompleting {
                id: root,
                received: Variables::new(),
            },
            Event::ElementCompleted { id: root },
            Event::InstanceCompleted(InstanceCompleted {
                instance: self.id,
                parent: None,
                loop_counter: None,
                variables: Variables::new(),
                ended_at: Instant(at),
            }),
        ]
    }
}

fn activating(id: u32, element: u32, scope: Option<u32>) -> Event {
    Event::ElementActivating(ElementActivating {
        id: ElementInstanceId(id),
        element: ElementIdx(element),
        scope: scope.map(ElementInstanceId),
        consumed: Vec::new(),
        received: Variables::new(),
        is_triggered: false,
        is_chosen: false,
        loop_counter: None,
    })
}

/// An element instance that waits, within the root.
pub(crate) fn waiting(id: u32, element: u32) -> Vec<Event> {
    vec![
        activating(id, element, Some(1)),
        Event::ElementActivated {
            id: ElementInstanceId(id),
        },
    ]
}

/// The end of an element instance.
pub(crate) fn ended(id: u32) -> Vec<Event> {
    let id = ElementInstanceId(id);
    vec![
        Event::ElementCompleting {
            id,
            received: Variables::new(),
        },
        Event::ElementCompleted { id },
    ]
}

pub(crate) fn user_task(id: u32, group: &str, due_at: Option<i64>, priority: u8, at: i64) -> Event {
    Event::UserTaskCreated(Box::new(UserTaskCreated {
        id: UserTaskId(id),
        element_id: Arc::from("verify"),
        name: Some(Arc::from("核对材料")),
        assignee: None,
        candidate_groups: vec![Arc::from(group)],
        candidate_users: Vec::new(),
        due_at: due_at.map(Instant),
        follow_up_at: None,
        priority,
        form: Some(Form::Key(Arc::from("verify-form"))),
        record_kind: Some(Arc::from("divorce_case")),
        record_id: Some(Arc::from(format!("case-{id}"))),
        headers: BTreeMap::new(),
        created_at: Instant(at),
    }))
}

pub(crate) fn timer(id: u32, element_instance: u32, due_at: i64) -> Event {
    Event::TimerScheduled(TimerScheduled {
        id: TimerId(id),
        element_instance: ElementInstanceId(element_instance),
        element: ElementIdx(3),
        element_id: Arc::from("cooling-off"),
        due: TimerDue::At(Instant(due_at)),
        then: None,
    })
}

/// A timer that is bound to a deadline.
pub(crate) fn bound_timer(id: u32, element_instance: u32, key: &str, record_id: &str) -> Event {
    Event::TimerScheduled(TimerScheduled {
        id: TimerId(id),
        element_instance: ElementInstanceId(element_instance),
        element: ElementIdx(3),
        element_id: Arc::from("cooling-off"),
        due: TimerDue::Deadline(DeadlineReference {
            key: Arc::from(key),
            record_id: Arc::from(record_id),
        }),
        then: None,
    })
}

pub(crate) fn subscription(id: u32, element_instance: u32, name: &str, key: &str) -> Event {
    Event::MessageSubscriptionOpened(MessageSubscriptionOpened {
        id: SubscriptionId(id),
        element_instance: ElementInstanceId(element_instance),
        element: ElementIdx(4),
        element_id: Arc::from("withdrawn"),
        message_name: Arc::from(name),
        correlation_key: Arc::from(key),
        interrupting: true,
    })
}

pub(crate) fn signal_subscription(id: u32, element_instance: u32, name: &str) -> Event {
    Event::SignalSubscriptionOpened(SignalSubscriptionOpened {
        id: SubscriptionId(id),
        element_instance: ElementInstanceId(element_instance),
        element: ElementIdx(4),
        element_id: Arc::from("office-closed"),
        signal_name: Arc::from(name),
    })
}

/// The body of a multi-instance whose iterations are instances of their own.
pub(crate) fn spread(id: u32, items: Vec<Value>) -> Event {
    let count = u32::try_from(items.len()).unwrap();
    Event::LoopStarted(LoopStarted {
        id: ElementInstanceId(id),
        count,
        first: 1,
        last: count,
        items: Arc::new(List::new(items)),
        is_spread: true,
    })
}

/// The end of an iteration that ran as an instance of its own.
pub(crate) fn iteration(id: u32, loop_counter: u32, output: Value) -> Event {
    Event::IterationCompleted(IterationCompleted {
        id: ElementInstanceId(id),
        loop_counter,
        child: Some(ProcessInstanceId(100 + i64::from(loop_counter))),
        output: Some(output),
        is_satisfied: false,
    })
}

pub(crate) fn job(id: u32, element_instance: u32, at: i64) -> Event {
    Event::JobCreated(JobCreated {
        id: JobId(id),
        element_instance: ElementInstanceId(element_instance),
        element_id: Arc::from("check-marriage"),
        job_type: Arc::from("tongban:check"),
        kind: JobKind::Task,
        retries: 3,
        headers: BTreeMap::new(),
        created_at: Instant(at),
    })
}

pub(crate) fn incident(id: u32, element_instance: u32, job: Option<u32>, at: i64) -> Event {
    Event::IncidentRaised(IncidentRaised {
        id: IncidentId(id),
        element_instance: ElementInstanceId(element_instance),
        element_id: Arc::from("check-marriage"),
        job: job.map(JobId),
        kind: Kind::JobFailed,
        message: Arc::from("no answer in three tries"),
        raised_at: Instant(at),
    })
}
