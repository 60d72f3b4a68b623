//! Makes the runs of schedules: plans those whose instants have come, and carries out what is
//! planned, also what another node or an earlier start has left.
//!
//! Woken by event and by period. Of several nodes one works on a schedule at a time, under a lease
//! that follows the machine's clock; whatever is written carries its token.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use tongban_core::schedule::PlannedRun;
use tongban_store::database::schedule_lease::ScheduleLeaseRequest;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::{schedule, schedule_item, schedule_run, scheduler};
use tongban_store::row::schedule::Schedule;
use tongban_store::row::schedule_run::{RunState, ScheduleRun};

use super::schedule_population::RunPopulation;
use super::schedule_run::{RunWork, Worked};
use crate::clock::machine_now;
use crate::engine::Handle;
use crate::executor::stop::chain;
use crate::executor::work::{Fence, PlanSchedule, Task, WatchClock};
use crate::schedule::{Scheduled, missed_of};
use crate::service::StopSignal;
use crate::shared::Shared;
use crate::tenant::TenantWorld;

/// Open runs looked at in one pass.
const RUNS_MAX: u64 = 2_000;
/// Items tried again in one pass.
const RETRIES_MAX: u64 = 500;
/// Schedules that are worked on at once.
const AT_ONCE: usize = 4;
/// A clock that goes back by more than this stops the scheduler.
const JUMP_US: i64 = 5 * 60 * 1_000_000;
/// How often the time that was seen is stored.
const WATCH_US: i64 = 30 * 1_000_000;

type ScheduleKey = (Arc<str>, Arc<str>);

/// The reconciler of schedules.
pub(crate) struct Schedules {
    shared: Arc<Shared>,
    /// When each schedule wakes next, and what that was reckoned from.
    next: Mutex<BTreeMap<ScheduleKey, (Stamp, Option<i64>)>>,
    // One pass at a time: the clock's hand and the service do not make the same run twice.
    pass: tokio::sync::Mutex<()>,
}

/// What the next instant of a schedule depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    handled_until: i64,
    calendar: String,
    rules: Vec<i32>,
    plugin: String,
}

impl Schedules {
    pub(crate) fn new(shared: Arc<Shared>) -> Schedules {
        Schedules {
            shared,
            next: Mutex::default(),
            pass: tokio::sync::Mutex::default(),
        }
    }

