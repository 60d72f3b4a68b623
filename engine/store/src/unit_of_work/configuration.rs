//! What a county configures, written within the transaction.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::UnitOfWork;
use crate::database::clock;
use crate::entity::{calendar, parameter, staff, tenant};
use crate::error::Error;
use crate::projection::user_task::list_text;
use crate::row::configuration::{CalendarYear, Parameter, StaffMember, Tenant};

impl UnitOfWork {
    /// Stores a county bureau, new or changed. Its key is its own id, not the command's tenant.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_tenant(&mut self, new: &Tenant) -> Result<(), Error> {
        let model = tenant::Model {
            tenant_id: new.id.as_str().to_owned(),
            name: new.name.to_string(),
            created_at: new.created_at,
        };
        self.replace_direct(&[model]).await
    }

    /// Stores members of staff, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn put_staff(&mut self, members: &[StaffMember]) -> Result<(), Error> {
        let tenant_id = self.tenant_text();
        let model = |it: &StaffMember| staff::Model {
            tenant_id: tenant_id.clone(),
            id: it.id.to_string(),
            name: it.name.to_string(),
            roles: list_text(&it.roles),
            division: it.division.as_ref().map(ToString::to_string),
            active: it.active,
        };
        let models: Vec<_> = members.iter().map(model).collect();
        self.replace_direct(&models).await
    }

    /// Stores parameters, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn put_parameters(&mut self, parameters: &[Parameter]) -> Result<(), Error> {
        let tenant_id = self.tenant_text();
        let model = |it: &Parameter| parameter::Model {
            tenant_id: tenant_id.clone(),
            plugin: it.plugin.to_string(),
            key: it.key.to_string(),
            effective_from: it.effective_from.as_deref().unwrap_or_default().to_owned(),
            item_id: it.item,
            value: it.value.to_string(),
            updated_at: it.updated_at,
            updated_by: it.updated_by.to_string(),
        };
        let models: Vec<_> = parameters.iter().map(model).collect();
        self.replace_direct(&models).await
    }

    /// Takes back the values that came with a configuration item.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be deleted.
    pub async fn remove_parameters_of(&mut self, item: i64) -> Result<(), Error> {
        let delete = parameter::Entity::delete_many()
            .filter(parameter::Column::TenantId.eq(self.tenant_text()))
            .filter(parameter::Column::ItemId.eq(item));
        self.revise();
        let deleted = delete.exec(self.told().await?).await;
        deleted.map_err(Error::database("take a parameter back"))?;
        Ok(())
    }

    /// Stores the calendars of years, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn put_calendar(&mut self, years: &[CalendarYear]) -> Result<(), Error> {
        let tenant_id = self.tenant_text();
        let model = |it: &CalendarYear| calendar::Model {
            tenant_id: tenant_id.clone(),
            year: it.year,
            content: it.content.to_string(),
            confirmed: it.confirmed,
            updated_at: it.updated_at,
        };
        let models: Vec<_> = years.iter().map(model).collect();
        self.replace_direct(&models).await
    }

    /// Stores what the manual clock shows.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_clock_now(&mut self, now: i64) -> Result<(), Error> {
        clock::put_now(self.told().await?, now).await
    }
}
