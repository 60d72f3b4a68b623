//! What a county configures.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::database::Database;
use crate::entity::{calendar, parameter, staff, tenant};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::user_task::list_names;
use crate::row::configuration::{CalendarYear, Parameter, StaffMember, Tenant};

/// All county bureaus on this server.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn tenants(database: &Database) -> Result<Vec<Tenant>, Error> {
    let select = tenant::Entity::find().order_by_asc(tenant::Column::TenantId);
    let rows = select
        .all(database.readers())
        .await
        .map_err(Error::database("read tenants"))?;
    let row = |it: tenant::Model| Tenant {
        id: TenantId::new(&it.tenant_id),
        name: it.name.into(),
        created_at: it.created_at,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// All members of staff, by id.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn staff(database: &Database, tenant: &TenantId) -> Result<Vec<StaffMember>, Error> {
    let select = staff::Entity::find()
        .filter(staff::Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(staff::Column::Id);
    let rows = select
        .all(database.readers())
        .await
        .map_err(Error::database("read the staff"))?;
    Ok(rows.into_iter().map(staff_from_model).collect())
}

/// One member of staff.
///
/// # Errors
/// [`Error::Database`] if the person cannot be read.
pub async fn staff_member(
    database: &Database,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<StaffMember>, Error> {
    let key = (tenant.as_str().to_owned(), id.to_owned());
    let found = staff::Entity::find_by_id(key).one(database.readers()).await;
    Ok(found
        .map_err(Error::database("read a member of staff"))?
        .map(staff_from_model))
}

/// All parameters that the tenant has set, by plugin, key and date.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn parameters(database: &Database, tenant: &TenantId) -> Result<Vec<Parameter>, Error> {
    let select = parameter::Entity::find()
        .filter(parameter::Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(parameter::Column::Plugin)
        .order_by_asc(parameter::Column::Key)
        .order_by_asc(parameter::Column::EffectiveFrom);
    let rows = select
        .all(database.readers())
        .await
        .map_err(Error::database("read parameters"))?;
    let row = |it: parameter::Model| Parameter {
        plugin: it.plugin.into(),
        key: it.key.into(),
        effective_from: Some(it.effective_from)
            .filter(|from| !from.is_empty())
            .map(Arc::from),
        item: it.item_id,
        value: it.value.into(),
        updated_at: it.updated_at,
        updated_by: it.updated_by.into(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The calendars of all years.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn calendar(database: &Database, tenant: &TenantId) -> Result<Vec<CalendarYear>, Error> {
    let select = calendar::Entity::find()
        .filter(calendar::Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(calendar::Column::Year);
    let rows = select
        .all(database.readers())
        .await
        .map_err(Error::database("read the calendar"))?;
    let row = |it: calendar::Model| CalendarYear {
        year: it.year,
        content: it.content.into(),
        confirmed: it.confirmed,
        updated_at: it.updated_at,
    };
    Ok(rows.into_iter().map(row).collect())
}

fn staff_from_model(model: staff::Model) -> StaffMember {
    StaffMember {
        id: model.id.into(),
        name: model.name.into(),
        roles: list_names(&model.roles),
        division: model.division.map(Arc::from),
        active: model.active,
    }
}
