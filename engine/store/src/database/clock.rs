//! Which clock a database runs by, and what a manual one shows.

use super::*;
use crate::bulk::{self, Shape};
use crate::entity::meta;
use crate::id::TenantId;
use sea_orm::EntityTrait;

const MODE: &str = "clock_mode";
pub(crate) const NOW: &str = "clock_now";

impl Database {
    /// The clock of this database; a new database gets the one that is given.
    ///
    /// # Errors
    /// [`Error::Database`] if the database fails.
    pub async fn initialize_clock(&self, clock: Clock) -> Result<Clock, Error> {
        if let Some(stored) = self.clock().await? {
            return Ok(stored);
        }
        let tx = self.begin().await?;
        let mode = match clock.mode {
            ClockMode::Machine => "machine",
            ClockMode::Manual => "manual",
        };
        let rows = vec![row(MODE, mode.to_owned()), row(NOW, clock.now.to_string())];
        let inserted = bulk::insert(&tx, &Shape::of::<meta::Entity>(), rows).await;
        let committed = match inserted {
            Ok(()) => tx
                .commit()
                .await
                .map_err(Error::database("set the clock up")),
            Err(error) => Err(error),
        };
        match (committed, self.clock().await?) {
            // Another node has been quicker.
            (Err(error), Some(stored)) if error.is_conflict() => Ok(stored),
            (committed, _) => committed.map(|()| clock),
        }
    }

    /// The clock of this database; absent before [`Database::initialize_clock`].
    ///
    /// # Errors
    /// [`Error::Database`] if the database fails.
    pub async fn clock(&self) -> Result<Option<Clock>, Error> {
        let rows = meta::Entity::find().all(self.readers()).await;
        let rows = rows.map_err(Error::database("read the clock"))?;
        let value = |key: &str| {
            rows.iter()
                .find(|it| it.key == key)
                .map(|it| it.value.as_str())
        };
        let mode = match value(MODE) {
            Some("manual") => ClockMode::Manual,
            Some(_) => ClockMode::Machine,
            None => return Ok(None),
        };
        let now = value(NOW)
            .and_then(|it| it.parse().ok())
            .unwrap_or_default();
        Ok(Some(Clock { mode, now }))
    }
}

/// Stores what the manual clock shows.
pub(crate) async fn put_now<C: ConnectionTrait>(db: &C, now: i64) -> Result<(), Error> {
    bulk::upsert(
        db,
        &Shape::of::<meta::Entity>(),
        vec![row(NOW, now.to_string())],
    )
    .await
}

fn row(key: &str, value: String) -> Vec<sea_orm::Value> {
    vec![TenantId::server().as_str().into(), key.into(), value.into()]
}
