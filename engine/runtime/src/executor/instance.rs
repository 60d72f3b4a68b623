//! An instance in hand: loaded, stepped until it waits, stored.
//!
//! The core decides each step; what a step asks for is answered here within the transaction (jobs
//! of plugins, decisions) or left as a follow-up (other instances, later rounds).

use std::collections::VecDeque;
use std::sync::Arc;

use tongban_core::command::{Command, CreateInstance, Iteration, ParentLink, StartAt};
use tongban_core::data_type::DataMismatch;
use tongban_core::effect::{Effect, effects};
use tongban_core::event::{Event, JobKind};
use tongban_core::id::{DefinitionId, JobId, ProcessInstanceId};
use tongban_core::incident::Kind;
use tongban_core::modification::ModificationRefusal;
use tongban_core::rejection::Rejection;
use tongban_core::state::State;
use tongban_core::step::step;
use tongban_core::variable::Variables;
use tongban_store::row::process_instance::Status;

use crate::change::{Subject, UserTaskChange};
use crate::command::{IncidentId, UserTaskId};
use crate::definition::Definition;
use crate::error::{CommandError, UserError};
use crate::executor::check;
use crate::executor::decision::Asked;
use crate::executor::escalation::timed_tasks;
use crate::executor::iteration::iteration_parent;
use crate::executor::job::JobEnd;
use crate::executor::operate::refused_migration;
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::executor::write::Starts;
use crate::outbox::check::CHECK_JOB_TYPE;

/// An instance that a command works on.
pub(crate) struct Instance {
    pub(crate) id: i64,
    pub(crate) definition: Arc<Definition>,
    pub(crate) state: State,
    /// The correlation key of the message that started it.
    pub(crate) correlation_key: Option<Arc<str>>,
    /// The version to which the command in hand migrates it.
    pub(crate) migrates_to: Option<Arc<Definition>>,
    /// What happened since it was loaded or last stored.
    pub(crate) events: Vec<Event>,
    n_jobs: u32,
    n_canceled: usize,
    /// Whether it may be asking other departments: by its version, or since before a migration.
    has_checks: bool,
    /// Whether it has been let go on after a suspension: what was asked for before is asked anew.
    is_resumed: bool,
    /// Jobs for somebody outside, with the queue each goes to.
    offers: Vec<(JobId, Arc<str>)>,
}

impl Instance {
    fn new(id: i64, definition: Arc<Definition>, state: State) -> Instance {
        let asks = |state: &State| state.jobs().any(|it| &*it.job_type == CHECK_JOB_TYPE);
        let has_checks = definition.has_checks || asks(&state);
        Instance {
            id,
            has_checks,
            is_resumed: false,
            definition,
            state,
            correlation_key: None,
            migrates_to: None,
            events: Vec::new(),
            n_jobs: 0,
            n_canceled: 0,
            offers: Vec::new(),
        }
    }

    /// The BPMN process id.
    pub(crate) fn process_key(&self) -> &Arc<str> {
        &self.definition.process.key
    }
}

