//! Takes up what commands left to be done beyond their group, also before a restart.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tongban_store::query::wait::continuations;

use crate::engine::Handle;
use crate::executor::follow_up::START_BY_TIMER;
use crate::executor::stop::chain;
use crate::executor::work::Task;
use crate::service::StopSignal;
use crate::shared::Shared;

/// Rows taken in one page.
const PAGE: usize = 64;
/// Rows set aside because their instance is halted.
const PARKED_MAX: usize = 10_000;
/// Rows that wait for their moment lie among the others.
const WAITING_MAX: usize = 1_000;

/// The reconciler of continuations.
pub(crate) struct Continuations {
    shared: Arc<Shared>,
    parked: tokio::sync::Mutex<BTreeSet<i64>>,
}

impl Continuations {
    pub(crate) fn new(shared: Arc<Shared>) -> Continuations {
        Continuations {
            shared,
            parked: tokio::sync::Mutex::default(),
        }
    }

    /// Takes rows up, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Continuations>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.run_all(&handle).await;
            tokio::select! {
                () = self.shared.wakes.continuations.notified() => {}
                () = tokio::time::sleep(period) => {}
                () = stop.stopping() => {}
            }
        }
    }

    /// Takes up all rows that can be taken up now; says how many there were.
    pub(crate) async fn run_all(&self, handle: &Handle) -> u64 {
        let mut parked = self.parked.lock().await;
        let mut n_done = 0;
        loop {
            let limit = (PAGE + WAITING_MAX + parked.len()) as u64;
            let rows = match continuations(&self.shared.database, limit).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not read continuations; they are read again");
                    return n_done;
                }
            };
            let open = rows.into_iter();
            let open = open.filter(|it| &*it.kind != START_BY_TIMER && !parked.contains(&it.id));
            let page: Vec<_> = open.take(PAGE).collect();
            if page.is_empty() {
                return n_done;
            }
            let answers = page
                .iter()
                .map(|row| handle.send_internal(Task::Continue(row.clone())));
            for (row, answer) in page.iter().zip(join_all(answers).await) {
                match answer {
                    Ok(_) => n_done += 1,
                    Err(error) => {
                        tracing::warn!(continuation.id = row.id, %error, "a continuation is set aside");
                        if parked.len() >= PARKED_MAX {
                            return n_done;
                        }
                        parked.insert(row.id);
                    }
                }
            }
        }
    }
}
