//! What all nodes have to agree upon: how often configuration, definitions or plugins have changed,
//! and what a manual clock shows.
//!
//! A node keeps such things in memory and looks at the beginning of each group whether they are
//! still what is committed; nothing else tells it in time.

use super::*;
use crate::entity::meta;
use crate::id::TenantId;
use sea_orm::EntityTrait;

const REVISION: &str = "revision";

/// What all nodes have to agree upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Grows whenever something changes that nodes keep in memory.
    pub revision: i64,
    /// What a manual clock shows, in microseconds; meaningless for the machine's.
    pub clock_now: i64,
}

impl Database {
    /// What all nodes have to agree upon, as committed.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn standing(&self) -> Result<Standing, Error> {
        read(self.readers()).await
    }
}

/// What all nodes have to agree upon.
pub(crate) async fn read<C: ConnectionTrait>(db: &C) -> Result<Standing, Error> {
    let rows = meta::Entity::find().all(db).await;
    let rows = rows.map_err(Error::database("read what all nodes agree upon"))?;
    let number = |key: &str| {
        let row = rows.iter().find(|it| it.key == key);
        row.and_then(|it| it.value.parse().ok()).unwrap_or_default()
    };
    Ok(Standing {
        revision: number(REVISION),
        clock_now: number(clock::NOW),
    })
}

/// Tells the other nodes, with the commit, that something changed which they keep in memory.
pub(crate) async fn revise<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let values = match backend {
        sea_orm::DbBackend::Postgres => "$1, $2, '1'",
        _ => "?, ?, '1'",
    };
    let text = format!(
        "INSERT INTO \"meta\" (\"tenant_id\", \"key\", \"value\") VALUES ({values}) \
         ON CONFLICT (\"tenant_id\", \"key\") \
         DO UPDATE SET \"value\" = CAST(CAST(\"meta\".\"value\" AS bigint) + 1 AS text)"
    );
    let values = [TenantId::server().as_str().into(), REVISION.into()];
    let statement = Statement::from_sql_and_values(backend, text, values);
    let done = db.execute_raw(statement).await;
    done.map_err(Error::database("revise what nodes keep in memory"))?;
    Ok(())
}
