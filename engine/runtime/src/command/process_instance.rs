//! What operators ask of running instances.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::ProcessInstanceId;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum ProcessInstanceCommand {
    /// Lets an instance rest, with everything it has called.
    Suspend {
        /// The instance.
        process_instance: ProcessInstanceId,
    },
    /// Lets a suspended instance go on.
    Resume {
        /// The instance.
        process_instance: ProcessInstanceId,
    },
    /// Lets an instance that was halted take commands again, once the cause is mended.
    Recover {
        /// The instance.
        process_instance: ProcessInstanceId,
        /// Variables of the process that are set before it goes on: a JSON object.
        variables: Json,
        /// Whether it rests at first, so that it can be looked at, ended or migrated.
        suspended: bool,
        /// Why, for the audit trail.
        reason: Option<String>,
    },
    /// Moves tokens by hand: all of it, or nothing.
    Modify {
        /// The instance.
        process_instance: ProcessInstanceId,
        /// What is done, in order.
        instructions: Vec<Instruction>,
    },
    /// Lets an instance go on by another version of its process.
    Migrate {
        /// The instance.
        process_instance: ProcessInstanceId,
        /// The version.
        version: i32,
        /// What becomes what, where ids do not say it.
        mapping: Vec<Mapping>,
        /// Check only: answer what migrating would answer, and store nothing.
        dry_run: bool,
    },
}

/// One thing done by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Instruction {
    /// A new token.
    Start {
        /// Where.
        at: Place,
        /// Number of the scope instance around it.
        within: Option<u32>,
        /// Variables, by scope.
        variables: Vec<ScopeVariables>,
    },
    /// An element instance is ended.
    Cancel {
        /// Its number.
        element_instance: u32,
    },
    /// All instances of an element are ended.
    CancelAll {
        /// The element's XML id.
        element: String,
    },
    /// All instances of an element are ended, and for each a token starts elsewhere.
    Move {
        /// The element's XML id.
        from: String,
        /// Where.
        to: Place,
    },
}

/// Where a token starts, by an XML id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Before this element.
    Before(String),
    /// After this element.
    After(String),
    /// On this sequence flow.
    Flow(String),
}

/// Variables of one scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScopeVariables {
    /// XML id of a scope that is made, or of the element that starts; the process where absent.
    pub scope: Option<String>,
    /// A JSON object.
    pub variables: Json,
}

/// One element becomes another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// XML id in the version that is left.
    pub source: String,
    /// XML id in the version that is gone to.
    pub target: String,
}

impl ProcessInstanceCommand {
    /// The command's name in logs and in the audit trail.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            ProcessInstanceCommand::Suspend { .. } => "SuspendProcessInstance",
            ProcessInstanceCommand::Resume { .. } => "ResumeProcessInstance",
            ProcessInstanceCommand::Recover { .. } => "RecoverProcessInstance",
            ProcessInstanceCommand::Modify { .. } => "ModifyProcessInstance",
            ProcessInstanceCommand::Migrate { .. } => "MigrateProcessInstance",
        }
    }

    /// The instance it is about.
    #[must_use]
    pub fn process_instance(&self) -> ProcessInstanceId {
        match self {
            ProcessInstanceCommand::Suspend { process_instance }
            | ProcessInstanceCommand::Resume { process_instance }
            | ProcessInstanceCommand::Recover {
                process_instance, ..
            }
            | ProcessInstanceCommand::Modify {
                process_instance, ..
            }
            | ProcessInstanceCommand::Migrate {
                process_instance, ..
            } => *process_instance,
        }
    }

    /// Why it is asked for, if it was said.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            ProcessInstanceCommand::Recover { reason, .. } => reason.as_deref(),
            ProcessInstanceCommand::Suspend { .. }
            | ProcessInstanceCommand::Resume { .. }
            | ProcessInstanceCommand::Modify { .. }
            | ProcessInstanceCommand::Migrate { .. } => None,
        }
    }

    /// Whether nothing is to be stored.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        matches!(self, ProcessInstanceCommand::Migrate { dry_run: true, .. })
    }
}