    /// Makes runs, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Schedules>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("schedules");
            let now = self.shared.clock.now();
            let pass = async {
                match self.run_due(&handle, now).await {
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(error = %chain(&error), "schedules could not be read; they are read again");
                    }
                }
            };
            // A run goes on where it was after the next start.
            tokio::select! {
                () = pass => {}
                () = stop.stopping() => return,
            }
            tokio::select! {
                () = self.shared.wakes.schedules.notified() => {}
                () = tokio::time::sleep(period) => {}
                () = stop.stopping() => {}
            }
        }
    }

    /// The earliest instant by `until` at which a schedule wakes or an item is tried again.
    pub(crate) async fn earliest(&self, until: i64) -> Result<Option<i64>, StoreError> {
        let database = &self.shared.database;
        let all = schedule::enabled(database).await?;
        let wakes = all.iter().filter_map(|it| self.next_wake(&it.0, &it.1));
        let retry = schedule_item::next_retry_at(database).await?;
        let earliest = wakes.chain(retry).min();
        Ok(earliest.filter(|it| *it <= until))
    }

    /// Plans and makes all runs that are due at `now`; says how many runs and retries there were.
    pub(crate) async fn run_due(&self, handle: &Handle, now: i64) -> Result<u64, StoreError> {
        let _pass = self.pass.lock().await;
        if !self.may_run(handle, now).await? {
            return Ok(0);
        }
        let n_over = self.plan_due(handle, now).await?;
        let n_made = self.make_open(handle).await?;
        Ok(n_over + n_made + self.retry_due(handle, now).await?)
    }

    /// Makes the runs that are planned; says how many there were.
    pub(crate) async fn run_open(&self, handle: &Handle) -> u64 {
        let _pass = self.pass.lock().await;
        match self.make_open(handle).await {
            Ok(n_runs) => n_runs,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "runs of schedules could not be read; they are read again");
                0
            }
        }
    }

    /// Whether the clock can be trusted. Once it has gone back, an operator has to say so.
    async fn may_run(&self, handle: &Handle, now: i64) -> Result<bool, StoreError> {
        if self.shared.clock.is_manual() {
            return Ok(true);
        }
        let seen = scheduler::scheduler(&self.shared.database).await?;
        if seen.stopped_at.is_some() {
            return Ok(false);
        }
        let has_jumped = now < seen.high_water - JUMP_US;
        if has_jumped || now > seen.high_water + WATCH_US {
            let watch = Task::WatchClock(WatchClock { now, has_jumped });
            if let Err(error) = handle.send_internal(watch).await {
                tracing::warn!(%error, "what the scheduler saw of time was not stored");
            }
        }
        Ok(!has_jumped)
    }

    /// Plans the runs that are due; says how many were over with that.
    async fn plan_due(&self, handle: &Handle, now: i64) -> Result<u64, StoreError> {
        let mut n_over = 0;
        for (tenant, row) in schedule::enabled(&self.shared.database).await? {
            let is_due = self.next_wake(&tenant, &row).is_some_and(|it| it <= now);
            if !is_due {
                continue;
            }
            let Some(plan) = self.plan(&tenant, &row, now).await? else {
                continue;
            };
            let is_over = |it: &&ScheduleRun| it.state == RunState::Done;
            let n = plan.runs.iter().filter(is_over).count() as u64;
            match handle
                .send_internal(Task::PlanSchedule(Arc::new(plan)))
                .await
            {
                Ok(_) => n_over += n,
                Err(error) => {
                    tracing::warn!(schedule = %row.key, %error, "the runs of a schedule were not planned; it is tried again");
                }
            }
        }
        Ok(n_over)
    }

    /// The runs of a schedule that is due. Many find nothing to do, which is looked for before they are noted: such a
    /// run is over with the one transaction that notes it.
    async fn plan(
        &self,
        tenant: &TenantId,
        row: &Schedule,
        now: i64,
    ) -> Result<Option<PlanSchedule>, StoreError> {
        let world = self.shared.world(tenant.as_str());
        let Some(scheduled) = world.scheduled(&row.key, &self.shared.zone) else {
            return Ok(None);
        };
        let (planned, handled_until) = match scheduled.planned(row.handled_until, now) {
            Ok(planned) => planned,
            Err(error) => {
                tracing::error!(schedule = %row.key, %error, "a schedule cannot be reckoned");
                return Ok(None);
            }
        };
        let run = |it| planned_run(&world, &scheduled, it, now);
        let mut runs: Vec<ScheduleRun> = planned.iter().map(run).collect();
        if let [only] = &mut runs[..]
            && only.state == RunState::Open
        {
            let population = RunPopulation {
                shared: &self.shared,
                tenant,
            };
            population.end_idle(only, now).await?;
        }
        Ok(Some(PlanSchedule {
            tenant: Arc::from(tenant.as_str()),
            key: row.key.clone(),
            handled_from: row.handled_until,
            handled_until,
            runs,
        }))
    }

    /// Works on the open runs: those of a schedule one after the other, several schedules at once.
    async fn make_open(&self, handle: &Handle) -> Result<u64, StoreError> {
        let open = schedule_run::open(&self.shared.database, RUNS_MAX).await?;
        let mut by_schedule: BTreeMap<ScheduleKey, Vec<(TenantId, ScheduleRun)>> = BTreeMap::new();
        for (tenant, run) in open {
            let key = (Arc::from(tenant.as_str()), run.key.clone());
            by_schedule.entry(key).or_default().push((tenant, run));
        }
        let works = by_schedule
            .into_values()
            .map(|runs| self.make_all(handle, runs));
        let made: Vec<Result<u64, StoreError>> = stream::iter(works)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        made.into_iter().sum()
    }

    /// Makes runs of one schedule in their order.
    async fn make_all(
        &self,
        handle: &Handle,
        runs: Vec<(TenantId, ScheduleRun)>,
    ) -> Result<u64, StoreError> {
        let mut n_made = 0;
        for (tenant, run) in runs {
            let Some(fence) = self.hold(&tenant, &run.key).await? else {
                return Ok(n_made);
            };
            let work = self.work(handle, &tenant, &fence);
            let worked = self.under_lease(&tenant, &fence, work.make(run)).await;
            self.release(&fence).await;
            match worked? {
                Worked::Through => n_made += 1,
                Worked::Stopped => return Ok(n_made),
            }
        }
        Ok(n_made)
    }

    async fn retry_due(&self, handle: &Handle, now: i64) -> Result<u64, StoreError> {
        let due = schedule_item::due_retries(&self.shared.database, now, RETRIES_MAX).await?;
        let mut n_tried = 0;
        for (tenant, item) in due {
            let Some(fence) = self.hold(&tenant, &item.schedule_key).await? else {
                continue;
            };
            let work = self.work(handle, &tenant, &fence);
            let tried = work.retry(item).await;
            self.release(&fence).await;
            n_tried += u64::from(tried?);
        }
        Ok(n_tried)
    }

    fn work<'w>(
        &'w self,
        handle: &'w Handle,
        tenant: &'w TenantId,
        fence: &'w Fence,
    ) -> RunWork<'w> {
        let population = RunPopulation {
            shared: &self.shared,
            tenant,
        };
        RunWork {
            population,
            handle,
            fence,
        }
    }

    /// Renews the lease while something is done under it.
    async fn under_lease<T>(
        &self,
        tenant: &TenantId,
        fence: &Fence,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let period = Duration::from_millis(self.shared.bounds.lease_renew_ms.max(1));
        tokio::pin!(work);
        loop {
            tokio::select! {
                worked = &mut work => return worked,
                () = tokio::time::sleep(period) => {
                    // Whether it is still held is told by the next thing written under it.
                    self.hold(tenant, &fence.name).await?;
                    self.shared.health.beat("schedules");
                }
            }
        }
    }

    /// Takes the lease of a schedule; none if another node holds it.
    async fn hold(&self, tenant: &TenantId, key: &Arc<str>) -> Result<Option<Fence>, StoreError> {
        let now = machine_now();
        let lasts = i64::try_from(self.shared.bounds.lease_ms).unwrap_or(i64::MAX / 1_000);
        let request = ScheduleLeaseRequest {
            name: key,
            holder: &self.shared.node,
            now,
            until: now.saturating_add(lasts.saturating_mul(1_000)),
        };
        let token = self
            .shared
            .database
            .hold_schedule_lease(tenant, &request)
            .await?;
        if token.is_none() {
            tracing::debug!(code = "SCH-4005", schedule = %key, "another node works on the schedule");
        }
        Ok(token.map(|token| Fence {
            tenant: Arc::from(tenant.as_str()),
            name: key.clone(),
            token,
        }))
    }

    async fn release(&self, fence: &Fence) {
        let tenant = TenantId::new(&fence.tenant);
        let database = &self.shared.database;
        let released = database.release_schedule_lease(&tenant, &fence.name, fence.token);
        if let Err(error) = released.await {
            tracing::warn!(error = %chain(&error), schedule = %fence.name, "a lease was not given back; it runs out");
        }
    }

    /// When a schedule wakes next; kept until something it depends on changes.
    fn next_wake(&self, tenant: &TenantId, row: &Schedule) -> Option<i64> {
        let world = self.shared.world(tenant.as_str());
        let scheduled = world.scheduled(&row.key, &self.shared.zone)?;
        let stamp = Stamp {
            handled_until: row.handled_until,
            calendar: world.calendar.version().to_owned(),
            rules: scheduled.rules.iter().map(|it| it.version).collect(),
            plugin: world.schedule(&row.key)?.0.digest().to_owned(),
        };
        let key = (Arc::from(tenant.as_str()), row.key.clone());
        let mut known = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, next)) = known.get(&key)
            && *of == stamp
        {
            return *next;
        }
        let next = match scheduled.next_wake(row.handled_until) {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(schedule = %row.key, %error, "a schedule cannot be reckoned");
                None
            }
        };
        known.insert(key, (stamp, next));
        next
    }
}

/// A run as it is to be noted, not numbered yet.
fn planned_run(
    world: &TenantWorld,
    scheduled: &Scheduled<'_>,
    planned: &PlannedRun,
    now: i64,
) -> ScheduleRun {
    let state = match planned.is_skipped {
        true => RunState::Skipped,
        false => RunState::Open,
    };
    ScheduleRun {
        id: 0,
        key: Arc::from(scheduled.declared.key.as_str()),
        scheduled_for: planned.scheduled_for.0,
        ordinal: 0,
        first_for: planned.first.0,
        n_instants: i32::try_from(planned.n_instants).unwrap_or(i32::MAX),
        policy: missed_of(scheduled.declared.missed),
        late: planned.is_late,
        missed_until: planned.missed_until,
        requested_by: None,
        state,
        cursor: None,
        selected: 0,
        created: 0,
        skipped_duplicate: 0,
        failed: 0,
        config_version: Arc::from(""),
        calendar_version: Arc::from(world.calendar.version()),
        message: None,
        planned_at: now,
        started_at: None,
        ended_at: planned.is_skipped.then_some(now),
    }
}
