//! How PostgreSQL is reached.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};

use crate::database::Options;

/// What each connection is told, whatever the server's defaults are.
///
/// The engine is made for READ COMMITTED. A writer that waits longer for a row gives up, and its group
/// is run again; one that hangs does not hold its rows for ever. A commit that was answered is on the
/// disk: a server that is set to answer before is told to wait, one that waits for standbys too is
/// left to it.
const SESSION: &str = "SET default_transaction_isolation = 'read committed'; \
    SET lock_timeout = '10s'; \
    SET idle_in_transaction_session_timeout = '60s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') = 'off'";
const STATEMENT_CACHE_CAPACITY: usize = 512;
/// While the server is away, whoever needs a connection waits for so long.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// An arbitrary number that only our migrations lock.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(8150627)";

/// Opens a pool of at most so many connections.
pub(crate) async fn connect(
    options: &Options,
    connections_max: u32,
) -> Result<DatabaseConnection, DbErr> {
    let mut connect = ConnectOptions::new(options.url.clone());
    connect
        .max_connections(connections_max)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A round trip for each use; a lost connection is dealt with when it shows.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|it| {
            it.statement_cache_capacity(STATEMENT_CACHE_CAPACITY)
                .application_name("tongban")
        })
        .map_sqlx_postgres_pool_opts(|it| {
            it.after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::Executor::execute(connection, SESSION)
                        .await
                        .map(|_| ())
                })
            })
        });
    Database::connect(connect).await
}

/// Waits until no other node migrates; dropping the connection lets the next one.
pub(crate) async fn lock_migration(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut connect = ConnectOptions::new(url.to_owned());
    connect.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(connect).await?;
    connection.execute_unprepared(MIGRATION_LOCK).await?;
    Ok(connection)
}
