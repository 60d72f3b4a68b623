//! Creates what instances wait for, what waits for them, and what they have yet to do.

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
        name: "user_task",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("id", BigInt),
            ("process_key", Text),
            ("definition_id", BigInt),
            ("element_id", Text),
            ("name", Nullable(&Text)),
            ("state", SmallInt),
            ("assignee", Nullable(&Text)),
            ("candidate_groups", Text),
            ("candidate_users", Text),
            ("due_at", Nullable(&BigInt)),
            ("follow_up_at", Nullable(&BigInt)),
            ("priority", Int),
            ("form_kind", Nullable(&SmallInt)),
            ("form", Nullable(&Text)),
            ("record_kind", Nullable(&Text)),
            ("record_id", Nullable(&Text)),
            ("created_at", BigInt),
            ("ended_at", Nullable(&BigInt)),
            ("completed_by", Nullable(&Text)),
            ("light", SmallInt),
            ("escalation_level", SmallInt),
            ("next_escalation_at", Nullable(&BigInt)),
            ("is_suspended", Bool),
        ],
        indexes: &[
            Index::PerTenant(&["state", "light", "due_at"]),
            Index::Partial(
                &["next_escalation_at"],
                "\"next_escalation_at\" IS NOT NULL",
            ),
            Index::PerTenant(&["state", "created_at"]),
            Index::PerTenant(&["state", "due_at"]),
            Index::PerTenant(&["state", "priority"]),
            Index::PerTenant(&["assignee", "state", "created_at"]),
            Index::PerTenant(&["record_kind", "record_id"]),
        ],
    },
    Table {
        name: "timer",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("id", BigInt),
            ("element_id", Text),
            ("due_at", BigInt),
            ("deadline_key", Nullable(&Text)),
            ("deadline_record_id", Nullable(&Text)),
        ],
        indexes: &[
            Index::OverTenants(&["due_at", "tenant_id"]),
            Index::PartialPerTenant(
                &["deadline_key", "deadline_record_id"],
                "\"deadline_key\" IS NOT NULL",
            ),
        ],
    },
    Table {
        name: "message_subscription",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("id", BigInt),
            ("process_key", Text),
            ("element_id", Text),
            ("message_name", Text),
            ("correlation_key", Text),
            ("created_at", BigInt),
        ],
        indexes: &[Index::PerTenant(&["message_name", "correlation_key"])],
    },
    Table {
        name: "signal_subscription",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("id", BigInt),
            ("element_id", Text),
            ("signal_name", Text),
            ("created_at", BigInt),
        ],
        indexes: &[Index::PerTenant(&[
            "signal_name",
            "process_instance_id",
            "id",
        ])],
    },
    Table {
        name: "message",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("name", Text),
            ("correlation_key", Text),
            ("message_id", Nullable(&Text)),
            ("variables", Bytes),
            ("published_at", BigInt),
            ("expires_at", BigInt),
        ],
        indexes: &[
            Index::PerTenant(&["name", "correlation_key", "published_at"]),
            Index::OverTenants(&["expires_at"]),
        ],
    },
    Table {
        name: "message_correlation",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("message", BigInt),
            ("process_key", Text),
        ],
        indexes: &[],
    },
    Table {
        name: "message_start",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_key", Text),
            ("correlation_key", Text),
            ("process_instance_id", BigInt),
        ],
        indexes: &[],
    },
    Table {
        name: "incident",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("id", BigInt),
            ("definition_id", BigInt),
            ("process_key", Text),
            ("element_id", Text),
            ("kind", Text),
            ("message", Text),
            ("created_at", BigInt),
            ("resolved_at", Nullable(&BigInt)),
        ],
        indexes: &[
            Index::PerTenant(&["resolved_at", "created_at"]),
            Index::OverTenants(&["resolved_at"]),
        ],
    },
    Table {
        name: "job",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("process_instance_id", BigInt),
            ("id", BigInt),
            ("element_id", Text),
            ("kind", SmallInt),
            ("job_type", Text),
            ("retries", Int),
            ("retry_at", Nullable(&BigInt)),
            ("created_at", BigInt),
            ("queue", Nullable(&Text)),
            ("available_at", Nullable(&BigInt)),
            ("lease_token", BigInt),
            ("worker", Nullable(&Text)),
            ("n_failures", Int),
            ("is_suspended", Bool),
        ],
        indexes: &[
            Index::OverTenants(&["retry_at", "tenant_id"]),
            Index::OverTenants(&["queue", "available_at"]),
            Index::PerTenant(&["queue", "available_at", "process_instance_id"]),
        ],
    },
    Table {
        name: "continuation",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("process_instance_id", Nullable(&BigInt)),
            ("kind", Text),
            ("payload", Bytes),
            ("created_at", BigInt),
        ],
        indexes: &[],
    },
];
