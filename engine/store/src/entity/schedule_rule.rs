//! A version of what staff have changed about a schedule.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_rule")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) version: i32,
    #[sea_orm(column_type = "Text")]
    pub(crate) content: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) note: String,
    pub(crate) state: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) effective_on: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) proposed_by: String,
    pub(crate) proposed_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_at: Option<i64>,
    pub(crate) item_id: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
