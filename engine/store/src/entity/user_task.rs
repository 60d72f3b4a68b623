//! A user task; completed ones stay.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_task")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) process_instance_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) process_key: String,
    pub(crate) definition_id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) element_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) name: Option<String>,
    pub(crate) state: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) assignee: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) candidate_groups: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) candidate_users: String,
    pub(crate) due_at: Option<i64>,
    pub(crate) follow_up_at: Option<i64>,
    pub(crate) priority: i32,
    pub(crate) form_kind: Option<i16>,
    #[sea_orm(column_type = "Text")]
    pub(crate) form: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) record_kind: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) record_id: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) ended_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) completed_by: Option<String>,
    pub(crate) light: i16,
    pub(crate) escalation_level: i16,
    pub(crate) next_escalation_at: Option<i64>,
    pub(crate) is_suspended: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
