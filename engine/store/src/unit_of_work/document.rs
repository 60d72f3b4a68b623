//! Documents, written within the transaction.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::UnitOfWork;
use super::tables::TenantKey;
use crate::entity::document::{Column, Entity, Model};
use crate::error::Error;
use crate::query;
use crate::row::document::Document;

impl UnitOfWork {
    /// Stores a new document.
    pub fn put_new_document(&mut self, new: &Document) {
        let key = (self.tenant(), new.id);
        let model = query::document::to_model(&key.0, new);
        self.grow(400 + model.data.len());
        self.tables.document.put_new(key, model);
    }

    /// Whether a document was issued under this key before.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn is_document_issued(&mut self, dedupe_key: &str) -> Result<bool, Error> {
        let tenant = self.tenant();
        let known = self.tables.document.known();
        let is_same = |it: &Model| {
            it.tenant_id == tenant.as_str() && it.dedupe_key.as_deref() == Some(dedupe_key)
        };
        if known.filter_map(|it| it.1).any(is_same) {
            return Ok(true);
        }
        let find = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::DedupeKey.eq(dedupe_key))
            .into_tuple::<i64>();
        let found = find.one(self.tx().await?).await;
        Ok(found.map_err(Error::database("read a document"))?.is_some())
    }

    /// Removes the documents of a record: they say what it said.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn remove_documents(&mut self, kind: &str, id: &str) -> Result<(), Error> {
        let tenant = self.tenant();
        let is_of_record = |it: &Model| {
            it.tenant_id == tenant.as_str() && it.record_kind == kind && it.record_id == id
        };
        let known = self.tables.document.known();
        let known = known.filter(|(_, row)| row.as_ref().is_some_and(|it| is_of_record(it)));
        let mut keys: Vec<TenantKey> = known.map(|(key, _)| key.clone()).collect();
        let find = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::RecordKind.eq(kind))
            .filter(Column::RecordId.eq(id))
            .into_tuple::<i64>();
        let stored = find.all(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read the documents of a record"))?;
        keys.extend(stored.into_iter().map(|it| (tenant.clone(), it)));
        for key in keys {
            self.tables.document.remove(&key);
        }
        Ok(())
    }
}
