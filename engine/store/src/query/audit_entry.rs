//! The audit trail.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::audit_entry::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::audit_entry::AuditEntry;

/// Which entries; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditEntryFilter {
    /// About something of this kind.
    pub subject_kind: Option<Arc<str>>,
    /// About this one.
    pub subject_id: Option<Arc<str>>,
    /// By this person.
    pub principal: Option<Arc<str>>,
    /// Not before this instant.
    pub from: Option<i64>,
    /// Before this instant.
    pub until: Option<i64>,
}

/// Entries, the newest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &AuditEntryFilter,
    page: &PageRequest,
) -> Result<Page<AuditEntry>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if let Some(kind) = &filter.subject_kind {
        select = select.filter(Column::SubjectKind.eq(&**kind));
    }
    if let Some(id) = &filter.subject_id {
        select = select.filter(Column::SubjectId.eq(&**id));
    }
    if let Some(principal) = &filter.principal {
        select = select.filter(Column::Principal.eq(&**principal));
    }
    if let Some(from) = filter.from {
        select = select.filter(Column::At.gte(from));
    }
    if let Some(until) = filter.until {
        select = select.filter(Column::At.lt(until));
    }
    let keyset = Keyset::new(vec![(Expr::col(Column::Id), Order::Desc)]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read the audit trail"))?;
    Ok(cut(rows, page, |it| vec![it.id.into()], from_model))
}

fn from_model(model: Model) -> AuditEntry {
    AuditEntry {
        id: model.id,
        at: model.at,
        principal: model.principal.into(),
        action: model.action.into(),
        subject_kind: model.subject_kind.into(),
        subject_id: model.subject_id.into(),
        detail: model.detail.map(Arc::from),
    }
}
