//! Creates the questions to other registers and their answers.

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
        name: "check_request",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", Text),
            ("process_instance_id", BigInt),
            ("job_id", BigInt),
            ("kind", Text),
            ("subject", Text),
            ("body", Text),
            ("state", SmallInt),
            ("n_tries", Int),
            ("created_at", BigInt),
        ],
        indexes: &[],
    },
    Table {
        name: "check_answer",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("check_id", Text),
            ("kind", Text),
            ("subject", Text),
            ("outcome", Text),
            ("body", Text),
            ("answered_at", BigInt),
        ],
        indexes: &[Index::PerTenant(&["kind", "subject", "answered_at"])],
    },
];
