//! A few instances that call each other, the outside they talk to, and what goes wrong there.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use tongban_bpmn::graph::{Element, ElementIdx, ElementKind, EventDefinition, ProcessDefinition};
use tongban_feel::time::Zone;
use tongban_feel::value::{List, Value};
use tongban_feel::workday::Weekends;

use super::auditor::Auditor;
use super::generator::{self, ERRORS, KEYS, VARIABLES};
use super::random::Random;
use super::{Statistics, Violation, coverage, invariant, join, model, script};
use crate::command::migration::{ElementMapping, MigrateInstance};
use crate::command::modification::{Instruction, ModifyInstance, Place, ScopeVariables};
use crate::command::{
    CancelCause, ChildThrower, Command, CreateInstance, Iteration, ParentLink, StartAt,
    SuspensionCause,
};
use crate::data_type::NoDataTypes;
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
/// Instances of a world; a further call or iteration fails.
const INSTANCES_MAX: usize = 24;
/// Iterations started in one page, and outputs handed over in one.
const PAGE_MAX: u32 = 3;

/// One process as text and compiled.
struct Process {
    text: String,
    definition: Arc<ProcessDefinition>,
    /// The version that instances are migrated to.
    next: Version,
}

struct Version {
    text: String,
    definition: Arc<ProcessDefinition>,
}

/// Two copies of one instance, and all that was done to it.
struct Subject {
    process: usize,
    /// The multi-instance of which it runs one iteration.
    part: Option<Arc<str>>,
    definition: Arc<ProcessDefinition>,
    live: State,
    replayed: State,
    auditor: Auditor,
    log: Vec<(Instant, Entry)>,
}

/// One thing that was done to an instance.
enum Entry {
    Command(Command),
    /// What it sees of its caller has changed.
    Surroundings(Variables),
}

/// The items and outputs of a large multi-instance.
#[derive(Default)]
struct Outside {
    items: Arc<List>,
    outputs: BTreeMap<u32, Value>,
}

/// A command on its way, and the instances that are made only if it is accepted.
struct Letter {
    to: ProcessInstanceId,
    command: Command,
    made: Vec<ProcessInstanceId>,
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
    /// Effects that are carried out later, in several steps.
    asks: Vec<(ProcessInstanceId, Effect)>,
    /// What is kept of large multi-instances outside their instances.
    loops: BTreeMap<(ProcessInstanceId, ElementInstanceId), Outside>,
    /// Which iteration an instance runs.
    iterations: BTreeMap<ProcessInstanceId, u32>,
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
        let next = generator::next_version(random, &text);
        let read = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            model::read(&lines).map(Arc::new).map_err(|message| {
                let (step, script) = (statistics.steps, text.to_owned());
                Box::new(Violation {
                    seed,
                    step,
                    message,
                    script,
                })
            })
        };
        let (definition, next_definition) = (read(&text)?, read(&next)?);
        processes.push(Process {
            text,
            definition,
            next: Version {
                text: next,
                definition: next_definition,
            },
        });
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
                // A cycle through a gateway can multiply tokens without end.
                element_instances_max: 100,
                iterations_inline_max: 2,
                output_collection_bytes_max: 40,
                ..Limits::default()
            },
            zone: Zone::utc(),
            at: Instant(0),
            subjects: BTreeMap::new(),
            mail: Vec::new(),
            asks: Vec::new(),
            loops: BTreeMap::new(),
            iterations: BTreeMap::new(),
            next_instance: 1,
            ending: false,
        };
        world.play()?;
    }
    Ok(())
}