impl Session<'_> {
    /// Loads a running instance; refuses what is absent, ended or halted.
    pub(crate) fn load(&mut self, id: i64) -> Decided<Instance> {
        let runtime = self.runtime;
        let loaded = runtime.block_on(self.unit().instance(ProcessInstanceId(id)))?;
        let Some(loaded) = loaded else {
            return Err(UserError::new("INSTANCE_NOT_FOUND", &[]).into());
        };
        if loaded.head.status == Status::Halted {
            return Err(CommandError::Halted {
                process_instance: id,
            }
            .into());
        }
        let Some(state) = loaded.state else {
            return Err(UserError::new("INSTANCE_ENDED", &[]).into());
        };
        let definition_id = loaded.head.definition_id.0;
        let definition = match &loaded.head.part {
            Some(part) => self.part_of(definition_id, part)?,
            None => self.definition(definition_id)?,
        };
        let mut state = Arc::unwrap_or_clone(state);
        if let Some(parent) = iteration_parent(&state) {
            state.set_surroundings(self.surroundings(parent)?);
        }
        self.running.in_hand = Some(id);
        let mut instance = Instance::new(id, definition, state);
        instance.correlation_key = loaded.head.correlation_key;
        Ok(instance)
    }

    /// A compiled definition by its id.
    pub(crate) fn definition(&mut self, id: i64) -> Decided<Arc<Definition>> {
        let tenant = self.running.tenant.clone();
        let definition = self.wait(self.shared.definitions.get(
            &self.shared.database,
            &tenant.id,
            id,
        ))?;
        definition.ok_or_else(|| Stop::Failed(format!("process definition {id} is not stored")))
    }

    /// The part of a definition that an iteration of a large multi-instance runs.
    pub(crate) fn part_of(&mut self, id: i64, part: &Arc<str>) -> Decided<Arc<Definition>> {
        let whole = self.definition(id)?;
        let found = self.shared.definitions.part(&whole, part);
        found.ok_or_else(|| {
            Stop::Failed(format!(
                "multi-instance {part} is not in process definition {id}"
            ))
        })
    }

    /// Makes a new instance and runs it until it waits.
    pub(crate) fn create(
        &mut self,
        definition: Arc<Definition>,
        create: NewInstance,
    ) -> Decided<i64> {
        let id = self.next_id()?;
        self.running.in_hand = Some(id);
        let around = create.parent.filter(|_| create.iteration.is_some());
        let command = Command::CreateInstance(CreateInstance {
            instance: ProcessInstanceId(id),
            definition: DefinitionId(definition.id),
            business_key: create.business_key,
            variables: create.variables,
            start: create.start,
            parent: create.parent,
            iteration: create.iteration,
        });
        let mut state = State::empty();
        if let Some(parent) = around {
            state.set_surroundings(self.surroundings(parent)?);
        }
        let mut instance = Instance::new(id, definition, state);
        instance.correlation_key = create.correlation_key;
        self.drive(&mut instance, command)?;
        self.store(instance)?;
        Ok(id)
    }

    /// Loads an instance, carries a command out on it, and stores it.
    pub(crate) fn advance(&mut self, id: i64, command: Command) -> Decided<()> {
        let mut instance = self.load(id)?;
        self.drive(&mut instance, command)?;
        self.store(instance)
    }

    /// Steps an instance until it waits. The path of a step: the core decides, what it asks for is
    /// answered in order, each answer is a further step.
    pub(crate) fn drive(&mut self, instance: &mut Instance, first: Command) -> Decided<()> {
        let mut todos = VecDeque::new();
        self.step(instance, first, &mut todos)
            .map_err(|rejection| refused(&rejection))?;
        self.drain(instance, todos)
    }

    fn drain(&mut self, instance: &mut Instance, mut todos: VecDeque<Effect>) -> Decided<()> {
        while let Some(effect) = todos.pop_front() {
            let answer = match effect {
                Effect::ActivateJob { job, .. } => self.work_on(instance, job, &mut todos)?,
                Effect::EvaluateDecision {
                    element_instance,
                    decision_id,
                    binding,
                    as_of,
                } => {
                    let asked = Asked {
                        element_instance,
                        decision_id,
                        binding,
                        as_of,
                    };
                    Some(self.decide_by_table(instance, asked)?)
                }
                effect => {
                    self.act_on(instance, effect)?;
                    None
                }
            };
            if let Some(answer) = answer
                && let Err(rejection) = self.step(instance, answer, &mut todos)
            {
                // An answer that comes too late has no effect: an earlier one of this command has
                // ended its element.
                tracing::debug!(process_instance.id = instance.id, %rejection, "answer not needed");
            }
        }
        Ok(())
    }

    /// Whether the core takes a command, decided on a copy of the state.
    pub(crate) fn try_out(&self, instance: &Instance, command: Command) -> Decided<()> {
        let mut state = instance.state.clone();
        let types = instance.definition.types(&self.running.tenant);
        let now = self.core_now(&types);
        let decided = step(&mut state, &instance.definition.process, command, now);
        decided.map(drop).map_err(|rejection| refused(&rejection))
    }

    fn step(
        &mut self,
        instance: &mut Instance,
        command: Command,
        todos: &mut VecDeque<Effect>,
    ) -> Result<(), Rejection> {
        let tenant = self.running.tenant.clone();
        let definition = instance.definition.clone();
        let types = definition.types(&tenant);
        let now = self.core_now(&types);
        let events = step(&mut instance.state, &definition.process, command, now)?;
        let is_migrated = events
            .iter()
            .any(|it| matches!(it, Event::InstanceMigrated(_)));
        if let Some(target) = instance.migrates_to.take().filter(|_| is_migrated) {
            instance.has_checks |= target.has_checks;
            instance.definition = target;
        }
        instance.is_resumed |= events
            .iter()
            .any(|it| matches!(it, Event::InstanceResumed { .. }));
        todos.extend(effects(&events));
        self.note(instance, &events);
        instance.n_canceled += events
            .iter()
            .filter(|it| matches!(it, Event::JobCanceled { .. }))
            .count();
        instance.events.extend(events);
        Ok(())
    }

    /// Has a job done, unless an earlier answer ended it or the command has done enough.
    fn work_on(
        &mut self,
        instance: &mut Instance,
        job: JobId,
        todos: &mut VecDeque<Effect>,
    ) -> Decided<Option<Command>> {
        if !instance.state.is_job_offered(job) {
            return Ok(None);
        }
        // A worker, a connector or another department may be at it since before the suspension.
        if instance.is_resumed && self.is_with_others(instance, job)? {
            if self.is_lease_waited_for(instance, job)? {
                self.go_on(instance.id);
            }
            return Ok(None);
        }
        if instance.n_jobs >= self.shared.bounds.jobs_per_command_max {
            self.go_on(instance.id);
            return Ok(None);
        }
        instance.n_jobs += 1;
        match self.answer_job(instance, job)? {
            JobEnd::Offered { queue } => {
                instance.offers.push((job, queue));
                Ok(None)
            }
            JobEnd::Command(command) => Ok(Some(command)),
            JobEnd::Completed {
                variables,
                writes,
                ordinal,
            } => {
                let incident = |kind, message: String| Stop::Again {
                    ordinal,
                    command: Box::new(Command::RaiseJobIncident {
                        job,
                        kind,
                        message: message.into(),
                    }),
                };
                let of_listener =
                    (instance.state.job(job)).is_some_and(|it| it.kind == JobKind::Listener);
                let complete = Command::CompleteJob { job, variables };
                self.step(instance, complete, todos)
                    .map_err(|rejection| match rejection {
                        // Somebody waits for his task to be done.
                        Rejection::DataMismatch(_) if of_listener => refused(&rejection),
                        Rejection::DataMismatch(_) => {
                            incident(Kind::DataMismatch, rejection.to_string())
                        }
                        _ => incident(Kind::StateTooLarge, rejection.to_string()),
                    })?;
                match self.apply_writes(writes, Starts::Later) {
                    // Nobody is there to be told no: the instance waits for someone to mend it.
                    Err(Stop::Refused(error)) if !self.running.is_submission => {
                        Err(incident(Kind::PluginFailed, error.to_string()))
                    }
                    applied => applied.map(|()| None),
                }
            }
        }
    }

    /// Has an open job done that an earlier command left, and goes on from there.
    pub(crate) fn work_on_open(&mut self, instance: &mut Instance, job: JobId) -> Decided<()> {
        let mut todos = VecDeque::new();
        if let Some(answer) = self.work_on(instance, job, &mut todos)?
            && let Err(rejection) = self.step(instance, answer, &mut todos)
        {
            tracing::debug!(process_instance.id = instance.id, %rejection, "answer not needed");
        }
        self.drain(instance, todos)
    }

    /// Stores an instance with what happened to it.
    pub(crate) fn store(&mut self, mut instance: Instance) -> Decided<()> {
        let mut offers = std::mem::take(&mut instance.offers);
        // A later step of the same command may have ended what an earlier one asked for.
        offers.retain(|(job, _)| instance.state.is_job_offered(*job));
        if instance.events.is_empty() {
            return self.offer_jobs(instance.id, offers);
        }
        let (runtime, id) = (self.runtime, ProcessInstanceId(instance.id));
        if instance.n_canceled > 0 && instance.has_checks {
            self.cancel_checks(&instance)?;
        }
        let tenant = self.running.tenant.name.clone();
        self.stored.insert((tenant, instance.id));
        let timed = timed_tasks(&instance);
        let process_key = instance.definition.process.key.clone();
        let put = self
            .unit()
            .put_instance(id, Arc::new(instance.state), instance.events);
        runtime.block_on(put)?;
        self.offer_jobs(id.0, offers)?;
        if timed.is_empty() {
            return Ok(());
        }
        self.begin_ladders(&process_key, &timed, id)
    }

    /// Questions of jobs that are not wanted any more are not asked any more.
    fn cancel_checks(&mut self, instance: &Instance) -> Decided<()> {
        let runtime = self.runtime;
        for event in &instance.events {
            if let Event::JobCanceled { id: job } = event {
                let check_id = check::id_of(instance.id, *job);
                runtime.block_on(self.unit().cancel_check_request(&check_id))?;
            }
        }
        Ok(())
    }

    /// Notes for the subscribers what happened.
    fn note(&mut self, instance: &Instance, events: &[Event]) {
        let process_instance = instance.id;
        for event in events {
            let task = |number: u32, kind| {
                let user_task = UserTaskId {
                    process_instance,
                    number,
                };
                Subject::UserTask { user_task, kind }
            };
            let incident = |number: u32| {
                Subject::Incident(IncidentId {
                    process_instance,
                    number,
                })
            };
            match event {
                Event::InstanceCreated(_)
                | Event::InstanceSuspended { .. }
                | Event::InstanceResumed { .. }
                | Event::InstanceModified(_)
                | Event::InstanceMigrated(_) => {
                    self.note_change(Subject::ProcessInstance(process_instance));
                }
                Event::UserTaskCreated(created) => {
                    self.note_change(task(created.id.0, UserTaskChange::Created));
                }
                Event::UserTaskAssigned { id, .. } => {
                    self.note_change(task(id.0, UserTaskChange::Assigned));
                }
                Event::UserTaskCompleted { id, .. } => {
                    self.note_change(task(id.0, UserTaskChange::Completed));
                }
                Event::UserTaskCanceled { id, .. } => {
                    self.note_change(task(id.0, UserTaskChange::Canceled));
                }
                Event::IncidentRaised(raised) => self.note_change(incident(raised.id.0)),
                Event::IncidentResolved { id, .. } | Event::IncidentWithdrawn { id } => {
                    self.note_change(incident(id.0));
                }
                _ => {}
            }
        }
    }
}

