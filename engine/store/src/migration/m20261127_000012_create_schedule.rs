//! Creates schedules with their rules, runs and items, and who may run them.

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
        name: "schedule",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("key", Text),
            ("plugin", Text),
            ("enabled", Bool),
            ("handled_until", BigInt),
            ("since", BigInt),
            ("updated_at", BigInt),
            ("updated_by", Text),
        ],
        indexes: &[],
    },
    Table {
        name: "schedule_rule",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("key", Text),
            ("version", Int),
            ("content", Text),
            ("note", Text),
            ("state", SmallInt),
            ("effective_on", Text),
            ("proposed_by", Text),
            ("proposed_at", BigInt),
            ("decided_by", Nullable(&Text)),
            ("decided_at", Nullable(&BigInt)),
            ("item_id", Nullable(&BigInt)),
        ],
        indexes: &[],
    },
    Table {
        name: "schedule_run",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("key", Text),
            ("scheduled_for", BigInt),
            ("ordinal", BigInt),
            ("first_for", BigInt),
            ("n_instants", Int),
            ("policy", SmallInt),
            ("late", Bool),
            ("missed_until", Nullable(&Text)),
            ("requested_by", Nullable(&Text)),
            ("state", SmallInt),
            ("cursor", Nullable(&Text)),
            ("selected", BigInt),
            ("created", BigInt),
            ("skipped_duplicate", BigInt),
            ("failed", BigInt),
            ("config_version", Text),
            ("calendar_version", Text),
            ("message", Nullable(&Text)),
            ("planned_at", BigInt),
            ("started_at", Nullable(&BigInt)),
            ("ended_at", Nullable(&BigInt)),
        ],
        indexes: &[
            Index::Unique(&["key", "scheduled_for", "ordinal"]),
            Index::PerTenant(&["scheduled_for", "id"]),
            Index::Partial(
                &["tenant_id", "key", "scheduled_for", "id"],
                "\"state\" = 0",
            ),
        ],
    },
    Table {
        name: "schedule_item",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("key", Text),
            ("schedule_key", Text),
            ("run_id", BigInt),
            ("subject_id", Text),
            ("anchor_on", Nullable(&Text)),
            ("due_on", Nullable(&Text)),
            ("stage", Nullable(&Int)),
            ("period", Text),
            ("late", Bool),
            ("outcome", SmallInt),
            ("message", Nullable(&Text)),
            ("n_tries", Int),
            ("retry_at", Nullable(&BigInt)),
            ("at", BigInt),
        ],
        indexes: &[
            Index::PerTenant(&["run_id", "key"]),
            Index::PerTenant(&["schedule_key", "subject_id"]),
            Index::Partial(&["retry_at"], "\"retry_at\" IS NOT NULL"),
        ],
    },
    Table {
        name: "schedule_lease",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("name", Text),
            ("holder", Text),
            ("until", BigInt),
            ("token", BigInt),
        ],
        indexes: &[],
    },
    Table {
        name: "scheduler",
        n_key: 1,
        columns: &[
            ("tenant_id", Text),
            ("high_water", BigInt),
            ("stopped_at", Nullable(&BigInt)),
            ("message", Nullable(&Text)),
            ("resumed_at", Nullable(&BigInt)),
            ("resumed_by", Nullable(&Text)),
        ],
        indexes: &[],
    },
];
