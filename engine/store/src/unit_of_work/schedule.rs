//! Schedules and their rules, within a command.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::UnitOfWork;
use crate::bulk::{self, Shape};
use crate::dialect::Dialect;
use crate::entity::{schedule, schedule_rule};
use crate::error::Error;
use crate::query::schedule as query;
use crate::row::schedule::{Schedule, ScheduleRule};

impl UnitOfWork {
    /// Stores schedules that are not there yet; those that are stay as staff have left them.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn put_absent_schedules(&mut self, schedules: &[Schedule]) -> Result<(), Error> {
        if schedules.is_empty() {
            return Ok(());
        }
        let tenant = self.tenant();
        let row = |it: &Schedule| bulk::values(&query::to_model(&tenant, it));
        let rows = schedules.iter().map(row).collect();
        let shape = Shape::of::<schedule::Entity>();
        bulk::insert_absent(self.told().await?, &shape, rows).await
    }

    /// A schedule, as this transaction sees it; on PostgreSQL locked until the commit.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn schedule(&mut self, key: &str) -> Result<Option<Schedule>, Error> {
        let place = (self.tenant_text(), key.to_owned());
        let mut find = schedule::Entity::find_by_id(place);
        if self.database.dialect() == Dialect::Postgresql {
            find = find.lock_exclusive();
        }
        let found = find.one(self.told().await?).await;
        let found = found.map_err(Error::database("read a schedule"))?;
        Ok(found.map(query::from_model))
    }

    /// Stores a schedule, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_schedule(&mut self, schedule: &Schedule) -> Result<(), Error> {
        let model = query::to_model(&self.tenant(), schedule);
        self.upsert_direct(&[model]).await
    }

    /// The rules of a schedule as this transaction sees them, the latest first.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn schedule_rules(&mut self, key: &str) -> Result<Vec<ScheduleRule>, Error> {
        use schedule_rule::{Column, Entity};
        let tenant = self.tenant_text();
        let rows = Entity::find()
            .filter(Column::TenantId.eq(tenant))
            .filter(Column::Key.eq(key))
            .order_by_desc(Column::Version)
            .all(self.told().await?)
            .await
            .map_err(Error::database("read the rules of a schedule"))?;
        rows.into_iter().map(query::rule_from_model).collect()
    }

    /// Stores a rule, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_schedule_rule(&mut self, rule: &ScheduleRule) -> Result<(), Error> {
        let model = query::rule_to_model(&self.tenant(), rule);
        self.replace_direct(&[model]).await
    }
}
