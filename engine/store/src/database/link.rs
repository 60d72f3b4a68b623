//! Connections as the rest of the crate uses them: a transaction that a probe can make fail, and
//! readers that ask again where a connection was lost.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, Statement, TransactionOptions, TransactionTrait,
};

use super::probe::{Failure, Point, Probe, Verdict};
use crate::error::is_unreachable;

/// A transaction.
#[derive(Debug)]
pub(crate) struct Transaction {
    inner: DatabaseTransaction,
    probe: Option<Arc<dyn Probe>>,
}

impl Transaction {
    /// Opens a transaction.
    pub(crate) async fn begin(
        writer: &DatabaseConnection,
        options: TransactionOptions,
        probe: Option<Arc<dyn Probe>>,
    ) -> Result<Transaction, DbErr> {
        let inner = probed(probe.as_deref(), Point::Begin, || {
            writer.begin_with_options(options)
        })
        .await?;
        Ok(Transaction { inner, probe })
    }

    /// Commits.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        let Transaction { inner, probe } = self;
        probed(probe.as_deref(), Point::Commit, || inner.commit()).await
    }

    /// Undoes everything; no point of a probe, since a lost connection does the same.
    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let work = || self.inner.execute_raw(statement);
        probed(self.probe.as_deref(), Point::Statement, work).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let work = || self.inner.execute_unprepared(text);
        probed(self.probe.as_deref(), Point::Statement, work).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let work = || self.inner.query_one_raw(statement);
        probed(self.probe.as_deref(), Point::Statement, work).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let work = || self.inner.query_all_raw(statement);
        probed(self.probe.as_deref(), Point::Statement, work).await
    }
}

async fn probed<T, F: Future<Output = Result<T, DbErr>>>(
    probe: Option<&dyn Probe>,
    point: Point,
    work: impl FnOnce() -> F,
) -> Result<T, DbErr> {
    match probe.map_or(Verdict::Pass, |it| it.at(point)) {
        Verdict::Pass => work().await,
        Verdict::FailBefore(failure) => Err(failed(failure)),
        Verdict::FailAfter(failure) => {
            work().await?;
            Err(failed(failure))
        }
    }
}

fn failed(failure: Failure) -> DbErr {
    match failure {
        Failure::Unreachable => {
            DbErr::Conn(RuntimeErr::Internal("broken off by a probe".to_owned()))
        }
        Failure::Broken => DbErr::Custom("broken by a probe".to_owned()),
    }
}

/// The connections for reading committed state.
///
/// A connection may have been lost while it lay idle, and a read can be made again without harm: it
/// is, once. sqlx would rather test each connection before each use, at the price of a round trip.
#[derive(Debug)]
pub(crate) struct Readers(pub(crate) DatabaseConnection);

impl Readers {
    async fn twice<T, F>(&self, read: impl Fn() -> F) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>>,
    {
        match read().await {
            Err(error) if is_unreachable(&error) => read().await,
            answer => answer,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Readers {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.twice(|| self.0.query_one_raw(statement.clone())).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.twice(|| self.0.query_all_raw(statement.clone())).await
    }
}
