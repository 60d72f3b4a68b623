//! A day that a county sets for itself.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_override")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) on: String,
    pub(crate) working: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) reason: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) document: Option<String>,
    pub(crate) updated_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) updated_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
