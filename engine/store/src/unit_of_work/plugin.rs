//! Packages, activations and the record kinds they declare, written within the transaction.

use std::sync::Arc;

use super::UnitOfWork;
use crate::entity::{plugin_activation, plugin_package};
use crate::error::Error;
use crate::id::TenantId;
use crate::record_kind::{self, Backfill, RecordKind, RecordTable};
use crate::row::plugin::{PluginActivation, PluginPackage};

impl UnitOfWork {
    /// Stores a package with its bytes. Packages belong to the server, not to the tenant.
    ///
    /// # Errors
    /// [`Error::Conflict`] if other bytes are stored under the same name and version.
    pub async fn put_plugin_package(
        &mut self,
        new: &PluginPackage,
        content: &[u8],
    ) -> Result<(), Error> {
        let model = plugin_package::Model {
            tenant_id: TenantId::server().as_str().to_owned(),
            digest: new.digest.to_string(),
            name: new.name.to_string(),
            version: new.version.to_string(),
            size_bytes: new.size_bytes,
            content: content.to_vec(),
            installed_at: new.installed_at,
            installed_by: new.installed_by.to_string(),
        };
        self.replace_direct(&[model]).await
    }

    /// Makes a version of a plugin the one that the tenant uses.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_plugin_activation(&mut self, new: &PluginActivation) -> Result<(), Error> {
        let model = plugin_activation::Model {
            tenant_id: self.tenant_text(),
            name: new.name.to_string(),
            version: new.version.to_string(),
            digest: new.digest.to_string(),
            activated_at: new.activated_at,
            activated_by: new.activated_by.to_string(),
        };
        self.replace_direct(&[model]).await
    }

    /// Creates the table of a record kind, or adds to it what the declaration has gained.
    ///
    /// New columns are filled for the records that are stored, of all tenants. Columns and keys
    /// that are no longer declared stay in the table, unused.
    ///
    /// # Errors
    /// [`Error::BadRecordKind`] if the declaration contradicts itself or the stored table,
    /// [`Error::Conflict`] if stored records do not fit a new unique key.
    pub async fn declare_record_kind(
        &mut self,
        kind: &RecordKind,
        backfill: Backfill<'_>,
    ) -> Result<(), Error> {
        let stored = self.declared(&kind.kind).await?;
        if stored.as_ref().is_some_and(|it| it.kind == *kind) {
            return Ok(());
        }
        let tx = self.told().await?;
        let table = record_kind::create_or_alter(tx, stored.as_deref(), kind, backfill).await?;
        self.revise();
        self.kinds.push(Arc::new(table));
        Ok(())
    }

    /// The table of a record kind, declared within this transaction or before it.
    pub(super) async fn declared(&mut self, kind: &str) -> Result<Option<Arc<RecordTable>>, Error> {
        let own = self
            .kinds
            .iter()
            .rev()
            .find(|it| &*it.kind.kind == kind)
            .cloned();
        if let Some(table) = own.or_else(|| self.database.record_table(kind)) {
            return Ok(Some(table));
        }
        self.database.reload_kinds().await?;
        Ok(self.database.record_table(kind))
    }
}