impl World<'_> {
    fn play(&mut self) -> Result<(), Box<Violation>> {
        let root = self.new_instance(0, None);
        let variables = self.variables();
        let mut first = create(root, variables, None);
        if let (Command::CreateInstance(create), Some(event)) = (&mut first, self.event()) {
            create.start = StartAt::Event(event);
        }
        self.deliver(root, first)?;
        let commands_max = 5 + self.random.below(COMMANDS_MAX);
        for _ in 0..commands_max {
            if self.is_over() {
                break;
            }
            self.play_one()?;
        }
        self.end(root)
    }

    /// An event after a gateway that starts the process of the root, now and then.
    fn event(&mut self) -> Option<ElementIdx> {
        let definition = self.processes[0].definition.clone();
        let starts = &definition.container(ElementIdx::ROOT)?.start_events;
        let is_event = |it: &&ElementIdx| match &definition.element(**it).kind {
            ElementKind::StartEvent(start) => start.definition.is_some(),
            _ => true,
        };
        let events: Vec<ElementIdx> = starts.iter().filter(is_event).copied().collect();
        if events.is_empty() || self.random.chance(50) {
            return None;
        }
        Some(events[self.random.index(events.len())])
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
            // In order, so that an instance that loops for ever does not hold up its own end.
            if !self.asks.is_empty() {
                self.carry_out(0)?;
            } else if !self.mail.is_empty() {
                let (instance, command) = self.mail.remove(0);
                self.deliver(instance, command)?;
            } else {
                break;
            }
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
            let mut restored = State::restore(subject.live.parts());
            restored.set_surroundings(subject.live.surroundings().clone());
            if restored != subject.live {
                return Err(self.violation(*instance, "its parts do not make it again".to_owned()));
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.mail.is_empty() && self.asks.is_empty() && !self.subjects.values().any(is_running)
    }

    fn play_one(&mut self) -> Result<(), Box<Violation>> {
        if !self.mail.is_empty() && self.random.chance(50) {
            let idx = self.random.index(self.mail.len());
            let (instance, command) = self.mail.swap_remove(idx);
            return self.deliver(instance, command);
        }
        if !self.asks.is_empty() && self.random.chance(50) {
            let idx = self.random.index(self.asks.len());
            return self.carry_out(idx);
        }
        let instances: Vec<ProcessInstanceId> = self.subjects.keys().copied().collect();
        let instance = instances[self.random.index(instances.len())];
        if self.random.chance(30) {
            self.at = self
                .at
                .plus_us(i64::from(self.random.below(3_600)) * 1_000_000);
        }
        if self.random.chance(6) {
            let command = self.operation(instance);
            return self.deliver(instance, command);
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

    fn new_instance(&mut self, process: usize, part: Option<Arc<str>>) -> ProcessInstanceId {
        let whole = &self.processes[process].definition;
        let definition = match &part {
            None => whole.clone(),
            Some(id) => {
                let body = whole.find(id).and_then(|body| whole.part(body));
                Arc::new(body.expect("what is spread is a multi-instance"))
            }
        };
        let id = ProcessInstanceId(self.next_instance);
        self.next_instance += 1;
        let (live, replayed, log) = (State::empty(), State::empty(), Vec::new());
        let auditor = Auditor::default();
        self.subjects.insert(
            id,
            Subject {
                process,
                part,
                definition,
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
        let made = Vec::new();
        let to = id;
        self.deliver_all(vec![Letter { to, command, made }])
    }

    /// Starting a child and making a decision are one transaction with their answers.
    fn deliver_all(&mut self, mut letters: Vec<Letter>) -> Result<(), Box<Violation>> {
        while let Some(Letter { to, command, made }) = letters.pop() {
            let events = self.decide(to, command)?;
            if events.is_empty() {
                // Their caller does not wait any more: they are not made.
                for child in made {
                    self.subjects.remove(&child);
                }
            }
            let effects = effects(&events);
            for effect in &effects {
                self.check_effect(to, effect)?;
            }
            for effect in effects {
                self.read_effect(to, effect, &mut letters);
            }
        }
        Ok(())
    }

    /// Lets an iteration see what is around its multi-instance now.
    fn look_around(&mut self, id: ProcessInstanceId, command: &Command) {
        let Some(subject) = self.subjects.get(&id).filter(|it| it.part.is_some()) else {
            return;
        };
        let parent = match command {
            Command::CreateInstance(create) => create.parent,
            _ => subject.live.instance().and_then(|it| it.parent),
        };
        let caller = parent.and_then(|it| self.subjects.get(&it.instance));
        let Some((caller, parent)) = caller.zip(parent) else {
            return;
        };
        let variables = caller.live.iteration_variables(parent.element_instance);
        if variables == *subject.live.surroundings() {
            return;
        }
        if let Some(subject) = self.subjects.get_mut(&id) {
            let entry = Entry::Surroundings(variables.clone());
            subject.log.push((self.at, entry));
            subject.replayed.set_surroundings(variables.clone());
            subject.live.set_surroundings(variables);
        }
    }

    fn decide(
        &mut self,
        id: ProcessInstanceId,
        command: Command,
    ) -> Result<Vec<Event>, Box<Violation>> {
        self.look_around(id, &command);
        let Some(subject) = self.subjects.get_mut(&id) else {
            return Ok(Vec::new());
        };
        self.statistics.steps += 1;
        subject.log.push((self.at, Entry::Command(command.clone())));
        let definition = &*subject.definition.clone();
        let (zone, limits) = (self.zone.clone(), &self.limits);
        let now = Now {
            at: self.at,
            zone,
            calendar: &Weekends,
            limits,
            types: &NoDataTypes,
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
        let next = &*self.processes[subject.process].next.definition;
        count((definition, next), &events, self.statistics);
        keep_outside(&mut self.loops, id, &events);
        let work_is_left = !subject.live.deferred().is_empty();
        let auditor = &mut subject.auditor;
        let audited = auditor.follow(definition, Some(next), &events, work_is_left);
        let migrated = |it: &Event| matches!(it, Event::InstanceMigrated(_));
        if events.iter().any(migrated) {
            subject.definition = self.processes[subject.process].next.definition.clone();
        }
        let definition = &*subject.definition.clone();
        let checked = invariant::check(definition, &subject.live, &subject.replayed, &self.limits);
        match audited.and(checked) {
            Ok(()) => Ok(events),
            Err(message) => Err(self.violation(id, message)),
        }
    }

    fn read_effect(&mut self, id: ProcessInstanceId, effect: Effect, letters: &mut Vec<Letter>) {
        match effect {
            Effect::StartChild(requested) => self.start_child(id, &requested, letters),
            // Instances that answer each signal with one would never come to their end.
            Effect::BroadcastSignal { .. } if self.ending => {}
            Effect::StartIterations { .. }
            | Effect::TerminateIterations { .. }
            | Effect::CollectOutputs { .. }
            | Effect::BroadcastSignal { .. } => self.asks.push((id, effect)),
            Effect::ReturnIteration {
                parent,
                child,
                loop_counter,
                variables,
            } => {
                let element_instance = parent.element_instance;
                let command = Command::IterationCompleted {
                    element_instance,
                    child,
                    loop_counter,
                    variables,
                };
                self.mail.push((parent.instance, command));
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
                self.mail.push((it.parent.instance, command));
            }
            Effect::AnswerEscalation(it) => {
                let command = Command::EscalationAnswered {
                    element_instance: it.thrower,
                    path: it.path,
                };
                self.mail.push((it.child, command));
            }
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
                self.mail.push((parent.instance, command));
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
                self.mail.push((child, command));
            }
            Effect::EvaluateDecision {
                element_instance, ..
            } => {
                let command = if self.random.chance(80) {
                    let result = Value::from(i64::from(self.random.below(5)));
                    Command::DecisionEvaluated {
                        element_instance,
                        result,
                        evidence: self
                            .random
                            .chance(50)
                            .then(|| Box::new(script::evidence(2))),
                    }
                } else {
                    let message = Arc::from("no rule matches");
                    Command::DecisionFailed {
                        element_instance,
                        message,
                    }
                };
                letters.push(letter(id, command));
            }
            Effect::SuspendChild {
                child,
                is_suspended,
            } => self.mail.push((child, suspension(is_suspended))),
            Effect::SuspendIterations {
                element_instance,
                is_suspended,
            } => {
                let iterations = self.iterations_of(id, element_instance);
                let command = |child| (child, suspension(is_suspended));
                self.mail.extend(iterations.into_iter().map(command));
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
        letters: &mut Vec<Letter>,
    ) {
        let element_instance = requested.element_instance;
        let known = KEYS.iter().position(|key| **key == *requested.process_key);
        let room = self.subjects.len() < INSTANCES_MAX && !self.ending && self.random.chance(90);
        let Some(process) = known.filter(|_| room) else {
            let message = Arc::from("it does not exist");
            let command = Command::ChildFailed {
                element_instance,
                message,
            };
            letters.push(letter(id, command));
            return;
        };
        let all = requested.propagate_all_parent_variables;
        let variables = self.subjects[&id]
            .live
            .child_variables(element_instance, all);
        let child = self.new_instance(process, None);
        let create = create(child, variables, Some(requested.parent));
        let definition = DefinitionId(1);
        let started = Command::ChildStarted {
            element_instance,
            child,
            definition,
        };
        letters.push(letter(child, create));
        letters.push(Letter {
            to: id,
            command: started,
            made: vec![child],
        });
    }

    /// Carries out an effect that concerns several instances.
    fn carry_out(&mut self, idx: usize) -> Result<(), Box<Violation>> {
        let (id, effect) = self.asks.swap_remove(idx);
        match effect {
            Effect::BroadcastSignal { .. } if self.ending => Ok(()),
            Effect::StartIterations {
                element_instance,
                limit,
            } => self.start_iterations(id, element_instance, limit),
            Effect::TerminateIterations { element_instance } => {
                let iterations = self.iterations_of(id, element_instance);
                let cause = CancelCause::Parent;
                let cancel = |child| (child, Command::CancelInstance { cause });
                self.mail.extend(iterations.into_iter().map(cancel));
                Ok(())
            }
            Effect::CollectOutputs {
                element_instance,
                after,
            } => {
                let kept = self.loops.get(&(id, element_instance));
                let mut rest = kept
                    .into_iter()
                    .flat_map(|it| it.outputs.range(after + 1..));
                let page = rest.by_ref().take(PAGE_MAX as usize);
                let outputs = page.map(|(counter, it)| (*counter, it.clone())).collect();
                let is_complete = rest.next().is_none();
                let command = Command::OutputsCollected {
                    element_instance,
                    outputs,
                    is_complete,
                };
                self.deliver(id, command)
            }
            Effect::BroadcastSignal { name, variables } => {
                for (other, subject) in &self.subjects {
                    let awaited = subject.live.signal_subscriptions();
                    let awaited = awaited.filter(|it| it.signal_name == name);
                    let subscriptions: Vec<_> = awaited.map(|it| it.id).collect();
                    if *other != id && !subscriptions.is_empty() {
                        let variables = variables.clone();
                        let command = Command::ReceiveSignal {
                            subscriptions,
                            variables,
                        };
                        self.mail.push((*other, command));
                    }
                }
                Ok(())
            }
            other => unreachable!("{other:?} is carried out at once"),
        }
    }

    /// Starts a page of iterations and tells the body, all in one; or tells it that they cannot be
    /// started.
    fn start_iterations(
        &mut self,
        id: ProcessInstanceId,
        body: ElementInstanceId,
        limit: u32,
    ) -> Result<(), Box<Violation>> {
        let body_instance = self.subjects[&id].live.element_instance(body);
        let it = body_instance.and_then(|it| it.multi_instance.as_ref());
        let asks = it
            .and_then(|it| it.spread)
            .is_some_and(|it| it.is_requested);
        let Some(it) = it.filter(|_| asks) else {
            return Ok(());
        };
        let (first, n_left) = (it.next, it.last + 1 - it.next);
        let room = INSTANCES_MAX.saturating_sub(self.subjects.len());
        let count = 1 + self.random.below(limit.min(n_left).min(PAGE_MAX));
        if self.ending || room < count as usize || self.random.chance(10) {
            let message = Arc::from("it cannot be started");
            let element_instance = body;
            let command = Command::IterationsFailed {
                element_instance,
                message,
            };
            return self.deliver(id, command);
        }
        let command = Command::IterationsStarted {
            element_instance: body,
            count,
        };
        let made: Vec<ProcessInstanceId> = (first..first + count)
            .map(|loop_counter| self.make_iteration(id, body, loop_counter))
            .collect();
        let creates = made
            .iter()
            .map(|child| self.create_iteration(id, body, *child));
        let mut letters: Vec<Letter> = creates.collect();
        letters.push(Letter {
            to: id,
            command,
            made,
        });
        self.deliver_all(letters)
    }

    fn make_iteration(
        &mut self,
        id: ProcessInstanceId,
        body: ElementInstanceId,
        loop_counter: u32,
    ) -> ProcessInstanceId {
        let subject = &self.subjects[&id];
        let element = subject.live.element_instance(body).map(|it| it.element);
        let element = element.expect("the body is there");
        let part = subject.definition.element(element).id.clone();
        let process = subject.process;
        let child = self.new_instance(process, Some(part));
        self.iterations.insert(child, loop_counter);
        child
    }

    fn create_iteration(
        &self,
        id: ProcessInstanceId,
        body: ElementInstanceId,
        child: ProcessInstanceId,
    ) -> Letter {
        let live = &self.subjects[&id].live;
        let instance = live.instance().expect("the body is in an instance");
        let state = live
            .element_instance(body)
            .and_then(|it| it.multi_instance.as_ref());
        let loop_counter = self.iterations[&child];
        let items = self.loops.get(&(id, body)).map(|it| &it.items);
        let item = items.and_then(|it| it.get(loop_counter as usize - 1));
        let parent = ParentLink {
            instance: id,
            element_instance: body,
            depth: instance.parent.map_or(0, |it| it.depth) + 1,
        };
        let iteration = Iteration {
            part: self.subjects[&child].part.clone().expect("it runs a part"),
            loop_counter,
            count: state.map_or(0, |it| it.count),
            item: item.cloned(),
        };
        let mut command = create(child, Variables::new(), Some(parent));
        if let Command::CreateInstance(create) = &mut command {
            create.iteration = Some(iteration);
        }
        letter(child, command)
    }

    /// The iterations of a large multi-instance that run.
    fn iterations_of(
        &self,
        id: ProcessInstanceId,
        body: ElementInstanceId,
    ) -> Vec<ProcessInstanceId> {
        let of_body = |subject: &&Subject| {
            let instance = subject.live.instance();
            let parent = instance.and_then(|it| it.parent);
            is_running(subject)
                && parent.is_some_and(|it| it.instance == id && it.element_instance == body)
        };
        let running = self.subjects.iter().filter(|(_, it)| of_body(it));
        running.map(|(child, _)| *child).collect()
    }

    /// What an operator does to an instance.
    fn operation(&mut self, id: ProcessInstanceId) -> Command {
        let process = self.subjects[&id].process;
        let is_called = |it: &Subject| it.live.instance().is_some_and(|it| it.parent.is_some());
        let cause = match is_called(&self.subjects[&id]) {
            true => SuspensionCause::Parent,
            false => SuspensionCause::Request,
        };
        match self.random.below(10) {
            0..2 => Command::SuspendInstance { cause },
            2..4 => Command::ResumeInstance { cause },
            4..6 => Command::MigrateInstance(Box::new(MigrateInstance {
                definition: DefinitionId(2),
                target: self.processes[process].next.definition.clone(),
                mapping: self.mapping(process),
            })),
            _ => {
                let count = 1 + self.random.below(3);
                let instructions = (0..count).map(|_| self.instruction(id)).collect();
                Command::ModifyInstance(Box::new(ModifyInstance { instructions }))
            }
        }
    }

    /// Now and then two elements of one scope become one.
    fn mapping(&mut self, process: usize) -> Vec<ElementMapping> {
        if !self.random.chance(30) {
            return Vec::new();
        }
        let definition = self.processes[process].definition.clone();
        let elements = definition.elements();
        let source = &elements[self.random.index(elements.len())];
        let is_alike = |it: &&Element| {
            let kinds = [&source.kind, &it.kind].map(std::mem::discriminant);
            it.scope == source.scope && it.id != source.id && kinds[0] == kinds[1]
        };
        let alike: Vec<&Element> = elements.iter().filter(is_alike).collect();
        if alike.is_empty() {
            return Vec::new();
        }
        let target = alike[self.random.index(alike.len())];
        vec![ElementMapping {
            source: source.id.clone(),
            target: target.id.clone(),
        }]
    }

    fn instruction(&mut self, id: ProcessInstanceId) -> Instruction {
        let subject = &self.subjects[&id];
        let running = subject.live.element_instances();
        let running: Vec<ElementInstanceId> = running.map(|it| it.id).collect();
        let elements = subject.definition.elements().iter();
        let elements: Vec<Arc<str>> = elements.map(|it| it.id.clone()).collect();
        let active = subject.live.element_instances();
        let active = active.map(|it| subject.definition.element(it.element).id.clone());
        let active: Vec<Arc<str>> = active.collect();
        let one_of = |random: &mut Random| match random.chance(70) && !active.is_empty() {
            true => active[random.index(active.len())].clone(),
            false => elements[random.index(elements.len())].clone(),
        };
        let element_instance = match running.is_empty() {
            true => ElementInstanceId(1),
            false => running[self.random.index(running.len())],
        };
        let place = self.place(id);
        match self.random.below(5) {
            0 | 1 => Instruction::Start {
                at: place,
                within: self.random.chance(25).then_some(element_instance),
                variables: match self.random.chance(30) {
                    true => vec![ScopeVariables {
                        scope: None,
                        variables: self.variables(),
                    }],
                    false => Vec::new(),
                },
            },
            2 => Instruction::Cancel { element_instance },
            3 => Instruction::CancelAll {
                element: one_of(self.random),
            },
            _ => Instruction::Move {
                from: one_of(self.random),
                to: place,
            },
        }
    }

    fn place(&mut self, id: ProcessInstanceId) -> Place {
        let definition = &self.subjects[&id].definition;
        let elements = definition.elements();
        let element = elements[self.random.index(elements.len())].id.clone();
        let flows = definition.flows();
        match self.random.below(4) {
            0 if !flows.is_empty() => Place::Flow(flows[self.random.index(flows.len())].id.clone()),
            1 => Place::After(element),
            _ => Place::Before(element),
        }
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
        let signals: Vec<SubscriptionId> = state.signal_subscriptions().map(|it| it.id).collect();
        let incidents: Vec<IncidentId> = state.incidents().map(|it| it.id).collect();
        let ad_hoc = state.element_instances().filter(|it| it.ad_hoc.is_some());
        let ad_hoc: Vec<(ElementInstanceId, ElementIdx)> =
            ad_hoc.map(|it| (it.id, it.element)).collect();
        let waits = jobs.len() + tasks.len() + timers.len() + messages.len() + signals.len();
        let count = waits + incidents.len() + ad_hoc.len();
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
        if let Some(subscription) = take(&signals, &mut idx) {
            // Now and then one that is gone, or another of this instance, is with it.
            let mut subscriptions = vec![subscription];
            if self.random.chance(30) {
                subscriptions.push(SubscriptionId(self.random.below(40)));
            }
            return Some(Command::ReceiveSignal {
                subscriptions,
                variables,
            });
        }
        if let Some((element_instance, element)) = take(&ad_hoc, &mut idx) {
            return Some(self.choice(id, element_instance, element));
        }
        let incident = take(&incidents, &mut idx)?;
        if self.random.chance(60) {
            let variables = Variables::new();
            return Some(Command::ResolveIncident {
                incident,
                variables,
            });
        }
        Some(Command::SetVariables {
            element_instance: None,
            variables,
        })
    }

    /// Chooses one or two activities of an ad-hoc sub-process; now and then one that is not there.
    fn choice(
        &mut self,
        id: ProcessInstanceId,
        element_instance: ElementInstanceId,
        element: ElementIdx,
    ) -> Command {
        let definition = self.subjects[&id].definition.clone();
        let offered = match &definition.element(element).kind {
            ElementKind::AdHocSubProcess(it) => it.activities.clone(),
            _ => Vec::new(),
        };
        let mut activities = Vec::new();
        for _ in 0..=self.random.below(2) {
            let chosen = match offered.is_empty() || self.random.chance(5) {
                true => Arc::from("nothing"),
                false => {
                    let chosen = offered[self.random.index(offered.len())];
                    definition.element(chosen).id.clone()
                }
            };
            activities.push(chosen);
        }
        Command::ChooseActivities {
            element_instance,
            activities,
        }
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
        let path = match self.random.below(3) {
            0 => vec![ChildThrower {
                instance: child,
                element_instance,
            }],
            _ => Vec::new(),
        };
        match self.random.below(28) {
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
                    path,
                    code,
                    message,
                    variables,
                }
            }
            8 => Command::ErrorNotCaught {
                element_instance,
                path: Vec::new(),
            },
            20 => Command::ReceiveSignal {
                subscriptions: vec![SubscriptionId(number)],
                variables,
            },
            21 => Command::IterationsStarted {
                element_instance: ElementInstanceId(number + 1_000),
                count: self.random.below(3),
            },
            22 => Command::IterationsFailed {
                element_instance,
                message,
            },
            23 => Command::IterationCompleted {
                element_instance: ElementInstanceId(number + 1_000),
                child,
                loop_counter: self.random.below(4),
                variables,
            },
            24 => Command::OutputsCollected {
                element_instance: ElementInstanceId(number + 1_000),
                outputs: Vec::new(),
                is_complete: true,
            },
            25 => Command::EscalationAnswered {
                element_instance,
                path: Vec::new(),
            },
            26 => {
                let thrower = ElementInstanceId(self.random.below(20));
                Command::ChildThrewEscalation {
                    element_instance,
                    child,
                    thrower,
                    path,
                    code,
                    variables,
                }
            }
            27 => Command::ChooseActivities {
                element_instance,
                activities: vec![code],
            },
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
                variables: Variables::new(),
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
                    iteration: None,
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
        let limits = &self.limits;
        let mut script = format!(
            "limit steps={}\nlimit elements={}\nlimit inline={}\nlimit outputs={}\n",
            limits.steps_max,
            limits.element_instances_max,
            limits.iterations_inline_max,
            limits.output_collection_bytes_max
        );
        if let Some(part) = &subject.part {
            script.push_str(&format!("part {part}\n"));
        }
        let does_migrate = |(_, entry): &(Instant, Entry)| {
            matches!(entry, Entry::Command(Command::MigrateInstance(_)))
        };
        script.push_str(&process.text);
        if subject.log.iter().any(does_migrate) {
            script.push_str(&process.next.text);
        }
        script.push('\n');
        let mut at = Instant(0);
        for (when, entry) in &subject.log {
            let seconds = (when.0 - at.0) / 1_000_000;
            let passed = if seconds > 0 {
                format!("+{seconds} ")
            } else {
                String::new()
            };
            let entry = match entry {
                Entry::Command(command) => script::write_command(command, &subject.definition),
                Entry::Surroundings(variables) => script::write_surroundings(variables),
            };
            script.push_str(&format!("> {passed}{entry}\n"));
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
        iteration: None,
    })
}

fn suspension(is_suspended: bool) -> Command {
    let cause = SuspensionCause::Parent;
    match is_suspended {
        true => Command::SuspendInstance { cause },
        false => Command::ResumeInstance { cause },
    }
}

fn letter(to: ProcessInstanceId, command: Command) -> Letter {
    let made = Vec::new();
    Letter { to, command, made }
}

/// Keeps what a spread multi-instance leaves outside its instance.
fn keep_outside(
    loops: &mut BTreeMap<(ProcessInstanceId, ElementInstanceId), Outside>,
    id: ProcessInstanceId,
    events: &[Event],
) {
    for event in events {
        match event {
            Event::LoopStarted(it) if it.is_spread => {
                let outside = loops.entry((id, it.id)).or_default();
                outside.items = it.items.clone();
            }
            Event::IterationCompleted(it) if it.child.is_some() => {
                let outside = loops.entry((id, it.id)).or_default();
                let output = it.output.clone();
                outside
                    .outputs
                    .extend(output.map(|output| (it.loop_counter, output)));
            }
            _ => {}
        }
    }
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

fn cancels(definition: &ProcessDefinition, end_event: ElementIdx) -> bool {
    match &definition.element(end_event).kind {
        ElementKind::EndEvent(Some(it)) => {
            let mut parts = it.parts().iter();
            parts.any(|it| matches!(it, EventDefinition::Cancel))
        }
        _ => false,
    }
}

fn count(
    (mut definition, next): (&ProcessDefinition, &ProcessDefinition),
    events: &[Event],
    statistics: &mut Statistics,
) {
    statistics.events += u64::try_from(events.len()).expect("a step has few events");
    for event in events {
        if matches!(event, Event::InstanceMigrated(_)) {
            definition = next;
        }
        let joins = |element: ElementIdx| join::is_join(definition, element);
        let loops = |element: ElementIdx| {
            let around = definition.element(element).scope;
            let kind = around.map(|it| &definition.element(it).kind);
            matches!(kind, Some(ElementKind::StandardLoop(_)))
        };
        let starts = |element: ElementIdx| {
            matches!(definition.element(element).kind, ElementKind::StartEvent(_))
        };
        if let Event::ElementActivating(it) = event {
            coverage::note(&mut statistics.coverage, definition, it.element);
        }
        match event {
            Event::InstanceCreated(it) => {
                statistics.instances += 1;
                // The part of a process that an iteration runs begins at its body.
                let is_part = it.iteration.is_some();
                let begins = it.start == ElementIdx::ROOT;
                statistics.beginnings += u64::from(begins);
                let begins_otherwise = !is_part && !begins && !starts(it.start);
                statistics.instantiations += u64::from(begins_otherwise);
            }
            Event::InstanceCompleted(_) => statistics.completed += 1,
            Event::IncidentRaised(_) => statistics.incidents += 1,
            Event::WorkDeferred { .. } => statistics.deferred += 1,
            Event::ElementActivating(it) if it.is_triggered => statistics.choices += 1,
            Event::ElementActivating(it) if joins(it.element) => statistics.joins += 1,
            Event::ElementActivating(it) if loops(it.element) => statistics.rounds += 1,
            Event::GatewayStarted { .. } => statistics.gateway_starts += 1,
            Event::GatewayReset { consumed, .. } if !consumed.is_empty() => {
                statistics.gateway_resets += 1;
            }
            Event::ActivitiesChosen { activities, .. } => {
                let n_activities = u64::try_from(activities.len()).unwrap_or(u64::MAX);
                statistics.chosen += n_activities;
            }
            Event::AdHocSatisfied { .. } => statistics.satisfied += 1,
            Event::SignalReceived { .. } => statistics.signals += 1,
            Event::EscalationThrown { .. } => statistics.escalations += 1,
            Event::ConditionChanged { holds: true, .. } => statistics.conditions += 1,
            Event::PartsComplete { .. } => statistics.all_parts += 1,
            Event::PartThrown { .. } => statistics.parts_thrown += 1,
            Event::CompensationCarriedOut(_) => statistics.undone += 1,
            Event::ElementInterrupted { by, .. } if cancels(definition, *by) => {
                statistics.canceled += 1;
            }
            Event::IterationCompleted(it) if it.child.is_some() => {
                statistics.spread_iterations += 1;
            }
            Event::IterationCompleted(_) => statistics.iterations += 1,
            Event::InstanceSuspended { .. } => statistics.suspensions += 1,
            Event::InstanceModified(_) => statistics.modifications += 1,
            Event::InstanceMigrated(_) => statistics.migrations += 1,
            _ => {}
        }
    }
}
