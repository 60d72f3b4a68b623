//! Creates process instances and their history.

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
        name: "process_instance",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("definition_id", BigInt),
            ("process_key", Text),
            ("business_key", Nullable(&Text)),
            ("parent_process_instance_id", Nullable(&BigInt)),
            ("parent_element_instance_id", Nullable(&BigInt)),
            ("status", SmallInt),
            ("sequence", BigInt),
            ("n_incidents", Int),
            ("started_at", BigInt),
            ("started_by", Text),
            ("ended_at", Nullable(&BigInt)),
            ("halt_reason", Nullable(&Text)),
            ("state", Nullable(&Bytes)),
            ("version", BigInt),
        ],
        indexes: &[
            Index::PerTenant(&["status", "id"]),
            Index::PerTenant(&["process_key", "id"]),
            Index::PerTenant(&["business_key", "id"]),
            Index::PerTenant(&["parent_process_instance_id", "id"]),
        ],
    },
    Table {
        name: "event_record",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("sequence", BigInt),
            ("at", BigInt),
            ("principal", Text),
            ("content", Bytes),
        ],
        indexes: &[],
    },
];
