//! Creates process instances, their history, and what their large multi-instances keep outside of
//! them.

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
            ("part", Nullable(&Text)),
            ("business_key", Nullable(&Text)),
            ("correlation_key", Nullable(&Text)),
            ("parent_process_instance_id", Nullable(&BigInt)),
            ("parent_element_instance_id", Nullable(&BigInt)),
            ("status", SmallInt),
            ("sequence", BigInt),
            ("n_incidents", Int),
            ("started_at", BigInt),
            ("started_by", Text),
            ("ended_at", Nullable(&BigInt)),
            ("suspended_at", Nullable(&BigInt)),
            ("halt_reason", Nullable(&Text)),
            ("state", Nullable(&Bytes)),
            ("version", BigInt),
        ],
        indexes: &[
            Index::PerTenant(&["status", "id"]),
            Index::PerTenant(&["process_key", "id"]),
            Index::PerTenant(&["definition_id", "id"]),
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
    Table {
        name: "iteration_input",
        n_key: 4,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("element_instance_id", BigInt),
            ("first_loop_counter", BigInt),
            ("content", Bytes),
        ],
        indexes: &[],
    },
    Table {
        name: "iteration_output",
        n_key: 4,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("element_instance_id", BigInt),
            ("loop_counter", BigInt),
            ("content", Bytes),
        ],
        indexes: &[],
    },
];
