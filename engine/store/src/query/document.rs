//! Documents, as committed.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait as _, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::document::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::document::{Document, DocumentFormat};

const PDF: i16 = 0;
const XLSX: i16 = 1;

/// The documents of a record, the latest first: those of some keys only, and for a citizen those
/// that are for him or for all parties.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    (record_kind, record_id): (&str, &str),
    (keys, person): (&[String], Option<&str>),
    page: &PageRequest,
) -> Result<Page<Document>, Error> {
    let mut select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::RecordKind.eq(record_kind))
        .filter(Column::RecordId.eq(record_id))
        .filter(Column::Key.is_in(keys));
    if let Some(person) = person {
        let own = Column::Recipient.eq(person);
        select = select.filter(own.or(Column::Recipient.is_null()));
    }
    let order = vec![(Expr::col(Column::Id), Order::Desc)];
    Keyset::new(order).apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read documents"))?;
    Ok(cut(rows, page, |it| vec![it.id.into()], from_model))
}

/// A document by its id.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<Document>, Error> {
    let find = Entity::find_by_id((tenant.as_str().to_owned(), id));
    let found = find.one(database.readers()).await;
    let found = found.map_err(Error::database("read a document"))?;
    Ok(found.map(from_model))
}

pub(crate) fn to_model(tenant: &TenantId, document: &Document) -> Model {
    Model {
        tenant_id: tenant.as_str().to_owned(),
        id: document.id,
        key: document.key.to_string(),
        template_digest: document.template_digest.to_string(),
        format: match document.format {
            DocumentFormat::Pdf => PDF,
            DocumentFormat::Xlsx => XLSX,
        },
        title: document.title.to_string(),
        record_kind: document.record.0.to_string(),
        record_id: document.record.1.to_string(),
        recipient: document.recipient.as_ref().map(ToString::to_string),
        data: document.data.to_string(),
        sha256: document.sha256.to_string(),
        dedupe_key: document.dedupe_key.as_ref().map(ToString::to_string),
        issued_at: document.issued_at,
        issued_by: document.issued_by.to_string(),
    }
}

fn from_model(model: Model) -> Document {
    Document {
        id: model.id,
        key: model.key.into(),
        template_digest: model.template_digest.into(),
        format: match model.format {
            XLSX => DocumentFormat::Xlsx,
            _ => DocumentFormat::Pdf,
        },
        title: model.title.into(),
        record: (model.record_kind.into(), model.record_id.into()),
        recipient: model.recipient.map(Arc::from),
        data: model.data.into(),
        sha256: model.sha256.into(),
        dedupe_key: model.dedupe_key.map(Arc::from),
        issued_at: model.issued_at,
        issued_by: model.issued_by.into(),
    }
}
