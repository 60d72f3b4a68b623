//! Creates notices with who has read them, where they go outside, and in which language.

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
        name: "notice",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("code", Text),
            ("plugin", Text),
            ("recipient_kind", SmallInt),
            ("recipient", Text),
            ("division", Nullable(&Text)),
            ("record_kind", Nullable(&Text)),
            ("record_id", Nullable(&Text)),
            ("title_zh", Text),
            ("title_en", Text),
            ("text_zh", Text),
            ("text_en", Text),
            ("fields", Text),
            ("dedupe_key", Nullable(&Text)),
            ("created_at", BigInt),
        ],
        indexes: &[
            Index::PerTenant(&["recipient_kind", "recipient", "created_at"]),
            Index::PerTenant(&["record_kind", "record_id"]),
            Index::Unique(&["dedupe_key"]),
        ],
    },
    Table {
        name: "notice_read",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("notice_id", BigInt),
            ("reader", Text),
            ("read_at", BigInt),
        ],
        indexes: &[],
    },
    Table {
        name: "notice_delivery",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("notice_id", BigInt),
            ("channel", Text),
            ("target", Text),
            ("state", SmallInt),
            ("n_failures", Int),
            ("available_at", Nullable(&BigInt)),
            ("lease_token", BigInt),
            ("last_error", Nullable(&Text)),
            ("ended_at", Nullable(&BigInt)),
        ],
        indexes: &[
            Index::OverTenants(&["target", "available_at"]),
            Index::PerTenant(&["state", "notice_id"]),
        ],
    },
    Table {
        name: "notice_preference",
        n_key: 2,
        columns: &[("tenant_id", Text), ("reader", Text), ("locale", Text)],
        indexes: &[],
    },
];
