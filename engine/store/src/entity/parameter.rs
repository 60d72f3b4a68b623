//! A plugin's parameter with the tenant's value from a date.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "parameter")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) plugin: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) key: String,
    /// Empty for from ever, since part of a key cannot be null.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) effective_from: String,
    pub(crate) item_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) value: String,
    pub(crate) updated_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) updated_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
