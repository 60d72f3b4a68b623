//! Runs what commands leave to be done: at once while the bounds allow, else from stored rows; and
//! the timers of an instance that are due before anything else happens to it.

use std::sync::Arc;

use tongban_core::command::{CancelCause, Command, StartAt};
use tongban_core::event::TimerDue;
use tongban_core::id::{ProcessInstanceId, TimerId};
use tongban_core::state::job::JobPhase;
use tongban_core::variable::Variables;
use tongban_feel::time::Timestamp;
use tongban_store::query::definition::Version;
use tongban_store::row::deadline::NEVER;
use tongban_store::row::wait::Continuation;
use tongban_store::unit_of_work::continuation::NewContinuation;

use crate::command::Principal;
use crate::error::{CommandError, UserError};
use crate::executor::border::Keep;
use crate::executor::follow_up::{FollowUp, StartByTimer};
use crate::executor::instance::NewInstance;
use crate::executor::session::{Running, Session};
use crate::executor::stop::{Decided, Stop};
use crate::executor::work::{Answered, Due};

/// Timers of one instance fired before one command; more wait for the timer service.
const DUE_TIMERS_MAX: usize = 100;

impl Session<'_> {
    /// Fires the due timers of an instance, each as a command of its own, the earliest first.
    pub(crate) fn run_due_timers(&mut self, tenant: &Arc<str>, id: i64) -> Decided<()> {
        for _ in 0..DUE_TIMERS_MAX {
            let Some(number) = self.next_due_timer(tenant, id)? else {
                return Ok(());
            };
            let due = Due {
                tenant: tenant.clone(),
                process_instance: id,
                number,
            };
            if let Err(error) = self.trigger_timer(&due)? {
                tracing::debug!(process_instance.id = id, timer = number, %error, "timer not fired");
                return Ok(());
            }
            self.run_follow_ups()?;
        }
        Ok(())
    }

    fn next_due_timer(&mut self, tenant: &str, id: i64) -> Decided<Option<u32>> {
        let now = self.shared.clock.now();
        let world = self.shared.world(tenant);
        self.begin(Running::new(world, Principal::engine(), now));
        let runtime = self.runtime;
        let loaded = runtime.block_on(self.unit().instance(ProcessInstanceId(id)))?;
        let mut earliest: Option<(i64, u32)> = None;
        if let Some(state) = loaded.and_then(|it| it.state) {
            for timer in state.timers() {
                let due_at = self.due_at(&timer.due)?;
                let found = (due_at, timer.id.0);
                if due_at <= now && earliest.is_none_or(|it| found < it) {
                    earliest = Some(found);
                }
            }
        }
        self.drop_command()?;
        Ok(earliest.map(|it| it.1))
    }

    /// When a timer is due: by itself, or as its deadline says.
    fn due_at(&mut self, due: &TimerDue) -> Decided<i64> {
        match due {
            TimerDue::At(at) => Ok(at.0),
            TimerDue::Deadline(it) => {
                let runtime = self.runtime;
                let found = runtime.block_on(self.unit().deadline(&it.key, &it.record_id))?;
                Ok(found.map_or(NEVER, |it| it.timer_at()))
            }
        }
    }

    /// Fires a timer. One that has been fired or taken away in the meantime has no effect, and one
    /// whose deadline has moved waits on.
    pub(crate) fn trigger_timer(&mut self, due: &Due) -> Decided<Result<(), CommandError>> {
        let (world, now) = (self.shared.world(&due.tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let timer = TimerId(due.number);
            let instance = session.load(due.process_instance)?;
            let bound = instance.state.timer(timer).map(|it| it.due.clone());
            drop(instance);
            if let Some(TimerDue::Deadline(it)) = bound
                && session.due_at(&TimerDue::Deadline(it.clone()))? > now
            {
                let runtime = session.runtime;
                runtime.block_on(session.unit().rearm_timer(&it.key, &it.record_id))?;
                return Ok(((), Keep::Yes));
            }
            session.advance(due.process_instance, Command::TriggerTimer { timer })?;
            Ok(((), Keep::Yes))
        })
    }

    /// Lets a failed job be worked on again.
    pub(crate) fn retry_job(&mut self, due: &Due) -> Decided<Result<(), CommandError>> {
        let job = tongban_core::id::JobId(due.number);
        self.by_engine(
            &due.tenant,
            due.process_instance,
            &Command::RetryJob { job },
        )
    }

    fn by_engine(
        &mut self,
        tenant: &str,
        id: i64,
        command: &Command,
    ) -> Decided<Result<(), CommandError>> {
        let (world, now) = (self.shared.world(tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            session.advance(id, command.clone())?;
            Ok(((), Keep::Yes))
        })
    }

    /// Runs what has been left to be done: a little of it always, the rest as long as the bounds of
    /// the group allow.
    pub(crate) fn run_follow_ups(&mut self) -> Decided<()> {
        let mut n_left = self.shared.bounds.follow_ups_min;
        while n_left > 0 || !self.is_group_full() {
            n_left = n_left.saturating_sub(1);
            let Some((tenant, principal, follow_up)) = self.follow_ups.pop_front() else {
                return Ok(());
            };
            if let FollowUp::StartByTimer(_) = follow_up {
                let row = (tenant, Principal::engine(), follow_up);
                self.waiting_rows.push(row);
                continue;
            }
            let (world, now) = (self.shared.world(&tenant), self.shared.clock.now());
            let running = || Running::new(world.clone(), principal.clone(), now);
            let done = self.bordered(running, |session| session.run_follow_up(&follow_up))?;
            match done {
                Ok(()) => {}
                Err(error) if is_batch_item(&follow_up) => {
                    self.settle_batch_item((&tenant, &principal), &follow_up, &error)?;
                }
                // The row waits until the instance is mended, goes on or has room.
                Err(error) if may_come_later(&follow_up, &error) => {
                    self.waiting_rows.push((tenant, principal, follow_up));
                }
                Err(error) => log_not_needed(&follow_up, &error),
            }
        }
        Ok(())
    }

    /// Stores what is left to be done beyond the group, before its commit.
    pub(crate) fn store_follow_ups(&mut self) -> Decided<()> {
        let left = std::mem::take(&mut self.follow_ups);
        self.wakes.continuations |= !left.is_empty();
        let mut rows = std::mem::take(&mut self.waiting_rows);
        rows.extend(left);
        let now = self.shared.clock.now();
        for (tenant, principal, follow_up) in rows {
            let world = self.shared.world(&tenant);
            self.begin(Running::new(world, principal.clone(), now));
            self.put_row_of(&principal, &follow_up)?;
            self.accept()?;
        }
        Ok(())
    }

    /// Stores a follow-up as a continuation row of the running command, which nobody has asked for.
    pub(crate) fn put_row(&mut self, follow_up: &FollowUp) -> Decided<()> {
        self.put_row_of(&Principal::engine(), follow_up)
    }

    /// The same in somebody's name.
    pub(crate) fn put_row_of(
        &mut self,
        principal: &Principal,
        follow_up: &FollowUp,
    ) -> Decided<()> {
        let new = NewContinuation {
            process_instance_id: follow_up.process_instance().map(ProcessInstanceId),
            kind: Arc::from(follow_up.kind()),
            payload: Arc::from(follow_up.encode(principal)),
        };
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_continuation(new))?;
        Ok(())
    }

    /// Runs a stored continuation; its row goes in the same transaction.
    pub(crate) fn resume(&mut self, row: &Continuation) -> Decided<Answered> {
        let follow_up = FollowUp::decode(&row.kind, &row.payload);
        let (world, now) = (
            self.shared.world(row.tenant.as_str()),
            self.shared.clock.now(),
        );
        let Some((follow_up, principal)) = follow_up else {
            let reason = format!(
                "continuation {} of kind {} cannot be read",
                row.id, row.kind
            );
            tracing::error!(continuation.id = row.id, kind = %row.kind, "a continuation cannot be read");
            return Ok(Err(CommandError::Failed { reason }));
        };
        let running = || Running::new(world.clone(), principal.clone(), now);
        let done = self.bordered(running, |session| {
            if session.take(row)? {
                session.run_follow_up(&follow_up)
            } else {
                Ok(((), Keep::No))
            }
        })?;
        match done {
            Ok(()) => Ok(Ok(None)),
            Err(error) if !is_batch_item(&follow_up) && may_come_later(&follow_up, &error) => {
                Ok(Err(error))
            }
            Err(error) => {
                if is_batch_item(&follow_up) {
                    self.settle_batch_item((row.tenant.as_str(), &principal), &follow_up, &error)?;
                } else {
                    log_not_needed(&follow_up, &error);
                }
                let removed = self.bordered(running, |session| {
                    session.take(row)?;
                    Ok(((), Keep::Yes))
                })?;
                Ok(removed.map(|()| None))
            }
        }
    }

    /// What is refused to a batch is part of its results.
    fn settle_batch_item(
        &mut self,
        by: (&str, &Principal),
        follow_up: &FollowUp,
        error: &CommandError,
    ) -> Decided<()> {
        if let FollowUp::RunBatchItem(item) = follow_up {
            self.note_batch_refusal(by, item, error)?;
        }
        Ok(())
    }

    /// Takes a row to carry it out; false if that was done before, or another node is at it.
    fn take(&mut self, row: &Continuation) -> Decided<bool> {
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().take_continuation(row.id))?)
    }

    fn run_follow_up(&mut self, follow_up: &FollowUp) -> Decided<((), Keep)> {
        match follow_up.clone() {
            FollowUp::StartChild(start) => self.start_child(start)?,
            FollowUp::ReturnToParent {
                parent,
                child,
                variables,
            } => {
                let (element_instance, child) = (parent.element_instance, ProcessInstanceId(child));
                let command = Command::ChildCompleted {
                    element_instance,
                    child,
                    variables,
                };
                self.advance(parent.instance.0, command)?;
            }
            FollowUp::PropagateError(error) => self.propagate_error(error)?,
            FollowUp::ReturnErrorToChild(answer) => self.return_error(answer)?,
            FollowUp::PropagateEscalation(escalation) => self.propagate_escalation(escalation)?,
            FollowUp::AnswerEscalation(answer) => self.answer_escalation(answer)?,
            FollowUp::TerminateChild { child } => {
                let cause = CancelCause::Parent;
                self.advance(child, Command::CancelInstance { cause })?;
            }
            FollowUp::SuspendChild { parent, child } => self.suspend_child(parent, child)?,
            FollowUp::SuspendIterations {
                process_instance,
                body,
                after,
            } => self.suspend_iterations(process_instance, body, after)?,
            FollowUp::StartIterations {
                process_instance,
                body,
                limit,
            } => self.start_iterations(process_instance, body, limit)?,
            FollowUp::ReturnIteration {
                parent,
                child,
                loop_counter,
                variables,
            } => {
                let (element_instance, child) = (parent.element_instance, ProcessInstanceId(child));
                let command = Command::IterationCompleted {
                    element_instance,
                    child,
                    loop_counter,
                    variables,
                };
                self.advance(parent.instance.0, command)?;
            }
            FollowUp::TerminateIterations {
                process_instance,
                body,
                after,
            } => self.terminate_iterations(process_instance, body, after)?,
            FollowUp::CollectOutputs {
                process_instance,
                body,
                after,
            } => self.collect_outputs(process_instance, body, after)?,
            FollowUp::PublishMessage(message) => drop(self.publish(message)?),
            FollowUp::Correlate(correlate) => self.correlate(correlate)?,
            FollowUp::TakeMessage(take) => self.take_message(take)?,
            FollowUp::OfferMessages(offer) => self.offer_messages(offer)?,
            FollowUp::BroadcastSignal(signal) => self.broadcast(signal)?,
            FollowUp::ReceiveSignal {
                process_instance,
                subscriptions,
                variables,
            } => self.receive_signal(process_instance, subscriptions, variables)?,
            FollowUp::StartBySignal {
                process_key,
                name,
                variables,
            } => self.start_by_signal(&process_key, &name, variables)?,
            FollowUp::GoOn {
                process_instance,
                rounds,
            } => self.go_on_with(process_instance, rounds)?,
            FollowUp::RunBatch { batch } => self.run_batch(batch)?,
            FollowUp::RunBatchItem(item) => self.run_batch_item(&item)?,
            FollowUp::ServeJobs { queues, after } => self.serve_jobs(queues, after)?,
            FollowUp::StartProcess(start) => {
                let definition = self.latest_definition(&start.process_key)?;
                let new = NewInstance {
                    business_key: start.business_key.map(Arc::from),
                    ..NewInstance::of(start.variables)
                };
                self.create(definition, new)?;
            }
            FollowUp::StartByTimer(start) => self.start_by_timer(start)?,
        }
        Ok(((), Keep::Yes))
    }

    /// Goes on with an instance whose step or jobs reached a bound.
    pub(crate) fn go_on_with(&mut self, id: i64, rounds: u32) -> Decided<()> {
        if rounds > self.shared.bounds.rounds_without_wait_max {
            tracing::error!(
                tenant.id = %self.running.tenant.name,
                process_instance.id = id,
                rounds,
                "an instance goes on without ever waiting; it is halted"
            );
            return self.halt(id, "a loop in the process never waits");
        }
        self.running.rounds = rounds;
        let mut instance = self.load(id)?;
        if !instance.state.deferred().is_empty() {
            self.drive(&mut instance, Command::Continue)?;
        }
        let jobs = instance.state.jobs();
        let open: Vec<_> = jobs
            .filter(|it| it.phase == JobPhase::Active)
            .map(|it| it.id)
            .collect();
        let (mut n_worked_on, mut is_waiting) = (0, false);
        for job in open {
            if !self.is_with_others(&instance, job)? {
                n_worked_on += 1;
                self.work_on_open(&mut instance, job)?;
            } else if self.is_lease_waited_for(&instance, job)? {
                is_waiting = true;
            }
        }
        if is_waiting && n_worked_on == 0 && instance.events.is_empty() {
            return Err(UserError::new("JOB_LEASED", &[]).into());
        }
        self.store(instance)?;
        if is_waiting {
            self.go_on(id);
        }
        Ok(())
    }

    /// Starts a process by a timer of its start event, and arms the timer again if it repeats.
    fn start_by_timer(&mut self, start: StartByTimer) -> Decided<()> {
        let definition = self.definition(start.definition)?;
        let newest = self.find_definition(&definition.process.key, Version::Latest)?;
        if newest.is_none_or(|it| it.id != definition.id) {
            // A deployment on another node has replaced it while its row was on its way.
            return Ok(());
        }
        let then = start.then.as_deref();
        let zone = self.shared.zone.clone();
        let previous = Timestamp::from_microseconds(start.due_at);
        let next = then.and_then(|it| {
            tongban_bpmn::timer::next_due(it, previous, &zone)
                .ok()
                .flatten()
        });
        if let Some(next) = next {
            self.put_row(&FollowUp::StartByTimer(StartByTimer {
                due_at: next.at.microseconds(),
                then: next.then.map(|it| it.to_string()),
                ..start.clone()
            }))?;
            self.running.wakes.timers = true;
        }
        let element = definition.process.find(&start.element_id);
        let Some(element) = element else {
            return Err(Stop::Failed(format!(
                "start event {} is not in its process",
                start.element_id
            )));
        };
        let new = NewInstance {
            start: StartAt::Event(element),
            ..NewInstance::of(Variables::new())
        };
        self.create(definition, new).map(drop)
    }
}

fn is_batch_item(follow_up: &FollowUp) -> bool {
    matches!(follow_up, FollowUp::RunBatchItem(_))
}

/// Late or doubled: what it was for has ended in the meantime.
fn log_not_needed(follow_up: &FollowUp, error: &CommandError) {
    tracing::debug!(
        kind = follow_up.kind(),
        process_instance.id = follow_up.process_instance(),
        %error,
        "a follow-up was not needed"
    );
}

/// Whether what is left to be done and was refused is to be done yet: when its instance is mended,
/// has been let go on, or has room again.
fn may_come_later(follow_up: &FollowUp, error: &CommandError) -> bool {
    matches!(
        (follow_up, error.code()),
        (_, "INSTANCE_HALTED")
            | (
                FollowUp::StartChild(_) | FollowUp::StartIterations { .. },
                "INSTANCE_SUSPENDED"
            )
            | (FollowUp::GoOn { .. }, "JOB_LEASED")
            // Nothing that comes to an instance at rest is lost, even if there is no room to keep it.
            | (
                FollowUp::ReceiveSignal { .. } | FollowUp::Correlate(_) | FollowUp::TakeMessage(_),
                "SUSPENSION_FULL"
            )
    )
}
