//! Creates batches with their items, and what stood against them.

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

const TABLES: &[Table] = &[
    Table {
        name: "batch",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("kind", Text),
            ("input", Text),
            ("state", SmallInt),
            ("cursor", BigInt),
            ("is_selected", Bool),
            ("n_selected", BigInt),
            ("n_done", BigInt),
            ("n_failed", BigInt),
            ("created_at", BigInt),
            ("created_by", Text),
            ("ended_at", Nullable(&BigInt)),
        ],
        indexes: &[],
    },
    Table {
        name: "batch_item",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("batch_id", BigInt),
            ("process_instance_id", BigInt),
            ("outcome", SmallInt),
            ("errors", Nullable(&Text)),
            ("at", BigInt),
        ],
        indexes: &[Index::PerTenant(&[
            "batch_id",
            "outcome",
            "process_instance_id",
        ])],
    },
    Table {
        name: "batch_finding",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("batch_id", BigInt),
            ("key", Text),
            ("code", Text),
            ("element_id", Nullable(&Text)),
            ("target_element_id", Nullable(&Text)),
            ("reason", Nullable(&Text)),
            ("n_instances", BigInt),
            ("example_id", BigInt),
        ],
        indexes: &[],
    },
];
