//! The border round a command: begun, decided, accepted or dropped, alone in what goes wrong.
//!
//! **Invariant:** a panic is caught here and nowhere else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tongban_core::id::ProcessInstanceId;
use tongban_store::dialect::Dialect;
use tongban_store::unit_of_work::idempotency::IdempotencyKey;

use crate::command::{Command, Principal, UserTaskId};
use crate::error::CommandError;
use crate::executor::session::{Running, Session};
use crate::executor::stop::{Decided, Stop};
use crate::executor::work::{Answered, Task, Work};
use crate::outcome::Done;
use crate::reconciler::continuation::rows_of_instance;
use crate::timer::due_of_instance;

/// Times a command is decided anew at most: each call of it can fail once.
const AGAIN_MAX: u32 = 1_000;

/// What is done with a command that was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It becomes part of the group.
    Yes,
    /// It was a trial: everything is dropped.
    No,
}

impl Session<'_> {
    /// Runs `decide` as one command. The inner result is the command's own; the outer fails where
    /// the group cannot go on.
    pub(crate) fn bordered<T>(
        &mut self,
        running: impl Fn() -> Running,
        mut decide: impl FnMut(&mut Self) -> Decided<(T, Keep)>,
    ) -> Decided<Result<T, CommandError>> {
        self.memo.clear();
        for _ in 0..AGAIN_MAX {
            self.begin(running());
            match catch_unwind(AssertUnwindSafe(|| decide(self))) {
                Ok(Ok((done, Keep::Yes))) => {
                    let principal = self.running.principal.clone();
                    let tenant = self.running.tenant.name.clone();
                    let left = self.accept()?.into_iter();
                    let left = left.map(|it| (tenant.clone(), principal.clone(), it));
                    self.follow_ups.extend(left);
                    return Ok(Ok(done));
                }
                Ok(Ok((done, Keep::No))) => {
                    self.drop_command()?;
                    return Ok(Ok(done));
                }
                Ok(Err(Stop::Again { ordinal, command })) => {
                    self.drop_command()?;
                    self.memo.insert(ordinal, *command);
                }
                Ok(Err(Stop::Refused(error))) => {
                    self.drop_command()?;
                    return Ok(Err(error));
                }
                Ok(Err(stop)) => return Err(stop),
                Err(panic) => return self.contain(&panic).map(Err),
            }
        }
        Err(Stop::Failed(
            "a command was decided again without end".to_owned(),
        ))
    }

    /// After a panic: the command is undone and the instance it had in hand is stopped.
    fn contain(&mut self, panic: &(dyn std::any::Any + Send)) -> Decided<CommandError> {
        let text = panic_text(panic);
        let tenant = self.running.tenant.name.clone();
        let in_hand = self.running.in_hand;
        tracing::error!(
            tenant.id = %tenant,
            process_instance.id = in_hand,
            principal.id = %self.running.principal.id,
            panic = %text,
            "a command panicked; it is undone and its instance is halted"
        );
        if !self.has_unit() {
            return Err(Stop::Lost {
                process_instance: in_hand,
                tenant,
            });
        }
        self.drop_command()?;
        let Some(id) = in_hand else {
            return Ok(CommandError::Failed {
                reason: "the command panicked".to_owned(),
            });
        };
        self.halt_after_panic(&tenant, id)?;
        Ok(CommandError::Halted {
            process_instance: id,
        })
    }

    /// Stops an instance, in a command of its own.
    pub(crate) fn halt_after_panic(&mut self, tenant: &str, id: i64) -> Decided<()> {
        let world = self.shared.world(tenant);
        self.begin(Running::new(
            world,
            Principal::engine(),
            self.shared.clock.now(),
        ));
        let runtime = self.runtime;
        // An instance that the undone command made is not there any more.
        let stored = runtime.block_on(self.unit().instance(ProcessInstanceId(id)))?;
        if stored.is_some() {
            self.halt(id, "a command panicked")?;
        }
        self.accept().map(drop)
    }

    /// Carries a task out: timers of its instance that are due go first, what it leaves to be done
    /// follows at once.
    pub(crate) fn carry_out(&mut self, task: &Task) -> Decided<Answered> {
        // The timer service itself goes in due order.
        if !matches!(task, Task::TriggerTimer(_))
            && let Some((tenant, id)) = target_of(task)
        {
            self.run_due_timers(&tenant, id)?;
        }
        let answered = self.decide(task)?;
        self.run_follow_ups()?;
        Ok(answered)
    }

    /// Looks whether what this node keeps in memory is still what is committed. On SQLite no other node
    /// can have changed it.
    fn agree(&mut self) -> Decided<()> {
        if self.shared.database.dialect() == Dialect::Postgresql {
            let runtime = self.runtime;
            let standing = runtime.block_on(self.unit().standing())?;
            runtime.block_on(self.shared.agree(standing))?;
            self.revision = standing.revision;
        } else {
            self.revision = self.shared.revision();
        }
        Ok(())
    }

    /// Reads in bulk what the commands of a group will ask for.
    pub(crate) fn prefetch(&mut self, group: &[Work]) -> Decided<()> {
        self.agree()?;
        if group.len() < 2 {
            return Ok(());
        }
        let (mut keys, mut continuations, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
        let mut instances: std::collections::BTreeMap<Arc<str>, Vec<ProcessInstanceId>> =
            std::collections::BTreeMap::new();
        for work in group {
            if let Task::Request(request) = &work.task
                && let Some(key) = &request.idempotency_key
            {
                keys.push(IdempotencyKey {
                    tenant: request.tenant.clone().into(),
                    principal: request.principal.id.clone(),
                    key: Arc::from(key.as_str()),
                });
            }
            if let Task::Request(request) = &work.task
                && let Some(task) = task_of(&request.command)
            {
                let instance = ProcessInstanceId(task.process_instance);
                tasks.push((request.tenant.clone().into(), instance, task.number.into()));
            }
            if let Task::Continue(row) = &work.task {
                continuations.push((row.tenant.clone(), row.id));
            }
            if let Some((tenant, id)) = target_of(&work.task) {
                instances
                    .entry(tenant)
                    .or_default()
                    .push(ProcessInstanceId(id));
            }
        }
        let runtime = self.runtime;
        if !keys.is_empty() {
            runtime.block_on(self.unit().prefetch_outcomes(&keys))?;
        }
        if !continuations.is_empty() {
            runtime.block_on(self.unit().prefetch_continuations(&continuations))?;
        }
        for (tenant, ids) in instances {
            runtime.block_on(self.unit().prefetch_instances(&tenant.into(), &ids))?;
        }
        // After the instances are locked, so that nobody changes them in between.
        if !tasks.is_empty() {
            runtime.block_on(self.unit().prefetch_user_tasks(&tasks))?;
        }
        Ok(())
    }

    /// Adds to the answers what the commands were about, as the group leaves it.
    pub(crate) fn left(&mut self, group: &[Work], mut answers: Vec<Answered>) -> Vec<Answered> {
        for (work, answer) in group.iter().zip(&mut answers) {
            let (Task::Request(request), Ok(Some(outcome))) = (&work.task, answer) else {
                continue;
            };
            if outcome.repeated {
                continue;
            }
            let tenant = request.tenant.clone().into();
            match &outcome.done {
                Done::ProcessStarted { process_instance }
                | Done::ProcessInstanceCancelled { process_instance }
                | Done::AdHocActivitiesActivated { process_instance } => {
                    let id = ProcessInstanceId(*process_instance);
                    outcome.left.process_instance = self.unit().left_instance(&tenant, id);
                }
                Done::UserTaskAssigned { user_task }
                | Done::UserTaskCompleted { user_task, .. } => {
                    let id = ProcessInstanceId(user_task.process_instance);
                    let number = user_task.number.into();
                    outcome.left.user_task = self.unit().left_user_task(&tenant, id, number);
                }
                _ => {}
            }
        }
        answers
    }

    /// What was set aside of an instance may be done now that it has changed.
    fn take_back(&mut self) {
        let (mut due, mut rows) = (self.shared.due_aside(), self.shared.rows_aside());
        for (tenant, id) in std::mem::take(&mut self.stored) {
            self.wakes.timers |= due.take_back(due_of_instance(&tenant, id));
            self.wakes.continuations |= rows.take_back(rows_of_instance(id));
        }
    }

    /// After the commit: subscribers are told, background work is woken, memory is refreshed.
    pub(crate) fn announce(&mut self, group: &[Work]) {
        if group.iter().any(|work| work.task.is_exclusive()) {
            self.runtime.block_on(self.shared.refresh(&group[0].task));
        }
        self.take_back();
        let wakes = &self.shared.wakes;
        if self.wakes.timers {
            wakes.timers.notify_one();
        }
        for (queue, n_jobs) in counted(std::mem::take(&mut self.offers)) {
            self.shared.job_queues.announce(&queue, n_jobs);
        }
        if self.wakes.continuations {
            wakes.continuations.notify_one();
        }
        if self.wakes.calendars {
            wakes.calendars.notify_one();
        }
        if self.wakes.time_events {
            wakes.time_events.notify_one();
        }
        if self.wakes.schedules {
            wakes.schedules.notify_one();
        }
        if !self.changes.is_empty() {
            let mut changes = std::mem::take(&mut self.changes);
            changes.dedup();
            self.shared.tell(changes.into());
        }
    }
}

