//! The database: options, connections, schema, clock.
//!
//! Start from [`Database::connect`]. On SQLite there is one writing connection, so at most one
//! [`UnitOfWork`] with an open transaction at a time: a second one waits for the first.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio::runtime::Handle;

use crate::dialect::{Dialect, postgresql, sqlite, sqlite_fault, sqlite_statistics};
use crate::error::Error;
use crate::migration::{Migrator, fingerprint};
use crate::record_kind::{self, RecordTable};
use crate::row::configuration::{Clock, ClockMode};
use crate::unit_of_work::UnitOfWork;
use link::{Readers, Transaction};
use probe::Probe;
use state_cache::StateCache;

pub mod lease;
pub mod notice;
pub mod probe;
pub mod standing;

pub(crate) mod clock;
pub(crate) mod id_block;
pub(crate) mod link;
pub mod schedule_lease;
pub(crate) mod state_cache;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:<file>` or `postgres://user@host:port/name`.
    pub url: String,
    /// Connections for reading.
    pub readers_max: u32,
    /// Connections for writing; SQLite always has one.
    pub writers_max: u32,
    /// What only SQLite knows.
    pub sqlite: SqliteOptions,
    /// Makes work on the database fail, for tests.
    pub probe: Option<Arc<dyn Probe>>,
}

impl Options {
    /// The usual options for a database.
    #[must_use]
    pub fn new(url: &str) -> Options {
        Options {
            url: url.to_owned(),
            readers_max: 4,
            writers_max: 4,
            sqlite: SqliteOptions::default(),
            probe: None,
        }
    }
}

/// What only SQLite knows.
#[derive(Debug, Clone, Default)]
pub struct SqliteOptions {
    /// When a commit is durable.
    pub synchronous: Synchronous,
    /// The file layer; [`sqlite_fault::NAME`] loses what was not flushed when the process is killed.
    pub vfs: Option<String>,
}

/// When a commit of SQLite is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// Before it is acknowledged.
    #[default]
    Full,
    /// Some time later. For tests that show the difference, never to serve with.
    Off,
}

/// How a pool of connections is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// Which pool: `writers` or `readers`.
    pub name: &'static str,
    /// Connections that are open.
    pub n_open: u64,
    /// Those of them that nobody uses.
    pub n_idle: u64,
}

/// An open database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dialect: Dialect,
    url: String,
    writer: DatabaseConnection,
    readers: Readers,
    probe: Option<Arc<dyn Probe>>,
    /// The runtime whose connections these are: a unit of work that is dropped outside of it gives
    /// its connection back inside.
    runtime: Handle,
    /// Declared record kinds as committed.
    kinds: RwLock<BTreeMap<Arc<str>, Arc<RecordTable>>>,
    /// Instances as they were committed last.
    states: StateCache,
    /// Ids reserved and committed, but not used.
    ids: Mutex<VecDeque<Range<i64>>>,
}

impl Database {
    /// Opens a database; an SQLite file is created if absent. The schema is left as it is.
    ///
    /// # Errors
    /// [`Error::Connect`] if it cannot be reached, [`Error::UnknownDialect`] for a foreign URL.
    pub async fn connect(options: &Options) -> Result<Database, Error> {
        let failed = |source| Error::Connect {
            database: without_password(&options.url),
            source,
        };
        let (dialect, writer, readers) = match dialect_of(&options.url)? {
            Dialect::Sqlite => {
                if options.sqlite.vfs.as_deref() == Some(sqlite_fault::NAME) {
                    sqlite_fault::register();
                }
                // The writer comes first: it creates the file and turns its log on.
                let writer = sqlite::connect_writer(options).await.map_err(failed)?;
                let readers = sqlite::connect_readers(options).await.map_err(failed)?;
                (Dialect::Sqlite, writer, readers)
            }
            Dialect::Postgresql => {
                let writers_max = options.writers_max.max(1);
                let writer = postgresql::connect(options, writers_max)
                    .await
                    .map_err(failed)?;
                let readers_max = options.readers_max.max(1);
                let readers = postgresql::connect(options, readers_max)
                    .await
                    .map_err(failed)?;
                (Dialect::Postgresql, writer, readers)
            }
        };
        let inner = Inner {
            dialect,
            url: options.url.clone(),
            writer,
            readers: Readers(readers),
            probe: options.probe.clone(),
            runtime: Handle::current(),
            kinds: RwLock::default(),
            states: StateCache::default(),
            ids: Mutex::default(),
        };
        Ok(Database {
            inner: Arc::new(inner),
        })
    }

