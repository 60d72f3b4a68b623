//! What somebody did to a configuration item.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "configuration_event")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) item_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sequence: i64,
    pub(crate) at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) principal: String,
    pub(crate) action: i16,
    pub(crate) version: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) digest: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) detail: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
