//! How much there is of what an operator watches, over all tenants.

use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};

use crate::database::Database;
use crate::entity::{check_request, incident, job, timer};
use crate::error::Error;
use crate::row::check::CheckState;

/// How much there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Due and not carried out, by kind: `timer`, `retry`, `check`.
    pub due: [(&'static str, u64); 3],
    /// Those of them that were due at an earlier instant, too.
    pub late: [(&'static str, u64); 3],
    /// Incidents that are not resolved.
    pub open_incidents: u64,
    /// Jobs that wait for whoever does them.
    pub active_jobs: u64,
    /// Jobs that wait for another try.
    pub waiting_jobs: u64,
}

/// Counts what is there at an instant, and what was late by then.
///
/// # Errors
/// [`Error::Database`] if it cannot be counted.
pub async fn all(database: &Database, now: i64, late_since: i64) -> Result<Counts, Error> {
    Ok(Counts {
        due: due(database, now).await?,
        late: due(database, late_since).await?,
        open_incidents: count::<incident::Entity>(
            database,
            Condition::all().add(incident::Column::ResolvedAt.is_null()),
        )
        .await?,
        active_jobs: count::<job::Entity>(
            database,
            Condition::all().add(job::Column::RetryAt.is_null()),
        )
        .await?,
        waiting_jobs: count::<job::Entity>(
            database,
            Condition::all().add(job::Column::RetryAt.is_not_null()),
        )
        .await?,
    })
}

async fn due(database: &Database, at: i64) -> Result<[(&'static str, u64); 3], Error> {
    let pending = super::check::state_code(CheckState::Pending);
    let timers = Condition::all().add(timer::Column::DueAt.lte(at));
    let retries = Condition::all().add(job::Column::RetryAt.lte(at));
    let checks = Condition::all()
        .add(check_request::Column::State.eq(pending))
        .add(check_request::Column::NextTryAt.lte(at));
    Ok([
        ("timer", count::<timer::Entity>(database, timers).await?),
        ("retry", count::<job::Entity>(database, retries).await?),
        (
            "check",
            count::<check_request::Entity>(database, checks).await?,
        ),
    ])
}

async fn count<E: EntityTrait>(database: &Database, condition: Condition) -> Result<u64, Error>
where
    E::Model: Sync,
{
    let counted = E::find().filter(condition).count(database.readers()).await;
    counted.map_err(Error::database("count what an operator watches"))
}
