//! A document as it was issued.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) key: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) template_digest: String,
    pub(crate) format: i16,
    #[sea_orm(column_type = "Text")]
    pub(crate) title: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) record_kind: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) record_id: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) recipient: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) data: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) sha256: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) dedupe_key: Option<String>,
    pub(crate) issued_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) issued_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
