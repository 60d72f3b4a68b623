//! A deadline of a record.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) key: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) record_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) record_kind: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) plugin: String,
    pub(crate) status: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) anchor_on: String,
    pub(crate) amount: i32,
    pub(crate) unit: i16,
    pub(crate) roll: i16,
    pub(crate) weekends_rest: bool,
    pub(crate) ends_minute: i16,
    pub(crate) protects: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) nominal_on: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) due_on: String,
    pub(crate) due_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) floor_on: Option<String>,
    pub(crate) provisional: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) calendar_version: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) pauses: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) extensions: String,
    pub(crate) yellow_at: Option<i64>,
    pub(crate) red_at: Option<i64>,
    pub(crate) remind_at: Option<i64>,
    pub(crate) set_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) set_by: String,
    pub(crate) moved_at: Option<i64>,
    pub(crate) closed_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) close_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
