//! Outcomes of accepted commands, answered again under the same key.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value};

use super::UnitOfWork;
use super::tables::RecordKey;
use crate::bulk::{self, Lock};
use crate::entity::idempotency::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;

/// Outcomes are kept for so long.
pub const RETENTION_DAYS: i64 = 30;
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// The outcome kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptOutcome {
    /// Digest of the command's input, to tell a retry from another intent.
    pub digest: [u8; 32],
    /// JSON text of the outcome: ids, not payloads.
    pub outcome: Arc<str>,
}

/// A key whose outcome a command of the group will ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The tenant of the command.
    pub tenant: TenantId,
    /// Who sends it.
    pub principal: Arc<str>,
    /// The key that came with it.
    pub key: Arc<str>,
}

impl UnitOfWork {
    /// Reads the outcomes kept under keys that the commands of the group carry, in one statement.
    /// Calling it is optional.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn prefetch_outcomes(&mut self, keys: &[IdempotencyKey]) -> Result<(), Error> {
        let values = |it: &IdempotencyKey| -> Vec<Value> {
            vec![
                it.tenant.as_str().into(),
                (*it.principal).into(),
                (*it.key).into(),
            ]
        };
        let rows = keys.iter().map(values).collect();
        let action = "read kept outcomes";
        let models = bulk::select::<Entity, _>(self.tx().await?, rows, Lock::No, action).await?;
        for model in models {
            let tenant = TenantId::new(&model.tenant_id);
            let principal = Arc::from(model.principal.as_str());
            let key = (tenant, principal, Arc::from(model.key.as_str()));
            self.tables.idempotency.learn(key, Some(model));
        }
        for it in keys {
            let key = (it.tenant.clone(), it.principal.clone(), it.key.clone());
            self.tables.idempotency.learn(key, None);
        }
        Ok(())
    }

    /// The outcome kept under a key of the running command's principal.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read, [`Error::Decode`] if it is damaged.
    pub async fn kept_outcome(&mut self, key: &str) -> Result<Option<KeptOutcome>, Error> {
        let key = self.outcome_key(key);
        if self.tables.idempotency.get(&key).is_none() {
            let id = (
                key.0.as_str().to_owned(),
                key.1.to_string(),
                key.2.to_string(),
            );
            let found = Entity::find_by_id(id).one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a kept outcome"))?;
            self.tables.idempotency.learn(key.clone(), found);
        }
        let Some(row) = self.tables.idempotency.get(&key).flatten() else {
            return Ok(None);
        };
        let digest = row.digest.as_slice().try_into();
        let digest = digest.map_err(|error| Error::Decode {
            what: "digest of a kept outcome",
            source: Box::new(error),
        })?;
        Ok(Some(KeptOutcome {
            digest,
            outcome: Arc::from(row.outcome.as_str()),
        }))
    }

    /// Keeps the outcome of the running command.
    pub fn keep_outcome(&mut self, key: &str, kept: &KeptOutcome) {
        let created_at = self.context().at;
        let key = self.outcome_key(key);
        let model = Model {
            tenant_id: key.0.as_str().to_owned(),
            principal: key.1.to_string(),
            key: key.2.to_string(),
            digest: kept.digest.to_vec(),
            outcome: kept.outcome.to_string(),
            created_at,
        };
        self.grow(128 + kept.outcome.len());
        self.tables.idempotency.put(key, model);
    }

    /// Removes outcomes older than [`RETENTION_DAYS`], over all tenants.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be removed.
    pub async fn purge_outcomes(&mut self, now: i64) -> Result<u64, Error> {
        let before = now.saturating_sub(RETENTION_DAYS * DAY_US);
        let delete = Entity::delete_many().filter(Column::CreatedAt.lt(before));
        let done = delete.exec(self.told().await?).await;
        Ok(done
            .map_err(Error::database("remove old outcomes"))?
            .rows_affected)
    }

    fn outcome_key(&self, key: &str) -> RecordKey {
        let context = self.context();
        (
            context.tenant.clone(),
            context.principal.clone(),
            Arc::from(key),
        )
    }
}
