//! An edition of a county's calendar, and how far deadlines have been reckoned by it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_publication")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) number: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) version: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) note: String,
    pub(crate) published_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) published_by: String,
    pub(crate) state: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) cursor_key: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) cursor_record: String,
    pub(crate) n_passes: i32,
    pub(crate) selected: i64,
    pub(crate) moved: i64,
    pub(crate) kept: i64,
    pub(crate) provisional: i64,
    pub(crate) ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
