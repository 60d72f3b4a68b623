//! The latest instant the scheduler has seen, and whether it is stopped.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scheduler")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    pub(crate) high_water: i64,
    pub(crate) stopped_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) message: Option<String>,
    pub(crate) resumed_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) resumed_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
