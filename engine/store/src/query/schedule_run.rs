//! Runs of schedules, as committed.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use tongban_core::schedule::Missed;
use tongban_feel::time::Date;

use super::page::{Edge, Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::schedule_run::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::schedule_run::{RunState, ScheduleRun};

/// Which runs; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleRunFilter {
    /// Of this schedule.
    pub key: Option<Arc<str>>,
    /// Standing in one of these ways.
    pub states: Vec<RunState>,
    /// Due at this instant or later.
    pub from: Option<i64>,
    /// Due before this instant.
    pub before: Option<i64>,
}

/// Runs, the latest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &ScheduleRunFilter,
    page: &PageRequest,
) -> Result<Page<ScheduleRun>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if let Some(key) = &filter.key {
        select = select.filter(Column::Key.eq(&**key));
    }
    if !filter.states.is_empty() {
        let codes = filter.states.iter().map(|it| state_code(*it));
        select = select.filter(Column::State.is_in(codes));
    }
    if let Some(from) = filter.from {
        select = select.filter(Column::ScheduledFor.gte(from));
    }
    if let Some(before) = filter.before {
        select = select.filter(Column::ScheduledFor.lt(before));
    }
    let column = |it: Column| (Expr::col(it), Order::Desc);
    let keyset = Keyset::new(vec![column(Column::ScheduledFor), column(Column::Id)]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read runs of schedules"))?;
    let place = |it: &Model| vec![it.scheduled_for.into(), it.id.into()];
    let page = cut(rows, page, place, |it| it);
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

/// A run by its id.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<ScheduleRun>, Error> {
    let found = Entity::find_by_id((tenant.as_str().to_owned(), id));
    let found = found.one(database.readers()).await;
    let found = found.map_err(Error::database("read a run of a schedule"))?;
    found.map(from_model).transpose()
}

/// Runs that have yet to be made, over all tenants: those of a schedule in the order they are due.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn open(database: &Database, limit: u64) -> Result<Vec<(TenantId, ScheduleRun)>, Error> {
    let rows = Entity::find()
        .filter(Column::State.eq(state_code(RunState::Open)))
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::Key)
        .order_by_asc(Column::ScheduledFor)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(database.readers())
        .await
        .map_err(Error::database("read open runs of schedules"))?;
    rows.into_iter()
        .map(|it| Ok((TenantId::new(&it.tenant_id), from_model(it)?)))
        .collect()
}

pub(crate) fn state_code(state: RunState) -> i16 {
    match state {
        RunState::Open => 0,
        RunState::Done => 1,
        RunState::Skipped => 2,
        RunState::Failed => 3,
    }
}

fn policy_code(policy: Missed) -> i16 {
    match policy {
        Missed::DateDriven => 0,
        Missed::Each => 1,
        Missed::Once => 2,
        Missed::Skip => 3,
    }
}

pub(crate) fn date(text: &str) -> Result<Date, Error> {
    Date::parse(text).ok_or_else(|| Error::Decode {
        what: "date of a schedule",
        source: text.to_owned().into(),
    })
}

pub(crate) fn from_model(model: Model) -> Result<ScheduleRun, Error> {
    Ok(ScheduleRun {
        id: model.id,
        key: model.key.into(),
        scheduled_for: model.scheduled_for,
        ordinal: model.ordinal,
        first_for: model.first_for,
        n_instants: model.n_instants,
        policy: match model.policy {
            0 => Missed::DateDriven,
            1 => Missed::Each,
            2 => Missed::Once,
            _ => Missed::Skip,
        },
        late: model.late,
        missed_until: model.missed_until.as_deref().map(date).transpose()?,
        requested_by: model.requested_by.map(Arc::from),
        state: match model.state {
            0 => RunState::Open,
            1 => RunState::Done,
            2 => RunState::Skipped,
            _ => RunState::Failed,
        },
        cursor: model.cursor.map(Arc::from),
        selected: model.selected,
        created: model.created,
        skipped_duplicate: model.skipped_duplicate,
        failed: model.failed,
        config_version: model.config_version.into(),
        calendar_version: model.calendar_version.into(),
        message: model.message.map(Arc::from),
        planned_at: model.planned_at,
        started_at: model.started_at,
        ended_at: model.ended_at,
    })
}

pub(crate) fn to_model(tenant: &TenantId, run: &ScheduleRun) -> Model {
    Model {
        tenant_id: tenant.as_str().to_owned(),
        id: run.id,
        key: run.key.to_string(),
        scheduled_for: run.scheduled_for,
        ordinal: run.ordinal,
        first_for: run.first_for,
        n_instants: run.n_instants,
        policy: policy_code(run.policy),
        late: run.late,
        missed_until: run.missed_until.map(|it| it.to_string()),
        requested_by: run.requested_by.as_ref().map(ToString::to_string),
        state: state_code(run.state),
        cursor: run.cursor.as_ref().map(ToString::to_string),
        selected: run.selected,
        created: run.created,
        skipped_duplicate: run.skipped_duplicate,
        failed: run.failed,
        config_version: run.config_version.to_string(),
        calendar_version: run.calendar_version.to_string(),
        message: run.message.as_ref().map(ToString::to_string),
        planned_at: run.planned_at,
        started_at: run.started_at,
        ended_at: run.ended_at,
    }
}
