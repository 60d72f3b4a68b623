//! A change of the county's configuration, from draft to effect.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "configuration_item")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) kind: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) key: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) plugin: Option<String>,
    pub(crate) state: i16,
    pub(crate) version: i64,
    pub(crate) ends: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) digest: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) effective_from: Option<String>,
    pub(crate) due_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) original_digest: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) findings: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) note: String,
    pub(crate) created_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) created_by: String,
    pub(crate) updated_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) updated_by: String,
    pub(crate) approved_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) approved_by: Option<String>,
    pub(crate) activated_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
