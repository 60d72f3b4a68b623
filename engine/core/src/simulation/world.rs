//! A few instances that call each other, the outside they talk to, and what goes wrong there.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ProcessDefinition};
use tongban_feel::time::Zone;
use tongban_feel::value::Value;
use tongban_feel::workday::Weekends;

use super::auditor::Auditor;
use super::generator::{self, ERRORS, KEYS, VARIABLES};
use super::random::Random;
use super::{Statistics, Violation, invariant, model, script};
use crate::command::{CancelCause, Command, CreateInstance, ParentLink, StartAt};
use crate::effect::{Effect, effects};
use crate::event::{ChildRequested, Event};
use crate::id::{
    DefinitionId, ElementInstanceId, IncidentId, Instant, JobId, ProcessInstanceId, SubscriptionId,
    TimerId, UserTaskId,
};
use crate::incident::Kind;
use crate::limit::Limits;
use crate::now::Now;
use crate::state::State;
use crate::state::instance::Status;
use crate::step::step;
use crate::variable::Variables;

/// Worlds played with one set of processes, since making it costs more than a step.
const WORLDS_PER_MODEL: u32 = 25;
/// Commands after which a world is brought to its end.
const COMMANDS_MAX: u32 = 120;
/// Commands in which an end has to come.
const END_COMMANDS_MAX: u32 = 20_000;
/// Instances of a world; a further call fails.
const INSTANCES_MAX: usize = 12;

/// One process as text and compiled.
struct Process {
    text: String,
    definition: ProcessDefinition,
}

/// Two copies of one instance, and all that was done to it.
struct Subject {
    process: usize,
    live: State,
    replayed: State,
    auditor: Auditor,
    log: Vec<(Instant, Command)>,
}

struct World<'a> {
    seed: u64,
    random: &'a mut Random,
    statistics: &'a mut Statistics,
    processes: &'a [Process],
    limits: Limits,
    zone: Zone,
    at: Instant,
    subjects: BTreeMap<ProcessInstanceId, Subject>,
    /// Commands that effects have brought about, not delivered yet.
    mail: Vec<(ProcessInstanceId, Command)>,
    next_instance: i64,
    ending: bool,
}

/// Makes a set of processes and plays some worlds with it.
pub(super) fn run(
    seed: u64,
    random: &mut Random,
    statistics: &mut Statistics,
) -> Result<(), Box<Violation>> {
    let mut processes = Vec::new();
    for key in KEYS {
        let text = generator::process(random, key);
        let lines: Vec<&str> = text.lines().collect();
        let definition = model::read(&lines).map_err(|message| {
            let (step, script) = (statistics.steps, text.clone());
            Box::new(Violation {
                seed,
                step,
                message,
                script,
            })
        })?;
        processes.push(Process { text, definition });
    }
    statistics.models += 1;
    for _ in 0..WORLDS_PER_MODEL {
        let steps_max = [7, 50, 1_000][random.index(3)];
        let mut world = World {
            seed,
            random: &mut *random,
            statistics: &mut *statistics,
            processes: &processes,
            limits: Limits {
                steps_max,
                call_depth_max: 3,
                ..Limits::default()
            },
            zone: Zone::utc(),
            at: Instant(0),
            subjects: BTreeMap::new(),
            mail: Vec::new(),
            next_instance: 1,
            ending: false,
        };
        world.play()?;
    }
    Ok(())
}

