//! Creates what a county configures, and what holds for the whole database.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::migration::table::{Table, Type::*, create};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await?;
        match manager.get_database_backend() {
            // A sequence is never locked and never rolled back, so that writers do not wait for each
            // other; its step is the size of a block.
            DbBackend::Postgres => {
                let text = "CREATE SEQUENCE \"id_block\" INCREMENT BY 4096";
                manager.get_connection().execute_unprepared(text).await?;
                Ok(())
            }
            _ => create(manager, ID_BLOCK).await,
        }
    }
}

const TABLES: &[Table] = &[
    Table {
        name: "tenant",
        n_key: 1,
        columns: &[("tenant_id", Text), ("name", Text), ("created_at", BigInt)],
        indexes: &[],
    },
    Table {
        name: "staff",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("id", Text),
            ("name", Text),
            ("roles", Text),
            ("division", Nullable(&Text)),
            ("active", Bool),
        ],
        indexes: &[],
    },
    Table {
        name: "parameter",
        n_key: 4,
        columns: &[
            ("tenant_id", Text),
            ("plugin", Text),
            ("key", Text),
            ("effective_from", Text),
            ("item_id", Nullable(&BigInt)),
            ("value", Text),
            ("updated_at", BigInt),
            ("updated_by", Text),
        ],
        indexes: &[],
    },
    Table {
        name: "calendar",
        n_key: 2,
        columns: &[
            ("tenant_id", Text),
            ("year", Int),
            ("content", Text),
            ("confirmed", Bool),
            ("updated_at", BigInt),
        ],
        indexes: &[],
    },
    Table {
        name: "meta",
        n_key: 2,
        columns: &[("tenant_id", Text), ("key", Text), ("value", Text)],
        indexes: &[],
    },
];

const ID_BLOCK: &[Table] = &[Table {
    name: "id_block",
    n_key: 2,
    columns: &[("tenant_id", Text), ("name", Text), ("next_id", BigInt)],
    indexes: &[],
}];
