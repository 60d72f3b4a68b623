//! How PostgreSQL is reached.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

use crate::database::Options;

/// A writer that waits longer for a row gives up, and its group is run again.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '10s'";
const STATEMENT_CACHE_CAPACITY: usize = 512;

/// Opens a pool of at most so many connections.
pub(crate) async fn connect(
    options: &Options,
    connections_max: u32,
) -> Result<DatabaseConnection, DbErr> {
    let mut connect = ConnectOptions::new(options.url.clone());
    connect
        .max_connections(connections_max)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|it| it.statement_cache_capacity(STATEMENT_CACHE_CAPACITY))
        .map_sqlx_postgres_pool_opts(|it| {
            it.after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::Executor::execute(connection, LOCK_TIMEOUT)
                        .await
                        .map(|_| ())
                })
            })
        });
    Database::connect(connect).await
}
