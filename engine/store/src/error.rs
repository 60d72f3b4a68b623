//! What can go wrong while storing and reading.
//!
//! A caller acts upon two: after [`Error::Conflict`] the work was rolled back because another
//! transaction, or a unique key, stood in the way, and commands of a group are run again singly; after
//! [`Error::Unreachable`] the database could not be spoken to, and the work is tried again a while.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The database, or what lies in it, failed us.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be opened.
    #[error("cannot open the database {database}")]
    Connect {
        /// Where it lies; never with a password.
        database: String,
        /// The cause.
        #[source]
        source: DbErr,
    },
    /// The URL names no database we know.
    #[error(
        "expected a database URL that begins with sqlite: or postgres:, but found one that begins \
         with {found:?}"
    )]
    UnknownDialect {
        /// The beginning of the URL.
        found: String,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring the schema of the database up to date")]
    Migrate {
        /// The cause.
        #[source]
        source: DbErr,
    },
    /// The schema was made by a form of a step that was never released.
    #[error(
        "SCHEMA_FOREIGN: the database was made by another form of the schema step {step}, before \
         the first release; expected one that this build has made: make a new database, or go on \
         with the build that made this one"
    )]
    ForeignSchema {
        /// The step.
        step: String,
    },
    /// A statement failed.
    #[error("cannot {action}")]
    Database {
        /// What we were doing.
        action: &'static str,
        /// The cause.
        #[source]
        source: DbErr,
    },
    /// The database could not be spoken to: it is starting, stopping or gone, or has cut us off.
    #[error("the database cannot be reached to {action}")]
    Unreachable {
        /// What we were doing.
        action: &'static str,
        /// Whether a commit was under way, so that nobody knows yet if it came to be.
        in_commit: bool,
        /// The cause.
        #[source]
        source: DbErr,
    },
    /// Another transaction or a unique key stood in the way; everything was rolled back or must be.
    #[error("a concurrent change or a unique key prevented to {action}")]
    Conflict {
        /// What we were doing.
        action: &'static str,
        /// The constraint, as the database names it, where a unique key was violated.
        constraint: Option<String>,
        /// The cause, where the database found the conflict.
        #[source]
        source: Option<DbErr>,
    },
    /// A record is not at the version the writer had seen.
    #[error(
        "record {kind} {id}: expected version {expected}, found {}",
        .found.map_or_else(|| "no record".to_owned(), |version| format!("version {version}"))
    )]
    StaleRecord {
        /// Kind of the record.
        kind: String,
        /// Its id.
        id: String,
        /// The version the writer had seen; 0 where it expected no record.
        expected: i64,
        /// The version that is stored.
        found: Option<i64>,
    },
    /// Another record holds the declared unique key.
    #[error("record {kind} {id}: the unique key {key} is held by record {holder}")]
    UniqueKeyTaken {
        /// Kind of the record.
        kind: String,
        /// Id of the record that was to be stored.
        id: String,
        /// Name of the unique key.
        key: String,
        /// Id of the record that holds it.
        holder: String,
    },
    /// No plugin has declared this kind of record.
    #[error("no record kind {kind} is declared")]
    UnknownRecordKind {
        /// The kind asked for.
        kind: String,
    },
    /// A filter or an order names a column that the record kind does not declare.
    #[error("record kind {kind} declares no column {column} of that type")]
    UnknownRecordColumn {
        /// The kind.
        kind: String,
        /// The column.
        column: String,
    },
    /// A declaration of a record kind cannot be carried out.
    #[error("record kind {kind}: {reason}")]
    BadRecordKind {
        /// The kind.
        kind: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A process instance that was to be changed is not stored.
    #[error("no process instance {id} is stored")]
    UnknownProcessInstance {
        /// Its id.
        id: i64,
    },
    /// Stored bytes are not what we wrote.
    #[error("cannot read the stored {what}")]
    Decode {
        /// What was to be read.
        what: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Stored bytes are of a format version that this build does not know.
    #[error("the stored {what} has format version {version}; this build knows up to {known}")]
    UnknownFormat {
        /// What was to be read.
        what: &'static str,
        /// The version found.
        version: u8,
        /// The newest known version.
        known: u8,
    },
    /// A cursor is not one that this list has given.
    #[error("the cursor is not one of this list")]
    BadCursor,
}

impl Error {
    /// Whether running the command again, alone, may succeed.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Error::Conflict { .. })
    }

    /// Wraps a failure of the database, telling conflicts apart from the rest.
    pub(crate) fn database(action: &'static str) -> impl Fn(DbErr) -> Error {
        move |source| {
            if let Some(SqlErr::UniqueConstraintViolation(constraint)) = source.sql_err() {
                return Error::Conflict {
                    action,
                    constraint: Some(constraint_name(&constraint)),
                    source: Some(source),
                };
            }
            if is_serialization_failure(&source) {
                return Error::Conflict {
                    action,
                    constraint: None,
                    source: Some(source),
                };
            }
            if is_unreachable(&source) {
                return Error::Unreachable {
                    action,
                    in_commit: false,
                    source,
                };
            }
            Error::Database { action, source }
        }
    }

    /// Wraps a failure to commit.
    pub(crate) fn commit(source: DbErr) -> Error {
        match Error::database("commit")(source) {
            Error::Unreachable { action, source, .. } => Error::Unreachable {
                action,
                in_commit: true,
                source,
            },
            other => other,
        }
    }

    /// A conflict that we found ourselves.
    pub(crate) fn conflict(action: &'static str) -> Error {
        Error::Conflict {
            action,
            constraint: None,
            source: None,
        }
    }
}

