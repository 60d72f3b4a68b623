//! Short texts from node to node, over PostgreSQL's LISTEN and NOTIFY.
//!
//! They say that something has changed, never what is so: a text that is lost, as at a broken
//! connection, costs the time until somebody looks again. They go out after the commit and beside it,
//! since a transaction that notifies commits one at a time with all others that do.

use super::*;
use sqlx::postgres::PgListener;

const CHANNEL: &str = "tongban";
/// Bytes of a text at most; PostgreSQL takes fewer than 8,000.
pub const TEXT_BYTES_MAX: usize = 7_900;

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A text of some node, perhaps of this one.
    Text(String),
    /// The connection was lost and is there again; texts may have been missed.
    Missed,
}

/// Hears the texts of all nodes.
pub struct Listener {
    listener: PgListener,
}

impl Listener {
    /// The next text.
    ///
    /// # Errors
    /// [`Error::Unreachable`] while the connection cannot be had again.
    pub async fn hear(&mut self) -> Result<Heard, Error> {
        match self.listener.try_recv().await.map_err(unreachable)? {
            Some(notification) => Ok(Heard::Text(notification.payload().to_owned())),
            None => Ok(Heard::Missed),
        }
    }
}

impl Database {
    /// A listener; none on SQLite, which has one node.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if its connection cannot be had.
    pub async fn listen(&self) -> Result<Option<Listener>, Error> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(None);
        }
        let listener = PgListener::connect(&self.inner.url).await;
        let mut listener = listener.map_err(unreachable)?;
        listener.listen(CHANNEL).await.map_err(unreachable)?;
        Ok(Some(Listener { listener }))
    }

    /// Tells all nodes a text. Does nothing on SQLite.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be sent.
    pub async fn notify(&self, text: &str) -> Result<(), Error> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        // Nothing is lost with the text, so that nobody waits for the disk.
        let statement = Statement::from_sql_and_values(
            self.dialect().backend(),
            "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
            [CHANNEL.into(), text.into()],
        );
        let sent = self.readers().0.query_one_raw(statement).await;
        sent.map_err(Error::database("notify the other nodes"))?;
        Ok(())
    }
}

fn unreachable(source: sqlx::Error) -> Error {
    let source = sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(source)));
    Error::database("hear the other nodes")(source)
}
