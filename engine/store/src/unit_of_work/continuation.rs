//! What an accepted command leaves to be done in a later one.

use std::sync::Arc;

use tongban_core::id::ProcessInstanceId;

use super::UnitOfWork;
use crate::bulk::{self, Lock};
use crate::entity::continuation::{Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
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

    /// Takes continuations that commands of the group will carry out, in key order; those that
    /// another node has in hand are left to it.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn prefetch_continuations(&mut self, keys: &[(TenantId, i64)]) -> Result<(), Error> {
        let unknown = |key: &&(TenantId, i64)| self.tables.continuation.get(key).is_none();
        let mut unknown: Vec<_> = keys.iter().filter(unknown).cloned().collect();
        unknown.sort();
        unknown.dedup();
        let values = |key: &(TenantId, i64)| vec![key.0.as_str().into(), key.1.into()];
        let rows = unknown.iter().map(values).collect();
        let (tx, action) = (self.tx().await?, "take continuations");
        let models = bulk::select::<Entity, _>(tx, rows, Lock::Skip, action).await?;
        for model in models {
            let key = (TenantId::new(&model.tenant_id), model.id);
            self.tables.continuation.learn(key, Some(model));
        }
        for key in unknown {
            self.tables.continuation.learn(key, None);
        }
        Ok(())
    }

    /// Takes a continuation to carry it out; false if it has been carried out before, or another
    /// node has it in hand.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn take_continuation(&mut self, id: i64) -> Result<bool, Error> {
        let key = (self.tenant(), id);
        self.prefetch_continuations(std::slice::from_ref(&key))
            .await?;
        let is_there = matches!(self.tables.continuation.get(&key), Some(Some(_)));
        if is_there {
            self.remove_continuation(id);
        }
        Ok(is_there)
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
