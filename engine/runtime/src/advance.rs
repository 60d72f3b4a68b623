//! Moves the manual clock: forwards only, each due item run at its own instant to quiescence, whichever
//! node has leased it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tongban_store::query::wait::Share;

use crate::command::CommandRequest;
use crate::engine::Handle;
use crate::error::{CommandError, UserError};
use crate::executor::stop::chain;
use crate::executor::work::{SetClock, Task};
use crate::outbox::connector::Connector;
use crate::outcome::CommandOutcome;
use crate::reconciler::Reconcilers;
use crate::shared::Shared;
use crate::timer::Timers;

/// Items after which a long move reports its progress.
const PROGRESS_EVERY: u64 = 1_000;
/// Rounds of connectors and continuations at one instant.
const ROUNDS_MAX: u32 = 10_000;

/// What moves the clock; one move at a time.
#[derive(Clone)]
pub(crate) struct ClockHand {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    timers: Arc<Timers>,
    reconcilers: Reconcilers,
    connectors: Vec<Arc<Connector>>,
    moving: tokio::sync::Mutex<()>,
}

impl ClockHand {
    pub(crate) fn new(
        shared: Arc<Shared>,
        timers: Arc<Timers>,
        reconcilers: Reconcilers,
        connectors: Vec<Arc<Connector>>,
    ) -> ClockHand {
        let moving = tokio::sync::Mutex::default();
        ClockHand {
            inner: Arc::new(Inner {
                shared,
                timers,
                reconcilers,
                connectors,
                moving,
            }),
        }
    }

    /// Moves the clock to `to`.
    ///
    /// Each step on the way is stored before what falls due then is run, so that a crash leaves
    /// the clock where it had got to, and the same command goes on from there.
    pub(crate) async fn advance(
        &self,
        handle: &Handle,
        request: &CommandRequest,
        to: i64,
    ) -> Result<CommandOutcome, CommandError> {
        let inner = &*self.inner;
        let clock = &inner.shared.clock;
        if !clock.is_manual() {
            return Err(CommandError::rejected("CLOCK_NOT_MANUAL", &[]));
        }
        let Ok(_moving) = inner.moving.try_lock() else {
            return Err(CommandError::rejected("CLOCK_BUSY", &[]));
        };
        if let Some(outcome) = handle
            .send_internal(Task::Kept(Arc::new(request.clone())))
            .await?
        {
            return Ok(outcome);
        }
        if to < clock.now() {
            let now = tongban_feel::time::DateTime::from_timestamp(
                tongban_feel::time::Timestamp::from_microseconds(clock.now()),
                inner.shared.zone.clone(),
            );
            let error = UserError::new("CLOCK_BACKWARDS", &[("now", &now.to_string())]);
            return Err(error.at("/to").into());
        }
        let (n_fired, complete) = inner.run_until(handle, to).await?;
        let reached = if complete { to } else { clock.now() };
        let set = SetClock {
            to: reached,
            request: Some((request.clone(), n_fired)),
            complete,
        };
        let outcome = handle.send_internal(Task::SetClock(Arc::new(set))).await?;
        outcome.ok_or(CommandError::Unavailable {
            reason: "the clock was not answered",
        })
    }
}

impl Inner {
    /// Runs everything that falls due up to `to`, each at its own instant. Says how many timers
    /// fired, and whether all of them did.
    async fn run_until(&self, handle: &Handle, to: i64) -> Result<(u64, bool), CommandError> {
        let bounds = &self.shared.bounds;
        let time_max = Duration::from_millis(bounds.advance_ms_max);
        let started = Instant::now();
        let mut n_fired = 0;
        let mut reported = 0;
        loop {
            self.quiesce(handle).await?;
            let timer = self.timers.earliest(&Share::Whole, to).await;
            let other = self.reconcilers.earliest(to).await.map_err(failed)?;
            let earliest = [timer.map_err(failed)?, other].into_iter().flatten().min();
            let Some(at) = earliest else {
                return Ok((n_fired, true));
            };
            let is_late = n_fired > 0 && started.elapsed() >= time_max;
            if n_fired >= bounds.advance_items_max || is_late {
                return Ok((n_fired, false));
            }
            let at = at.max(self.shared.clock.now());
            let step = SetClock {
                to: at,
                request: None,
                complete: true,
            };
            handle.send_internal(Task::SetClock(Arc::new(step))).await?;
            n_fired += self
                .timers
                .fire_due(handle, &Share::Whole, at)
                .await
                .map_err(failed)?;
            n_fired += self.reconcilers.run_due(handle, at).await.map_err(failed)?;
            if n_fired - reported >= PROGRESS_EVERY {
                tracing::info!(n_fired, clock.now = at, "the clock is being moved");
                reported = n_fired;
            }
        }
    }

    /// Runs what is open at the present instant: what was left to be done, then what connectors have
    /// to do, with all tries, until neither leaves anything.
    async fn quiesce(&self, handle: &Handle) -> Result<(), CommandError> {
        for _ in 0..ROUNDS_MAX {
            let n_continued = self.reconcilers.run_open(handle).await;
            let mut n_tried = 0;
            for connector in &self.connectors {
                n_tried += connector.pass(handle, &Share::Whole, i64::MAX).await;
            }
            let n_fired = self
                .timers
                .fire_due(handle, &Share::Whole, self.shared.clock.now())
                .await
                .map_err(failed)?;
            if n_continued + n_tried + n_fired == 0 {
                return Ok(());
            }
        }
        Err(CommandError::Failed {
            reason: "the engine does not come to rest".to_owned(),
        })
    }
}

fn failed(error: tongban_store::error::Error) -> CommandError {
    CommandError::Failed {
        reason: chain(&error),
    }
}
