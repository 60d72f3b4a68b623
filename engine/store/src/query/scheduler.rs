//! The scheduler's leases and its watch over the clock, as committed.

use std::sync::Arc;

use sea_orm::EntityTrait;

use crate::database::Database;
use crate::entity::{schedule_lease, scheduler};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::scheduler::{ScheduleLease, Scheduler};

/// Who holds the lease of a schedule.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn lease(
    database: &Database,
    tenant: &TenantId,
    name: &str,
) -> Result<Option<ScheduleLease>, Error> {
    let key = (tenant.as_str().to_owned(), name.to_owned());
    let found = schedule_lease::Entity::find_by_id(key)
        .one(database.readers())
        .await;
    let found = found.map_err(Error::database("read a lease"))?;
    Ok(found.map(lease_from_model))
}

/// What the scheduler has seen of time; nothing yet on a new database.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn scheduler(database: &Database) -> Result<Scheduler, Error> {
    let key = TenantId::server().as_str().to_owned();
    let found = scheduler::Entity::find_by_id(key)
        .one(database.readers())
        .await
        .map_err(Error::database("read the scheduler"))?;
    Ok(found.map(from_model).unwrap_or_default())
}

pub(crate) fn lease_from_model(model: schedule_lease::Model) -> ScheduleLease {
    ScheduleLease {
        holder: model.holder.into(),
        until: model.until,
        token: model.token,
    }
}

fn from_model(model: scheduler::Model) -> Scheduler {
    Scheduler {
        high_water: model.high_water,
        stopped_at: model.stopped_at,
        message: model.message.map(Arc::from),
        resumed_at: model.resumed_at,
        resumed_by: model.resumed_by.map(Arc::from),
    }
}

pub(crate) fn to_model(scheduler: &Scheduler) -> scheduler::Model {
    scheduler::Model {
        tenant_id: TenantId::server().as_str().to_owned(),
        high_water: scheduler.high_water,
        stopped_at: scheduler.stopped_at,
        message: scheduler.message.as_ref().map(ToString::to_string),
        resumed_at: scheduler.resumed_at,
        resumed_by: scheduler.resumed_by.as_ref().map(ToString::to_string),
    }
}