/// The user task that a command is about.
fn task_of(command: &Command) -> Option<UserTaskId> {
    match command {
        Command::ClaimUserTask { user_task }
        | Command::UnclaimUserTask { user_task }
        | Command::CompleteUserTask { user_task, .. } => Some(*user_task),
        _ => None,
    }
}

/// The instance a task is for, where it is known before it is decided.
pub(super) fn target_of(task: &Task) -> Option<(Arc<str>, i64)> {
    match task {
        Task::Request(request) => {
            let id = match &request.command {
                Command::CancelProcessInstance { process_instance }
                | Command::ActivateAdHocActivities {
                    process_instance, ..
                } => *process_instance,
                Command::ClaimUserTask { user_task }
                | Command::UnclaimUserTask { user_task }
                | Command::CompleteUserTask { user_task, .. } => user_task.process_instance,
                Command::ResolveIncident { incident, .. } => incident.process_instance,
                Command::Job(job) => job.lease()?.job.process_instance,
                Command::ProcessInstance(command) => command.process_instance(),
                Command::Deploy { .. }
                | Command::StartProcess { .. }
                | Command::PublishMessage { .. }
                | Command::BroadcastSignal { .. }
                | Command::InvokeOperation { .. }
                | Command::InstallPlugin { .. }
                | Command::ActivatePlugin { .. }
                | Command::LoadCounty { .. }
                | Command::PublishCalendar { .. }
                | Command::RunSchedule { .. }
                | Command::SetScheduleEnabled { .. }
                | Command::ProposeScheduleRule { .. }
                | Command::DecideScheduleRule { .. }
                | Command::RetryScheduleRun { .. }
                | Command::ResumeScheduler
                | Command::AdvanceClock { .. }
                | Command::SwitchExchange { .. }
                | Command::Notice(_)
                | Command::Batch(_)
                | Command::Configuration(_) => return None,
            };
            Some((request.tenant.clone(), id))
        }
        Task::TriggerTimer(due) | Task::RetryJob(due) => {
            Some((due.tenant.clone(), due.process_instance))
        }
        Task::Outbox(task) => task.process_instance(),
        Task::Continue(row) => Some((Arc::from(row.tenant.as_str()), row.process_instance_id?.0)),
        Task::SetClock(_)
        | Task::ActivateConfiguration(_)
        | Task::Query(_)
        | Task::Kept(_)
        | Task::PurgeOutcomes
        | Task::PurgeMessages
        | Task::ReckonDeadlines(_)
        | Task::Remind(_)
        | Task::TellOperation(_)
        | Task::PlanSchedule(_)
        | Task::RunItem(_)
        | Task::AdvanceRun(_)
        | Task::WatchClock(_)
        | Task::EscalateTasks(_)
        | Task::End => None,
    }
}

fn counted(
    offers: Vec<crate::job_queue::QueueKey>,
) -> std::collections::BTreeMap<crate::job_queue::QueueKey, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for queue in offers {
        *counts.entry(queue).or_insert(0) += 1;
    }
    counts
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a text".to_owned())
}
