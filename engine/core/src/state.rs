//! The state of one process instance: rows by id, read through accessors, written by `apply` only.
//!
//! It knows neither the definition nor time. A token is an active element instance or a taken
//! sequence flow that waits in its scope. Every scope instance has its own stable id; the tree is
//! never reshaped. Start from [`State`].

pub mod ad_hoc_sub_process;
mod apply;
pub mod arrival;
pub mod compensation;
pub mod condition_subscription;
pub mod element_instance;
pub mod incident;
pub mod instance;
pub mod job;
pub mod message_subscription;
pub mod multi_instance;
pub mod signal_subscription;
mod size;
mod table;
pub mod timer;
pub mod user_task;

pub(crate) use size::value_bytes;

use std::borrow::Cow;
use std::sync::Arc;

use tongban_feel::value::Value;

use crate::id::{ElementInstanceId, IncidentId, JobId, SubscriptionId, TimerId, UserTaskId};
use crate::variable::Variables;
use crate::work::Work;
use condition_subscription::ConditionSubscription;
use element_instance::ElementInstance;
use incident::Incident;
use instance::Instance;
use job::{Job, JobPhase};
use message_subscription::MessageSubscription;
use signal_subscription::SignalSubscription;
use table::Table;
use timer::Timer;
use user_task::UserTask;

/// One process instance. Rows are shared, so that a clone costs a reference count a row and a
/// caller can keep the state from before a command.
///
/// **Invariant:** only [`State::apply`] changes it, but for the variables around it, which are not
/// its own: whoever loads the state of an iteration says what it sees of its caller.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    instance: Option<Instance>,
    next_id: u32,
    element_instances: Table<ElementInstanceId, ElementInstance>,
    jobs: Table<JobId, Job>,
    timers: Table<TimerId, Timer>,
    message_subscriptions: Table<SubscriptionId, MessageSubscription>,
    signal_subscriptions: Table<SubscriptionId, SignalSubscription>,
    condition_subscriptions: Table<SubscriptionId, ConditionSubscription>,
    user_tasks: Table<UserTaskId, UserTask>,
    incidents: Table<IncidentId, Incident>,
    deferred: Vec<Work>,
    surroundings: Variables,
}

/// Everything a state is made of, for whoever stores and restores it. Rows are in order of ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StateParts {
    /// The instance itself; `None` for the empty state.
    pub instance: Option<Instance>,
    /// The number the next id gets.
    pub next_id: u32,
    /// The element instances.
    pub element_instances: Vec<ElementInstance>,
    /// The jobs.
    pub jobs: Vec<Job>,
    /// The timers.
    pub timers: Vec<Timer>,
    /// The message subscriptions.
    pub message_subscriptions: Vec<MessageSubscription>,
    /// The signal subscriptions.
    pub signal_subscriptions: Vec<SignalSubscription>,
    /// The condition subscriptions.
    pub condition_subscriptions: Vec<ConditionSubscription>,
    /// The user tasks.
    pub user_tasks: Vec<UserTask>,
    /// The incidents.
    pub incidents: Vec<Incident>,
    /// Work left over from a step that reached its bound.
    pub deferred: Vec<Work>,
}

impl State {
    /// No instance yet.
    pub fn empty() -> State {
        State::restore(StateParts::default())
    }

    /// The state made of these parts.
    pub fn restore(parts: StateParts) -> State {
        State {
            instance: parts.instance,
            next_id: parts.next_id.max(1),
            element_instances: Table::collect(parts.element_instances),
            jobs: Table::collect(parts.jobs),
            timers: Table::collect(parts.timers),
            message_subscriptions: Table::collect(parts.message_subscriptions),
            signal_subscriptions: Table::collect(parts.signal_subscriptions),
            condition_subscriptions: Table::collect(parts.condition_subscriptions),
            user_tasks: Table::collect(parts.user_tasks),
            incidents: Table::collect(parts.incidents),
            deferred: parts.deferred,
            surroundings: Variables::new(),
        }
    }

