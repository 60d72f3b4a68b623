//! The audit trail commits with the command.

use super::UnitOfWork;
use crate::entity::audit_entry::Model;
use crate::error::Error;
use crate::row::audit_entry::NewAuditEntry;

impl UnitOfWork {
    /// Notes what the running command does.
    ///
    /// # Errors
    /// [`Error::Database`] if no id can be reserved.
    pub async fn note_audit(&mut self, entry: NewAuditEntry) -> Result<(), Error> {
        let key = (self.tenant(), self.next_id().await?);
        self.grow(128 + entry.detail.as_ref().map_or(0, |it| it.len()));
        let context = self.context();
        let model = Model {
            tenant_id: key.0.as_str().to_owned(),
            id: key.1,
            at: context.at,
            principal: context.principal.to_string(),
            action: entry.action.to_string(),
            subject_kind: entry.subject_kind.to_string(),
            subject_id: entry.subject_id.to_string(),
            detail: entry.detail.map(|it| it.to_string()),
        };
        self.tables.audit_entry.put_new(key, model);
        Ok(())
    }
}
