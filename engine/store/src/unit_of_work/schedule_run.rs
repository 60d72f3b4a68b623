//! Runs of schedules and their items, within a command.

use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::UnitOfWork;
use super::tables::NameKey;
use crate::bulk::{self, Shape};
use crate::entity::{schedule_item, schedule_run};
use crate::error::Error;
use crate::query::{schedule_item as item_query, schedule_run as query};
use crate::row::schedule_run::{ItemOutcome, ScheduleItem, ScheduleRun};

impl UnitOfWork {
    /// Stores runs that are planned; one that is planned already is passed over.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn put_new_schedule_runs(&mut self, runs: &[ScheduleRun]) -> Result<(), Error> {
        if runs.is_empty() {
            return Ok(());
        }
        let tenant = self.tenant();
        let row = |it: &ScheduleRun| bulk::values(&query::to_model(&tenant, it));
        let rows = runs.iter().map(row).collect();
        let shape = Shape::of::<schedule_run::Entity>();
        bulk::insert_absent(self.told().await?, &shape, rows).await
    }

    /// A run, as this transaction sees it.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn schedule_run(&mut self, id: i64) -> Result<Option<ScheduleRun>, Error> {
        let place = (self.tenant_text(), id);
        let found = schedule_run::Entity::find_by_id(place)
            .one(self.told().await?)
            .await
            .map_err(Error::database("read a run of a schedule"))?;
        found.map(query::from_model).transpose()
    }

    /// Stores a run that has got further.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_schedule_run(&mut self, run: &ScheduleRun) -> Result<(), Error> {
        let model = query::to_model(&self.tenant(), run);
        self.upsert_direct(&[model]).await
    }

    /// An item by its key.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn schedule_item(&mut self, key: &str) -> Result<Option<ScheduleItem>, Error> {
        let place = self.item_key(key);
        self.read_schedule_item(&place).await?;
        let row = self.tables.schedule_item.get(&place).flatten().cloned();
        row.map(item_query::from_model).transpose()
    }

    /// Stores an item. One that is new here and was stored by another node meanwhile is a conflict.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn put_schedule_item(&mut self, item: &ScheduleItem) -> Result<(), Error> {
        let place = self.item_key(&item.key);
        self.read_schedule_item(&place).await?;
        self.grow(240);
        let model = item_query::to_model(&place.0, item);
        self.tables.schedule_item.put(place, model);
        Ok(())
    }

    /// Lets the failed items of a run be tried again at an instant; says how many there are.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn retry_schedule_items(&mut self, run_id: i64, at: i64) -> Result<u64, Error> {
        use schedule_item::{Column, Entity};
        let tenant = self.tenant_text();
        let done = Entity::update_many()
            .col_expr(Column::RetryAt, Expr::value(at))
            .filter(Column::TenantId.eq(tenant))
            .filter(Column::RunId.eq(run_id))
            .filter(Column::Outcome.eq(item_query::outcome_code(ItemOutcome::Failed)))
            .exec(self.told().await?)
            .await
            .map_err(Error::database("let items be tried again"))?;
        Ok(done.rows_affected)
    }

    fn item_key(&self, key: &str) -> NameKey {
        (self.tenant(), Arc::from(key))
    }

    async fn read_schedule_item(&mut self, place: &NameKey) -> Result<(), Error> {
        if self.tables.schedule_item.get(place).is_none() {
            let find = schedule_item::Entity::find_by_id((
                place.0.as_str().to_owned(),
                place.1.to_string(),
            ));
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read an item of a schedule"))?;
            self.tables.schedule_item.learn(place.clone(), found);
        }
        Ok(())
    }
}
