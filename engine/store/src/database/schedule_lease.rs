//! Leases of schedules: which of several nodes makes the runs of one. What is written under a lease
//! carries its token, so that a node that has lost it writes nothing more. They follow the machine's
//! clock, and are taken and renewed outside of units of work.

use sea_orm::{DbBackend, Value};

use super::*;
use crate::id::TenantId;

/// A lease that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct ScheduleLeaseRequest<'l> {
    /// Key of the schedule.
    pub name: &'l str,
    /// The node that asks.
    pub holder: &'l str,
    /// Now, by the machine's clock.
    pub now: i64,
    /// Until when it is asked for.
    pub until: i64,
}

impl Database {
    /// Takes or renews a lease: the token under which it is held, or nothing where another node
    /// holds it. A new holder gets a greater token.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn hold_schedule_lease(
        &self,
        tenant: &TenantId,
        request: &ScheduleLeaseRequest<'_>,
    ) -> Result<Option<i64>, Error> {
        let failed = Error::database("take a lease");
        let backend = self.inner.dialect.backend();
        let text = match backend {
            DbBackend::Postgres => HOLD_POSTGRESQL,
            _ => HOLD_SQLITE,
        };
        let values: [Value; 5] = [
            tenant.as_str().into(),
            request.name.into(),
            request.holder.into(),
            request.until.into(),
            request.now.into(),
        ];
        let statement = Statement::from_sql_and_values(backend, text, values);
        let tx = self.begin().await?;
        let row = tx.query_one_raw(statement).await.map_err(&failed)?;
        let token = row.map(|it| it.try_get("", "token")).transpose();
        let token = token.map_err(&failed)?;
        tx.commit().await.map_err(Error::commit)?;
        Ok(token)
    }

    /// Gives a lease back, if it is still held under the token.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn release_schedule_lease(
        &self,
        tenant: &TenantId,
        name: &str,
        token: i64,
    ) -> Result<(), Error> {
        let failed = Error::database("give a lease back");
        let backend = self.inner.dialect.backend();
        let text = match backend {
            DbBackend::Postgres => {
                "UPDATE \"schedule_lease\" SET \"until\" = 0 \
                 WHERE \"tenant_id\" = $1 AND \"name\" = $2 AND \"token\" = $3"
            }
            _ => {
                "UPDATE \"schedule_lease\" SET \"until\" = 0 \
                 WHERE \"tenant_id\" = ?1 AND \"name\" = ?2 AND \"token\" = ?3"
            }
        };
        let values: [Value; 3] = [tenant.as_str().into(), name.into(), token.into()];
        let statement = Statement::from_sql_and_values(backend, text, values);
        let tx = self.begin().await?;
        tx.execute_raw(statement).await.map_err(&failed)?;
        tx.commit().await.map_err(Error::commit)
    }
}

/// Who holds it keeps the token while it lasts; whoever takes it over, and a holder whose time had
/// run out, gets the next.
const HOLD_SQLITE: &str = "INSERT INTO \"schedule_lease\" (\"tenant_id\", \"name\", \"holder\", \"until\", \"token\") \
     VALUES (?1, ?2, ?3, ?4, 1) \
     ON CONFLICT (\"tenant_id\", \"name\") DO UPDATE SET \
     \"token\" = \"schedule_lease\".\"token\" + CASE WHEN \"schedule_lease\".\"holder\" = ?3 AND \"schedule_lease\".\"until\" > ?5 THEN 0 ELSE 1 END, \
     \"holder\" = ?3, \"until\" = ?4 \
     WHERE \"schedule_lease\".\"until\" <= ?5 OR \"schedule_lease\".\"holder\" = ?3 \
     RETURNING \"token\"";
const HOLD_POSTGRESQL: &str = "INSERT INTO \"schedule_lease\" (\"tenant_id\", \"name\", \"holder\", \"until\", \"token\") \
     VALUES ($1, $2, $3, $4, 1) \
     ON CONFLICT (\"tenant_id\", \"name\") DO UPDATE SET \
     \"token\" = \"schedule_lease\".\"token\" + CASE WHEN \"schedule_lease\".\"holder\" = $3 AND \"schedule_lease\".\"until\" > $5 THEN 0 ELSE 1 END, \
     \"holder\" = $3, \"until\" = $4 \
     WHERE \"schedule_lease\".\"until\" <= $5 OR \"schedule_lease\".\"holder\" = $3 \
     RETURNING \"token\"";
