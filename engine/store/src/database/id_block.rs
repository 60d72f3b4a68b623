//! Ids from blocks that are reserved in the database, never from a clock.
//!
//! A block that a unit of work reserves belongs to it until its commit; only then may others use
//! what is left, since a rollback gives the block back.

use super::*;
use crate::id::TenantId;

/// The one series of ids: process instances, definitions, continuations, audit entries.
const NAME: &str = "id";
/// Ids reserved at a time; after a crash at most so many are skipped.
pub(crate) const BLOCK_IDS: i64 = 4096;

impl Database {
    /// Reserves ids for good, in a transaction of its own.
    ///
    /// # Errors
    /// [`Error::Database`] if the database fails. On SQLite it waits while a unit of work of this
    /// process has its transaction open, so do not call it while holding one.
    pub async fn reserve_ids(&self, count: u32) -> Result<Range<i64>, Error> {
        let tx = self.begin().await?;
        let ids = reserve(&tx, i64::from(count)).await?;
        tx.commit().await.map_err(Error::database("reserve ids"))?;
        Ok(ids)
    }

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

/// Reserves ids within a transaction.
pub(crate) async fn reserve<C: ConnectionTrait>(db: &C, count: i64) -> Result<Range<i64>, Error> {
    let failed = Error::database("reserve ids");
    let backend = db.get_database_backend();
    let values = match backend {
        sea_orm::DbBackend::Postgres => "$1, $2, $3",
        _ => "?, ?, ?",
    };
    let text = format!(
        "INSERT INTO \"id_block\" (\"tenant_id\", \"name\", \"next_id\") VALUES ({values}) \
         ON CONFLICT (\"tenant_id\", \"name\") \
         DO UPDATE SET \"next_id\" = \"id_block\".\"next_id\" + excluded.\"next_id\" - 1 \
         RETURNING \"next_id\""
    );
    // The first id ever is 1, so the first row holds `count + 1`.
    let tenant = TenantId::server();
    let values = [tenant.as_str().into(), NAME.into(), (count + 1).into()];
    let statement = Statement::from_sql_and_values(backend, text, values);
    let row = db.query_one_raw(statement).await.map_err(&failed)?;
    let row = row.ok_or_else(|| Error::conflict("reserve ids"))?;
    let next: i64 = row.try_get("", "next_id").map_err(&failed)?;
    Ok(next - count..next)
}
