//! What lies in the database and in queues, counted when somebody asks.

use tongban_store::error::Error as StoreError;
use tongban_store::query::count::{self, Counts, Moments};

use super::{KindLabels, PoolLabels, StateLabels};
use crate::clock::machine_now;
use crate::executor::job_lease::RESERVED;
use crate::shared::Shared;

/// What has been due for so long is late.
const LATE_US: i64 = 60_000_000;

/// Brings the gauges up to date.
pub(crate) async fn take(shared: &Shared, n_queued: usize) -> Result<(), StoreError> {
    let metrics = &shared.metrics;
    metrics.queue_commands.set(number(n_queued as u64));
    for pool in shared.database.pools() {
        let states = [
            ("idle", pool.n_idle),
            ("busy", pool.n_open - pool.n_idle.min(pool.n_open)),
        ];
        for (state, n) in states {
            let labels = PoolLabels {
                pool: pool.name,
                state,
            };
            metrics
                .database_connections
                .get_or_create(&labels)
                .set(number(n));
        }
    }
    let moments = Moments {
        now: shared.clock.now(),
        machine_now: machine_now(),
    };
    let Counts {
        due,
        late,
        open_incidents,
        jobs,
    } = count::all(&shared.database, moments, LATE_US, RESERVED).await?;
    for (kind, n) in due {
        metrics
            .due_items
            .get_or_create(&KindLabels { kind })
            .set(number(n));
    }
    for (kind, n) in late {
        metrics
            .late_items
            .get_or_create(&KindLabels { kind })
            .set(number(n));
    }
    metrics.open_incidents.set(number(open_incidents));
    for (state, n) in jobs {
        metrics
            .jobs
            .get_or_create(&StateLabels { state })
            .set(number(n));
    }
    Ok(())
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
