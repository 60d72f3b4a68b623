//! Notes reminders of deadlines when they are due.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tongban_store::error::Error as StoreError;
use tongban_store::query::deadline as query;

use crate::engine::Handle;
use crate::executor::stop::chain;
use crate::executor::work::{Remind, Task};
use crate::service::StopSignal;
use crate::shared::Shared;

/// Deadlines taken in one page.
const PAGE: u64 = 256;

/// The reconciler of reminders.
pub(crate) struct Reminders {
    shared: Arc<Shared>,
}

impl Reminders {
    pub(crate) fn new(shared: Arc<Shared>) -> Reminders {
        Reminders { shared }
    }

    /// Notes what is due, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Reminders>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("reminders");
            let now = self.shared.clock.now();
            if self.shared.share.load().leads()
                && let Err(error) = self.remind_due(&handle, now).await
            {
                tracing::warn!(error = %chain(&error), "could not read deadlines to remind of; they are read again");
            }
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                () = stop.stopping() => {}
            }
        }
    }

    /// The instant of the earliest reminder that is due by `until`.
    pub(crate) async fn earliest(&self, until: i64) -> Result<Option<i64>, StoreError> {
        let next = query::next_reminder_at(&self.shared.database).await?;
        Ok(next.filter(|it| *it <= until))
    }

    /// Notes everything that is due at `now`; says how much it was.
    pub(crate) async fn remind_due(&self, handle: &Handle, now: i64) -> Result<u64, StoreError> {
        let mut n_noted = 0;
        loop {
            let due = query::due_reminders(&self.shared.database, now, PAGE).await?;
            let answers = due.iter().map(|(tenant, deadline)| {
                handle.send_internal(Task::Remind(Arc::new(Remind {
                    tenant: Arc::from(tenant.as_str()),
                    key: deadline.key.clone(),
                    record_id: deadline.record_id.clone(),
                })))
            });
            let answers = join_all(answers).await;
            let n_done = answers.iter().filter(|it| it.is_ok()).count();
            if n_done == 0 {
                return Ok(n_noted);
            }
            n_noted += n_done as u64;
        }
    }
}
