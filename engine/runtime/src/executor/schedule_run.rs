//! Runs of schedules: planned, carried out item by item, each item a command of its own.
//!
//! **Invariant:** what is written for a run is written under the lease of its schedule, and an item
//! is noted in the transaction of what its operation wrote.

use std::sync::Arc;

use serde_json::json;
use tongban_feel::time::{DateTime, Timestamp};
use tongban_host::call::ScheduleRun as CallRun;
use tongban_store::row::schedule::Schedule;
use tongban_store::row::schedule_run::{ItemOutcome, RunState, ScheduleItem};
use tongban_store::row::scheduler::Scheduler;

use crate::capability::calendar::to_host;
use crate::change::Subject;
use crate::command::Principal;
use crate::error::{CommandError, UserError};
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::{Decided, Stop};
use crate::executor::time_event::is_transient;
use crate::executor::work::{AdvanceRun, Answered, Fence, PlanSchedule, RunItem, WatchClock};
use crate::executor::write::Starts;
use crate::outcome::{CommandOutcome, Done, ItemEnd, Left};

/// Tries of an item that may succeed the next time.
const TRIES_MAX: i32 = 5;
/// Pause before the second try; four times as long before each further one.
const RETRY_US: i64 = 60 * 1_000_000;

impl Session<'_> {
    /// Notes runs that are planned. Nothing is done if another node has noted them, or the schedule runs no more.
    pub(crate) fn plan_schedule(
        &mut self,
        task: &PlanSchedule,
    ) -> Decided<Result<(), CommandError>> {
        let world = self.shared.world(&task.tenant);
        let now = self.shared.clock.now();
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let found = runtime.block_on(session.unit().schedule(&task.key))?;
            let as_planned = |it: &Schedule| it.enabled && it.handled_until == task.handled_from;
            if let Some(schedule) = found.filter(as_planned) {
                session.put_planned(schedule, task)?;
            }
            Ok(((), Keep::Yes))
        })
    }

    fn put_planned(&mut self, mut schedule: Schedule, task: &PlanSchedule) -> Decided<()> {
        let runtime = self.runtime;
        let mut runs = task.runs.clone();
        for run in &mut runs {
            run.id = self.next_id()?;
        }
        runtime.block_on(self.unit().put_new_schedule_runs(&runs))?;
        schedule.handled_until = task.handled_until;
        runtime.block_on(self.unit().put_schedule(&schedule))?;
        if !runs.is_empty() {
            self.note_change(Subject::Schedule(schedule.key));
            self.running.wakes.schedules = runs.iter().any(|it| it.state == RunState::Open);
        }
        Ok(())
    }

    /// Carries an item out, unless that was done before. What goes wrong is noted with the item and
    /// stops nothing else.
    pub(crate) fn run_item(&mut self, task: &RunItem) -> Decided<Answered> {
        let world = self.shared.world(&task.fence.tenant);
        let now = self.shared.clock.now();
        let running = || Running::new(world.clone(), Principal::engine(), now);
        let carried = self.bordered(running, |session| {
            session.fence(&task.fence)?;
            session.refuse_duplicate(&task.item.key)?;
            session.call_for_item(task)?;
            session.note_item(task, None)?;
            Ok(((), Keep::Yes))
        })?;
        let end = match carried {
            Ok(()) => ItemEnd::Created,
            Err(error) if error.code() == "SCH-4004" => ItemEnd::Duplicate,
            Err(error) if error.code() == "SCH-4005" => ItemEnd::LeaseLost,
            Err(error) => {
                tracing::warn!(schedule.item = %task.item.key, %error, "an item of a schedule failed");
                let noted = self.bordered(running, |session| {
                    session.fence(&task.fence)?;
                    session.note_item(task, Some(&error))?;
                    Ok(((), Keep::Yes))
                })?;
                match noted {
                    Ok(()) => ItemEnd::Failed,
                    Err(error) if error.code() == "SCH-4005" => ItemEnd::LeaseLost,
                    Err(error) => return Ok(Err(error)),
                }
            }
        };
        Ok(Ok(Some(CommandOutcome {
            done: Done::ScheduleItemEnded(end),
            repeated: false,
            left: Left::default(),
        })))
    }

    fn refuse_duplicate(&mut self, key: &str) -> Decided<()> {
        let runtime = self.runtime;
        let found = runtime.block_on(self.unit().schedule_item(key))?;
        if found.is_some_and(|it| it.outcome == ItemOutcome::Done) {
            return Err(UserError::new("SCH-4004", &[("item", key)]).into());
        }
        Ok(())
    }

    fn call_for_item(&mut self, task: &RunItem) -> Decided<()> {
        let item = &task.item;
        let input = match &task.subject {
            Some(property) => json!({ &**property: &*item.subject_id }),
            None => json!({}),
        };
        let day = |it| to_host(it).ok_or_else(|| Stop::Failed("a day beyond all years".to_owned()));
        let run = CallRun {
            key: item.schedule_key.to_string(),
            scheduled_for_us: task.scheduled_for,
            as_of: day(task.as_of)?,
            period: item.period.to_string(),
            due_on: item.due_on.map(day).transpose()?,
            stage: item.stage,
            late: item.late,
        };
        // Ids of new records are made of it: the same item is called by the same name.
        let digest = tongban_host::digest::sha256(item.key.as_bytes());
        let call_id = format!("item-{}", digest.chars().take(20).collect::<String>());
        let tries = (call_id, item.n_tries);
        let completion = self.call_by_engine(&task.operation, tries, &input, Some(run))?;
        self.apply_writes(completion.writes, Starts::Now)
    }

    fn note_item(&mut self, task: &RunItem, error: Option<&CommandError>) -> Decided<()> {
        let (runtime, now) = (self.runtime, self.running.now);
        let n_tries = task.item.n_tries + 1;
        let again = error.is_some_and(is_transient) && n_tries < TRIES_MAX;
        let pause = RETRY_US * 4_i64.pow(u32::try_from(n_tries - 1).unwrap_or(0).min(6));
        let item = ScheduleItem {
            run_id: task.run_id,
            outcome: match error {
                None => ItemOutcome::Done,
                Some(_) => ItemOutcome::Failed,
            },
            message: error.map(message_of),
            n_tries,
            retry_at: again.then_some(now + pause),
            at: now,
            ..task.item.clone()
        };
        Ok(runtime.block_on(self.unit().put_schedule_item(&item))?)
    }

    /// Notes how far a run has got.
    pub(crate) fn advance_run(&mut self, task: &AdvanceRun) -> Decided<Result<(), CommandError>> {
        let world = self.shared.world(&task.fence.tenant);
        let now = self.shared.clock.now();
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            session.fence(&task.fence)?;
            let runtime = session.runtime;
            let find = session.unit().schedule_run(task.run_id);
            let Some(mut run) = runtime.block_on(find)? else {
                return Ok(((), Keep::Yes));
            };
            run.started_at = run.started_at.or(Some(now));
            run.cursor.clone_from(&task.cursor);
            run.selected += task.selected;
            run.created += task.created;
            run.skipped_duplicate += task.skipped_duplicate;
            run.failed += task.failed;
            run.config_version.clone_from(&task.config_version);
            if let Some((state, message)) = &task.end {
                run.state = *state;
                run.message.clone_from(message);
                run.ended_at = Some(now);
            }
            session.note_change(Subject::Schedule(run.key.clone()));
            runtime.block_on(session.unit().put_schedule_run(&run))?;
            Ok(((), Keep::Yes))
        })
    }

    /// Remembers the time the scheduler has seen, or stops it since the clock has gone back.
    pub(crate) fn watch_clock(&mut self, watch: WatchClock) -> Decided<Result<(), CommandError>> {
        let world = self.shared.world("");
        let running = || Running::new(world.clone(), Principal::engine(), watch.now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let stored = tongban_store::query::scheduler::scheduler(&session.shared.database);
            let stored = session.wait(stored)?;
            let seen = if watch.has_jumped {
                let parameters = [
                    ("from", &*session.shown(stored.high_water)),
                    ("to", &*session.shown(watch.now)),
                ];
                let message = crate::code::text("SCH-4006", &parameters);
                tracing::error!(code = "SCH-4006", message = %message.en, "schedules are stopped");
                Scheduler {
                    stopped_at: Some(watch.now),
                    message: Some(Arc::from(format!("{} / {}", message.zh, message.en))),
                    ..stored
                }
            } else {
                Scheduler {
                    high_water: stored.high_water.max(watch.now),
                    ..stored
                }
            };
            runtime.block_on(session.unit().put_scheduler(&seen))?;
            Ok(((), Keep::Yes))
        })
    }

    /// Refuses work under a lease that another node has taken over.
    fn fence(&mut self, fence: &Fence) -> Decided<()> {
        let key = (fence.tenant.clone(), fence.name.clone(), fence.token);
        if self.fenced.contains(&key) {
            return Ok(());
        }
        let runtime = self.runtime;
        let holds = self.unit().holds_schedule_lease(&fence.name, fence.token);
        if !runtime.block_on(holds)? {
            return Err(UserError::new("SCH-4005", &[("lease", &fence.name)]).into());
        }
        self.fenced.insert(key);
        Ok(())
    }

    fn shown(&self, at: i64) -> String {
        let at = Timestamp::from_microseconds(at);
        DateTime::from_timestamp(at, self.shared.zone.clone()).to_string()
    }
}

/// What went wrong, for those who look at the item.
fn message_of(error: &CommandError) -> Arc<str> {
    let first = error.user_errors().into_iter().next();
    first.map_or_else(
        || Arc::from(error.to_string()),
        |it| Arc::from(format!("{}: {} / {}", it.code, it.text.zh, it.text.en)),
    )
}
