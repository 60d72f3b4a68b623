//! Lets tasks climb their ladders.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tongban_store::error::Error as StoreError;
use tongban_store::query::user_task as query;

use crate::command::UserTaskId;
use crate::engine::Handle;
use crate::executor::stop::chain;
use crate::executor::work::{EscalateTasks, Task};
use crate::service::StopSignal;
use crate::shared::Shared;

/// Tasks taken in one page.
const PAGE: u64 = 500;

/// The reconciler of ladders.
pub(crate) struct Escalations {
    shared: Arc<Shared>,
}

impl Escalations {
    pub(crate) fn new(shared: Arc<Shared>) -> Escalations {
        Escalations { shared }
    }

    /// Lets tasks climb, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Escalations>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("escalations");
            let now = self.shared.clock.now();
            if self.shared.share.load().leads()
                && let Err(error) = self.escalate_due(&handle, now).await
            {
                tracing::warn!(error = %chain(&error), "could not read tasks that escalate; they are read again");
            }
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                () = stop.stopping() => {}
            }
        }
    }

    /// The instant of the earliest rung that is reached by `until`.
    pub(crate) async fn earliest(&self, until: i64) -> Result<Option<i64>, StoreError> {
        let next = query::next_escalation_at(&self.shared.database).await?;
        Ok(next.filter(|it| *it <= until))
    }

    /// Lets all tasks climb that have reached a rung at `now`; says how many there were.
    pub(crate) async fn escalate_due(&self, handle: &Handle, now: i64) -> Result<u64, StoreError> {
        let mut n_climbed = 0;
        loop {
            let due = query::due_escalations(&self.shared.database, now, PAGE).await?;
            let mut by_tenant: BTreeMap<Arc<str>, Vec<UserTaskId>> = BTreeMap::new();
            for (tenant, task) in due {
                let tasks = by_tenant.entry(Arc::from(tenant.as_str())).or_default();
                tasks.push(UserTaskId {
                    process_instance: task.process_instance_id.0,
                    number: task.id.0,
                });
            }
            let mut n_done = 0;
            for (tenant, tasks) in by_tenant {
                let n_tasks = tasks.len() as u64;
                let task = Task::EscalateTasks(Arc::new(EscalateTasks { tenant, tasks }));
                match handle.send_internal(task).await {
                    Ok(_) => n_done += n_tasks,
                    Err(error) => {
                        tracing::warn!(%error, "tasks did not escalate; it is tried again");
                    }
                }
            }
            if n_done == 0 {
                return Ok(n_climbed);
            }
            n_climbed += n_done;
        }
    }
}
