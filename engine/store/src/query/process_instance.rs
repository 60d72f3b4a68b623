//! Instances and their history.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use tongban_core::id::{DefinitionId, ProcessInstanceId};
use tongban_core::state::State;

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::event_record;
use crate::entity::process_instance::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::record::{decode_events, decode_state};
use crate::row::process_instance::{HistoryEntry, ProcessInstance, Status};
use crate::unit_of_work::process_instance::{head_of, status_code};

/// Which instances; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessInstanceFilter {
    /// With one of these statuses.
    pub statuses: Vec<Status>,
    /// Of this process.
    pub process_key: Option<Arc<str>>,
    /// Of this definition.
    pub definition_id: Option<DefinitionId>,
    /// With this business key.
    pub business_key: Option<Arc<str>>,
    /// Called by this instance.
    pub parent: Option<ProcessInstanceId>,
    /// With an open incident.
    pub with_incident: bool,
    /// Suspended, or not.
    pub suspended: Option<bool>,
}

/// Instances, the newest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &ProcessInstanceFilter,
    page: &PageRequest,
) -> Result<Page<ProcessInstance>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if !filter.statuses.is_empty() {
        let codes = filter.statuses.iter().map(|it| status_code(*it));
        select = select.filter(Column::Status.is_in(codes));
    }
    if let Some(key) = &filter.process_key {
        select = select.filter(Column::ProcessKey.eq(&**key));
    }
    if let Some(id) = filter.definition_id {
        select = select.filter(Column::DefinitionId.eq(id.0));
    }
    if let Some(key) = &filter.business_key {
        select = select.filter(Column::BusinessKey.eq(&**key));
    }
    if let Some(parent) = filter.parent {
        select = select.filter(Column::ParentProcessInstanceId.eq(parent.0));
    }
    if filter.with_incident {
        select = select.filter(Column::NIncidents.gt(0));
    }
    select = match filter.suspended {
        None => select,
        Some(true) => select.filter(Column::SuspendedAt.is_not_null()),
        Some(false) => select.filter(Column::SuspendedAt.is_null()),
    };
    let keyset = Keyset::new(vec![(Expr::col(Column::Id), Order::Desc)]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read process instances"))?;
    Ok(cut(rows, page, |it| vec![it.id.into()], |it| head_of(&it)))
}

/// One instance.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    id: ProcessInstanceId,
) -> Result<Option<ProcessInstance>, Error> {
    Ok(model(database, tenant, id).await?.map(|it| head_of(&it)))
}

/// The state of one instance, as last committed; absent once it has ended.
///
/// # Errors
/// [`Error::Database`] if it cannot be read, [`Error::Decode`] if it cannot be understood.
pub async fn state(
    database: &Database,
    tenant: &TenantId,
    id: ProcessInstanceId,
) -> Result<Option<State>, Error> {
    let model = model(database, tenant, id).await?;
    model
        .and_then(|it| it.state)
        .as_deref()
        .map(decode_state)
        .transpose()
}

/// One running instance with its state, as last committed; absent once it has ended.
///
/// # Errors
/// [`Error::Database`] if it cannot be read, [`Error::Decode`] if it cannot be understood.
pub async fn with_state(
    database: &Database,
    tenant: &TenantId,
    id: ProcessInstanceId,
) -> Result<Option<(ProcessInstance, State)>, Error> {
    let Some(model) = model(database, tenant, id).await? else {
        return Ok(None);
    };
    let state = model.state.as_deref().map(decode_state).transpose()?;
    Ok(state.map(|state| (head_of(&model), state)))
}

/// The versions of processes that instances are on their way with.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn definitions_in_use(
    database: &Database,
    tenant: &TenantId,
) -> Result<Vec<DefinitionId>, Error> {
    let under_way = [Status::Active, Status::Halted].map(status_code);
    let ids: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::DefinitionId)
        .distinct()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Status.is_in(under_way))
        .order_by_asc(Column::DefinitionId)
        .into_tuple()
        .all(database.readers())
        .await
        .map_err(Error::database("read which processes run"))?;
    Ok(ids.into_iter().map(DefinitionId).collect())
}

/// What happened to one instance, from the beginning.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`]; [`Error::Decode`] if it cannot be understood.
pub async fn history(
    database: &Database,
    tenant: &TenantId,
    id: ProcessInstanceId,
    page: &PageRequest,
) -> Result<Page<HistoryEntry>, Error> {
    let mut select = event_record::Entity::find()
        .filter(event_record::Column::TenantId.eq(tenant.as_str()))
        .filter(event_record::Column::ProcessInstanceId.eq(id.0));
    let order = Expr::col(event_record::Column::Sequence);
    Keyset::new(vec![(order, Order::Asc)]).apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read the history of an instance"))?;
    let entry = |row: event_record::Model| {
        Ok::<HistoryEntry, Error>(HistoryEntry {
            process_instance_id: id,
            sequence: row.sequence,
            at: row.at,
            principal: row.principal.into(),
            events: decode_events(&row.content)?,
        })
    };
    let decoded: Result<Vec<_>, Error> = rows.into_iter().map(entry).collect();
    Ok(cut(decoded?, page, |it| vec![it.sequence.into()], |it| it))
}

async fn model(
    database: &Database,
    tenant: &TenantId,
    id: ProcessInstanceId,
) -> Result<Option<Model>, Error> {
    let found = Entity::find_by_id((tenant.as_str().to_owned(), id.0))
        .one(database.readers())
        .await;
    found.map_err(Error::database("read a process instance"))
}
