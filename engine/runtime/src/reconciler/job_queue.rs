//! Wakes workers whose jobs become available by themselves: when a lease lapses, or when another
//! node has put jobs into a queue. One question a period, whatever the number of workers; none
//! while nobody waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tongban_store::query::job as query;

use crate::clock::machine_now;
use crate::executor::stop::chain;
use crate::service::StopSignal;
use crate::shared::Shared;

/// Looks for those who wait, again and again, until it is told to stop.
pub(crate) async fn run(shared: Arc<Shared>, mut stop: StopSignal) {
    let period = Duration::from_millis(shared.bounds.period_ms);
    while !stop.is_stopping() {
        shared.health.beat("job queues");
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = stop.stopping() => return,
        }
        wake(&shared).await;
    }
}

async fn wake(shared: &Shared) {
    let waited_for = shared.job_queues.waited_for();
    if waited_for.is_empty() {
        return;
    }
    let queues: BTreeSet<Arc<str>> = waited_for.iter().map(|it| it.1.clone()).collect();
    let queues: Vec<Arc<str>> = queues.into_iter().collect();
    match query::available_queues(&shared.database, &queues, machine_now()).await {
        Ok(available) => {
            for (tenant, queue) in available {
                let key = (Arc::from(tenant.as_str()), queue);
                // Whoever takes a full hand wakes the next.
                shared.job_queues.wake(&key, 1);
            }
        }
        Err(error) => {
            tracing::warn!(error = %chain(&error), "could not look for jobs that workers wait for");
        }
    }
}
