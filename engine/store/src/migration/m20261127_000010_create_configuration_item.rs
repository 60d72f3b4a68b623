//! Creates configuration items with what was done to them.

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
        name: "configuration_item",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("kind", Text),
            ("key", Text),
            ("plugin", Nullable(&Text)),
            ("state", SmallInt),
            ("version", BigInt),
            ("ends", Bool),
            ("digest", Nullable(&Text)),
            ("effective_from", Nullable(&Text)),
            ("due_at", Nullable(&BigInt)),
            ("original_digest", Nullable(&Text)),
            ("findings", Text),
            ("note", Text),
            ("created_at", BigInt),
            ("created_by", Text),
            ("updated_at", BigInt),
            ("updated_by", Text),
            ("approved_at", Nullable(&BigInt)),
            ("approved_by", Nullable(&Text)),
            ("activated_at", Nullable(&BigInt)),
        ],
        indexes: &[
            Index::PerTenant(&["kind", "key", "state"]),
            Index::PerTenant(&["plugin", "state"]),
            Index::OverTenants(&["due_at"]),
        ],
    },
    Table {
        name: "configuration_event",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("item_id", BigInt),
            ("sequence", BigInt),
            ("at", BigInt),
            ("principal", Text),
            ("action", SmallInt),
            ("version", BigInt),
            ("digest", Nullable(&Text)),
            ("detail", Nullable(&Text)),
        ],
        indexes: &[],
    },
];