/// Refuses to begin anything for an instance at rest: whoever asks keeps it until it goes on.
pub(crate) fn refuse_at_rest(instance: &Instance) -> Decided<()> {
    match instance.state.is_suspended() {
        true => Err(refused(&Rejection::InstanceSuspended)),
        false => Ok(()),
    }
}

/// A new instance, but for its id.
pub(crate) struct NewInstance {
    pub(crate) business_key: Option<Arc<str>>,
    pub(crate) variables: Variables,
    pub(crate) start: StartAt,
    pub(crate) parent: Option<ParentLink>,
    /// The iteration of a large multi-instance that it runs.
    pub(crate) iteration: Option<Iteration>,
    /// The correlation key of the message that starts it.
    pub(crate) correlation_key: Option<Arc<str>>,
}

impl NewInstance {
    /// One with these variables that starts at its none start event.
    pub(crate) fn of(variables: Variables) -> NewInstance {
        NewInstance {
            business_key: None,
            variables,
            start: StartAt::None,
            parent: None,
            iteration: None,
            correlation_key: None,
        }
    }
}

/// A refusal of the core as the user sees it.
pub(crate) fn refused(rejection: &Rejection) -> Stop {
    if let Rejection::MigrationRefused { findings } = rejection {
        return refused_migration(findings);
    }
    if let Rejection::DataMismatch(mismatch) = rejection {
        return Stop::Refused(mismatched(mismatch).at(field_of(mismatch)).into());
    }
    if let Rejection::ModificationRefused {
        instruction,
        refusal: ModificationRefusal::DataMismatch(mismatch),
    } = rejection
    {
        let place = format!("/instructions/{instruction}{}", field_of(mismatch));
        return Stop::Refused(mismatched(mismatch).at(place).into());
    }
    let mut error = UserError::new(rejection.code(), &[]);
    error.details = Some(serde_json::json!({ "reason": rejection.to_string() }));
    if let Rejection::ModificationRefused { instruction, .. } = rejection {
        error = error.at(format!("/instructions/{instruction}"));
    }
    Stop::Refused(error.into())
}

/// Which variable is not what is declared, where, and what would be right.
fn mismatched(mismatch: &DataMismatch) -> UserError {
    let misfit = &mismatch.misfit;
    let place = format!("{}{}", mismatch.variable, misfit.path);
    let parameters = [
        ("place", place.as_str()),
        ("expected", misfit.expected.as_str()),
        ("found", misfit.found.as_str()),
    ];
    let mut error = UserError::new("DATA_MISMATCH", &parameters);
    error.details = Some(serde_json::json!({
        "variable": &*mismatch.variable,
        "path": misfit.path,
        "expected": misfit.expected,
        "found": misfit.found,
        "type": mismatch.of,
        "dataId": &*mismatch.item_id,
        "reason": mismatch.to_string(),
    }));
    error
}

fn field_of(mismatch: &DataMismatch) -> String {
    let name = mismatch.variable.replace('~', "~0").replace('/', "~1");
    format!("/variables/{name}{}", mismatch.misfit.path)
}
