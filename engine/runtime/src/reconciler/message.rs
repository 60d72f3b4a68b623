//! Forgets kept messages whose time to live is over. They reach nobody any more in any case.

use std::sync::Arc;
use std::time::Duration;

use tongban_store::query::message::next_expiry_at;

use crate::engine::Handle;
use crate::error::CommandError;
use crate::executor::stop::chain;
use crate::executor::work::Task;
use crate::service::StopSignal;
use crate::shared::Shared;

/// How often they are looked for, in periods of the background work.
const PERIODS: u32 = 10;

/// Looks for expired messages, again and again, until it is told to stop.
pub(crate) async fn run(shared: Arc<Shared>, handle: Handle, mut stop: StopSignal) {
    let period = Duration::from_millis(shared.bounds.period_ms) * PERIODS;
    while !stop.is_stopping() {
        purge(&shared, &handle, &stop).await;
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = stop.stopping() => {}
        }
    }
}

/// Page after page, so that commands find room in between.
async fn purge(shared: &Shared, handle: &Handle, stop: &StopSignal) {
    while !stop.is_stopping() {
        shared.health.beat("messages");
        let share = shared.share.load_full();
        match next_expiry_at(&shared.database, &share).await {
            Ok(Some(at)) if at <= shared.clock.now() => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "could not look for expired messages; they are looked for again");
                return;
            }
        }
        match handle.send_internal(Task::PurgeMessages).await {
            Ok(_) => {}
            // Later: the database cannot be reached, or the server stops.
            Err(CommandError::Unavailable { .. }) => return,
            Err(error) => {
                tracing::warn!(%error, "expired messages were not forgotten; it is tried again");
                return;
            }
        }
    }
}
