//! Items of schedules, as committed.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::page::{Edge, Keyset, Page, PageRequest, cut};
use super::schedule_run::date;
use crate::database::Database;
use crate::entity::schedule_item::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::schedule_run::{ItemOutcome, ScheduleItem};

/// Which items; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleItemFilter {
    /// Last tried by this run.
    pub run_id: Option<i64>,
    /// Of this schedule.
    pub schedule_key: Option<Arc<str>>,
    /// About these subjects.
    pub subject_ids: Vec<Arc<str>>,
    /// That ended so.
    pub outcome: Option<ItemOutcome>,
}

/// Items, by key.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &ScheduleItemFilter,
    page: &PageRequest,
) -> Result<Page<ScheduleItem>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if let Some(run_id) = filter.run_id {
        select = select.filter(Column::RunId.eq(run_id));
    }
    if let Some(key) = &filter.schedule_key {
        select = select.filter(Column::ScheduleKey.eq(&**key));
    }
    if !filter.subject_ids.is_empty() {
        let ids = filter.subject_ids.iter().map(|it| &**it);
        select = select.filter(Column::SubjectId.is_in(ids));
    }
    if let Some(outcome) = filter.outcome {
        select = select.filter(Column::Outcome.eq(outcome_code(outcome)));
    }
    let keyset = Keyset::new(vec![(Expr::col(Column::Key), Order::Asc)]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read items of schedules"))?;
    let page = cut(rows, page, |it| vec![it.key.as_str().into()], |it| it);
    let edges = page.edges.into_iter().map(|it| {
        Ok(Edge {
            cursor: it.cursor,
            node: from_model(it.node)?,
        })
    });
    Ok(Page {
        edges: edges.collect::<Result<_, Error>>()?,
        has_next_page: page.has_next_page,
    })
}

/// All items of a schedule about some subjects.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn of_subjects(
    database: &Database,
    tenant: &TenantId,
    schedule_key: &str,
    subject_ids: &[Arc<str>],
) -> Result<Vec<ScheduleItem>, Error> {
    /// Parameters of one statement.
    const IDS_MAX: usize = 500;
    let mut items = Vec::new();
    for ids in subject_ids.chunks(IDS_MAX) {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::ScheduleKey.eq(schedule_key))
            .filter(Column::SubjectId.is_in(ids.iter().map(|it| &**it)))
            .all(database.readers())
            .await
            .map_err(Error::database("read items of subjects"))?;
        for row in rows {
            items.push(from_model(row)?);
        }
    }
    Ok(items)
}

/// Items that are to be tried again at an instant, over all tenants, the earliest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due_retries(
    database: &Database,
    at: i64,
    limit: u64,
) -> Result<Vec<(TenantId, ScheduleItem)>, Error> {
    let rows = Entity::find()
        .filter(Column::RetryAt.lte(at))
        .order_by_asc(Column::RetryAt)
        .order_by_asc(Column::Key)
        .limit(limit)
        .all(database.readers())
        .await
        .map_err(Error::database("read items to be tried again"))?;
    rows.into_iter()
        .map(|it| Ok((TenantId::new(&it.tenant_id), from_model(it)?)))
        .collect()
}

/// The instant of the earliest retry, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_retry_at(database: &Database) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::RetryAt.min(), "retry_at")
        .filter(Column::RetryAt.is_not_null())
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database("read the next retry of a schedule"))?;
    Ok(next.flatten())
}

pub(crate) fn outcome_code(outcome: ItemOutcome) -> i16 {
    match outcome {
        ItemOutcome::Done => 0,
        ItemOutcome::Failed => 1,
    }
}

pub(crate) fn from_model(model: Model) -> Result<ScheduleItem, Error> {
    Ok(ScheduleItem {
        key: model.key.into(),
        schedule_key: model.schedule_key.into(),
        run_id: model.run_id,
        subject_id: model.subject_id.into(),
        anchor_on: model.anchor_on.as_deref().map(date).transpose()?,
        due_on: model.due_on.as_deref().map(date).transpose()?,
        stage: model.stage,
        period: model.period.into(),
        late: model.late,
        outcome: match model.outcome {
            0 => ItemOutcome::Done,
            _ => ItemOutcome::Failed,
        },
        message: model.message.map(Arc::from),
        n_tries: model.n_tries,
        retry_at: model.retry_at,
        at: model.at,
    })
}

pub(crate) fn to_model(tenant: &TenantId, item: &ScheduleItem) -> Model {
    Model {
        tenant_id: tenant.as_str().to_owned(),
        key: item.key.to_string(),
        schedule_key: item.schedule_key.to_string(),
        run_id: item.run_id,
        subject_id: item.subject_id.to_string(),
        anchor_on: item.anchor_on.map(|it| it.to_string()),
        due_on: item.due_on.map(|it| it.to_string()),
        stage: item.stage,
        period: item.period.to_string(),
        late: item.late,
        outcome: outcome_code(item.outcome),
        message: item.message.as_ref().map(ToString::to_string),
        n_tries: item.n_tries,
        retry_at: item.retry_at,
        at: item.at,
    }
}
