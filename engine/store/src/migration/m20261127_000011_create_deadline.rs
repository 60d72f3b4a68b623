//! Creates deadlines, the editions of a calendar, and what comes with time.

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
        name: "deadline",
        n_key: 3,
        columns: &[
            ("tenant_id", Text),
            ("key", Text),
            ("record_id", Text),
            ("record_kind", Text),
            ("plugin", Text),
            ("status", SmallInt),
            ("anchor_on", Text),
            ("amount", Int),
            ("unit", SmallInt),
            ("roll", SmallInt),
            ("weekends_rest", Bool),
            ("ends_minute", SmallInt),
            ("protects", SmallInt),
            ("nominal_on", Text),
            ("due_on", Text),
            ("due_at", BigInt),
            ("floor_on", Nullable(&Text)),
            ("provisional", Bool),
            ("calendar_version", Text),
            ("pauses", Text),
            ("extensions", Text),
            ("yellow_at", Nullable(&BigInt)),
            ("red_at", Nullable(&BigInt)),
            ("remind_at", Nullable(&BigInt)),
            ("set_at", BigInt),
            ("set_by", Text),
            ("moved_at", Nullable(&BigInt)),
            ("closed_at", Nullable(&BigInt)),
            ("close_reason", Nullable(&Text)),
        ],
        indexes: &[
            Index::PerTenant(&["status", "due_at"]),
            Index::PerTenant(&["record_kind", "record_id"]),
            Index::Partial(&["remind_at"], "\"remind_at\" IS NOT NULL"),
        ],
    },
    Table {
        name: "calendar_override",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("on", Text),
            ("working", Bool),
            ("reason", Text),
            ("document", Nullable(&Text)),
            ("updated_at", BigInt),
            ("updated_by", Text),
        ],
        indexes: &[],
    },
    Table {
        name: "calendar_publication",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("number", BigInt),
            ("version", Text),
            ("note", Text),
            ("published_at", BigInt),
            ("published_by", Text),
            ("state", SmallInt),
            ("cursor_key", Text),
            ("cursor_record", Text),
            ("n_passes", Int),
            ("selected", BigInt),
            ("moved", BigInt),
            ("kept", BigInt),
            ("provisional", BigInt),
            ("ended_at", Nullable(&BigInt)),
        ],
        indexes: &[],
    },
    Table {
        name: "time_event",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", BigInt),
            ("key", Nullable(&Text)),
            ("kind", SmallInt),
            ("at", BigInt),
            ("subject_kind", Text),
            ("subject_id", Text),
            ("deadline_key", Nullable(&Text)),
            ("detail", Text),
            ("operation", Nullable(&Text)),
            ("state", SmallInt),
            ("n_tries", Int),
            ("message", Nullable(&Text)),
        ],
        indexes: &[
            Index::Unique(&["key"]),
            Index::PerTenant(&["kind", "id"]),
            Index::PerTenant(&["subject_kind", "subject_id", "id"]),
            Index::Partial(&["state", "id"], "\"state\" = 0"),
        ],
    },
];
