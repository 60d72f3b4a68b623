//! Gapless numbers: a number that was allocated by a dropped command is allocated again.

use sea_orm::{EntityTrait, QuerySelect};

use super::UnitOfWork;
use crate::dialect::Dialect;
use crate::entity::number_series::{Entity, Model};
use crate::error::Error;

impl UnitOfWork {
    /// The next number of a series, from 1. The text names the series with its scope, such as
    /// `divorce_certificate/150627/2026`. On PostgreSQL the series is locked until the commit.
    ///
    /// # Errors
    /// [`Error::Database`] if the series cannot be read.
    pub async fn allocate_number(&mut self, series: &str) -> Result<i64, Error> {
        let key = (self.tenant(), series.into());
        if self.tables.number_series.get(&key).is_none() {
            let mut find = Entity::find_by_id((key.0.as_str().to_owned(), series.to_owned()));
            if self.database.dialect() == Dialect::Postgresql {
                find = find.lock_exclusive();
            }
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a number series"))?;
            self.tables.number_series.learn(key.clone(), found);
        }
        let stored = self.tables.number_series.get(&key).flatten();
        let number = stored.map_or(1, |it| it.next_number);
        let model = Model {
            tenant_id: key.0.as_str().to_owned(),
            series: series.to_owned(),
            next_number: number + 1,
            updated_at: self.context().at,
        };
        self.tables.number_series.put(key, model);
        Ok(number)
    }
}
