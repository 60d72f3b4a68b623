//! Work for a plugin or a connector.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) process_instance_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) element_id: String,
    pub(crate) kind: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) job_type: String,
    pub(crate) retries: i32,
    pub(crate) retry_at: Option<i64>,
    pub(crate) created_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) queue: Option<String>,
    pub(crate) available_at: Option<i64>,
    pub(crate) lease_token: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) worker: Option<String>,
    pub(crate) n_failures: i32,
    pub(crate) is_suspended: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
