//! Why deciding a command stopped.

use tongban_store::error::Error as StoreError;

use crate::error::{CommandError, UserError};

/// Why a command was not decided to its end. Only the first leaves the group as it was.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command is refused; what it has done so far is dropped.
    Refused(CommandError),
    /// The command is decided anew: its `ordinal`-th call is answered with `command` instead of being
    /// made, since what it took or wrote has to go back.
    Again {
        /// Which call of the command.
        ordinal: u32,
        /// The answer.
        command: Box<tongban_core::command::Command>,
    },
    /// Another transaction was in the way: the group is run again, each command alone.
    Conflict {
        /// The unique key of a record kind that is taken, where it was one.
        constraint: Option<String>,
        /// The chain of causes.
        reason: String,
    },
    /// A panic in a plugin call took the transaction with it: the group is run again singly.
    Lost {
        /// The instance that was in hand.
        process_instance: Option<i64>,
        /// Its tenant.
        tenant: std::sync::Arc<str>,
    },
    /// The database cannot be reached: the group is tried again for a while.
    Unreachable {
        /// Whether a commit was under way, which may have come to be.
        in_commit: bool,
        /// The chain of causes.
        reason: String,
    },
    /// The database failed: nothing more can be done in this transaction.
    Failed(String),
}

/// The result of a part of a command.
pub(crate) type Decided<T> = Result<T, Stop>;

impl From<CommandError> for Stop {
    fn from(error: CommandError) -> Stop {
        Stop::Refused(error)
    }
}

impl From<UserError> for Stop {
    fn from(error: UserError) -> Stop {
        Stop::Refused(error.into())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::from(&error)
    }
}

impl From<&StoreError> for Stop {
    fn from(error: &StoreError) -> Stop {
        match error {
            StoreError::Conflict { constraint, .. } => Stop::Conflict {
                constraint: constraint.clone().filter(|it| is_record_key(it)),
                reason: chain(error),
            },
            StoreError::Unreachable { in_commit, .. } => Stop::Unreachable {
                in_commit: *in_commit,
                reason: chain(error),
            },
            StoreError::StaleRecord { .. } => Stop::Refused(user_error("RECORD_CHANGED", &[])),
            StoreError::UniqueKeyTaken { key, .. } => {
                Stop::Refused(user_error("RECORD_NOT_UNIQUE", &[("constraint", key)]))
            }
            StoreError::UnknownProcessInstance { .. } => {
                Stop::Refused(user_error("INSTANCE_NOT_FOUND", &[]))
            }
            StoreError::BadCursor
            | StoreError::UnknownRecordKind { .. }
            | StoreError::UnknownRecordColumn { .. } => Stop::Refused(user_error(
                "INVALID_INPUT",
                &[("reason", &error.to_string())],
            )),
            StoreError::Connect { .. }
            | StoreError::UnknownDialect { .. }
            | StoreError::Migrate { .. }
            | StoreError::ForeignSchema { .. }
            | StoreError::Database { .. }
            | StoreError::BadRecordKind { .. }
            | StoreError::Decode { .. }
            | StoreError::UnknownFormat { .. } => Stop::Failed(chain(error)),
        }
    }
}

/// Whether a unique key is one that a plugin declared, which only another case can free: the store names
/// its index, or on SQLite a declared column. A key of the engine's own is free the next time.
fn is_record_key(constraint: &str) -> bool {
    constraint.starts_with("uq_") || constraint.contains(".c_")
}

fn user_error(code: &str, parameters: &[(&str, &str)]) -> CommandError {
    CommandError::rejected(code, parameters)
}

/// The whole chain of causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
