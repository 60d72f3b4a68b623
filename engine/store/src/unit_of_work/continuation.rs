//! What an accepted command leaves to be done in a later one.

use std::sync::Arc;

use sea_orm::{EntityTrait, QuerySelect};
use tongban_core::id::ProcessInstanceId;

use super::UnitOfWork;
use crate::dialect::Dialect;
use crate::entity::continuation::{Entity, Model};
use crate::error::Error;
use crate::row::wait::Continuation;

/// A continuation that is about to be left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContinuation {
    /// The instance it concerns, where it concerns one.
    pub process_instance_id: Option<ProcessInstanceId>,
    /// What has to be done; the runtime's own word.
    pub kind: Arc<str>,
    /// With what; the runtime's own encoding.
    pub payload: Arc<[u8]>,
}

impl UnitOfWork {
    /// Leaves something to be done. Removed within the same group it never reaches the database.
    ///
    /// # Errors
    /// [`Error::Database`] if no id can be reserved.
    pub async fn put_continuation(&mut self, new: NewContinuation) -> Result<Continuation, Error> {
        let continuation = Continuation {
            tenant: self.tenant(),
            id: self.next_id().await?,
            process_instance_id: new.process_instance_id,
            kind: new.kind,
            payload: new.payload,
            created_at: self.context().at,
        };
        let key = (continuation.tenant.clone(), continuation.id);
        self.grow(64 + continuation.payload.len());
        self.tables
            .continuation
            .put_new(key, to_model(&continuation));
        Ok(continuation)
    }

    /// Keeps others from a continuation up to the commit; false if one of them has carried it out.
    /// On SQLite there are no others.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn claim_continuation(&mut self, id: i64) -> Result<bool, Error> {
        if self.database.dialect() == Dialect::Sqlite {
            return Ok(true);
        }
        let tenant = self.tenant_text();
        let select = Entity::find_by_id((tenant, id)).lock_exclusive();
        let found = select.one(self.tx().await?).await;
        let found = found.map_err(Error::database("read a continuation"))?;
        Ok(found.is_some())
    }

    /// Removes a continuation, in the command that carries it out.
    pub fn remove_continuation(&mut self, id: i64) {
        let key = (self.tenant(), id);
        self.tables.continuation.remove(&key);
    }
}

fn to_model(continuation: &Continuation) -> Model {
    Model {
        tenant_id: continuation.tenant.as_str().to_owned(),
        id: continuation.id,
        process_instance_id: continuation.process_instance_id.map(|it| it.0),
        kind: continuation.kind.to_string(),
        payload: continuation.payload.to_vec(),
        created_at: continuation.created_at,
    }
}
