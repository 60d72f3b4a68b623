//! How much there is of what an operator watches, over all tenants.

use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};

use crate::database::Database;
use crate::entity::{configuration_item, incident, job, notice_delivery, timer};
use crate::error::Error;

/// Instants at which is counted. Queues go by the machine's clock, whatever a manual clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// By the clock of due times.
    pub now: i64,
    /// By the machine's clock.
    pub machine_now: i64,
}

/// How much there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Due and not carried out, by kind: `timer`, `retry`, `configuration`, `connector` (jobs of our
    /// own connectors), `delivery` (of notices), `job` (which somebody outside may take).
    pub due: [(&'static str, u64); 6],
    /// Those of them that were due at an earlier instant, too.
    pub late: [(&'static str, u64); 6],
    /// Incidents that are not resolved.
    pub open_incidents: u64,
    /// Jobs by state: `active` (whoever does them is at it, or an incident stands in the way),
    /// `offered`, `leased`, `postponed` (given back for a while), `back_off`.
    pub jobs: [(&'static str, u64); 5],
}

/// Counts what is there at an instant, and what was late by then. Queues whose names begin with
/// `reserved` are those of our own connectors.
///
/// # Errors
/// [`Error::Database`] if it cannot be counted.
pub async fn all(
    database: &Database,
    moments: Moments,
    late_us: i64,
    reserved: &str,
) -> Result<Counts, Error> {
    let earlier = Moments {
        now: moments.now.saturating_sub(late_us),
        machine_now: moments.machine_now.saturating_sub(late_us),
    };
    let open = Condition::all().add(incident::Column::ResolvedAt.is_null());
    Ok(Counts {
        due: due(database, moments, reserved).await?,
        late: due(database, earlier, reserved).await?,
        open_incidents: count::<incident::Entity>(database, open).await?,
        jobs: jobs(database, moments.machine_now).await?,
    })
}

async fn due(
    database: &Database,
    at: Moments,
    reserved: &str,
) -> Result<[(&'static str, u64); 6], Error> {
    let all = Condition::all;
    let timers = all().add(timer::Column::DueAt.lte(at.now));
    let retries = all().add(job::Column::RetryAt.lte(at.now));
    let items = all().add(configuration_item::Column::DueAt.lte(at.now));
    let deliveries = all().add(notice_delivery::Column::AvailableAt.lte(at.machine_now));
    let queued = || all().add(job::Column::AvailableAt.lte(at.machine_now));
    let own = || job::Column::Queue.starts_with(reserved);
    let (own, others) = (queued().add(own()), queued().add(all().add(own()).not()));
    Ok([
        ("timer", count::<timer::Entity>(database, timers).await?),
        ("retry", count::<job::Entity>(database, retries).await?),
        (
            "configuration",
            count::<configuration_item::Entity>(database, items).await?,
        ),
        ("connector", count::<job::Entity>(database, own).await?),
        (
            "delivery",
            count::<notice_delivery::Entity>(database, deliveries).await?,
        ),
        ("job", count::<job::Entity>(database, others).await?),
    ])
}

async fn jobs(database: &Database, machine_now: i64) -> Result<[(&'static str, u64); 5], Error> {
    use job::Column::{AvailableAt, RetryAt, Worker};
    let all = Condition::all;
    let states = [
        (
            "active",
            all().add(AvailableAt.is_null()).add(RetryAt.is_null()),
        ),
        ("offered", all().add(AvailableAt.lte(machine_now))),
        (
            "leased",
            all()
                .add(AvailableAt.gt(machine_now))
                .add(Worker.is_not_null()),
        ),
        (
            "postponed",
            all().add(AvailableAt.gt(machine_now)).add(Worker.is_null()),
        ),
        ("back_off", all().add(RetryAt.is_not_null())),
    ];
    let mut counts = [("", 0); 5];
    for (place, (state, condition)) in counts.iter_mut().zip(states) {
        *place = (state, count::<job::Entity>(database, condition).await?);
    }
    Ok(counts)
}

async fn count<E: EntityTrait>(database: &Database, condition: Condition) -> Result<u64, Error>
where
    E::Model: Sync,
{
    let counted = E::find().filter(condition).count(database.readers()).await;
    counted.map_err(Error::database("count what an operator watches"))
}
