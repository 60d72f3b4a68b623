//! Creates packages, activations, and what all record kinds share.

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
        name: "plugin_package",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("digest", Text),
            ("name", Text),
            ("version", Text),
            ("size_bytes", BigInt),
            ("content", Bytes),
            ("installed_at", BigInt),
            ("installed_by", Text),
        ],
        indexes: &[Index::Unique(&["name", "version"])],
    },
    Table {
        name: "plugin_activation",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("name", Text),
            ("version", Text),
            ("digest", Text),
            ("activated_at", BigInt),
            ("activated_by", Text),
        ],
        indexes: &[],
    },
    Table {
        name: "record_kind",
        n_key: 2,
        columns: &[("tenant_id", Text), ("kind", Text), ("declaration", Text)],
        indexes: &[],
    },
    Table {
        name: "record_party",
        n_key: 4,
        columns: &[
            ("tenant_id", Text),
            ("person_id", Text),
            ("kind", Text),
            ("record_id", Text),
        ],
        indexes: &[Index::PerTenant(&["kind", "record_id"])],
    },
];
