//! Messages that are kept for those who do not wait for them yet.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::database::Database;
use crate::entity::message::{Column, Entity};
use crate::error::Error;
use crate::query::wait::Share;

/// When the next kept message of a share expires, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_expiry_at(database: &Database, share: &Share) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::ExpiresAt.min(), "expires_at")
        .filter(share.of(Column::Id))
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database("read the next expiry of a message"))?;
    Ok(next.flatten())
}
