//! Fires what falls due: timers of instances, back-offs of failed jobs, start events with a timer.
//!
//! Woken by the commit that arms a timer and by period. It keeps nothing that a restart would
//! miss: what is due is read from the database, and each item is a command that has no effect if
//! it was carried out before.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tongban_store::error::Error as StoreError;
use tongban_store::query::configuration_item as query_items;
use tongban_store::query::wait::{self as query, Share};
use tongban_store::row::configuration_item::DueItem;
use tongban_store::row::wait::Continuation;

use crate::engine::Handle;
use crate::error::CommandError;
use crate::executor::follow_up::{FollowUp, START_BY_TIMER};
use crate::executor::stop::chain;
use crate::executor::work::{Due, Task};
use crate::service::StopSignal;
use crate::set_aside;
use crate::shared::Shared;

/// Start events with a timer looked at; each process has a few at most.
const START_ROWS_MAX: u64 = 1_000;

/// The timer service.
pub(crate) struct Timers {
    shared: Arc<Shared>,
    // One pass at a time: the clock's hand and the service do not fire the same page twice.
    pass: tokio::sync::Mutex<()>,
}

/// Names something that is due: tenant, instance or configuration item, what it is, its number.
pub(crate) type DueKey = (Arc<str>, i64, DueKind, u32);

/// What is due, as far as it can be set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DueKind {
    /// A timer of an instance.
    Timer,
    /// A failed job of an instance.
    Job,
    /// A change of the configuration.
    Configuration,
}

/// What can be due of one instance.
pub(crate) fn due_of_instance(tenant: &Arc<str>, id: i64) -> RangeInclusive<DueKey> {
    (tenant.clone(), id, DueKind::Timer, 0)..=(tenant.clone(), id, DueKind::Job, u32::MAX)
}

/// Everything that is due at an instant, by kind.
#[derive(Default)]
struct DueItems {
    timers: Vec<(i64, Due)>,
    jobs: Vec<(i64, Due)>,
    starts: Vec<(i64, Continuation)>,
    configuration: Vec<(i64, DueItem)>,
}

impl Timers {
    pub(crate) fn new(shared: Arc<Shared>) -> Timers {
        Timers {
            shared,
            pass: tokio::sync::Mutex::default(),
        }
    }

