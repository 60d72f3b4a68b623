//! Fires what falls due: timers of instances, back-offs of failed jobs, start events with a timer.
//!
//! Woken by the commit that arms a timer and by period. It keeps nothing that a restart would
//! miss: what is due is read from the database, and each item is a command that has no effect if
//! it was carried out before.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
use crate::set_aside::{self, SetAside};
use crate::shared::Shared;

/// Start events with a timer looked at; each process has a few at most.
const START_ROWS_MAX: u64 = 1_000;

/// The timer service.
pub(crate) struct Timers {
    shared: Arc<Shared>,
    // Items that cannot be fired now. Guards only this set.
    aside: Mutex<SetAside<(Arc<str>, i64, u32)>>,
    // One pass at a time: the clock's hand and the service do not fire the same page twice.
    pass: tokio::sync::Mutex<()>,
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
            aside: Mutex::default(),
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
            Ok(Some(at)) => Duration::from_micros(u64::try_from(at - now).unwrap_or(0)),
            Ok(None) | Err(_) => period,
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
            let mut n_progress = 0;
            for ((due_at, task), answer) in tasks.iter().zip(join_all(answers).await) {
                match answer {
                    Ok(_) => {
                        let late_us = self.shared.clock.now().saturating_sub(*due_at);
                        self.shared.metrics.note_late(task.name(), late_us);
                        n_fired += 1;
                        n_progress += 1;
                    }
                    Err(CommandError::Halted { .. }) => {
                        self.set_aside(task, set_aside::HALTED);
                        n_progress += 1;
                    }
                    // Fired or taken away in the meantime.
                    Err(CommandError::Rejected(_) | CommandError::PluginFailed { .. }) => {}
                    Err(CommandError::Failed { .. }) => {
                        let period = Duration::from_millis(self.shared.bounds.period_ms);
                        self.set_aside(task, period * set_aside::FAILED_PERIODS);
                        n_progress += 1;
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

    async fn due(&self, share: &Share, at: i64) -> Result<DueItems, StoreError> {
        if share.is_empty() {
            return Ok(DueItems::default());
        }
        let n_aside = self.aside().count();
        let database = &self.shared.database;
        let limit = (self.shared.bounds.timer_page + n_aside) as u64;
        let is_aside = |due: &Due| {
            let key = (due.tenant.clone(), due.process_instance, due.number);
            self.aside().contains(&key)
        };
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
            timers: timers.filter(|(_, due)| !is_aside(due)).collect(),
            jobs: jobs.filter(|(_, due)| !is_aside(due)).collect(),
            starts: self.due_starts(share, at).await?,
            configuration: query_items::due(database, share, at, limit)
                .await?
                .into_iter()
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
        let due = starts.filter_map(|row| match FollowUp::decode(&row.kind, &row.payload)? {
            FollowUp::StartByTimer(start) if start.due_at <= at => Some((start.due_at, row)),
            _ => None,
        });
        Ok(due.collect())
    }

    /// Sets an item aside that cannot be fired, so that it does not stand in the way of others.
    fn set_aside(&self, task: &Task, time: Duration) {
        let (Task::TriggerTimer(due) | Task::RetryJob(due)) = task else {
            return;
        };
        let key = (due.tenant.clone(), due.process_instance, due.number);
        self.aside().put(key, time);
    }

    fn aside(&self) -> MutexGuard<'_, SetAside<(Arc<str>, i64, u32)>> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
