//! The server's own background work: no input, idempotent, woken by event and by period.

pub(crate) mod calendar;
pub(crate) mod continuation;
pub(crate) mod escalation;
pub(crate) mod job_queue;
pub(crate) mod lease;
pub(crate) mod message;
pub(crate) mod relay;
pub(crate) mod reminder;
pub(crate) mod schedule;
pub(crate) mod time_event;
pub(crate) mod world;

mod schedule_population;
mod schedule_run;

use std::sync::Arc;

use tongban_store::error::Error as StoreError;
use tongban_store::query::wait::Share;

use crate::engine::Handle;
use crate::shared::Shared;
use calendar::Calendars;
use continuation::Continuations;
use escalation::Escalations;
use reminder::Reminders;
use schedule::Schedules;
use time_event::TimeEvents;

/// All reconcilers that follow the one clock, for whoever moves it by hand.
#[derive(Clone)]
pub(crate) struct Reconcilers {
    pub(crate) continuations: Arc<Continuations>,
    pub(crate) calendars: Arc<Calendars>,
    pub(crate) reminders: Arc<Reminders>,
    pub(crate) escalations: Arc<Escalations>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) time_events: Arc<TimeEvents>,
}

impl Reconcilers {
    pub(crate) fn new(shared: &Arc<Shared>) -> Reconcilers {
        Reconcilers {
            continuations: Arc::new(Continuations::new(shared.clone())),
            calendars: Arc::new(Calendars::new(shared.clone())),
            reminders: Arc::new(Reminders::new(shared.clone())),
            escalations: Arc::new(Escalations::new(shared.clone())),
            schedules: Arc::new(Schedules::new(shared.clone())),
            time_events: Arc::new(TimeEvents::new(shared.clone())),
        }
    }

    /// The instant of the earliest item that is due by `until`, beside timers.
    pub(crate) async fn earliest(&self, until: i64) -> Result<Option<i64>, StoreError> {
        let earliest = [
            self.reminders.earliest(until).await?,
            self.escalations.earliest(until).await?,
            self.schedules.earliest(until).await?,
        ];
        Ok(earliest.into_iter().flatten().min())
    }

    /// Runs what is due at `now`, beside timers; says how much it was.
    pub(crate) async fn run_due(&self, handle: &Handle, now: i64) -> Result<u64, StoreError> {
        let n_reminded = self.reminders.remind_due(handle, now).await?;
        let n_climbed = self.escalations.escalate_due(handle, now).await?;
        Ok(n_reminded + n_climbed + self.schedules.run_due(handle, now).await?)
    }

    /// Runs what was left to be done at no instant of its own; says how much it was.
    pub(crate) async fn run_open(&self, handle: &Handle) -> u64 {
        self.continuations.run_all(handle, &Share::Whole).await
            + self.calendars.run_all(handle).await
            + self.schedules.run_open(handle).await
            + self.time_events.tell_all(handle).await
    }
}