    /// Fires what is due, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Timers>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("timers");
            let now = self.shared.clock.now();
            let share = self.shared.share.load_full();
            let pause = match self.fire_due(&handle, &share, now).await {
                Ok(_) => self.pause(&share, now, period).await,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not read due timers; they are read again");
                    period
                }
            };
            tokio::select! {
                () = self.shared.wakes.timers.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.stopping() => {}
            }
        }
    }

    /// Until the next timer, but not longer than the period.
    async fn pause(&self, share: &Share, now: i64, period: Duration) -> Duration {
        if self.shared.clock.is_manual() {
            return period;
        }
        let until = now.saturating_add(i64::try_from(period.as_micros()).unwrap_or(i64::MAX));
        match self.earliest(share, until).await {
            // What was due already has just been tried: it waits for the next pass.
            Ok(Some(at)) if at > now => Duration::from_micros((at - now).unsigned_abs()),
            Ok(_) | Err(_) => period,
        }
    }

    /// The instant of the earliest item that is due by `until`.
    pub(crate) async fn earliest(
        &self,
        share: &Share,
        until: i64,
    ) -> Result<Option<i64>, StoreError> {
        let due = self.due(share, until).await?;
        let timers = due.timers.iter().map(|it| it.0);
        let starts = due.starts.iter().map(|it| it.0);
        let configuration = due.configuration.iter().map(|it| it.0);
        Ok(timers
            .chain(due.jobs.iter().map(|it| it.0))
            .chain(starts)
            .chain(configuration)
            .min())
    }

    /// Fires everything of a share that is due at `now`, in due order, page after page; says how much it
    /// was.
    pub(crate) async fn fire_due(
        &self,
        handle: &Handle,
        share: &Share,
        now: i64,
    ) -> Result<u64, StoreError> {
        let _pass = self.pass.lock().await;
        let mut n_fired = 0;
        loop {
            self.shared.health.beat("timers");
            let due = self.due(share, now).await?;
            let mut tasks: Vec<(i64, Task)> = Vec::new();
            tasks.extend(
                due.timers
                    .into_iter()
                    .map(|(at, due)| (at, Task::TriggerTimer(due))),
            );
            tasks.extend(
                due.jobs
                    .into_iter()
                    .map(|(at, due)| (at, Task::RetryJob(due))),
            );
            tasks.extend(
                due.starts
                    .into_iter()
                    .map(|(at, row)| (at, Task::Continue(row))),
            );
            tasks.extend(
                due.configuration
                    .into_iter()
                    .map(|(at, due)| (at, Task::ActivateConfiguration(due))),
            );
            if tasks.is_empty() {
                return Ok(n_fired);
            }
            // The rules of a day hold before anything else that is due at its beginning.
            tasks.sort_by_key(|(at, task)| (*at, !matches!(task, Task::ActivateConfiguration(_))));
            let answers = tasks
                .iter()
                .map(|(_, task)| handle.send_internal(task.clone()));
            let mut n_progress: u32 = 0;
            for ((due_at, task), answer) in tasks.iter().zip(join_all(answers).await) {
                match answer {
                    Ok(_) => {
                        let late_us = self.shared.clock.now().saturating_sub(*due_at);
                        self.shared.metrics.note_late(task.name(), late_us);
                        n_fired += 1;
                        n_progress += 1;
                    }
                    Err(CommandError::Halted { .. }) => {
                        n_progress += u32::from(self.set_aside(task, set_aside::HALTED));
                    }
                    // Fired or taken away in the meantime, or refused as things stand: by an
                    // instance that rests and is full, for one. Its row may stay, so that it must
                    // not stand in the way of others.
                    Err(
                        CommandError::Rejected(_)
                        | CommandError::PluginFailed { .. }
                        | CommandError::Failed { .. },
                    ) => {
                        n_progress += u32::from(self.set_aside(task, self.failed_periods()));
                    }
                    Err(CommandError::Unavailable { .. }) => return Ok(n_fired),
                }
            }
            if n_progress == 0 {
                // What is left is looked at again after the period.
                return Ok(n_fired);
            }
        }
    }

    /// Looks again at everything that was set aside, for whatever reason.
    pub(crate) async fn look_again(&self) {
        let _pass = self.pass.lock().await;
        self.shared.due_aside().clear();
    }

    async fn due(&self, share: &Share, at: i64) -> Result<DueItems, StoreError> {
        if share.is_empty() {
            return Ok(DueItems::default());
        }
        let n_aside = self.shared.due_aside().count();
        let database = &self.shared.database;
        let limit = (self.shared.bounds.timer_page + n_aside) as u64;
        let is_aside = |key: &DueKey| self.shared.due_aside().contains(key);
        let timers = query::due_timers(database, share, at, limit)
            .await?
            .into_iter()
            .map(|it| {
                let tenant = Arc::from(it.tenant.as_str());
                (
                    it.due_at,
                    Due {
                        tenant,
                        process_instance: it.process_instance_id.0,
                        number: it.id.0,
                    },
                )
            });
        let jobs = query::due_jobs(database, share, at, limit)
            .await?
            .into_iter()
            .map(|it| {
                let tenant = Arc::from(it.tenant.as_str());
                (
                    it.retry_at,
                    Due {
                        tenant,
                        process_instance: it.process_instance_id.0,
                        number: it.id.0,
                    },
                )
            });
        Ok(DueItems {
            timers: timers
                .filter(|(_, due)| !is_aside(&key_of(due, DueKind::Timer)))
                .collect(),
            jobs: jobs
                .filter(|(_, due)| !is_aside(&key_of(due, DueKind::Job)))
                .collect(),
            starts: self.due_starts(share, at).await?,
            configuration: query_items::due(database, share, at, limit)
                .await?
                .into_iter()
                .filter(|it| !is_aside(&key_of_item(it)))
                .map(|it| (it.due_at, it))
                .collect(),
        })
    }

    async fn due_starts(
        &self,
        share: &Share,
        at: i64,
    ) -> Result<Vec<(i64, Continuation)>, StoreError> {
        let rows = query::continuations(&self.shared.database, share, START_ROWS_MAX).await?;
        let starts = rows.into_iter().filter(|it| &*it.kind == START_BY_TIMER);
        let due = starts.filter_map(|row| match FollowUp::decode(&row.kind, &row.payload)?.0 {
            FollowUp::StartByTimer(start) if start.due_at <= at => Some((start.due_at, row)),
            _ => None,
        });
        Ok(due.collect())
    }

    /// Sets an item aside that cannot be fired, so that it does not stand in the way of others. A
    /// change of its instance takes it back before its time is over. Says whether there was room.
    fn set_aside(&self, task: &Task, time: Duration) -> bool {
        let key = match task {
            Task::TriggerTimer(due) => key_of(due, DueKind::Timer),
            Task::RetryJob(due) => key_of(due, DueKind::Job),
            Task::ActivateConfiguration(item) => key_of_item(item),
            _ => return false,
        };
        self.shared.due_aside().put(key, time)
    }

    fn failed_periods(&self) -> Duration {
        Duration::from_millis(self.shared.bounds.period_ms) * set_aside::FAILED_PERIODS
    }
}

fn key_of(due: &Due, kind: DueKind) -> DueKey {
    (due.tenant.clone(), due.process_instance, kind, due.number)
}

fn key_of_item(item: &DueItem) -> DueKey {
    let tenant = Arc::from(item.tenant.as_str());
    (tenant, item.id, DueKind::Configuration, 0)
}
