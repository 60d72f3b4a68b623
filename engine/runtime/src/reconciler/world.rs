//! Takes over what another node has changed in tenants, parameters, calendars, plugins, definitions and
//! the manual clock, also while this node has no command to carry out.
//!
//! On SQLite this process makes all changes itself and there is nothing to look for.

use std::sync::Arc;
use std::time::Duration;

use tongban_store::dialect::Dialect;

use crate::executor::stop::chain;
use crate::service::StopSignal;
use crate::shared::Shared;

/// Looks for changes, again and again, until it is told to stop.
pub(crate) async fn run(shared: Arc<Shared>, mut stop: StopSignal) {
    if shared.database.dialect() == Dialect::Sqlite {
        return;
    }
    let period = Duration::from_millis(shared.bounds.period_ms);
    while !stop.is_stopping() {
        let agreed = match shared.database.standing().await {
            Ok(standing) => shared.agree(standing).await,
            Err(error) => Err(error),
        };
        if let Err(error) = agreed {
            tracing::warn!(error = %chain(&error), "could not look for changes of other nodes; it is tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = stop.stopping() => return,
        }
    }
}
