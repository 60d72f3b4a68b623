//! What falls due and what is left to do, over all tenants; and what one instance waits for.

use std::sync::Arc;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use tongban_core::event::JobKind;
use tongban_core::id::{JobId, ProcessInstanceId, TimerId};

use crate::database::Database;
use crate::entity::{continuation, job, timer};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::local;
use crate::row::wait::{Continuation, DueJob, DueTimer, Job, Timer};

/// Which share of the background work is asked for: on PostgreSQL nodes divide it among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    Whole,
    /// What falls into these buckets.
    Buckets(Vec<i64>),
}

/// Buckets that the work is divided into, by the number of its instance.
pub const BUCKETS: i64 = 16;

impl Share {
    /// What of a column of numbers belongs to the share.
    pub(crate) fn of<C: ColumnTrait>(&self, column: C) -> Condition {
        let all = Condition::all();
        match self {
            Share::Whole => all,
            Share::Buckets(buckets) => all.add(
                column
                    .into_expr()
                    .modulo(BUCKETS)
                    .is_in(buckets.iter().copied()),
            ),
        }
    }

    /// What of a column of numbers belongs to the share, as a text.
    pub(crate) fn text_of(&self, column: &str) -> String {
        match self {
            Share::Whole => "TRUE".to_owned(),
            Share::Buckets(buckets) if buckets.is_empty() => "FALSE".to_owned(),
            Share::Buckets(buckets) => {
                let buckets: Vec<String> = buckets.iter().map(i64::to_string).collect();
                format!("\"{column}\" % {BUCKETS} IN ({})", buckets.join(", "))
            }
        }
    }

    /// Whether what only one node does belongs to it.
    #[must_use]
    pub fn leads(&self) -> bool {
        match self {
            Share::Whole => true,
            Share::Buckets(buckets) => buckets.contains(&0),
        }
    }

    /// Whether what has this number belongs to it.
    pub(crate) fn has(&self, number: i64) -> bool {
        match self {
            Share::Whole => true,
            Share::Buckets(buckets) => buckets.contains(&(number % BUCKETS)),
        }
    }

    /// Whether nothing belongs to it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Share::Buckets(buckets) if buckets.is_empty())
    }
}

/// Timers that are due at an instant, over all tenants, the earliest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due_timers(
    database: &Database,
    share: &Share,
    at: i64,
    limit: u64,
) -> Result<Vec<DueTimer>, Error> {
    use timer::Column::{DueAt, Id, ProcessInstanceId as Instance, TenantId as Tenant};
    let select = due::<timer::Entity>([DueAt, Tenant, Instance, Id], share, at, limit);
    let rows = select.all(database.readers()).await;
    let due = |it: timer::Model| DueTimer {
        tenant: TenantId::new(&it.tenant_id),
        process_instance_id: ProcessInstanceId(it.process_instance_id),
        id: TimerId(local(it.id)),
        due_at: it.due_at,
    };
    let rows = rows.map_err(Error::database("read due timers"))?;
    Ok(rows.into_iter().map(due).collect())
}

/// When the next timer falls due, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_timer_at(database: &Database) -> Result<Option<i64>, Error> {
    let (all, action) = (Condition::all(), "read the next timer");
    earliest::<timer::Entity>(database, timer::Column::DueAt, all, action).await
}

/// Failed jobs whose back-off is over at an instant, over all tenants, the earliest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due_jobs(
    database: &Database,
    share: &Share,
    at: i64,
    limit: u64,
) -> Result<Vec<DueJob>, Error> {
    use job::Column::{Id, ProcessInstanceId as Instance, RetryAt, TenantId as Tenant};
    let select = due::<job::Entity>([RetryAt, Tenant, Instance, Id], share, at, limit);
    let rows = select.all(database.readers()).await;
    let due = |it: job::Model| DueJob {
        tenant: TenantId::new(&it.tenant_id),
        process_instance_id: ProcessInstanceId(it.process_instance_id),
        id: JobId(local(it.id)),
        retry_at: it.retry_at.unwrap_or_default(),
    };
    let rows = rows.map_err(Error::database("read due jobs"))?;
    Ok(rows.into_iter().map(due).collect())
}

/// When the next failed job is tried again, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_job_retry_at(database: &Database) -> Result<Option<i64>, Error> {
    let (all, action) = (Condition::all(), "read the next retry");
    earliest::<job::Entity>(database, job::Column::RetryAt, all, action).await
}

/// What of a share is due at an instant, the earliest first. The columns: the instant, the tenant, the
/// instance, the number within it.
fn due<E: EntityTrait>(
    [due_at, tenant, instance, id]: [E::Column; 4],
    share: &Share,
    at: i64,
    limit: u64,
) -> Select<E> {
    E::find()
        .filter(due_at.lte(at))
        .filter(share.of(instance))
        .order_by_asc(due_at)
        .order_by_asc(tenant)
        .order_by_asc(instance)
        .order_by_asc(id)
        .limit(limit)
}

/// The least of a column of instants.
pub(super) async fn earliest<E: EntityTrait>(
    database: &Database,
    column: E::Column,
    filter: Condition,
    action: &'static str,
) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = E::find()
        .select_only()
        .column_as(column.min(), "earliest_at")
        .filter(filter)
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database(action))?;
    Ok(next.flatten())
}

/// What accepted commands left to be done, over all tenants, in the order it was left.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn continuations(
    database: &Database,
    share: &Share,
    limit: u64,
) -> Result<Vec<Continuation>, Error> {
    let select = continuation::Entity::find()
        .filter(share.of(continuation::Column::Id))
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
