//! Packages on this server and what tenants use of them.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::database::Database;
use crate::entity::{plugin_activation, plugin_package};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::plugin::{PluginActivation, PluginPackage};

/// The package columns without the bytes.
type PackageTuple = (String, String, String, i64, i64, String);

/// All packages on this server, by name and version.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn packages(database: &Database) -> Result<Vec<PluginPackage>, Error> {
    use plugin_package::Column;
    let rows: Vec<PackageTuple> = plugin_package::Entity::find()
        .select_only()
        .columns([
            Column::Digest,
            Column::Name,
            Column::Version,
            Column::SizeBytes,
            Column::InstalledAt,
            Column::InstalledBy,
        ])
        .order_by_asc(Column::Name)
        .order_by_asc(Column::InstalledAt)
        .into_tuple()
        .all(database.readers())
        .await
        .map_err(Error::database("read the plugin packages"))?;
    let row = |(digest, name, version, size_bytes, installed_at, by): PackageTuple| PluginPackage {
        digest: digest.into(),
        name: name.into(),
        version: version.into(),
        size_bytes,
        installed_at,
        installed_by: by.into(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The bytes of a package by its digest.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn package_content(
    database: &Database,
    digest: &str,
) -> Result<Option<Arc<[u8]>>, Error> {
    let key = (TenantId::server().as_str().to_owned(), digest.to_owned());
    let found = plugin_package::Entity::find_by_id(key)
        .one(database.readers())
        .await;
    Ok(found
        .map_err(Error::database("read a plugin package"))?
        .map(|it| it.content.into()))
}

/// The plugins that a tenant uses, by name.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn activations(
    database: &Database,
    tenant: &TenantId,
) -> Result<Vec<PluginActivation>, Error> {
    use plugin_activation::Column;
    let select = plugin_activation::Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(Column::Name);
    let rows = select.all(database.readers()).await;
    let row = |it: plugin_activation::Model| PluginActivation {
        name: it.name.into(),
        version: it.version.into(),
        digest: it.digest.into(),
        activated_at: it.activated_at,
        activated_by: it.activated_by.into(),
    };
    let rows = rows.map_err(Error::database("read the plugins of a tenant"))?;
    Ok(rows.into_iter().map(row).collect())
}
