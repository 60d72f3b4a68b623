//! What all connectors share: they take what is due under a lease, try each piece once, and say
//! how it ended; woken by the commit that asks for something, and when the next try is due.
//!
//! A lease keeps two nodes from doing the same at once; that nothing is done twice for good comes
//! from the database, where the end of a piece of work finds it gone or not. What was leased when
//! the server was killed is taken again when the lease lapses, on SQLite at once.
//!
//! What a commit of this node asks for is taken here at once. What is found by looking, such as a
//! next try, is taken by the node whose share it falls into, so that nodes do not all reach for it
//! at the same moment.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use tokio::sync::Notify;
use tongban_store::dialect::Dialect;
use tongban_store::error::Error as StoreError;
use tongban_store::query::job as query;
use tongban_store::query::wait::Share;

use crate::clock::machine_now;
use crate::engine::Handle;
use crate::executor::outbox::{OutboxTask, TakeJobs, TakenJob};
use crate::executor::stop::chain;
use crate::executor::work::Task;
use crate::outcome::Done;
use crate::service::StopSignal;
use crate::shared::Shared;

/// The longest sleep of a connector that nobody wakes.
const SLEEP_MAX: Duration = Duration::from_secs(600);
/// What a lease lasts beyond the time a try may take.
const LEASE_MARGIN: Duration = Duration::from_secs(5);
const BACK_OFF_DOUBLINGS_MAX: u32 = 12;
const BACK_OFF_MAX_US: i64 = 3_600_000_000;

/// The work of one connector.
#[async_trait]
pub(crate) trait Work: Send + Sync + 'static {
    /// Its name in logs.
    fn label(&self) -> &str;

    /// What wakes it.
    fn wake(&self) -> Arc<Notify>;

    /// When the next piece of work of a share can be taken.
    async fn next_at(&self, share: &Share) -> Result<Option<i64>, StoreError>;

    /// Takes what of a share can be taken at an instant of the machine's clock and tries each piece
    /// once; says how many there were.
    async fn work(&self, handle: &Handle, share: &Share, at: i64) -> u64;
}

/// A connector.
pub(crate) struct Connector {
    shared: Arc<Shared>,
    work: Box<dyn Work>,
    // One pass at a time, so that the clock's hand and the service do not try the same piece.
    pass: tokio::sync::Mutex<()>,
}

impl Connector {
    pub(crate) fn new(shared: Arc<Shared>, work: impl Work) -> Arc<Connector> {
        Arc::new(Connector {
            shared,
            work: Box::new(work),
            pass: tokio::sync::Mutex::default(),
        })
    }

    /// Works on what is due, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Connector>, handle: Handle, mut stop: StopSignal) {
        let wake = self.work.wake();
        // On SQLite nobody else holds a lease: those of an earlier run are void.
        let is_alone = self.shared.database.dialect() == Dialect::Sqlite;
        let mut at = if is_alone { i64::MAX } else { machine_now() };
        let mut share = self.shared.share.load_full();
        while !stop.is_stopping() {
            tokio::select! {
                _ = self.alive(self.pass(&handle, &share, at)) => {}
                () = stop.stopping() => return,
            }
            let is_woken = tokio::select! {
                () = wake.notified() => true,
                () = self.alive(self.pause(is_alone)) => false,
                () = stop.stopping() => return,
            };
            share = match is_woken {
                true => Arc::new(Share::Whole),
                false => self.shared.share.load_full(),
            };
            at = machine_now();
        }
    }

    /// One pass over what of a share can be taken at an instant of the machine's clock.
    pub(crate) async fn pass(&self, handle: &Handle, share: &Share, at: i64) -> u64 {
        if share.is_empty() {
            return 0;
        }
        let _pass = self.pass.lock().await;
        self.work.work(handle, share, at).await
    }

    /// Says again and again that this service is alive, until something is done: each try has a time
    /// limit of its own, so that a long pass is no sign of death.
    async fn alive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut beats = tokio::time::interval(Duration::from_millis(self.shared.bounds.period_ms));
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = beats.tick() => self.shared.health.beat(self.work.label()),
            }
        }
    }

    /// Waits until there may be something to take.
    async fn pause(&self, is_alone: bool) {
        tokio::time::sleep(self.time_to_next(is_alone).await).await;
    }

    async fn time_to_next(&self, is_alone: bool) -> Duration {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        let share = self.shared.share.load_full();
        if share.is_empty() {
            return period;
        }
        // Other nodes wake nobody here, and shares change hands.
        let longest = if is_alone { SLEEP_MAX } else { period };
        match self.work.next_at(&share).await {
            Ok(Some(at)) => {
                let left = u64::try_from(at.saturating_sub(machine_now())).unwrap_or(0);
                Duration::from_micros(left).min(longest)
            }
            Ok(None) => longest,
            Err(error) => {
                tracing::warn!(connector = self.work.label(), error = %chain(&error), "could not look for work; it is tried again");
                period
            }
        }
    }
}

