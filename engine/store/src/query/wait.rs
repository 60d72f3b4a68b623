//! What falls due and what is left to do, over all tenants; and what one instance waits for.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tongban_core::event::JobKind;
use tongban_core::id::{JobId, ProcessInstanceId, TimerId};

use crate::database::Database;
use crate::entity::{continuation, job, timer};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::local;
use crate::row::wait::{Continuation, DueJob, DueTimer, Job, Timer};

/// Timers that are due at an instant, over all tenants, the earliest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due_timers(database: &Database, at: i64, limit: u64) -> Result<Vec<DueTimer>, Error> {
    use timer::Column;
    let select = timer::Entity::find()
        .filter(Column::DueAt.lte(at))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::ProcessInstanceId)
        .order_by_asc(Column::Id)
        .limit(limit);
    let rows = select
        .all(database.readers())
        .await
        .map_err(Error::database("read due timers"))?;
    let due = |it: timer::Model| DueTimer {
        tenant: TenantId::new(&it.tenant_id),
        process_instance_id: ProcessInstanceId(it.process_instance_id),
        id: TimerId(local(it.id)),
        due_at: it.due_at,
    };
    Ok(rows.into_iter().map(due).collect())
}

/// When the next timer falls due, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_timer_at(database: &Database) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = timer::Entity::find()
        .select_only()
        .column_as(timer::Column::DueAt.min(), "due_at")
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database("read the next timer"))?;
    Ok(next.flatten())
}

/// Failed jobs whose back-off is over at an instant, over all tenants, the earliest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due_jobs(database: &Database, at: i64, limit: u64) -> Result<Vec<DueJob>, Error> {
    use job::Column;
    let select = job::Entity::find()
        .filter(Column::RetryAt.lte(at))
        .order_by_asc(Column::RetryAt)
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::ProcessInstanceId)
        .order_by_asc(Column::Id)
        .limit(limit);
    let rows = select
        .all(database.readers())
        .await
        .map_err(Error::database("read due jobs"))?;
    let due = |it: job::Model| DueJob {
        tenant: TenantId::new(&it.tenant_id),
        process_instance_id: ProcessInstanceId(it.process_instance_id),
        id: JobId(local(it.id)),
        retry_at: it.retry_at.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// When the next failed job is tried again, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_job_retry_at(database: &Database) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = job::Entity::find()
        .select_only()
        .column_as(job::Column::RetryAt.min(), "retry_at")
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database("read the next retry"))?;
    Ok(next.flatten())
}

/// What accepted commands left to be done, over all tenants, in the order it was left.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn continuations(database: &Database, limit: u64) -> Result<Vec<Continuation>, Error> {
    let select = continuation::Entity::find()
        .order_by_asc(continuation::Column::Id)
        .limit(limit);
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read continuations"))?;
    let row = |it: continuation::Model| Continuation {
        tenant: TenantId::new(&it.tenant_id),
        id: it.id,
        process_instance_id: it.process_instance_id.map(ProcessInstanceId),
        kind: it.kind.into(),
        payload: Arc::from(it.payload),
        created_at: it.created_at,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The armed timers of an instance.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn timers(
    database: &Database,
    tenant: &TenantId,
    instance: ProcessInstanceId,
) -> Result<Vec<Timer>, Error> {
    let select = timer::Entity::find()
        .filter(timer::Column::TenantId.eq(tenant.as_str()))
        .filter(timer::Column::ProcessInstanceId.eq(instance.0))
        .order_by_asc(timer::Column::Id);
    let rows = select.all(database.readers()).await;
    let row = |it: timer::Model| Timer {
        process_instance_id: instance,
        id: TimerId(local(it.id)),
        element_id: it.element_id.into(),
        due_at: it.due_at,
    };
    let rows = rows.map_err(Error::database("read the timers of an instance"))?;
    Ok(rows.into_iter().map(row).collect())
}

/// The jobs of an instance.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn jobs(
    database: &Database,
    tenant: &TenantId,
    instance: ProcessInstanceId,
) -> Result<Vec<Job>, Error> {
    let select = job::Entity::find()
        .filter(job::Column::TenantId.eq(tenant.as_str()))
        .filter(job::Column::ProcessInstanceId.eq(instance.0))
        .order_by_asc(job::Column::Id);
    let rows = select.all(database.readers()).await;
    let row = |it: job::Model| Job {
        process_instance_id: instance,
        id: JobId(local(it.id)),
        element_id: it.element_id.into(),
        kind: if it.kind == 0 {
            JobKind::Task
        } else {
            JobKind::Listener
        },
        job_type: it.job_type.into(),
        retries: it.retries,
        retry_at: it.retry_at,
        created_at: it.created_at,
    };
    let rows = rows.map_err(Error::database("read the jobs of an instance"))?;
    Ok(rows.into_iter().map(row).collect())
}