impl World<'_> {
    fn play(&mut self) -> Result<(), Box<Violation>> {
        let root = self.new_instance(0);
        let variables = self.variables();
        self.deliver(root, create(root, variables, None))?;
        let commands_max = 5 + self.random.below(COMMANDS_MAX);
        for _ in 0..commands_max {
            if self.is_over() {
                break;
            }
            self.play_one()?;
        }
        self.end(root)
    }

    /// Cancels the root and sees to it that everything ends.
    fn end(&mut self, root: ProcessInstanceId) -> Result<(), Box<Violation>> {
        self.ending = true;
        self.deliver(
            root,
            Command::CancelInstance {
                cause: CancelCause::Request,
            },
        )?;
        for _ in 0..END_COMMANDS_MAX {
            if self.mail.is_empty() {
                break;
            }
            // In order, so that an instance that loops for ever does not hold up its own end.
            let (instance, command) = self.mail.remove(0);
            self.deliver(instance, command)?;
        }
        let running = self
            .subjects
            .iter()
            .find(|(_, subject)| is_running(subject));
        if let Some((instance, _)) = running {
            return Err(self.orphan(*instance));
        }
        self.check_full_replay()
    }

    /// An instance that runs on, with the script of its caller, where the fault may lie.
    fn orphan(&self, instance: ProcessInstanceId) -> Box<Violation> {
        let mut violation = self.violation(instance, "it runs on after its caller".to_owned());
        let parent = self.subjects[&instance]
            .live
            .instance()
            .and_then(|it| it.parent);
        if let Some(parent) = parent {
            let of_parent = self.violation(parent.instance, String::new());
            violation.script.push_str("\n# The caller:\n");
            violation.script.push_str(&of_parent.script);
        }
        violation
    }

    /// The parts of a state make the same state, with the same sums.
    fn check_full_replay(&self) -> Result<(), Box<Violation>> {
        for (instance, subject) in &self.subjects {
            if State::restore(subject.live.parts()) != subject.live {
                return Err(self.violation(*instance, "its parts do not make it again".to_owned()));
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.mail.is_empty() && !self.subjects.values().any(is_running)
    }

    fn play_one(&mut self) -> Result<(), Box<Violation>> {
        if !self.mail.is_empty() && self.random.chance(50) {
            let idx = self.random.index(self.mail.len());
            let (instance, command) = self.mail.swap_remove(idx);
            return self.deliver(instance, command);
        }
        let instances: Vec<ProcessInstanceId> = self.subjects.keys().copied().collect();
        let instance = instances[self.random.index(instances.len())];
        if self.random.chance(30) {
            self.at = self
                .at
                .plus_us(i64::from(self.random.below(3_600)) * 1_000_000);
        }
        let command = match self.random.chance(85) {
            true => self.sensible(instance),
            false => None,
        };
        let command = match command {
            Some(command) => command,
            None => self.nonsense(),
        };
        self.deliver(instance, command)
    }

    fn new_instance(&mut self, process: usize) -> ProcessInstanceId {
        let id = ProcessInstanceId(self.next_instance);
        self.next_instance += 1;
        let (live, replayed, log) = (State::empty(), State::empty(), Vec::new());
        let auditor = Auditor::default();
        self.subjects.insert(
            id,
            Subject {
                process,
                live,
                replayed,
                auditor,
                log,
            },
        );
        id
    }

    /// Decides one command, checks everything, and reads the mail it brings about.
    fn deliver(&mut self, id: ProcessInstanceId, command: Command) -> Result<(), Box<Violation>> {
        let mut work = vec![(id, command)];
        // Starting a child and making a decision are one transaction with their answers.
        while let Some((id, command)) = work.pop() {
            let started = match &command {
                Command::ChildStarted { child, .. } => Some(*child),
                _ => None,
            };
            let events = self.decide(id, command)?;
            if let (Some(child), true) = (started, events.is_empty()) {
                // Its caller does not wait any more: it is not made.
                self.subjects.remove(&child);
            }
            let effects = effects(&events);
            for effect in &effects {
                self.check_effect(id, effect)?;
            }
            for effect in effects {
                self.read_effect(id, effect, &mut work);
            }
        }
        Ok(())
    }

    fn decide(
        &mut self,
        id: ProcessInstanceId,
        command: Command,
    ) -> Result<Vec<Event>, Box<Violation>> {
        let processes = self.processes;
        let Some(subject) = self.subjects.get_mut(&id) else {
            return Ok(Vec::new());
        };
        self.statistics.steps += 1;
        subject.log.push((self.at, command.clone()));
        let definition = &processes[subject.process].definition;
        let (zone, limits) = (self.zone.clone(), &self.limits);
        let now = Now {
            at: self.at,
            zone,
            calendar: &Weekends,
            limits,
        };
        let live = &mut subject.live;
        let decided =
            panic::catch_unwind(AssertUnwindSafe(|| step(live, definition, command, now)));
        let events = match decided {
            Ok(Ok(events)) => events,
            Ok(Err(_)) => {
                self.statistics.rejected += 1;
                Vec::new()
            }
            Err(_) => return Err(self.violation(id, "the core panicked".to_owned())),
        };
        let folded = panic::catch_unwind(AssertUnwindSafe(|| {
            events
                .iter()
                .for_each(|event| subject.replayed.apply(event));
        }));
        if folded.is_err() {
            return Err(self.violation(id, "the events do not fold".to_owned()));
        }
        count(&events, self.statistics);
        let work_is_left = !subject.live.deferred().is_empty();
        let audited = subject.auditor.follow(definition, &events, work_is_left);
        let checked = invariant::check(definition, &subject.live, &subject.replayed, &self.limits);
        match audited.and(checked) {
            Ok(()) => Ok(events),
            Err(message) => Err(self.violation(id, message)),
        }
    }

    fn read_effect(
        &mut self,
        id: ProcessInstanceId,
        effect: Effect,
        work: &mut Vec<(ProcessInstanceId, Command)>,
    ) {
        match effect {
            Effect::StartChild(requested) => self.start_child(id, &requested, work),
            Effect::TerminateChild { child } => {
                self.mail.push((
                    child,
                    Command::CancelInstance {
                        cause: CancelCause::Parent,
                    },
                ));
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
                self.mail.push((parent.instance, command));
            }
            Effect::PropagateError {
                parent,
                child,
                thrower,
                code,
                message,
                variables,
            } => {
                let element_instance = parent.element_instance;
                let command = Command::ChildThrewError {
                    element_instance,
                    child,
                    thrower,
                    code,
                    message,
                    variables,
                };
                self.mail.push((parent.instance, command));
            }
            Effect::ReturnErrorToChild { child, thrower } => {
                self.mail.push((
                    child,
                    Command::ErrorNotCaught {
                        element_instance: thrower,
                    },
                ));
            }
            Effect::EvaluateDecision {
                element_instance, ..
            } => {
                if self.random.chance(80) {
                    let result = Value::from(i64::from(self.random.below(5)));
                    work.push((
                        id,
                        Command::DecisionEvaluated {
                            element_instance,
                            result,
                            evidence: self
                                .random
                                .chance(50)
                                .then(|| Box::new(script::evidence(2))),
                        },
                    ));
                } else {
                    let message = Arc::from("no rule matches");
                    work.push((
                        id,
                        Command::DecisionFailed {
                            element_instance,
                            message,
                        },
                    ));
                }
            }
            Effect::Continue => self.mail.push((id, Command::Continue)),
            Effect::ActivateJob { .. }
            | Effect::ScheduleRetry { .. }
            | Effect::ScheduleTimer { .. }
            | Effect::CancelTimer { .. }
            | Effect::OpenSubscription { .. }
            | Effect::CloseSubscription { .. }
            | Effect::PublishMessage { .. }
            | Effect::EndInstance { .. } => {}
        }
    }

    /// What is asked for outside is there to be answered.
    fn check_effect(&self, id: ProcessInstanceId, effect: &Effect) -> Result<(), Box<Violation>> {
        let state = &self.subjects[&id].live;
        let is_there = match effect {
            Effect::ActivateJob { job, .. } => state.is_job_active(*job),
            Effect::ScheduleRetry { job, .. } => state.job(*job).is_some(),
            Effect::ScheduleTimer { timer, .. } => state.timer(*timer).is_some(),
            Effect::CancelTimer { timer } => state.timer(*timer).is_none(),
            Effect::OpenSubscription { subscription, .. } => {
                state.message_subscription(*subscription).is_some()
            }
            Effect::CloseSubscription { subscription } => {
                state.message_subscription(*subscription).is_none()
            }
            Effect::EndInstance { .. } => !is_running(&self.subjects[&id]),
            _ => true,
        };
        if is_there {
            return Ok(());
        }
        Err(self.violation(id, format!("the effect {effect:?} does not fit the state")))
    }

    /// The caller is told first: if it does not wait any more, no child is made.
    fn start_child(
        &mut self,
        id: ProcessInstanceId,
        requested: &ChildRequested,
        work: &mut Vec<(ProcessInstanceId, Command)>,
    ) {
        let element_instance = requested.element_instance;
        let known = KEYS.iter().position(|key| **key == *requested.process_key);
        let room = self.subjects.len() < INSTANCES_MAX && !self.ending && self.random.chance(90);
        let Some(process) = known.filter(|_| room) else {
            let message = Arc::from("it does not exist");
            work.push((
                id,
                Command::ChildFailed {
                    element_instance,
                    message,
                },
            ));
            return;
        };
        let all = requested.propagate_all_parent_variables;
        let variables = self.subjects[&id]
            .live
            .child_variables(element_instance, all);
        let child = self.new_instance(process);
        let create = create(child, variables, Some(requested.parent));
        let definition = DefinitionId(1);
        let started = Command::ChildStarted {
            element_instance,
            child,
            definition,
        };
        work.push((child, create));
        work.push((id, started));
    }

    fn variables(&mut self) -> Variables {
        let mut variables = Variables::new();
        for name in VARIABLES {
            if self.random.chance(60) {
                let value = i64::from(self.random.below(5));
                variables.insert(Arc::from(name), Value::from(value));
            }
        }
        variables
    }

    /// A command that answers something the instance waits for.
    fn sensible(&mut self, id: ProcessInstanceId) -> Option<Command> {
        let state = &self.subjects[&id].live;
        let jobs: Vec<JobId> = state.jobs().map(|it| it.id).collect();
        let tasks: Vec<UserTaskId> = state.user_tasks().map(|it| it.id).collect();
        let timers: Vec<(TimerId, Instant)> = state
            .timers()
            .map(|it| (it.id, it.due.at().unwrap_or_default()))
            .collect();
        let messages: Vec<SubscriptionId> = state.message_subscriptions().map(|it| it.id).collect();
        let incidents: Vec<IncidentId> = state.incidents().map(|it| it.id).collect();
        let count = jobs.len() + tasks.len() + timers.len() + messages.len() + incidents.len();
        if count == 0 {
            return None;
        }
        let mut idx = self.random.index(count);
        if let Some(job) = take(&jobs, &mut idx) {
            return Some(self.job_command(job));
        }
        if let Some(task) = take(&tasks, &mut idx) {
            return Some(self.task_command(task));
        }
        if let Some((timer, due_at)) = take(&timers, &mut idx) {
            if self.random.chance(70) {
                self.at = self.at.max(due_at);
            }
            return Some(Command::TriggerTimer { timer });
        }
        let variables = self.variables();
        if let Some(subscription) = take(&messages, &mut idx) {
            let message_id = Arc::from("m");
            return Some(Command::CorrelateMessage {
                subscription,
                message_id,
                variables,
            });
        }
        let incident = take(&incidents, &mut idx)?;
        if self.random.chance(60) {
            return Some(Command::ResolveIncident { incident });
        }
        Some(Command::SetVariables {
            element_instance: None,
            variables,
        })
    }

    fn job_command(&mut self, job: JobId) -> Command {
        let variables = self.variables();
        let message: Arc<str> = Arc::from("it failed");
        match self.random.below(12) {
            0 => Command::FailJob {
                job,
                retries: self.random.below(3),
                back_off_us: 0,
                message,
            },
            1 => {
                let (retries, back_off_us) = (self.random.below(3), 60_000_000);
                Command::FailJob {
                    job,
                    retries,
                    back_off_us,
                    message,
                }
            }
            2 => Command::RetryJob { job },
            3 => Command::RaiseJobIncident {
                job,
                kind: Kind::PluginTrapped,
                message,
            },
            4 | 5 => {
                let code = Arc::from(ERRORS[self.random.index(ERRORS.len())]);
                Command::ThrowError {
                    job,
                    code,
                    message,
                    variables,
                }
            }
            _ => Command::CompleteJob { job, variables },
        }
    }

    fn task_command(&mut self, task: UserTaskId) -> Command {
        if self.random.chance(15) {
            let assignee = self.random.chance(50).then(|| Arc::from("wang"));
            return Command::AssignUserTask { task, assignee };
        }
        Command::CompleteUserTask {
            task,
            variables: self.variables(),
            by: Arc::from("li"),
        }
    }

    /// A command about something that may not be there, or does not wait for it.
    fn nonsense(&mut self) -> Command {
        let number = self.random.below(40);
        let element_instance = ElementInstanceId(number);
        let child = ProcessInstanceId(1_000);
        let (message, code): (Arc<str>, Arc<str>) = (Arc::from("nonsense"), Arc::from("E1"));
        let variables = self.variables();
        match self.random.below(20) {
            0 => self.job_command(JobId(number)),
            1 => self.task_command(UserTaskId(number)),
            2 => Command::TriggerTimer {
                timer: TimerId(number),
            },
            3 => {
                let subscription = SubscriptionId(number);
                Command::CorrelateMessage {
                    subscription,
                    message_id: message,
                    variables,
                }
            }
            4 => Command::ChildStarted {
                element_instance,
                child,
                definition: DefinitionId(9),
            },
            5 => Command::ChildFailed {
                element_instance,
                message,
            },
            6 => Command::ChildCompleted {
                element_instance,
                child,
                variables,
            },
            7 => {
                let thrower = ElementInstanceId(self.random.below(20));
                Command::ChildThrewError {
                    element_instance,
                    child,
                    thrower,
                    code,
                    message,
                    variables,
                }
            }
            8 => Command::ErrorNotCaught { element_instance },
            9 => Command::DecisionEvaluated {
                element_instance,
                result: Value::Null,
                evidence: None,
            },
            10 => Command::DecisionFailed {
                element_instance,
                message,
            },
            11 => {
                let element_instance = Some(element_instance);
                Command::SetVariables {
                    element_instance,
                    variables,
                }
            }
            12 => Command::ResolveIncident {
                incident: IncidentId(number),
            },
            13 => Command::Continue,
            14 => {
                let start = StartAt::Event(ElementIdx(number));
                let (instance, definition) = (ProcessInstanceId(1), DefinitionId(1));
                let (business_key, parent) = (None, None);
                Command::CreateInstance(CreateInstance {
                    instance,
                    definition,
                    business_key,
                    variables,
                    start,
                    parent,
                })
            }
            15 if self.random.chance(10) => Command::CancelInstance {
                cause: CancelCause::Request,
            },
            _ => self.job_command(JobId(number)),
        }
    }

    /// The instance concerned as a script of its own: what it did depends on nothing else.
    fn violation(&self, id: ProcessInstanceId, message: String) -> Box<Violation> {
        let subject = &self.subjects[&id];
        let process = &self.processes[subject.process];
        let mut script = format!("limit steps={}\n{}\n", self.limits.steps_max, process.text);
        let mut at = Instant(0);
        for (when, command) in &subject.log {
            let seconds = (when.0 - at.0) / 1_000_000;
            let passed = if seconds > 0 {
                format!("+{seconds} ")
            } else {
                String::new()
            };
            let command = script::write_command(command, &process.definition);
            script.push_str(&format!("> {passed}{command}\n"));
            at = *when;
        }
        Box::new(Violation {
            seed: self.seed,
            step: self.statistics.steps,
            message,
            script,
        })
    }
}

fn create(
    instance: ProcessInstanceId,
    variables: Variables,
    parent: Option<ParentLink>,
) -> Command {
    Command::CreateInstance(CreateInstance {
        instance,
        definition: DefinitionId(1),
        business_key: None,
        variables,
        start: StartAt::None,
        parent,
    })
}

fn is_running(subject: &Subject) -> bool {
    subject
        .live
        .instance()
        .is_some_and(|instance| instance.status == Status::Active)
}

/// The entry at `idx`, or `idx` counted on into the next list.
fn take<T: Copy>(from: &[T], idx: &mut usize) -> Option<T> {
    let found = from.get(*idx).copied();
    *idx = idx.saturating_sub(from.len());
    found
}

fn count(events: &[Event], statistics: &mut Statistics) {
    statistics.events += u64::try_from(events.len()).expect("a step has few events");
    for event in events {
        match event {
            Event::InstanceCreated(_) => statistics.instances += 1,
            Event::InstanceCompleted(_) => statistics.completed += 1,
            Event::IncidentRaised(_) => statistics.incidents += 1,
            Event::WorkDeferred { .. } => statistics.deferred += 1,
            _ => {}
        }
    }
}
