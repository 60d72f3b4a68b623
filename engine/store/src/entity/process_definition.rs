//! A version of a process.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "process_definition")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) key: String,
    pub(crate) version: i32,
    #[sea_orm(column_type = "Text")]
    pub(crate) version_tag: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) name: Option<String>,
    pub(crate) origin: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) resource_name: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) digest: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) schemas: Option<String>,
    pub(crate) deployment_id: i64,
    pub(crate) deployed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
