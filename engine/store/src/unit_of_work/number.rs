//! Gapless numbers: a number that was allocated by a dropped command is allocated again.

use super::UnitOfWork;
use super::tables::NameKey;
use crate::bulk::{self, Lock, Shape};
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
            let mut found = self.read_series(&key).await?;
            if found.is_none() && self.database.dialect() == Dialect::Postgresql {
                // What is not there cannot be locked, and two writers would both begin at 1.
                self.begin_series(&key).await?;
                found = self.read_series(&key).await?;
            }
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

    /// How far a series has come; on PostgreSQL it is locked.
    async fn read_series(&mut self, key: &NameKey) -> Result<Option<Model>, Error> {
        let keys = vec![vec![key.0.as_str().into(), (*key.1).into()]];
        let (tx, action) = (self.tx().await?, "read a number series");
        let found = bulk::select::<Entity, _>(tx, keys, Lock::Wait, action).await;
        Ok(found?.pop())
    }

    /// Makes the row of a series from which no number was drawn yet; waits for a writer who is just
    /// doing the same.
    async fn begin_series(&mut self, key: &NameKey) -> Result<(), Error> {
        let model = Model {
            tenant_id: key.0.as_str().to_owned(),
            series: key.1.to_string(),
            next_number: 1,
            updated_at: self.context().at,
        };
        let (shape, rows) = (Shape::of::<Entity>(), vec![bulk::values(&model)]);
        bulk::insert_absent(self.tx().await?, &shape, rows).await
    }
}
