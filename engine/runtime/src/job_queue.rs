//! Who waits for jobs in this process: workers with a long poll, and our own connectors.
//!
//! The queues themselves are rows; this only saves those who wait from asking the database again
//! and again. A commit that offers jobs wakes as many workers as there are jobs, the longest
//! waiting first; a wake-up that its worker does not need is passed on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// A queue of a tenant.
pub(crate) type QueueKey = (Arc<str>, Arc<str>);

/// Everybody who waits.
#[derive(Default)]
pub(crate) struct JobQueues {
    // Workers in the order in which they came. Guards only this map; never held over an await.
    workers: Mutex<BTreeMap<QueueKey, VecDeque<Arc<Seat>>>>,
    // Our own connectors by queue, over all tenants.
    connectors: Mutex<BTreeMap<Arc<str>, Arc<Notify>>>,
}

#[derive(Default)]
struct Seat {
    woken: Notify,
    // Set under the lock of the map, so that a wake-up is neither lost nor counted twice.
    is_woken: std::sync::atomic::AtomicBool,
}

/// The place of one worker in the line; leaving gives it up.
pub(crate) struct Ticket<'q> {
    queues: &'q JobQueues,
    key: QueueKey,
    seat: Arc<Seat>,
}

impl JobQueues {
    /// Takes a place at the end of the line.
    pub(crate) fn enlist(&self, key: QueueKey) -> Ticket<'_> {
        let seat = Arc::new(Seat::default());
        self.lines()
            .entry(key.clone())
            .or_default()
            .push_back(seat.clone());
        Ticket {
            queues: self,
            key,
            seat,
        }
    }

    /// Tells that so many jobs can be taken from a queue.
    pub(crate) fn announce(&self, key: &QueueKey, n_jobs: usize) {
        if let Some(connector) = self.connectors().get(&key.1) {
            connector.notify_one();
        }
        self.wake(key, n_jobs);
    }

    /// Wakes the first workers of a line.
    pub(crate) fn wake(&self, key: &QueueKey, n_workers: usize) {
        let mut lines = self.lines();
        let Some(line) = lines.get_mut(key) else {
            return;
        };
        for _ in 0..n_workers {
            let Some(seat) = line.pop_front() else { break };
            seat.wake();
        }
        if line.is_empty() {
            lines.remove(key);
        }
    }

    /// The queues that somebody waits for.
    pub(crate) fn waited_for(&self) -> Vec<QueueKey> {
        self.lines().keys().cloned().collect()
    }

    /// What wakes the connector of a queue.
    pub(crate) fn connector(&self, queue: &str) -> Arc<Notify> {
        let mut connectors = self.connectors();
        connectors.entry(Arc::from(queue)).or_default().clone()
    }

    /// Wakes every connector: there may be work for each.
    pub(crate) fn wake_connectors(&self) {
        for connector in self.connectors().values() {
            connector.notify_one();
        }
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, BTreeMap<QueueKey, VecDeque<Arc<Seat>>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connectors(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, Arc<Notify>>> {
        self.connectors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn wake(&self) {
        self.is_woken
            .store(true, std::sync::atomic::Ordering::Release);
        self.woken.notify_one();
    }
}

impl Ticket<'_> {
    /// Waits to be woken.
    pub(crate) async fn woken(&self) {
        self.seat.woken.notified().await;
        // Used up: leaving now passes nothing on.
        self.seat
            .is_woken
            .store(false, std::sync::atomic::Ordering::Release);
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut lines = self.queues.lines();
        if let Some(line) = lines.get_mut(&self.key) {
            line.retain(|it| !Arc::ptr_eq(it, &self.seat));
            if line.is_empty() {
                lines.remove(&self.key);
            }
        }
        drop(lines);
        if self
            .seat
            .is_woken
            .load(std::sync::atomic::Ordering::Acquire)
        {
            self.queues.wake(&self.key, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn key() -> QueueKey {
        ("150627".into(), "send-sms".into())
    }

    async fn is_woken(ticket: &Ticket<'_>) -> bool {
        let woken = tokio::time::timeout(Duration::from_millis(10), ticket.woken());
        woken.await.is_ok()
    }

    #[tokio::test]
    async fn as_many_workers_are_woken_as_there_are_jobs() {
        let queues = JobQueues::default();
        let (first, second) = (queues.enlist(key()), queues.enlist(key()));
        let third = queues.enlist(key());
        queues.announce(&key(), 2);
        assert!(is_woken(&first).await && is_woken(&second).await);
        assert!(!is_woken(&third).await);
        assert_eq!(queues.waited_for(), [key()]);
        drop(third);
        assert!(queues.waited_for().is_empty());
    }

    #[tokio::test]
    async fn a_wake_up_that_nobody_used_is_passed_on() {
        let queues = JobQueues::default();
        let (first, second) = (queues.enlist(key()), queues.enlist(key()));
        queues.announce(&key(), 1);
        drop(first);
        assert!(is_woken(&second).await);
        drop(second);
        queues.announce(&key(), 1);
    }

    #[tokio::test]
    async fn a_connector_hears_of_its_queue_in_every_tenant() {
        let queues = JobQueues::default();
        let connector = queues.connector("tongban:check");
        queues.announce(&("150627".into(), "tongban:check".into()), 1);
        let heard = tokio::time::timeout(Duration::from_millis(10), connector.notified());
        assert!(heard.await.is_ok());
    }
}
