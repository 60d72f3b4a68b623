//! Incidents.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use tongban_core::id::{DefinitionId, IncidentId, ProcessInstanceId};

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::incident::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::local;
use crate::row::wait::Incident;

/// Which incidents; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Open ones, or ones that are over.
    pub open: Option<bool>,
    /// Of this process.
    pub process_key: Option<Arc<str>>,
    /// Of this instance.
    pub process_instance_id: Option<ProcessInstanceId>,
    /// With this code.
    pub kind: Option<Arc<str>>,
}

/// Incidents, the oldest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &IncidentFilter,
    page: &PageRequest,
) -> Result<Page<Incident>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    select = match filter.open {
        None => select,
        Some(true) => select.filter(Column::ResolvedAt.is_null()),
        Some(false) => select.filter(Column::ResolvedAt.is_not_null()),
    };
    if let Some(key) = &filter.process_key {
        select = select.filter(Column::ProcessKey.eq(&**key));
    }
    if let Some(id) = filter.process_instance_id {
        select = select.filter(Column::ProcessInstanceId.eq(id.0));
    }
    if let Some(kind) = &filter.kind {
        select = select.filter(Column::Kind.eq(&**kind));
    }
    let keyset = Keyset::new(vec![
        (Expr::col(Column::CreatedAt), Order::Asc),
        (Expr::col(Column::ProcessInstanceId), Order::Asc),
        (Expr::col(Column::Id), Order::Asc),
    ]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read incidents"))?;
    let place = |it: &Model| {
        vec![
            it.created_at.into(),
            it.process_instance_id.into(),
            it.id.into(),
        ]
    };
    Ok(cut(rows, page, place, from_model))
}

/// One incident.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    instance: ProcessInstanceId,
    id: IncidentId,
) -> Result<Option<Incident>, Error> {
    let key = (tenant.as_str().to_owned(), instance.0, i64::from(id.0));
    let found = Entity::find_by_id(key).one(database.readers()).await;
    Ok(found
        .map_err(Error::database("read an incident"))?
        .map(from_model))
}

fn from_model(model: Model) -> Incident {
    Incident {
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        id: IncidentId(local(model.id)),
        definition_id: DefinitionId(model.definition_id),
        process_key: model.process_key.into(),
        element_id: model.element_id.into(),
        kind: model.kind.into(),
        message: model.message.into(),
        created_at: model.created_at,
        resolved_at: model.resolved_at,
    }
}
