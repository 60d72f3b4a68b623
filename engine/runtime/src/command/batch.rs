//! The same thing asked of many instances.

use serde::{Deserialize, Serialize};

use super::ProcessInstanceId;
use super::process_instance::{Instruction, Mapping};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum BatchCommand {
    /// Begins to do something to many instances, in the background.
    Start {
        /// What.
        action: BatchAction,
        /// To which.
        selection: BatchSelection,
        /// Why, for the audit trail.
        reason: Option<String>,
    },
    /// Stops a batch; what it has done stays done.
    Cancel {
        /// The batch.
        batch: i64,
    },
}

/// What is done to each instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum BatchAction {
    /// It is ended without being completed.
    Cancel,
    /// It rests.
    Suspend,
    /// It goes on.
    Resume,
    /// All its incidents are resolved.
    ResolveIncidents,
    /// Its failed jobs are tried again.
    RetryJobs,
    /// Its tokens are moved.
    Modify {
        /// How.
        instructions: Vec<Instruction>,
    },
    /// It goes on by another version.
    Migrate {
        /// The version.
        version: i32,
        /// What becomes what, where ids do not say it.
        mapping: Vec<Mapping>,
        /// Check only: nothing is changed.
        dry_run: bool,
    },
}

/// Which running instances; all that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSelection {
    /// These; any if empty.
    pub process_instances: Vec<ProcessInstanceId>,
    /// Of this process.
    pub process_key: Option<String>,
    /// Of this version of it.
    pub version: Option<i32>,
    /// With an open incident.
    pub with_incident: bool,
    /// With an open incident of one of these kinds; resolving incidents is then about those alone.
    #[serde(default)]
    pub incident_kinds: Vec<String>,
    /// With an open incident at one of these elements; see `incident_kinds`.
    #[serde(default)]
    pub element_ids: Vec<String>,
    /// Suspended, or not.
    pub suspended: Option<bool>,
}

impl BatchCommand {
    /// The command's name in logs and in the audit trail.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            BatchCommand::Start { .. } => "StartBatch",
            BatchCommand::Cancel { .. } => "CancelBatch",
        }
    }
}

impl BatchAction {
    /// The action's name in rows.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            BatchAction::Cancel => "CANCEL",
            BatchAction::Suspend => "SUSPEND",
            BatchAction::Resume => "RESUME",
            BatchAction::ResolveIncidents => "RESOLVE_INCIDENTS",
            BatchAction::RetryJobs => "RETRY_JOBS",
            BatchAction::Modify { .. } => "MODIFY",
            BatchAction::Migrate { .. } => "MIGRATE",
        }
    }

    /// The name under which what is done to each instance stands in the audit trail.
    pub(crate) fn command_name(&self) -> &'static str {
        match self {
            BatchAction::Cancel => "CancelProcessInstance",
            BatchAction::Suspend => "SuspendProcessInstance",
            BatchAction::Resume => "ResumeProcessInstance",
            BatchAction::ResolveIncidents | BatchAction::RetryJobs => "ResolveIncident",
            BatchAction::Modify { .. } => "ModifyProcessInstance",
            BatchAction::Migrate { .. } => "MigrateProcessInstance",
        }
    }

    /// Whether nothing is to be changed.
    pub(crate) fn is_dry_run(&self) -> bool {
        matches!(self, BatchAction::Migrate { dry_run: true, .. })
    }

    /// Whether it is about incidents, which the iterations of a large multi-instance have, too.
    pub(crate) fn is_of_incidents(&self) -> bool {
        matches!(self, BatchAction::ResolveIncidents | BatchAction::RetryJobs)
    }

    /// Whether it is refused for instances that others have called, which go with their callers.
    pub(crate) fn is_of_roots(&self) -> bool {
        match self {
            BatchAction::Cancel | BatchAction::Suspend | BatchAction::Resume => true,
            BatchAction::ResolveIncidents
            | BatchAction::RetryJobs
            | BatchAction::Modify { .. }
            | BatchAction::Migrate { .. } => false,
        }
    }
}
