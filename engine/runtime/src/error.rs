//! The kinds of «no» a command can meet, kept apart: a refusal for the user, a halted instance,
//! a failing world.

use serde_json::Value as Json;

use crate::code;

/// A text in the two languages every user-visible text has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One thing that is wrong with a command, for the person or program that sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// The stable code.
    pub code: String,
    /// Where in the input, as a JSON Pointer; `None` where the whole command is meant.
    pub field: Option<String>,
    /// What to show.
    pub text: Text,
    /// The clause of a statute the refusal rests on, where there is one.
    pub law_basis: Option<Text>,
    /// Further facts by name, for programs.
    pub details: Option<Json>,
}

impl UserError {
    /// An error with the registered texts of `code`.
    ///
    /// Each `{name}` in the texts is replaced by the value of that name in `parameters`.
    #[must_use]
    pub fn new(code: &str, parameters: &[(&str, &str)]) -> UserError {
        let text = code::text(code, parameters);
        UserError {
            code: code.to_owned(),
            field: None,
            text,
            law_basis: None,
            details: None,
        }
    }

    /// The same error, pointing at a place of the input.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> UserError {
        self.field = Some(field.into());
        self
    }

    /// The same error, with the clause it rests on.
    #[must_use]
    pub fn on_law(mut self, law_basis: Option<Text>) -> UserError {
        self.law_basis = law_basis;
        self
    }
}

/// A refused command: nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rejected {
    /// All that is wrong, the main thing first. Never empty.
    pub errors: Vec<UserError>,
    /// What would not have stopped the command.
    pub warnings: Vec<UserError>,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommandError {
    /// The command does not fit the state or the rights. Nothing was stored.
    #[error("rejected: {}", codes(.0))]
    Rejected(Rejected),
    /// The instance was halted after a bug of ours, by this command or an earlier one.
    /// Nothing of this command was stored.
    #[error("process instance {process_instance} is halted")]
    Halted {
        /// The halted instance.
        process_instance: i64,
    },
    /// A plugin that a person called went wrong; the whole command was undone.
    #[error("plugin {plugin} failed in operation {operation}")]
    PluginFailed {
        /// Name of the plugin.
        plugin: String,
        /// The operation that was called.
        operation: String,
        /// The call's id, as it stands in the log.
        call_id: String,
        /// The stable code of the failure.
        code: &'static str,
    },
    /// The engine is stopping or its queue is full; the same command may be sent again.
    #[error("the engine is not taking commands: {reason}")]
    Unavailable {
        /// Why.
        reason: &'static str,
    },
    /// The world failed (database, disk). The command may be sent again with the same key.
    #[error("the command could not be carried out: {reason}")]
    Failed {
        /// The chain of causes, already logged.
        reason: String,
    },
}

impl CommandError {
    /// A refusal for one registered reason.
    #[must_use]
    pub fn rejected(code: &str, parameters: &[(&str, &str)]) -> CommandError {
        UserError::new(code, parameters).into()
    }

    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            CommandError::Rejected(rejected) => rejected
                .errors
                .first()
                .map_or("REJECTED", |it| it.code.as_str()),
            CommandError::Halted { .. } => "INSTANCE_HALTED",
            CommandError::PluginFailed { code, .. } => code,
            CommandError::Unavailable { .. } => "ENGINE_UNAVAILABLE",
            CommandError::Failed { .. } => "ENGINE_FAILED",
        }
    }

    /// This error as the list that a user sees.
    #[must_use]
    pub fn user_errors(&self) -> Vec<UserError> {
        match self {
            CommandError::Rejected(rejected) => rejected.errors.clone(),
            CommandError::Halted { process_instance } => vec![UserError::new(
                "INSTANCE_HALTED",
                &[("instance", &process_instance.to_string())],
            )],
            CommandError::PluginFailed {
                plugin,
                operation,
                call_id,
                code,
            } => {
                let parameters = [
                    ("plugin", plugin.as_str()),
                    ("operation", operation.as_str()),
                    ("call", call_id.as_str()),
                ];
                vec![UserError::new(code, &parameters)]
            }
            CommandError::Unavailable { .. } => vec![UserError::new("ENGINE_UNAVAILABLE", &[])],
            CommandError::Failed { .. } => vec![UserError::new("ENGINE_FAILED", &[])],
        }
    }
}

impl From<UserError> for CommandError {
    fn from(error: UserError) -> CommandError {
        CommandError::Rejected(Rejected {
            errors: vec![error],
            warnings: Vec::new(),
        })
    }
}

fn codes(rejected: &Rejected) -> String {
    let codes: Vec<&str> = rejected.errors.iter().map(|it| it.code.as_str()).collect();
    codes.join(", ")
}

/// What can go wrong in starting or stopping the engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be opened, read or written.
    #[error("could not {doing} the database")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// The cause.
        #[source]
        source: tongban_store::error::Error,
    },
    /// A database made with one kind of clock is served with the other.
    #[error(
        "this database was created with the {stored} clock, but the server was asked to use the \
         {asked} clock; start it with `--clock {stored}` or with another database"
    )]
    ClockMode {
        /// Mode in the database.
        stored: &'static str,
        /// Mode of the options.
        asked: &'static str,
    },
    /// A stored package could not be loaded again.
    #[error("plugin {plugin} could not be loaded: {reason}")]
    Plugin {
        /// Name and version.
        plugin: String,
        /// Why.
        reason: String,
    },
    /// A thread could not be started.
    #[error("could not start a thread of the engine")]
    Thread(#[source] std::io::Error),
}
