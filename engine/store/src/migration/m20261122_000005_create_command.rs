//! Creates what commands leave: numbers, outcomes, the audit trail.

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
        name: "number_series",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("series", Text),
            ("next_number", BigInt),
            ("updated_at", BigInt),
        ],
        indexes: &[],
    },
    Table {
        name: "idempotency",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("principal", Text),
            ("key", Text),
            ("digest", Bytes),
            ("outcome", Text),
            ("created_at", BigInt),
        ],
        indexes: &[Index::OverTenants(&["created_at"])],
    },
    Table {
        name: "audit_entry",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("at", BigInt),
            ("principal", Text),
            ("action", Text),
            ("subject_kind", Text),
            ("subject_id", Text),
            ("detail", Nullable(&Text)),
        ],
        indexes: &[Index::PerTenant(&["subject_kind", "subject_id", "id"])],
    },
];
