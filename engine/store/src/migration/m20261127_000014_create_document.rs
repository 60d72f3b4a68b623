//! Creates documents.

use sea_orm_migration::prelude::*;

use crate::migration::table::{Index, Table, Type::*, create};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await
    }
}

const TABLES: &[Table] = &[Table {
    name: "document",
    n_key: 2,
    columns: &[
        ("tenant_id", Text),
        ("id", BigInt),
        ("key", Text),
        ("template_digest", Text),
        ("format", SmallInt),
        ("title", Text),
        ("record_kind", Text),
        ("record_id", Text),
        ("recipient", Nullable(&Text)),
        ("data", Text),
        ("sha256", Text),
        ("dedupe_key", Nullable(&Text)),
        ("issued_at", BigInt),
        ("issued_by", Text),
    ],
    indexes: &[
        Index::PerTenant(&["record_kind", "record_id", "id"]),
        Index::Unique(&["dedupe_key"]),
    ],
}];