/// Takes jobs of a queue under a lease that outlasts one try; none if that fails.
pub(crate) async fn take_jobs(
    handle: &Handle,
    queue: &Arc<str>,
    (share, at): (&Share, i64),
    (try_lasts, limit): (Duration, usize),
) -> Vec<TakenJob> {
    let take = TakeJobs {
        queue: queue.clone(),
        share: share.clone(),
        at,
        until: lease_end(try_lasts),
        limit,
    };
    // Most of the time there is nothing: a look costs less than a transaction.
    match query::next_available_at(handle.database(), queue, share).await {
        Ok(Some(next)) if next <= at => {}
        Ok(_) => return Vec::new(),
        Err(error) => {
            tracing::warn!(%queue, error = %chain(&error), "could not look for jobs; it is tried again");
            return Vec::new();
        }
    }
    match send(handle, OutboxTask::TakeJobs(take)).await {
        Some(Done::JobsTaken { jobs }) => jobs,
        _ => Vec::new(),
    }
}

/// The end of a lease that outlasts one try.
pub(crate) fn lease_end(try_lasts: Duration) -> i64 {
    let lease = i64::try_from((try_lasts + LEASE_MARGIN).as_micros()).unwrap_or(i64::MAX);
    machine_now().saturating_add(lease)
}

/// Tries each piece once, so many at a time.
pub(crate) async fn try_each<T, F>(pieces: Vec<T>, at_once_max: usize, attempt: impl Fn(T) -> F)
where
    F: Future<Output = ()>,
{
    stream::iter(pieces)
        .for_each_concurrent(at_once_max.max(1), attempt)
        .await;
}

/// Sends the executor what came of a try. Where that fails the piece is tried again.
pub(crate) async fn send(handle: &Handle, task: OutboxTask) -> Option<Done> {
    let name = task.name();
    match handle.send_internal(Task::Outbox(Arc::new(task))).await {
        Ok(outcome) => outcome.map(|it| it.done),
        Err(error) => {
            tracing::warn!(task = name, %error, "what came of a try was not stored; it is tried again");
            None
        }
    }
}

/// The pause after so many tries in vain: doubled each time, spread by up to a quarter.
///
/// The spread is read off the piece's own name and count, so that many pieces that failed at once
/// do not come back at once, and the same run gives the same pauses again.
pub(crate) fn back_off_us(base_ms: u64, n_tries: u32, seed: u64) -> i64 {
    let doublings = n_tries.saturating_sub(1).min(BACK_OFF_DOUBLINGS_MAX);
    let base = i64::try_from(base_ms.saturating_mul(1000)).unwrap_or(BACK_OFF_MAX_US);
    let pause = base.saturating_mul(1 << doublings).min(BACK_OFF_MAX_US);
    let spread = mixed(seed.wrapping_add(u64::from(n_tries))) % 256;
    pause + pause / 1024 * i64::try_from(spread).unwrap_or(0)
}

/// The finalizer of SplitMix64: neighbouring numbers become unlike ones.
fn mixed(mut number: u64) -> u64 {
    number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_are_spread_by_a_quarter() {
        for n_tries in 1..40 {
            let doublings = (n_tries - 1).min(BACK_OFF_DOUBLINGS_MAX);
            let plain = (500_000_i64 << doublings).min(BACK_OFF_MAX_US);
            for seed in 0..50 {
                let pause = back_off_us(500, n_tries, seed);
                assert!((plain..=plain + plain / 4).contains(&pause), "{pause}");
                assert_eq!(pause, back_off_us(500, n_tries, seed));
            }
        }
        let pauses: std::collections::BTreeSet<_> =
            (0..100).map(|seed| back_off_us(500, 3, seed)).collect();
        assert!(pauses.len() > 50, "many pieces do not come back at once");
    }
}