    /// Brings the schema up to date and reads the declared record kinds; says how many steps ran.
    ///
    /// # Errors
    /// [`Error::Migrate`] if a step fails, [`Error::ForeignSchema`] if the database was made by
    /// another form of one.
    pub async fn migrate(&self) -> Result<usize, Error> {
        let failed = |source| Error::Migrate { source };
        let writer = &self.inner.writer;
        // Nodes that start at the same time bring the schema up to date one after the other.
        let _alone = match self.inner.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgresql => Some(
                postgresql::lock_migration(&self.inner.url)
                    .await
                    .map_err(failed)?,
            ),
        };
        if let Some(step) = fingerprint::foreign_step(writer).await.map_err(failed)? {
            return Err(Error::ForeignSchema { step });
        }
        let pending = Migrator::get_pending_migrations(writer)
            .await
            .map_err(failed)?;
        if !pending.is_empty() {
            fingerprint::note(writer, &pending).await.map_err(failed)?;
            Migrator::up(writer, None).await.map_err(failed)?;
            if self.inner.dialect == Dialect::Sqlite {
                let step = writer.begin().await.map_err(failed)?;
                sqlite_statistics::assume(&step, None)
                    .await
                    .map_err(failed)?;
                step.commit().await.map_err(failed)?;
            }
        }
        let tables = record_kind::load_all(writer).await?;
        self.publish_kinds(tables);
        Ok(pending.len())
    }

    /// A new unit of work. Its transaction is opened by the first read or flush.
    #[must_use]
    pub fn unit_of_work(&self) -> UnitOfWork {
        UnitOfWork::new(self.clone())
    }

    /// Which kind of database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    /// Copies the write-ahead log of SQLite back into its file, as far as readers allow.
    ///
    /// # Errors
    /// [`Error::Database`] if the file cannot be written.
    pub async fn checkpoint(&self) -> Result<(), Error> {
        if self.inner.dialect == Dialect::Sqlite {
            let text = "PRAGMA wal_checkpoint(TRUNCATE)";
            let statement = Statement::from_string(self.inner.dialect.backend(), text);
            let failed = Error::database("copy the write-ahead log back");
            self.inner
                .writer
                .query_one_raw(statement)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Closes all connections. SQLite copies its log back into the file.
    ///
    /// # Errors
    /// [`Error::Database`] if the log cannot be copied back.
    pub async fn close(&self) -> Result<(), Error> {
        let readers = self.inner.readers.0.clone();
        readers
            .close()
            .await
            .map_err(Error::database("close the readers"))?;
        self.checkpoint().await?;
        self.inner
            .writer
            .clone()
            .close()
            .await
            .map_err(Error::database("close the writer"))
    }

    /// How the pools of connections are used.
    #[must_use]
    pub fn pools(&self) -> [PoolUse; 2] {
        let used = |name, connection: &DatabaseConnection| {
            let (n_open, n_idle) = match self.inner.dialect {
                Dialect::Sqlite => {
                    let pool = connection.get_sqlite_connection_pool();
                    (pool.size(), pool.num_idle())
                }
                Dialect::Postgresql => {
                    let pool = connection.get_postgres_connection_pool();
                    (pool.size(), pool.num_idle())
                }
            };
            PoolUse {
                name,
                n_open: n_open.into(),
                n_idle: n_idle as u64,
            }
        };
        [
            used("writers", &self.inner.writer),
            used("readers", &self.inner.readers.0),
        ]
    }

    /// Whether the database answers and its schema is the one that this build knows.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if it does not answer.
    pub async fn is_current(&self) -> Result<bool, Error> {
        let readers = self.readers();
        let pending = Migrator::get_pending_migrations(&readers.0).await;
        Ok(pending
            .map_err(Error::database("look at the schema"))?
            .is_empty())
    }

    pub(crate) fn states(&self) -> &StateCache {
        &self.inner.states
    }

    /// The connections for reading.
    pub(crate) fn readers(&self) -> &Readers {
        &self.inner.readers
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.inner.runtime
    }

    /// Opens a transaction that will write.
    pub(crate) async fn begin(&self) -> Result<Transaction, Error> {
        let mode = match self.inner.dialect {
            // A deferred transaction that turns into a writing one may fail half-way.
            Dialect::Sqlite => Some(SqliteTransactionMode::Immediate),
            Dialect::Postgresql => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: mode,
            ..Default::default()
        };
        let probe = self.inner.probe.clone();
        let begun = Transaction::begin(&self.inner.writer, options, probe).await;
        begun.map_err(Error::database("begin a transaction"))
    }

    /// The table of a record kind, as far as it is committed and known to this process.
    pub(crate) fn record_table(&self, kind: &str) -> Option<Arc<RecordTable>> {
        let kinds = self
            .inner
            .kinds
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        kinds.get(kind).cloned()
    }

    /// Takes over kinds that were committed just now.
    pub(crate) fn publish_kinds(&self, tables: Vec<Arc<RecordTable>>) {
        let mut kinds = self
            .inner
            .kinds
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for table in tables {
            kinds.insert(table.kind.kind.clone(), table);
        }
    }

    /// Reads the declared record kinds again; another node may have declared or changed some.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn reload_kinds(&self) -> Result<(), Error> {
        let tables = record_kind::load_all(&self.inner.readers).await?;
        self.publish_kinds(tables);
        Ok(())
    }
}

fn dialect_of(url: &str) -> Result<Dialect, Error> {
    match url.split(':').next().unwrap_or_default() {
        "sqlite" => Ok(Dialect::Sqlite),
        "postgres" | "postgresql" => Ok(Dialect::Postgresql),
        found => Err(Error::UnknownDialect {
            found: found.chars().take(20).collect(),
        }),
    }
}

/// `postgres://user:secret@host/name` without the secret.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((user, place)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_never_shows_the_password() {
        let shown = without_password("postgres://tongban:geheim@localhost:5432/tongban");
        assert_eq!(shown, "postgres://tongban@localhost:5432/tongban");
        assert_eq!(
            without_password("sqlite:data/tongban.db"),
            "sqlite:data/tongban.db"
        );
    }

    #[test]
    fn a_foreign_url_is_refused() {
        assert!(matches!(
            dialect_of("mysql://x"),
            Err(Error::UnknownDialect { .. })
        ));
    }
}
