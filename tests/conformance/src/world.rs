//! Instances of a few processes and what is around them: a clock that is moved, messages, signals,
//! jobs that somebody does. No database and no server. Start from [`World`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, ProcessDefinition};
use tongban_core::command::{CancelCause, Command, CreateInstance, ParentLink, StartAt};
use tongban_core::data_type::NoDataTypes;
use tongban_core::effect::{Effect, effects};
use tongban_core::event::{ChildRequested, Event, TimerDue};
use tongban_core::id::{
    DefinitionId, ElementInstanceId, Instant, JobId, ProcessInstanceId, SubscriptionId, TimerId,
    UserTaskId,
};
use tongban_core::incident;
use tongban_core::limit::Limits;
use tongban_core::now::Now;
use tongban_core::state::State;
use tongban_core::step::step;
use tongban_core::variable::Variables;
use tongban_feel::expression::Expression;
use tongban_feel::time::Zone;
use tongban_feel::value::Value;
use tongban_feel::workday::Weekends;

/// Commands of one case; a model that needs more does not come to an end.
const COMMANDS_MAX: u32 = 20_000;
/// Instances of one case.
const INSTANCES_MAX: usize = 200;

/// A few instances and what is around them.
pub(crate) struct World {
    definitions: Vec<Arc<ProcessDefinition>>,
    instances: BTreeMap<ProcessInstanceId, Subject>,
    mail: VecDeque<(ProcessInstanceId, Command)>,
    /// What waits for its time.
    timers: BTreeMap<(ProcessInstanceId, TimerId), Instant>,
    at: Instant,
    /// Ad-hoc sub-processes of which everything has been chosen.
    chosen: BTreeSet<(ProcessInstanceId, ElementInstanceId)>,
    limits: Limits,
    commands: u32,
    next_instance: i64,
    /// Why instances have stopped.
    pub(crate) incidents: Vec<(incident::Kind, String)>,
}

struct Subject {
    definition: usize,
    state: State,
}

/// A job that somebody has to do.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) instance: ProcessInstanceId,
    pub(crate) id: JobId,
    pub(crate) job_type: Arc<str>,
    pub(crate) variables: Variables,
}

impl World {
    /// Nothing runs yet.
    pub(crate) fn new(definitions: Vec<Arc<ProcessDefinition>>) -> World {
        World {
            definitions,
            instances: BTreeMap::new(),
            mail: VecDeque::new(),
            timers: BTreeMap::new(),
            at: Instant(0),
            chosen: BTreeSet::new(),
            limits: Limits::default(),
            commands: 0,
            next_instance: 1,
            incidents: Vec::new(),
        }
    }

    /// The moment.
    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    /// Starts a process.
    pub(crate) fn start(&mut self, key: &str, variables: Variables) -> Result<(), String> {
        let definition = self.find(key)?;
        self.create(definition, variables, StartAt::None, None);
        self.settle()
    }

    fn find(&self, key: &str) -> Result<usize, String> {
        let found = self.definitions.iter().position(|it| &*it.key == key);
        found.ok_or_else(|| format!("there is no process {key}"))
    }

    fn create(
        &mut self,
        definition: usize,
        variables: Variables,
        start: StartAt,
        parent: Option<ParentLink>,
    ) -> ProcessInstanceId {
        let instance = ProcessInstanceId(self.next_instance);
        self.next_instance += 1;
        let state = State::empty();
        self.instances
            .insert(instance, Subject { definition, state });
        let create = CreateInstance {
            instance,
            definition: DefinitionId(i64::try_from(definition).unwrap_or(i64::MAX)),
            business_key: None,
            variables,
            start,
            parent,
            iteration: None,
        };
        self.mail
            .push_back((instance, Command::CreateInstance(create)));
        instance
    }

