//! Ids from blocks that are reserved in the database, never from a clock.
//!
//! A block that a unit of work reserves belongs to it until its commit; only then may others use
//! what is left, since a rollback gives the block back.

use super::*;
use crate::id::TenantId;

/// The one series of ids: process instances, definitions, continuations, audit entries.
const NAME: &str = "id";
/// Ids reserved at a time, as the migration of PostgreSQL's sequence says too; after a crash at most
/// so many are skipped.
const BLOCK_IDS: i64 = 4096;

impl Database {
    /// One committed id, if any is left.
    pub(crate) fn take_spare_id(&self) -> Option<i64> {
        let mut spare = self
            .inner
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while let Some(range) = spare.front_mut() {
            match range.next() {
                Some(id) => return Some(id),
                None => spare.pop_front(),
            };
        }
        None
    }

    /// Takes over what a committed unit of work has left.
    pub(crate) fn give_spare_ids(&self, ids: Range<i64>) {
        if !ids.is_empty() {
            let mut spare = self
                .inner
                .ids
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            spare.push_back(ids);
        }
    }
}

/// Reserves a block.
///
/// On SQLite the block is part of the transaction. On PostgreSQL it comes from a sequence, which no
/// transaction holds: two writers never wait for each other's blocks.
pub(crate) async fn reserve<C: ConnectionTrait>(db: &C) -> Result<Range<i64>, Error> {
    let failed = Error::database("reserve ids");
    let backend = db.get_database_backend();
    let statement = match backend {
        sea_orm::DbBackend::Postgres => {
            Statement::from_string(backend, "SELECT nextval('id_block') + 4096 AS \"next_id\"")
        }
        _ => {
            let text = "INSERT INTO \"id_block\" (\"tenant_id\", \"name\", \"next_id\") VALUES (?, ?, ?) \
                ON CONFLICT (\"tenant_id\", \"name\") \
                DO UPDATE SET \"next_id\" = \"id_block\".\"next_id\" + excluded.\"next_id\" - 1 \
                RETURNING \"next_id\"";
            // The first id ever is 1, so the first row holds one more than a block has.
            let tenant = TenantId::server();
            let values = [tenant.as_str().into(), NAME.into(), (BLOCK_IDS + 1).into()];
            Statement::from_sql_and_values(backend, text, values)
        }
    };
    let row = db.query_one_raw(statement).await.map_err(&failed)?;
    let row = row.ok_or_else(|| Error::conflict("reserve ids"))?;
    let next: i64 = row.try_get("", "next_id").map_err(&failed)?;
    Ok(next - BLOCK_IDS..next)
}
