//! Something that came with time: a deadline that moved, a reminder, a rung of a ladder.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "time_event")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) key: Option<String>,
    pub(crate) kind: i16,
    pub(crate) at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) subject_kind: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) subject_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) deadline_key: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) detail: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) operation: Option<String>,
    pub(crate) state: i16,
    pub(crate) n_tries: i32,
    #[sea_orm(column_type = "Text")]
    pub(crate) message: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
