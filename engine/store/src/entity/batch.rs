//! The same thing done to many instances, in the background.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) kind: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) input: String,
    pub(crate) state: i16,
    pub(crate) cursor: i64,
    pub(crate) is_selected: bool,
    pub(crate) n_selected: i64,
    pub(crate) n_done: i64,
    pub(crate) n_failed: i64,
    pub(crate) created_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) created_by: String,
    pub(crate) ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
