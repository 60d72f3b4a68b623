//! Leases: which node takes up which share of the background work.
//!
//! They are for efficiency only. What is done under one is a command that locks what it changes, so
//! that two nodes that both believe to hold a lease do nothing twice. A lease that changes hands gets
//! a new token; a renewal that names the token of another holder renews nothing.

use super::*;
use crate::bulk::{self, Shape};
use crate::entity::lease;
use crate::id::TenantId;

/// A lease as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub name: Arc<str>,
    /// The node that has it, or had it last.
    pub holder: Arc<str>,
    /// Grows whenever it changes hands.
    pub token: i64,
    /// Until when, in microseconds of the database's clock.
    pub expires_at: i64,
}

/// All leases, and what the database's clock shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leases {
    /// In the order of their names.
    pub leases: Vec<Lease>,
    /// The clock that decides what has expired, the same for all nodes; microseconds.
    pub now: i64,
}

/// What a node asks for: the lease as it had read it, with its new holder, token and end.
pub type Claim = Lease;

impl Database {
    /// All leases.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn leases(&self) -> Result<Leases, Error> {
        let failed = Error::database("read the leases");
        let statement = Statement::from_string(self.dialect().backend(), LEASES);
        let rows = self
            .readers()
            .query_all_raw(statement)
            .await
            .map_err(&failed)?;
        let mut read = Leases {
            leases: Vec::new(),
            now: 0,
        };
        for row in rows {
            read.now = row.try_get("", "now").map_err(&failed)?;
            if let Some(name) = row.try_get::<Option<String>>("", "name").map_err(&failed)? {
                read.leases.push(Lease {
                    name: name.into(),
                    holder: row.try_get::<String>("", "holder").map_err(&failed)?.into(),
                    token: row.try_get("", "token").map_err(&failed)?,
                    expires_at: row.try_get("", "expires_at").map_err(&failed)?,
                });
            }
        }
        Ok(read)
    }

    /// Stores claims on leases, in the order of their names; a claim on one that another node has
    /// claimed since it was read is lost. Says the names of those that were granted.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn claim_leases(&self, claims: &[Claim]) -> Result<Vec<Arc<str>>, Error> {
        let tenant = TenantId::server();
        let row = |it: &Claim| -> Vec<sea_orm::Value> {
            vec![
                tenant.as_str().into(),
                (*it.name).into(),
                (*it.holder).into(),
                it.token.into(),
                it.expires_at.into(),
            ]
        };
        let rows = claims.iter().map(row).collect();
        let tx = self.begin().await?;
        let shape = Shape::of::<lease::Entity>();
        let granted = bulk::write_returning(&tx, &shape, rows, GRANT, "name").await?;
        tx.commit().await.map_err(Error::commit)?;
        Ok(granted.into_iter().map(Arc::from).collect())
    }

    /// Forgets leases.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be removed.
    pub async fn forget_leases(&self, names: &[Arc<str>]) -> Result<(), Error> {
        let tenant = TenantId::server();
        let key = |name: &Arc<str>| vec![tenant.as_str().into(), (**name).into()];
        let tx = self.begin().await?;
        let shape = Shape::of::<lease::Entity>();
        bulk::delete(&tx, &shape, names.iter().map(key).collect()).await?;
        tx.commit().await.map_err(Error::commit)
    }
}

const LEASES: &str = "SELECT t.\"now\", l.\"name\", l.\"holder\", l.\"token\", l.\"expires_at\" \
    FROM (SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS \"now\") AS t \
    LEFT JOIN \"lease\" AS l ON TRUE ORDER BY l.\"name\"";

/// A renewal keeps the token, so it succeeds only for who holds the lease; a change of hands names the
/// next token, so it succeeds for the first who asks.
const GRANT: &str = " ON CONFLICT (\"tenant_id\", \"name\") DO UPDATE SET \
    \"holder\" = excluded.\"holder\", \"token\" = excluded.\"token\", \"expires_at\" = excluded.\"expires_at\" \
    WHERE (\"lease\".\"token\" = excluded.\"token\" AND \"lease\".\"holder\" = excluded.\"holder\") \
    OR \"lease\".\"token\" = excluded.\"token\" - 1";
