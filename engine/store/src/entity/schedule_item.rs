//! What a schedule did about one subject within one period.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_item")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) key: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) schedule_key: String,
    pub(crate) run_id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) subject_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) anchor_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) due_on: Option<String>,
    pub(crate) stage: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub(crate) period: String,
    pub(crate) late: bool,
    pub(crate) outcome: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) message: Option<String>,
    pub(crate) n_tries: i32,
    pub(crate) retry_at: Option<i64>,
    pub(crate) at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
