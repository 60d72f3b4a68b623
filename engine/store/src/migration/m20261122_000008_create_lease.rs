//! Creates the leases of nodes on shares of the background work.

use sea_orm_migration::prelude::*;

use crate::migration::table::{Table, Type::*, create};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await
    }
}

const TABLES: &[Table] = &[Table {
    name: "lease",
    n_key: 2,
    columns: &[
        ("tenant_id", Text),
        ("name", Text),
        ("holder", Text),
        ("token", BigInt),
        ("expires_at", BigInt),
    ],
    indexes: &[],
}];
