//! Moves the manual clock: forwards only, each due item run at its own instant to quiescence, whichever
//! node has leased it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tongban_store::query::wait::Share;

use crate::command::CommandRequest;
use crate::engine::Handle;
use crate::error::{CommandError, UserError};
use crate::executor::stop::chain;
use crate::executor::work::{SetClock, Task};
use crate::outbox::connector::Connector;
use crate::outcome::{CommandOutcome, Done, Left};
use crate::reconciler::Reconcilers;
use crate::shared::Shared;
use crate::timer::Timers;

/// Items after which a long move reports its progress.
const PROGRESS_EVERY: u64 = 1_000;
/// Rounds of connectors and continuations at one instant.
const ROUNDS_MAX: u32 = 10_000;

type Answer = Result<CommandOutcome, CommandError>;

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
    last_move: Mutex<Option<Move>>,
}

/// A move that is under way, or over.
#[derive(Clone)]
struct Move {
    request: CommandRequest,
    to: i64,
    n_fired: Arc<AtomicU64>,
    answer: watch::Receiver<Option<Answer>>,
}

impl Move {
    fn is_over(&self) -> bool {
        self.answer.borrow().is_some() || self.answer.has_changed().is_err()
    }

    /// Whether the command waits for this move rather than beginning one of its own.
    fn is_joined_by(&self, request: &CommandRequest, to: i64) -> bool {
        let same_key = self.request.idempotency_key == request.idempotency_key;
        let has_succeeded = matches!(&*self.answer.borrow(), Some(Ok(_)));
        self.to == to && (!self.is_over() || (same_key && has_succeeded))
    }
}

impl ClockHand {
    pub(crate) fn new(
        shared: Arc<Shared>,
        timers: Arc<Timers>,
        reconcilers: Reconcilers,
        connectors: Vec<Arc<Connector>>,
    ) -> ClockHand {
        let last_move = Mutex::default();
        ClockHand {
            inner: Arc::new(Inner {
                shared,
                timers,
                reconcilers,
                connectors,
                last_move,
            }),
        }
    }

    /// Moves the clock to `to`. The move goes on by itself: if it takes longer than anybody should wait, the answer
    /// says so, and the same command waits for its end.
    ///
    /// Each step on the way is stored before what falls due then is run, so that a crash leaves
    /// the clock where it had got to, and the same command goes on from there.
    pub(crate) async fn advance(
        &self,
        handle: &Handle,
        request: &CommandRequest,
        to: i64,
    ) -> Answer {
        let inner = &self.inner;
        if !inner.shared.clock.is_manual() {
            return Err(CommandError::rejected("CLOCK_NOT_MANUAL", &[]));
        }
        let kept = Task::Kept(Arc::new(request.clone()));
        if let Some(outcome) = handle.send_internal(kept).await? {
            return Ok(outcome);
        }
        let mut under_way = self.join_or_begin(handle, request, to)?;
        let patience = Duration::from_millis(inner.shared.bounds.advance_ms_max);
        let answered = under_way.answer.wait_for(Option::is_some);
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(answer)) => answer.clone().unwrap_or(Err(NOT_ANSWERED)),
            Ok(Err(_)) => Err(NOT_ANSWERED),
            Err(_) => Ok(CommandOutcome {
                done: Done::ClockAdvanced {
                    now: inner.shared.clock.now(),
                    n_fired: under_way.n_fired.load(Ordering::Relaxed),
                    complete: false,
                },
                repeated: false,
                left: Left::default(),
            }),
        }
    }

    /// The move that the command asks for: the one that is under way for it, or a new one.
    fn join_or_begin(
        &self,
        handle: &Handle,
        request: &CommandRequest,
        to: i64,
    ) -> Result<Move, CommandError> {
        let mut last_move = self
            .inner
            .last_move
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*last_move {
            Some(it) if it.is_joined_by(request, to) => return Ok(it.clone()),
            Some(it) if !it.is_over() => return Err(CommandError::rejected("CLOCK_BUSY", &[])),
            Some(_) | None => (),
        }
        self.inner.check_direction(to)?;
        let (sender, answer) = watch::channel(None);
        let begun = Move {
            request: request.clone(),
            to,
            n_fired: Arc::default(),
            answer,
        };
        let (inner, handle, it) = (self.inner.clone(), handle.clone(), begun.clone());
        tokio::spawn(async move {
            let answer = inner.carry_out(&handle, &it).await;
            sender.send_replace(Some(answer));
        });
        *last_move = Some(begun.clone());
        Ok(begun)
    }
}

const NOT_ANSWERED: CommandError = CommandError::Unavailable {
    reason: "the clock was not answered",
};

impl Inner {
    fn check_direction(&self, to: i64) -> Result<(), CommandError> {
        let now = self.shared.clock.now();
        if to >= now {
            return Ok(());
        }
        let now = tongban_feel::time::DateTime::from_timestamp(
            tongban_feel::time::Timestamp::from_microseconds(now),
            self.shared.zone.clone(),
        );
        let error = UserError::new("CLOCK_BACKWARDS", &[("now", &now.to_string())]);
        Err(error.at("/to").into())
    }

    async fn carry_out(&self, handle: &Handle, it: &Move) -> Answer {
        // What has changed since is seen at once: a move ends the same on every machine.
        self.timers.look_again().await;
        self.shared.rows_aside().clear();
        self.run_until(handle, it).await?;
        let n_fired = it.n_fired.load(Ordering::Relaxed);
        let set = SetClock {
            to: it.to,
            request: Some((it.request.clone(), n_fired)),
        };
        let outcome = handle.send_internal(Task::SetClock(Arc::new(set))).await?;
        outcome.ok_or(NOT_ANSWERED)
    }

    /// Runs everything that falls due up to the end of the move, each at its own instant.
    async fn run_until(&self, handle: &Handle, it: &Move) -> Result<(), CommandError> {
        let count = |n| it.n_fired.fetch_add(n, Ordering::Relaxed) + n;
        let (mut reported, mut n_idle) = (0, 0);
        while n_idle < ROUNDS_MAX {
            self.quiesce(handle).await?;
            let timer = self.timers.earliest(&Share::Whole, it.to).await;
            let other = self.reconcilers.earliest(it.to).await.map_err(failed)?;
            let earliest = [timer.map_err(failed)?, other].into_iter().flatten().min();
            let Some(at) = earliest else {
                return Ok(());
            };
            let at = at.max(self.shared.clock.now());
            let step = SetClock {
                to: at,
                request: None,
            };
            handle.send_internal(Task::SetClock(Arc::new(step))).await?;
            let n_before = count(0);
            let fired = self.timers.fire_due(handle, &Share::Whole, at).await;
            count(fired.map_err(failed)?);
            let n_fired = count(self.reconcilers.run_due(handle, at).await.map_err(failed)?);
            // Another node may be at it; but what nobody can run does not keep the move for ever.
            n_idle = if n_fired == n_before { n_idle + 1 } else { 0 };
            if n_fired - reported >= PROGRESS_EVERY {
                tracing::info!(n_fired, clock.now = at, "the clock is being moved");
                reported = n_fired;
            }
        }
        Err(restless())
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
        Err(restless())
    }
}

fn restless() -> CommandError {
    CommandError::Failed {
        reason: "the engine does not come to rest".to_owned(),
    }
}

fn failed(error: tongban_store::error::Error) -> CommandError {
    CommandError::Failed {
        reason: chain(&error),
    }
}