    /// Delivers commands until nobody has any.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        while let Some((instance, command)) = self.mail.pop_front() {
            self.commands += 1;
            if self.commands > COMMANDS_MAX || self.instances.len() > INSTANCES_MAX {
                return Err("it does not come to an end".to_owned());
            }
            let events = self.decide(instance, command);
            for event in &events {
                if let Event::IncidentRaised(it) = event {
                    let why = format!("{}: {}", it.element_id, it.message);
                    self.incidents.push((it.kind, why));
                }
            }
            for effect in effects(&events) {
                self.perform(instance, effect)?;
            }
        }
        Ok(())
    }

    fn decide(&mut self, instance: ProcessInstanceId, command: Command) -> Vec<Event> {
        let Some(subject) = self.instances.get_mut(&instance) else {
            return Vec::new();
        };
        let now = Now {
            at: self.at,
            zone: Zone::utc(),
            calendar: &Weekends,
            limits: &self.limits,
            types: &NoDataTypes,
        };
        let definition = &self.definitions[subject.definition];
        // What is rejected has come too late: its receiver is gone.
        step(&mut subject.state, definition, command, now).unwrap_or_default()
    }

    fn perform(&mut self, from: ProcessInstanceId, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::ScheduleTimer { timer, due } => match due {
                TimerDue::At(at) => {
                    self.timers.insert((from, timer), at);
                }
                other => return Err(format!("a timer is due {other:?}")),
            },
            Effect::CancelTimer { timer } => {
                self.timers.remove(&(from, timer));
            }
            Effect::PublishMessage {
                name,
                correlation_key,
                variables,
                ..
            } => self.publish(&name, &correlation_key, &variables),
            Effect::BroadcastSignal { name, variables } => self.broadcast(from, &name, &variables),
            // No case here says what is decided: nothing in particular.
            Effect::EvaluateDecision {
                element_instance, ..
            } => {
                let command = Command::DecisionEvaluated {
                    element_instance,
                    result: Value::Null,
                    evidence: None,
                };
                self.send(from, command);
            }
            Effect::StartChild(requested) => self.start_child(from, &requested),
            Effect::TerminateChild { child } => {
                let cause = CancelCause::Parent;
                self.send(child, Command::CancelInstance { cause });
            }
            Effect::ReturnToParent {
                parent,
                child,
                variables,
            } => {
                let element_instance = parent.element_instance;
                let command = Command::ChildCompleted {
                    element_instance,
                    child,
                    variables,
                };
                self.send(parent.instance, command);
            }
            Effect::PropagateError {
                parent,
                child,
                thrower,
                path,
                code,
                message,
                variables,
            } => {
                let element_instance = parent.element_instance;
                let command = Command::ChildThrewError {
                    element_instance,
                    child,
                    thrower,
                    path,
                    code,
                    message,
                    variables,
                };
                self.send(parent.instance, command);
            }
            Effect::ReturnErrorToChild {
                child,
                thrower,
                path,
            } => {
                let element_instance = thrower;
                let command = Command::ErrorNotCaught {
                    element_instance,
                    path,
                };
                self.send(child, command);
            }
            Effect::PropagateEscalation(it) => {
                let command = Command::ChildThrewEscalation {
                    element_instance: it.parent.element_instance,
                    child: it.instance,
                    thrower: it.thrower,
                    path: it.path,
                    code: it.code,
                    variables: it.variables,
                };
                self.send(it.parent.instance, command);
            }
            Effect::AnswerEscalation(it) => {
                let command = Command::EscalationAnswered {
                    element_instance: it.thrower,
                    path: it.path,
                };
                self.send(it.child, command);
            }
            Effect::Continue => self.send(from, Command::Continue),
            // Read off the state when somebody looks.
            Effect::ActivateJob { .. }
            | Effect::OpenSubscription { .. }
            | Effect::CloseSubscription { .. }
            | Effect::EndInstance { .. } => {}
            other => return Err(format!("nobody here does {other:?}")),
        }
        Ok(())
    }

    fn send(&mut self, to: ProcessInstanceId, command: Command) {
        self.mail.push_back((to, command));
    }

    fn start_child(&mut self, from: ProcessInstanceId, requested: &ChildRequested) {
        let element_instance = requested.element_instance;
        match self.find(&requested.process_key) {
            Ok(definition) => {
                let all = requested.propagate_all_parent_variables;
                let state = &self.instances[&from].state;
                let variables = state.child_variables(element_instance, all);
                let parent = Some(requested.parent);
                let child = self.create(definition, variables, StartAt::None, parent);
                let command = Command::ChildStarted {
                    element_instance,
                    child,
                    definition: DefinitionId(i64::try_from(definition).unwrap_or(i64::MAX)),
                };
                // The caller knows of its child before the child can answer.
                self.mail.push_front((from, command));
            }
            Err(why) => {
                let message = Arc::from(why);
                let command = Command::ChildFailed {
                    element_instance,
                    message,
                };
                self.send(from, command);
            }
        }
    }

    /// At most one instance of each process receives a message: one that waits, else a new one.
    fn publish(&mut self, name: &str, key: &str, variables: &Variables) {
        for definition in 0..self.definitions.len() {
            let of_process = self.instances.iter();
            let mut waiting = of_process
                .filter(|(_, it)| it.definition == definition)
                .flat_map(|(instance, it)| {
                    let open = it.state.message_subscriptions();
                    let open =
                        open.filter(|it| &*it.message_name == name && &*it.correlation_key == key);
                    open.map(|it| (*instance, it.id)).collect::<Vec<_>>()
                });
            let first: Option<(ProcessInstanceId, SubscriptionId)> = waiting.next();
            drop(waiting);
            if let Some((instance, subscription)) = first {
                let command = Command::CorrelateMessage {
                    subscription,
                    message_id: Arc::from(name),
                    variables: variables.clone(),
                };
                self.send(instance, command);
                continue;
            }
            let is_awaited = |it: &EventDefinition| match it {
                EventDefinition::Message(message) => is_constant(message.name.source(), name),
                _ => false,
            };
            if let Some(start) = self.starts(definition, is_awaited).first() {
                self.create(definition, variables.clone(), StartAt::Event(*start), None);
            }
        }
    }

    fn broadcast(&mut self, from: ProcessInstanceId, name: &str, variables: &Variables) {
        let mut received = Vec::new();
        for (instance, subject) in self.instances.iter().filter(|(it, _)| **it != from) {
            let awaited = subject.state.signal_subscriptions();
            let awaited = awaited.filter(|it| &*it.signal_name == name);
            let subscriptions: Vec<SubscriptionId> = awaited.map(|it| it.id).collect();
            if !subscriptions.is_empty() {
                let command = Command::ReceiveSignal {
                    subscriptions,
                    variables: variables.clone(),
                };
                received.push((*instance, command));
            }
        }
        self.mail.extend(received);
        let is_awaited = |it: &EventDefinition| match it {
            EventDefinition::Signal(signal) => is_constant(signal.name.source(), name),
            _ => false,
        };
        for definition in 0..self.definitions.len() {
            for start in self.starts(definition, is_awaited) {
                self.create(definition, variables.clone(), StartAt::Event(start), None);
            }
        }
    }

    /// The start events of a process with such a trigger.
    fn starts(
        &self,
        definition: usize,
        is_awaited: impl Fn(&EventDefinition) -> bool,
    ) -> Vec<ElementIdx> {
        let definition = &self.definitions[definition];
        let container = definition.container(ElementIdx::ROOT);
        let starts = container.into_iter().flat_map(|it| &it.start_events);
        let awaits = |it: &&ElementIdx| match &definition.element(**it).kind {
            ElementKind::StartEvent(start) => start.definition.as_ref().is_some_and(&is_awaited),
            ElementKind::ReceiveTask(message) => {
                is_awaited(&EventDefinition::Message(message.clone()))
            }
            ElementKind::IntermediateCatchEvent(definition) => is_awaited(definition),
            _ => false,
        };
        starts.filter(awaits).copied().collect()
    }

    /// The jobs that are there to be done, oldest instances first.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for (instance, subject) in &self.instances {
            let state = &subject.state;
            for job in state.jobs().filter(|it| state.is_job_active(it.id)) {
                jobs.push(Job {
                    instance: *instance,
                    id: job.id,
                    job_type: job.job_type.clone(),
                    variables: state.job_variables(job.id),
                });
            }
        }
        jobs
    }

    /// The user tasks that are open.
    pub(crate) fn user_tasks(&self) -> Vec<(ProcessInstanceId, UserTaskId)> {
        let instances = self.instances.iter();
        instances
            .flat_map(|(instance, it)| it.state.user_tasks().map(|task| (*instance, task.id)))
            .collect()
    }

    /// The messages that are awaited, by name and key.
    pub(crate) fn awaited(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let instances = self.instances.values();
        let open = instances.flat_map(|it| it.state.message_subscriptions());
        open.map(|it| (it.message_name.clone(), it.correlation_key.clone()))
            .collect()
    }

    /// The signals that are awaited.
    pub(crate) fn awaited_signals(&self) -> Vec<Arc<str>> {
        let instances = self.instances.values();
        let open = instances.flat_map(|it| it.state.signal_subscriptions());
        open.map(|it| it.signal_name.clone()).collect()
    }

    /// Gives an instance a command and delivers all that comes of it.
    pub(crate) fn command(
        &mut self,
        instance: ProcessInstanceId,
        command: Command,
    ) -> Result<(), String> {
        self.send(instance, command);
        self.settle()
    }

    /// Publishes a message from outside.
    pub(crate) fn publish_message(&mut self, name: &str, key: &str) -> Result<(), String> {
        self.publish(name, key, &Variables::new());
        self.settle()
    }

    /// Broadcasts a signal from outside.
    pub(crate) fn broadcast_signal(&mut self, name: &str) -> Result<(), String> {
        self.broadcast(ProcessInstanceId(0), name, &Variables::new());
        self.settle()
    }

    /// Chooses every activity of each ad-hoc sub-process that has begun, once; whether there was one.
    pub(crate) fn choose(&mut self) -> Result<bool, String> {
        let mut commands = Vec::new();
        for (instance, subject) in &self.instances {
            let definition = &self.definitions[subject.definition];
            for it in subject.state.element_instances() {
                let ElementKind::AdHocSubProcess(ad_hoc) = &definition.element(it.element).kind
                else {
                    continue;
                };
                if self.chosen.insert((*instance, it.id)) {
                    let ids = ad_hoc.activities.iter();
                    let activities = ids.map(|it| definition.element(*it).id.clone()).collect();
                    let command = Command::ChooseActivities {
                        element_instance: it.id,
                        activities,
                    };
                    commands.push((*instance, command));
                }
            }
        }
        let has_chosen = !commands.is_empty();
        self.mail.extend(commands);
        self.settle()?;
        Ok(has_chosen)
    }

    /// When the next timer is due.
    pub(crate) fn next_timer(&self) -> Option<Instant> {
        self.timers.values().min().copied()
    }

    /// Moves the clock; timers that are due by then fire, in their order.
    pub(crate) fn advance_to(&mut self, until: Instant) -> Result<(), String> {
        loop {
            let due = self.timers.iter().min_by_key(|(key, at)| (**at, **key));
            let Some((key, at)) = due.filter(|(_, at)| **at <= until) else {
                break;
            };
            let ((instance, timer), at) = (*key, *at);
            self.timers.remove(&(instance, timer));
            self.at = self.at.max(at);
            self.command(instance, Command::TriggerTimer { timer })?;
        }
        self.at = self.at.max(until);
        Ok(())
    }

    /// Values for the variables that conditions and correlation keys read.
    fn guesses(&self, draw: &mut impl FnMut() -> u64) -> Variables {
        let mut names: BTreeSet<Arc<str>> = BTreeSet::new();
        for definition in &self.definitions {
            let conditions = definition
                .flows()
                .iter()
                .filter_map(|it| it.condition.as_ref());
            let keys = definition
                .elements()
                .iter()
                .flat_map(|it| keys_of(&it.kind));
            for expression in conditions.chain(keys) {
                names.extend(expression.variables().iter().map(|it| Arc::from(&**it)));
            }
        }
        let mut variables = Variables::new();
        for name in names {
            let value = match draw() % 4 {
                0 => Value::Boolean(true),
                1 => Value::Boolean(false),
                2 => Value::from(i64::try_from(draw() % 3).unwrap_or_default()),
                _ => Value::from("x"),
            };
            variables.insert(name, value);
        }
        variables
    }

    /// Whether a process can be started without a trigger; what only events start is not.
    fn may_start(&self, definition: usize) -> Result<(), String> {
        let container = self.definitions[definition].container(ElementIdx::ROOT);
        let begins =
            container.is_some_and(|it| it.start_event.is_some() || !it.begins_with.is_empty());
        match begins {
            true => Ok(()),
            false => Err("only an event starts it".to_owned()),
        }
    }

    /// Whether something is still there that has not ended.
    pub(crate) fn is_running(&self) -> bool {
        let mut instances = self.instances.values();
        instances.any(|it| it.state.element_instances().len() > 0)
    }
}

