//! The county's own days and the editions of its calendar.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tongban_feel::time::Date;

use super::UnitOfWork;
use crate::dialect::Dialect;
use crate::entity::calendar_override;
use crate::error::Error;
use crate::query::calendar as query;
use crate::row::calendar::{CalendarOverride, CalendarPublication};

impl UnitOfWork {
    /// Stores days of the county's own, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn put_calendar_overrides(&mut self, days: &[CalendarOverride]) -> Result<(), Error> {
        let tenant = self.tenant();
        let models: Vec<_> = days
            .iter()
            .map(|it| query::override_to_model(&tenant, it))
            .collect();
        self.replace_direct(&models).await
    }

    /// Takes days of the county's own away.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be removed.
    pub async fn remove_calendar_overrides(&mut self, days: &[Date]) -> Result<(), Error> {
        use calendar_override::{Column, Entity};
        let tenant = self.tenant_text();
        self.revise();
        let delete = Entity::delete_many()
            .filter(Column::TenantId.eq(tenant))
            .filter(Column::On.is_in(days.iter().map(Date::to_string)));
        delete
            .exec(self.told().await?)
            .await
            .map_err(Error::database("take days of a calendar away"))?;
        Ok(())
    }

    /// Stores an edition, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_calendar_publication(
        &mut self,
        publication: &CalendarPublication,
    ) -> Result<(), Error> {
        let model = query::publication_to_model(&self.tenant(), publication);
        self.upsert_direct(&[model]).await
    }

    /// The latest edition, as this transaction sees it.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn latest_calendar_publication(
        &mut self,
    ) -> Result<Option<CalendarPublication>, Error> {
        let tenant = self.tenant();
        query::latest(self.told().await?, &tenant).await
    }

    /// An edition by its number, as this transaction sees it. On PostgreSQL it is locked until the
    /// commit, so that two nodes reckon one page after the other.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn calendar_publication(
        &mut self,
        number: i64,
    ) -> Result<Option<CalendarPublication>, Error> {
        let tenant = self.tenant();
        let lock = self.database.dialect() == Dialect::Postgresql;
        query::by_number(self.told().await?, &tenant, number, lock).await
    }
}
