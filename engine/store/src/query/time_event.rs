//! What came with time, as committed.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::time_event::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::time_event::{NewTimeEvent, TimeEvent, TimeEventKind, TimeEventState};

/// Which events; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeEventFilter {
    /// Of this sort.
    pub kind: Option<TimeEventKind>,
    /// About such a thing: kind and id.
    pub subject: Option<(Arc<str>, Arc<str>)>,
}

/// Events in the order they came: a reader that keeps the last cursor misses none.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &TimeEventFilter,
    page: &PageRequest,
) -> Result<Page<TimeEvent>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if let Some(kind) = filter.kind {
        select = select.filter(Column::Kind.eq(kind_code(kind)));
    }
    if let Some((kind, id)) = &filter.subject {
        select = select
            .filter(Column::SubjectKind.eq(&**kind))
            .filter(Column::SubjectId.eq(&**id));
    }
    let keyset = Keyset::new(vec![(Expr::col(Column::Id), Order::Asc)]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read events"))?;
    Ok(cut(rows, page, |it| vec![it.id.into()], from_model))
}

/// Events of which a plugin has yet to be told, over all tenants, the oldest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn pending(database: &Database, limit: u64) -> Result<Vec<TimeEvent>, Error> {
    let rows = Entity::find()
        .filter(Column::State.eq(state_code(TimeEventState::Pending)))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(database.readers())
        .await
        .map_err(Error::database("read events to tell of"))?;
    Ok(rows.into_iter().map(from_model).collect())
}

pub(crate) fn state_code(state: TimeEventState) -> i16 {
    match state {
        TimeEventState::Pending => 0,
        TimeEventState::Done => 1,
        TimeEventState::Failed => 2,
    }
}

fn kind_code(kind: TimeEventKind) -> i16 {
    match kind {
        TimeEventKind::DeadlineMoved => 0,
        TimeEventKind::DeadlineReminder => 1,
        TimeEventKind::TaskEscalated => 2,
    }
}

fn from_model(model: Model) -> TimeEvent {
    TimeEvent {
        tenant: TenantId::new(&model.tenant_id),
        id: model.id,
        kind: match model.kind {
            0 => TimeEventKind::DeadlineMoved,
            1 => TimeEventKind::DeadlineReminder,
            _ => TimeEventKind::TaskEscalated,
        },
        at: model.at,
        subject_kind: model.subject_kind.into(),
        subject_id: model.subject_id.into(),
        deadline_key: model.deadline_key.map(Arc::from),
        detail: model.detail.into(),
        operation: model.operation.map(Arc::from),
        state: match model.state {
            0 => TimeEventState::Pending,
            1 => TimeEventState::Done,
            _ => TimeEventState::Failed,
        },
        n_tries: model.n_tries,
        message: model.message.map(Arc::from),
    }
}

pub(crate) fn to_model(tenant: &TenantId, id: i64, at: i64, event: &NewTimeEvent) -> Model {
    let state = match event.operation {
        Some(_) => TimeEventState::Pending,
        None => TimeEventState::Done,
    };
    Model {
        tenant_id: tenant.as_str().to_owned(),
        id,
        key: event.key.as_ref().map(ToString::to_string),
        kind: kind_code(event.kind),
        at,
        subject_kind: event.subject_kind.to_string(),
        subject_id: event.subject_id.to_string(),
        deadline_key: event.deadline_key.as_ref().map(ToString::to_string),
        detail: event.detail.to_string(),
        operation: event.operation.as_ref().map(ToString::to_string),
        state: state_code(state),
        n_tries: 0,
        message: None,
    }
}