/// The correlation keys of the messages that an element waits for.
fn keys_of(kind: &ElementKind) -> Vec<&Expression> {
    let definition = match kind {
        ElementKind::ReceiveTask(message) => return message.correlation_key.iter().collect(),
        ElementKind::IntermediateCatchEvent(it) => Some(it),
        ElementKind::BoundaryEvent(it) => Some(&it.definition),
        ElementKind::StartEvent(it) => it.definition.as_ref(),
        _ => None,
    };
    let parts = definition.map(EventDefinition::parts).unwrap_or_default();
    let messages = parts.iter().filter_map(|it| match it {
        EventDefinition::Message(message) => message.correlation_key.as_ref(),
        _ => None,
    });
    messages.collect()
}

/// Whether an expression is this text.
fn is_constant(source: &str, text: &str) -> bool {
    source.trim().trim_matches('"') == text
}

/// Steps of a random run: what waits is answered in a random order.
const RANDOM_STEPS_MAX: u32 = 500;

/// How a random run came out.
#[derive(Debug)]
pub(crate) enum Run {
    /// Every instance has ended.
    Ended,
    /// The data that were tried do not fit an expression.
    Stopped(String),
}

/// Runs a process to its end, doing what it waits for in an order drawn from a seed; the variables
/// that it reads are guessed.
pub(crate) fn random_run(world: &mut World, key: &str, seed: u64) -> Result<Run, String> {
    let mut drawn = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = move || {
        drawn ^= drawn << 13;
        drawn ^= drawn >> 7;
        drawn ^= drawn << 17;
        drawn >> 11
    };
    let variables = world.guesses(&mut draw);
    world.find(key).and_then(|it| world.may_start(it))?;
    world.start(key, variables)?;
    for _ in 0..RANDOM_STEPS_MAX {
        if let Some((kind, why)) = world.incidents.first() {
            let why = format!("{} at {why}", kind.code());
            return if is_of_data(*kind) {
                Ok(Run::Stopped(why))
            } else {
                Err(why)
            };
        }
        if !world.is_running() {
            return Ok(Run::Ended);
        }
        if !world.choose()? {
            answer_one(world, draw())?;
        }
    }
    Err("it has not come to an end".to_owned())
}

