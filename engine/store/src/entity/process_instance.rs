//! A process instance with its encoded state.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "process_instance")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    pub(crate) definition_id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) process_key: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) part: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) business_key: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) correlation_key: Option<String>,
    pub(crate) parent_process_instance_id: Option<i64>,
    pub(crate) parent_element_instance_id: Option<i64>,
    pub(crate) status: i16,
    pub(crate) sequence: i64,
    pub(crate) n_incidents: i32,
    pub(crate) started_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) started_by: String,
    pub(crate) ended_at: Option<i64>,
    pub(crate) suspended_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) halt_reason: Option<String>,
    pub(crate) state: Option<Vec<u8>>,
    pub(crate) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
