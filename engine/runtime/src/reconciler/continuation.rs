//! Takes up what commands left to be done beyond their group, also before a restart.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tongban_store::query::wait::{Share, continuations};

use crate::engine::Handle;
use crate::error::CommandError;
use crate::executor::follow_up::START_BY_TIMER;
use crate::executor::stop::chain;
use crate::executor::work::Task;
use crate::service::StopSignal;
use crate::set_aside::{self, SetAside};
use crate::shared::Shared;

/// Rows taken in one page.
const PAGE: usize = 64;
/// Rows that wait for their moment lie among the others.
const WAITING_MAX: usize = 1_000;

/// The reconciler of continuations.
pub(crate) struct Continuations {
    shared: Arc<Shared>,
    // Rows that cannot be taken up now; held during a pass, so that there is one at a time.
    aside: tokio::sync::Mutex<SetAside<i64>>,
}

impl Continuations {
    pub(crate) fn new(shared: Arc<Shared>) -> Continuations {
        Continuations {
            shared,
            aside: tokio::sync::Mutex::default(),
        }
    }

    /// Takes rows up, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Continuations>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("continuations");
            let share = self.shared.share.load_full();
            self.run_all(&handle, &share).await;
            tokio::select! {
                () = self.shared.wakes.continuations.notified() => {}
                () = tokio::time::sleep(period) => {}
                () = stop.stopping() => {}
            }
        }
    }

    /// Takes up all rows of a share that can be taken up now; says how many there were.
    pub(crate) async fn run_all(&self, handle: &Handle, share: &Share) -> u64 {
        let mut aside = self.aside.lock().await;
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        let mut n_done = 0;
        while !share.is_empty() {
            let limit = (PAGE + WAITING_MAX + aside.count()) as u64;
            let rows = match continuations(&self.shared.database, share, limit).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not read continuations; they are read again");
                    return n_done;
                }
            };
            let open = rows.into_iter();
            let open = open.filter(|it| &*it.kind != START_BY_TIMER && !aside.contains(&it.id));
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
                    Err(CommandError::Unavailable { .. }) => return n_done,
                    Err(error) => {
                        tracing::warn!(continuation.id = row.id, %error, "a continuation is set aside");
                        let time = match error {
                            CommandError::Halted { .. } => set_aside::HALTED,
                            _ => period * set_aside::FAILED_PERIODS,
                        };
                        aside.put(row.id, time);
                    }
                }
            }
        }
        n_done
    }
}
