//! Messages that are kept for those who do not wait for them yet.

use sea_orm::{ColumnTrait, EntityTrait, QuerySelect};

use crate::database::Database;
use crate::entity::message::{Column, Entity};
use crate::error::Error;

/// When the next kept message expires, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_expiry_at(database: &Database) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::ExpiresAt.min(), "expires_at")
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database("read the next expiry of a message"))?;
    Ok(next.flatten())
}