    /// Sets the variables that the instance sees beyond its own and never writes: what an iteration
    /// that is an instance of its own sees of its caller at this moment, which is
    /// [`State::iteration_variables`] there. They are no part of what is stored or replayed.
    pub fn set_surroundings(&mut self, variables: Variables) {
        self.surroundings = variables;
    }

    /// The variables that the instance sees beyond its own.
    pub fn surroundings(&self) -> &Variables {
        &self.surroundings
    }

    /// The parts this state is made of.
    pub fn parts(&self) -> StateParts {
        StateParts {
            instance: self.instance.clone(),
            next_id: self.next_id,
            element_instances: self.element_instances.iter().cloned().collect(),
            jobs: self.jobs.iter().cloned().collect(),
            timers: self.timers.iter().cloned().collect(),
            message_subscriptions: self.message_subscriptions.iter().cloned().collect(),
            signal_subscriptions: self.signal_subscriptions.iter().cloned().collect(),
            condition_subscriptions: self.condition_subscriptions.iter().copied().collect(),
            user_tasks: self.user_tasks.iter().cloned().collect(),
            incidents: self.incidents.iter().cloned().collect(),
            deferred: self.deferred.clone(),
        }
    }

    /// Folds events over the empty state.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a crate::event::Event>) -> State {
        let mut state = State::empty();
        for event in events {
            state.apply(event);
        }
        state
    }

    /// The instance itself, once created. It stays after the end.
    pub fn instance(&self) -> Option<&Instance> {
        self.instance.as_ref()
    }

    /// The number the next id gets.
    pub fn next_id(&self) -> u32 {
        self.next_id
    }

    /// One element instance.
    pub fn element_instance(&self, id: ElementInstanceId) -> Option<&ElementInstance> {
        self.element_instances.get(id)
    }

    /// All element instances by id; the first is the process itself.
    pub fn element_instances(&self) -> impl ExactSizeIterator<Item = &ElementInstance> {
        self.element_instances.iter()
    }

    /// The element instance of the process itself, while it runs.
    pub fn root(&self) -> Option<&ElementInstance> {
        self.element_instances.iter().next()
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(id)
    }

    /// All jobs by id.
    pub fn jobs(&self) -> impl ExactSizeIterator<Item = &Job> {
        self.jobs.iter()
    }

    /// One timer.
    pub fn timer(&self, id: TimerId) -> Option<&Timer> {
        self.timers.get(id)
    }

    /// All timers by id.
    pub fn timers(&self) -> impl ExactSizeIterator<Item = &Timer> {
        self.timers.iter()
    }

    /// One message subscription.
    pub fn message_subscription(&self, id: SubscriptionId) -> Option<&MessageSubscription> {
        self.message_subscriptions.get(id)
    }

    /// All message subscriptions by id.
    pub fn message_subscriptions(&self) -> impl ExactSizeIterator<Item = &MessageSubscription> {
        self.message_subscriptions.iter()
    }

    /// One signal subscription.
    pub fn signal_subscription(&self, id: SubscriptionId) -> Option<&SignalSubscription> {
        self.signal_subscriptions.get(id)
    }

    /// All signal subscriptions by id.
    pub fn signal_subscriptions(&self) -> impl ExactSizeIterator<Item = &SignalSubscription> {
        self.signal_subscriptions.iter()
    }

    /// One condition subscription.
    pub fn condition_subscription(&self, id: SubscriptionId) -> Option<&ConditionSubscription> {
        self.condition_subscriptions.get(id)
    }

    /// All condition subscriptions by id.
    pub fn condition_subscriptions(&self) -> impl ExactSizeIterator<Item = &ConditionSubscription> {
        self.condition_subscriptions.iter()
    }

    /// One user task.
    pub fn user_task(&self, id: UserTaskId) -> Option<&UserTask> {
        self.user_tasks.get(id)
    }

    /// All user tasks by id.
    pub fn user_tasks(&self) -> impl ExactSizeIterator<Item = &UserTask> {
        self.user_tasks.iter()
    }

    /// One incident.
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(id)
    }

    /// All incidents by id.
    pub fn incidents(&self) -> impl ExactSizeIterator<Item = &Incident> {
        self.incidents.iter()
    }

    /// Work left over from a step that reached its bound, in order.
    pub fn deferred(&self) -> &[Work] {
        &self.deferred
    }

    /// The value of a variable as seen from an element instance: the nearest scope that has it, then
    /// what is around the instance. The body of a multi-instance has its attributes as variables.
    pub fn variable(&self, from: ElementInstanceId, name: &str) -> Option<Cow<'_, Value>> {
        let mut next = Some(from);
        while let Some(id) = next {
            let element_instance = self.element_instance(id)?;
            if let Some(value) = element_instance.variables.get(name) {
                return Some(Cow::Borrowed(value));
            }
            let multi_instance = element_instance.multi_instance.as_ref();
            if let Some(value) = multi_instance.and_then(|it| it.attribute(name)) {
                return Some(Cow::Owned(value));
            }
            next = element_instance.scope;
        }
        self.surroundings.get(name).map(Cow::Borrowed)
    }

    /// All variables seen from an element instance; the nearest scope wins.
    pub fn visible_variables(&self, from: ElementInstanceId) -> Variables {
        let mut visible = Variables::new();
        let mut next = self.element_instance(from);
        while let Some(element_instance) = next {
            visible.add_missing(&element_instance.variables);
            if let Some(multi_instance) = &element_instance.multi_instance {
                let attributes = multi_instance::ATTRIBUTES.into_iter();
                let named = |name: &str| Some((Arc::from(name), multi_instance.attribute(name)?));
                visible.add_missing(&attributes.filter_map(named).collect());
            }
            next = element_instance
                .scope
                .and_then(|scope| self.element_instance(scope));
        }
        visible.add_missing(&self.surroundings);
        visible
    }

    /// What an iteration of a spread multi-instance sees of this instance: all that is visible around
    /// the body.
    pub fn iteration_variables(&self, body: ElementInstanceId) -> Variables {
        let around = self.element_instance(body).and_then(|it| it.scope);
        around
            .map(|scope| self.visible_variables(scope))
            .unwrap_or_default()
    }

    /// The variables a job sees. The job of a completing listener sees what the person entered,
    /// too, before it is written anywhere.
    pub fn job_variables(&self, id: JobId) -> Variables {
        let Some(job) = self.job(id) else {
            return Variables::new();
        };
        let mut variables = self.visible_variables(job.element_instance);
        let task = self.user_task(job.element_instance.user_task());
        if let Some(completing) = task.and_then(|task| task.completing.as_ref()) {
            variables.set_all(&completing.variables);
        }
        variables
    }

    /// The variables a called process starts with: all that are visible at the call activity, or
    /// only the results of its input mappings.
    pub fn child_variables(&self, call: ElementInstanceId, all_of_parent: bool) -> Variables {
        if all_of_parent {
            return self.visible_variables(call);
        }
        self.element_instance(call)
            .map(|it| it.variables.clone())
            .unwrap_or_default()
    }

    /// Whether the instance rests until it is resumed.
    pub fn is_suspended(&self) -> bool {
        self.instance.as_ref().is_some_and(|it| it.is_suspended)
    }

    /// Whether a job can be worked on now.
    pub fn is_job_active(&self, id: JobId) -> bool {
        self.job(id)
            .is_some_and(|job| job.phase == JobPhase::Active)
    }

    /// Whether a job can be handed out now: it is active, and its instance does not rest.
    pub fn is_job_offered(&self, id: JobId) -> bool {
        self.is_job_active(id) && !self.is_suspended()
    }
}