/// The name of the index or the columns: PostgreSQL says `… constraint "name"`, SQLite
/// `UNIQUE constraint failed: index 'name'` or `…: table.column, table.column`.
fn constraint_name(message: &str) -> String {
    let quoted = message
        .split('"')
        .nth(1)
        .or_else(|| message.split('\'').nth(1));
    let name = quoted.or_else(|| message.rsplit(": ").next());
    name.unwrap_or(message).to_owned()
}

/// PostgreSQL's `serialization_failure`, `deadlock_detected`, `lock_not_available` and
/// `query_canceled`; SQLite's `SQLITE_BUSY` family, which only another process at our file can cause.
const CONFLICT_CODES: [&str; 7] = ["40001", "40P01", "55P03", "57014", "5", "261", "517"];

/// PostgreSQL's `admin_shutdown`, `crash_shutdown`, `cannot_connect_now`, `database_dropped`,
/// `idle_in_transaction_session_timeout`, `too_many_connections`, and the `read_only_sql_transaction`
/// of a server that has been demoted.
const UNREACHABLE_CODES: [&str; 7] = [
    "57P01", "57P02", "57P03", "57P04", "25P03", "53300", "25006",
];
/// PostgreSQL's class of connection exceptions.
const CONNECTION_CLASS: &str = "08";

fn is_serialization_failure(error: &DbErr) -> bool {
    code_of(error).is_some_and(|code| CONFLICT_CODES.contains(&&*code))
}

/// Whether a failure says nothing of the work, but only that the database could not be spoken to.
pub(crate) fn is_unreachable(error: &DbErr) -> bool {
    let cause = match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::Internal(_)) => return true,
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause,
        _ => return false,
    };
    match &**cause {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(_) => code_of(error).is_some_and(|code| {
            UNREACHABLE_CODES.contains(&&*code)
                || code.len() == 5 && code.starts_with(CONNECTION_CLASS)
        }),
        _ => false,
    }
}

/// The code that the database gave a failure.
fn code_of(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    let sqlx::Error::Database(cause) = &**cause else {
        return None;
    };
    cause.code().map(|it| it.into_owned())
}
