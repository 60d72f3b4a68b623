//! A notice on its way out over a channel.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_delivery")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) notice_id: i64,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) channel: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) target: String,
    pub(crate) state: i16,
    pub(crate) n_failures: i32,
    pub(crate) available_at: Option<i64>,
    pub(crate) lease_token: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) last_error: Option<String>,
    pub(crate) ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
