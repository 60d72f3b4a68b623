//! Creates deployments, files and definitions.

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
        name: "deployment",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("deployed_at", BigInt),
            ("deployed_by", Text),
            ("source", Text),
        ],
        indexes: &[],
    },
    Table {
        name: "resource",
        n_key: 2,
        columns: &[("tenant_id", Text), ("digest", Text), ("content", Bytes)],
        indexes: &[],
    },
    Table {
        name: "process_definition",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("key", Text),
            ("version", Int),
            ("version_tag", Nullable(&Text)),
            ("name", Nullable(&Text)),
            ("origin", SmallInt),
            ("resource_name", Text),
            ("digest", Text),
            ("schemas", Nullable(&Text)),
            ("deployment_id", BigInt),
            ("deployed_at", BigInt),
        ],
        indexes: &[Index::Unique(&["key", "version"])],
    },
    Table {
        name: "decision_definition",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("key", Text),
            ("version", Int),
            ("name", Nullable(&Text)),
            ("effective_from", Nullable(&Text)),
            ("effective_until", Nullable(&Text)),
            ("origin", SmallInt),
            ("item_id", Nullable(&BigInt)),
            ("resource_name", Text),
            ("digest", Text),
            ("namespace", Text),
            ("imports", Nullable(&Text)),
            ("deployment_id", BigInt),
            ("deployed_at", BigInt),
        ],
        indexes: &[
            Index::Unique(&["key", "version"]),
            Index::PerTenant(&["namespace"]),
        ],
    },
    Table {
        name: "form_definition",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("key", Text),
            ("version", Int),
            ("origin", SmallInt),
            ("resource_name", Text),
            ("digest", Text),
            ("deployment_id", BigInt),
            ("deployed_at", BigInt),
        ],
        indexes: &[Index::Unique(&["key", "version"])],
    },
];
