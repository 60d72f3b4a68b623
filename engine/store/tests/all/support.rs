//! Databases for tests, and processes to put into them.

pub(crate) mod postgresql;
pub(crate) mod process;

use std::sync::Arc;

use tempfile::TempDir;
use tongban_store::database::{Database, Options};
use tongban_store::id::TenantId;
use tongban_store::unit_of_work::{CommandContext, UnitOfWork};

/// A migrated database of its own.
pub(crate) struct TestDatabase {
    pub(crate) database: Database,
    pub(crate) options: Options,
    /// The folder of an SQLite file.
    _folder: Option<TempDir>,
}

impl TestDatabase {
    pub(crate) async fn sqlite() -> TestDatabase {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        let options = Options::new(&format!("sqlite:{}", file.display()));
        TestDatabase::open(options, Some(folder)).await
    }

    /// Absent where PostgreSQL is not installed, unless it is required.
    pub(crate) async fn postgresql() -> Option<TestDatabase> {
        let url = postgresql::new_database().await?;
        Some(TestDatabase::open(Options::new(&url), None).await)
    }

    async fn open(options: Options, folder: Option<TempDir>) -> TestDatabase {
        let database = Database::connect(&options).await.unwrap();
        database.migrate().await.unwrap();
        TestDatabase {
            database,
            options,
            _folder: folder,
        }
    }

    /// A unit of work with an open command of the county.
    pub(crate) fn begin(&self, at: i64) -> UnitOfWork {
        let mut work = self.database.unit_of_work();
        work.begin_command(context(at));
        work
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("150627")
}

pub(crate) fn context(at: i64) -> CommandContext {
    CommandContext {
        tenant: tenant(),
        principal: Arc::from("registrar-1"),
        at,
    }
}

/// Accepts the running command and commits.
pub(crate) async fn commit(mut work: UnitOfWork) {
    work.accept_command().await.unwrap();
    work.commit().await.unwrap();
}

/// Declares cases as a test a database.
macro_rules! on_both {
    ($($case:ident),* $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn on_sqlite() {
                super::$case(&crate::support::TestDatabase::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgresql() {
                match crate::support::TestDatabase::postgresql().await {
                    Some(database) => super::$case(&database).await,
                    None => eprintln!("not run: postgresql absent"),
                }
            }
        }
    )*};
}

pub(crate) use on_both;
