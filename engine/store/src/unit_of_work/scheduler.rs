//! What is written under a lease, and the scheduler's watch over the clock.

use sea_orm::{EntityTrait, QuerySelect};

use super::UnitOfWork;
use crate::dialect::Dialect;
use crate::entity::schedule_lease;
use crate::error::Error;
use crate::query::scheduler as query;
use crate::row::scheduler::Scheduler;

impl UnitOfWork {
    /// Whether a lease is still held under a token. On PostgreSQL nobody takes it over until the
    /// commit, so that what is written under it is written by its holder.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn holds_schedule_lease(&mut self, name: &str, token: i64) -> Result<bool, Error> {
        let place = (self.tenant_text(), name.to_owned());
        let mut find = schedule_lease::Entity::find_by_id(place);
        if self.database.dialect() == Dialect::Postgresql {
            find = find.lock_shared();
        }
        let found = find.one(self.tx().await?).await;
        let found = found.map_err(Error::database("read a lease"))?;
        Ok(found.is_some_and(|it| it.token == token))
    }

    /// Stores what the scheduler has seen of time.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_scheduler(&mut self, scheduler: &Scheduler) -> Result<(), Error> {
        self.upsert_direct(&[query::to_model(scheduler)]).await
    }
}
