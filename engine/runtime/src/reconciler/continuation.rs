//! Takes up what commands left to be done beyond their group, also before a restart.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tongban_store::query::wait::{Share, continuations};
use tongban_store::row::wait::Continuation;

use crate::engine::Handle;
use crate::error::CommandError;
use crate::executor::follow_up::START_BY_TIMER;
use crate::executor::stop::chain;
use crate::executor::work::Task;
use crate::service::StopSignal;
use crate::set_aside;
use crate::shared::Shared;

/// Rows taken in one page.
const PAGE: usize = 64;
/// Rows that wait for their moment lie among the others.
const WAITING_MAX: usize = 1_000;

/// The reconciler of continuations.
pub(crate) struct Continuations {
    shared: Arc<Shared>,
    // One pass at a time.
    pass: tokio::sync::Mutex<()>,
}

impl Continuations {
    pub(crate) fn new(shared: Arc<Shared>) -> Continuations {
        Continuations {
            shared,
            pass: tokio::sync::Mutex::default(),
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
        let _pass = self.pass.lock().await;
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        let mut n_done = 0;
        while !share.is_empty() {
            let limit = (PAGE + WAITING_MAX + self.shared.rows_aside().count()) as u64;
            let rows = match continuations(&self.shared.database, share, limit).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not read continuations; they are read again");
                    return n_done;
                }
            };
            let page = self.open(rows);
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
                        let time = match error {
                            CommandError::Halted { .. } => set_aside::HALTED,
                            _ => period * set_aside::FAILED_PERIODS,
                        };
                        if matches!(error, CommandError::Rejected(_)) {
                            tracing::debug!(continuation.id = row.id, %error, "a continuation waits");
                        } else {
                            tracing::warn!(continuation.id = row.id, %error, "a continuation is set aside");
                        }
                        if !self.shared.rows_aside().put(key_of(row), time) {
                            return n_done;
                        }
                    }
                }
            }
        }
        n_done
    }

    /// A page of the rows that can be taken up now.
    fn open(&self, rows: Vec<Continuation>) -> Vec<Continuation> {
        let aside = self.shared.rows_aside();
        let open = rows.into_iter();
        let open = open.filter(|it| &*it.kind != START_BY_TIMER && !aside.contains(&key_of(it)));
        open.take(PAGE).collect()
    }
}

/// Names a row: the instance it is for, 0 if it is for none, and its id.
pub(crate) type RowKey = (i64, i64);

/// The rows that are for an instance.
pub(crate) fn rows_of_instance(id: i64) -> RangeInclusive<RowKey> {
    (id, i64::MIN)..=(id, i64::MAX)
}

fn key_of(row: &Continuation) -> RowKey {
    (row.process_instance_id.map_or(0, |it| it.0), row.id)
}
