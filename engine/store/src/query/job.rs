//! Jobs in their queues, as committed.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use tongban_core::event::JobKind;
use tongban_core::id::{JobId, ProcessInstanceId};

use super::page::{Keyset, Page, PageRequest, cut};
use super::wait::{Share, earliest};
use crate::database::Database;
use crate::entity::job::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::local;
use crate::row::job::QueuedJob;

/// Which jobs; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this type.
    pub job_type: Option<Arc<str>>,
    /// Of this instance.
    pub process_instance_id: Option<ProcessInstanceId>,
    /// Only those that somebody outside may take or has taken.
    pub queued: Option<bool>,
}

/// Jobs, the oldest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &JobFilter,
    page: &PageRequest,
) -> Result<Page<QueuedJob>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if let Some(job_type) = &filter.job_type {
        select = select.filter(Column::JobType.eq(&**job_type));
    }
    if let Some(id) = filter.process_instance_id {
        select = select.filter(Column::ProcessInstanceId.eq(id.0));
    }
    select = match filter.queued {
        None => select,
        Some(true) => select.filter(Column::AvailableAt.is_not_null()),
        Some(false) => select.filter(Column::AvailableAt.is_null()),
    };
    let keyset = Keyset::new(vec![
        (Expr::col(Column::ProcessInstanceId), Order::Asc),
        (Expr::col(Column::Id), Order::Asc),
    ]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read jobs"))?;
    let place = |it: &Model| vec![it.process_instance_id.into(), it.id.into()];
    Ok(cut(rows, page, place, from_model))
}

/// One job.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    instance: ProcessInstanceId,
    id: JobId,
) -> Result<Option<QueuedJob>, Error> {
    let key = (tenant.as_str().to_owned(), instance.0, i64::from(id.0));
    let found = Entity::find_by_id(key).one(database.readers()).await;
    Ok(found
        .map_err(Error::database("read a job"))?
        .map(from_model))
}

/// When the next job of a queue that belongs to a share can be taken, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_available_at(
    database: &Database,
    queue: &str,
    share: &Share,
) -> Result<Option<i64>, Error> {
    let open = Condition::all()
        .add(Column::Queue.eq(queue))
        .add(Column::AvailableAt.is_not_null())
        .add(Column::IsSuspended.eq(false))
        .add(share.of(Column::ProcessInstanceId));
    let action = "read the next job of a queue";
    earliest::<Entity>(database, Column::AvailableAt, open, action).await
}

/// Of these queues those with something to take at an instant, by tenant.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn available_queues(
    database: &Database,
    queues: &[Arc<str>],
    at: i64,
) -> Result<Vec<(TenantId, Arc<str>)>, Error> {
    let rows: Vec<(String, String)> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .column(Column::Queue)
        .filter(Column::Queue.is_in(queues.iter().map(|it| &**it)))
        .filter(Column::AvailableAt.lte(at))
        .filter(Column::IsSuspended.eq(false))
        .group_by(Column::TenantId)
        .group_by(Column::Queue)
        .into_tuple()
        .all(database.readers())
        .await
        .map_err(Error::database("read queues of jobs"))?;
    let pair = |(tenant, queue): (String, String)| (TenantId::new(&tenant), Arc::from(queue));
    Ok(rows.into_iter().map(pair).collect())
}

/// Instances of a tenant with a job of one of these queues, in order.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn instances_in_queues(
    database: &Database,
    tenant: &TenantId,
    queues: &[Arc<str>],
    after: ProcessInstanceId,
    limit: u64,
) -> Result<Vec<ProcessInstanceId>, Error> {
    use sea_orm::QueryOrder;
    let rows: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::ProcessInstanceId)
        .distinct()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Queue.is_in(queues.iter().map(|it| &**it)))
        .filter(Column::AvailableAt.is_not_null())
        .filter(Column::ProcessInstanceId.gt(after.0))
        .order_by_asc(Column::ProcessInstanceId)
        .limit(limit)
        .into_tuple()
        .all(database.readers())
        .await
        .map_err(Error::database("read the instances of a queue"))?;
    Ok(rows.into_iter().map(ProcessInstanceId).collect())
}

pub(crate) fn from_model(model: Model) -> QueuedJob {
    QueuedJob {
        tenant: TenantId::new(&model.tenant_id),
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        id: JobId(local(model.id)),
        element_id: model.element_id.into(),
        kind: match model.kind {
            0 => JobKind::Task,
            _ => JobKind::Listener,
        },
        job_type: model.job_type.into(),
        retries: model.retries,
        retry_at: model.retry_at,
        created_at: model.created_at,
        queue: model.queue.map(Arc::from),
        available_at: model.available_at,
        lease_token: model.lease_token,
        worker: model.worker.map(Arc::from),
        n_failures: model.n_failures,
        is_suspended: model.is_suspended,
    }
}
