//! How an SQLite file is opened: one writer, readers beside it, nothing acknowledged unflushed.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::database::{Options, SqliteOptions, Synchronous};

/// Waits of the writer for another process at the same file (a backup, a shell).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// 64 MB of 4 KB pages: the writer copies pages back into the file seldom, and a page that was
/// changed often is copied once.
const WAL_AUTOCHECKPOINT_PAGES: &str = "16000";
/// After a burst the log is cut to this size.
const WAL_SIZE_LIMIT_BYTES: &str = "67108864";
const WRITER_CACHE_KIB: &str = "-32000";
const READER_CACHE_KIB: &str = "-4000";
/// Bulk statements come in chunk sizes of powers of two for some fifteen tables.
const STATEMENT_CACHE_CAPACITY: usize = 512;

/// Opens the one connection that writes.
pub(crate) async fn connect_writer(options: &Options) -> Result<DatabaseConnection, DbErr> {
    let mut connect = connect_options(options, 1);
    let sqlite = options.sqlite.clone();
    connect.map_sqlx_sqlite_opts(move |it| {
        with_file(it, &sqlite)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(match sqlite.synchronous {
                Synchronous::Full => SqliteSynchronous::Full,
                Synchronous::Off => SqliteSynchronous::Off,
            })
            .pragma("wal_autocheckpoint", WAL_AUTOCHECKPOINT_PAGES)
            .pragma("journal_size_limit", WAL_SIZE_LIMIT_BYTES)
            .pragma("cache_size", WRITER_CACHE_KIB)
    });
    Database::connect(connect).await
}

/// Opens the connections that only read.
pub(crate) async fn connect_readers(options: &Options) -> Result<DatabaseConnection, DbErr> {
    let mut connect = connect_options(options, options.readers_max);
    let sqlite = options.sqlite.clone();
    connect.map_sqlx_sqlite_opts(move |it| {
        with_file(it, &sqlite)
            .pragma("query_only", "ON")
            .pragma("cache_size", READER_CACHE_KIB)
    });
    Database::connect(connect).await
}

fn connect_options(options: &Options, connections_max: u32) -> ConnectOptions {
    let mut connect = ConnectOptions::new(options.url.clone());
    connect
        .max_connections(connections_max)
        .min_connections(1)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false);
    connect
}

fn with_file(connect: SqliteConnectOptions, sqlite: &SqliteOptions) -> SqliteConnectOptions {
    let connect = connect
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(false)
        .statement_cache_capacity(STATEMENT_CACHE_CAPACITY)
        .pragma("temp_store", "MEMORY");
    match &sqlite.vfs {
        Some(name) => connect.vfs(name.clone()),
        None => connect,
    }
}
