//! Something a person is told.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) code: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) plugin: String,
    pub(crate) recipient_kind: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) recipient: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) division: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) record_kind: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) record_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) title_zh: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) title_en: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) text_zh: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) text_en: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) fields: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) dedupe_key: Option<String>,
    pub(crate) created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
