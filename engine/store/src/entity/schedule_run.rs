//! A run of a schedule, and how far it has got.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_run")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) key: String,
    pub(crate) scheduled_for: i64,
    pub(crate) ordinal: i64,
    pub(crate) first_for: i64,
    pub(crate) n_instants: i32,
    pub(crate) policy: i16,
    pub(crate) late: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) missed_until: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) requested_by: Option<String>,
    pub(crate) state: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) cursor: Option<String>,
    pub(crate) selected: i64,
    pub(crate) created: i64,
    pub(crate) skipped_duplicate: i64,
    pub(crate) failed: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) config_version: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) calendar_version: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) message: Option<String>,
    pub(crate) planned_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