/// Whether other data would have helped.
fn is_of_data(kind: incident::Kind) -> bool {
    matches!(
        kind,
        incident::Kind::ExpressionFailed
            | incident::Kind::MappingFailed
            | incident::Kind::NoMatchingFlow
            | incident::Kind::TimerInvalid
            | incident::Kind::CorrelationInvalid
            | incident::Kind::MultiInstanceInvalid
    )
}

fn answer_one(world: &mut World, drawn: u64) -> Result<(), String> {
    let (jobs, tasks) = (world.jobs(), world.user_tasks());
    let (messages, signals) = (world.awaited(), world.awaited_signals());
    let timers = usize::from(world.next_timer().is_some());
    let count = jobs.len() + tasks.len() + messages.len() + signals.len() + timers;
    if count == 0 {
        return Err("it waits for nothing that can come".to_owned());
    }
    let mut position = usize::try_from(drawn % count as u64).unwrap_or_default();
    if let Some(job) = jobs.get(position) {
        let command = Command::CompleteJob {
            job: job.id,
            variables: Variables::new(),
        };
        return world.command(job.instance, command);
    }
    position -= jobs.len();
    if let Some((instance, task)) = tasks.get(position) {
        let command = Command::CompleteUserTask {
            task: *task,
            variables: Variables::new(),
            by: Arc::from("somebody"),
        };
        return world.command(*instance, command);
    }
    position -= tasks.len();
    if let Some((name, key)) = messages.get(position) {
        return world.publish_message(name, key);
    }
    position -= messages.len();
    if let Some(name) = signals.get(position) {
        return world.broadcast_signal(name);
    }
    match world.next_timer() {
        Some(at) => world.advance_to(at),
        None => Ok(()),
    }
}
