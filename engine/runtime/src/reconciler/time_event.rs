//! Tells plugins of what came with time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tongban_store::query::time_event::pending;

use crate::engine::Handle;
use crate::executor::stop::chain;
use crate::executor::work::{Task, TellOperation};
use crate::service::StopSignal;
use crate::shared::Shared;

/// Events taken in one page.
const PAGE: usize = 256;

/// The reconciler of events.
pub(crate) struct TimeEvents {
    shared: Arc<Shared>,
}

impl TimeEvents {
    pub(crate) fn new(shared: Arc<Shared>) -> TimeEvents {
        TimeEvents { shared }
    }

    /// Tells again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<TimeEvents>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("time events");
            if self.shared.share.load().leads() {
                self.tell_all(&handle).await;
            }
            tokio::select! {
                () = self.shared.wakes.time_events.notified() => {}
                () = tokio::time::sleep(period) => {}
                () = stop.stopping() => {}
            }
        }
    }

    /// Tells of all that is pending; says of how much. What cannot be told now is left for the
    /// next time.
    pub(crate) async fn tell_all(&self, handle: &Handle) -> u64 {
        let mut left: BTreeSet<i64> = BTreeSet::new();
        let mut n_told = 0;
        loop {
            let limit = (PAGE + left.len()) as u64;
            let events = match pending(&self.shared.database, limit).await {
                Ok(events) => events,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not read events; they are read again");
                    return n_told;
                }
            };
            let open = events.into_iter().filter(|it| !left.contains(&it.id));
            let page: Vec<_> = open.take(PAGE).collect();
            if page.is_empty() {
                return n_told;
            }
            let answers = page.iter().map(|event| {
                let event = event.clone();
                handle.send_internal(Task::TellOperation(Arc::new(TellOperation { event })))
            });
            for (event, answer) in page.iter().zip(join_all(answers).await) {
                match answer {
                    Ok(_) => n_told += 1,
                    Err(_) => {
                        left.insert(event.id);
                    }
                }
            }
        }
    }
}
