//! What the engine can be asked to do, and on whose behalf.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::county::County;
use crate::schedule::ScheduleChange;
use batch::BatchCommand;
use configuration_item::ConfigurationItemCommand;
use job::JobCommand;
use notice::NoticeCommand;
use process_instance::ProcessInstanceCommand;

pub mod batch;
pub mod configuration_item;
pub mod job;
pub mod notice;
pub mod process_instance;

/// A command with all that is needed to carry it out.
#[derive(Debug, Clone)]
pub struct CommandRequest {
    /// The county bureau whose data the command concerns, by its division code.
    pub tenant: Arc<str>,
    /// Who sent it.
    pub principal: Principal,
    /// The key under which the outcome is kept and answered again.
    pub idempotency_key: Option<String>,
    /// What to do.
    pub command: Command,
}

/// Who acts: a member of staff, a citizen, a program, or the engine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Stable id, unique within the tenant.
    pub id: Arc<str>,
    /// Roles, as far as the tenant has granted them.
    pub roles: Vec<Arc<str>>,
    /// The division the person works in; the tenant's own where it is not said.
    pub division: Option<Arc<str>>,
    /// The citizen behind the token, for a citizen's own actions.
    pub person: Option<Arc<str>>,
}

impl Principal {
    /// The engine itself: timers, checks, continuations.
    #[must_use]
    pub fn engine() -> Principal {
        Principal {
            id: Arc::from("tongban"),
            roles: Vec::new(),
            division: None,
            person: None,
        }
    }
}

/// Global id of a process instance, within its tenant.
pub type ProcessInstanceId = i64;

/// Global id of a user task: the instance and the number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserTaskId {
    /// The instance the task belongs to.
    pub process_instance: ProcessInstanceId,
    /// The task's number within the instance.
    pub number: u32,
}

/// Global id of an incident: the instance and the number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IncidentId {
    /// The instance the incident belongs to.
    pub process_instance: ProcessInstanceId,
    /// The incident's number within the instance.
    pub number: u32,
}

/// A file of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// File name, whose ending tells the type.
    pub name: String,
    /// Content.
    pub content: Vec<u8>,
    /// The date from which the decisions of the file hold, `YYYY-MM-DD`; as the file says where
    /// absent.
    pub effective_from: Option<String>,
}

/// A day that a county sets for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnDay {
    /// The day, in ISO form.
    pub on: String,
    /// Whether the offices work.
    pub working: bool,
    /// Why.
    pub reason: String,
    /// The document that orders it.
    pub document: Option<String>,
}

/// A question to the engine: what to do.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Stores new versions of processes, decisions and forms; all or none.
    Deploy {
        /// The files.
        resources: Vec<Resource>,
    },
    /// Starts an instance at the none start event of a process.
    StartProcess {
        /// Key of the process (its BPMN id).
        process_key: String,
        /// Version; the newest where it is not said.
        version: Option<i32>,
        /// The case's own number, findable in lists.
        business_key: Option<String>,
        /// Variables of the instance: a JSON object.
        variables: Json,
    },
    /// Ends an instance and all it has called, without completing it.
    CancelProcessInstance {
        /// The instance.
        process_instance: ProcessInstanceId,
    },
    /// Takes a user task for the principal.
    ClaimUserTask {
        /// The task.
        user_task: UserTaskId,
    },
    /// Gives a claimed user task back.
    UnclaimUserTask {
        /// The task.
        user_task: UserTaskId,
    },
    /// Completes a user task; its completing listener validates and writes first.
    CompleteUserTask {
        /// The task.
        user_task: UserTaskId,
        /// What was filled in: a JSON object.
        variables: Json,
        /// Check only: answer what completing would answer, and store nothing.
        dry_run: bool,
    },
    /// Publishes a message: it reaches at most one instance of each process.
    PublishMessage {
        /// Name of the message in the model.
        name: String,
        /// Correlation key; without one it reaches only processes that begin with it.
        correlation_key: Option<String>,
        /// Variables to hand over: a JSON object.
        variables: Json,
        /// How long it is kept for those who do not wait for it yet, in microseconds; zero for not
        /// at all.
        time_to_live_us: i64,
        /// A name of the sender's own: while a message with it is kept under the same name and key,
        /// another one is refused.
        message_id: Option<String>,
    },
    /// Broadcasts a signal to all who wait for it, and starts the processes that begin with it.
    BroadcastSignal {
        /// Name of the signal in the model.
        name: String,
        /// Variables to hand over: a JSON object.
        variables: Json,
    },
    /// Chooses activities of an ad-hoc sub-process that is under way.
    ActivateAdHocActivities {
        /// The instance.
        process_instance: i64,
        /// XML id of the sub-process.
        sub_process: String,
        /// Which activation of it, where several are under way.
        element_instance: Option<u32>,
        /// XML ids of the activities, in order.
        activities: Vec<String>,
    },
    /// Tries again what an incident stopped.
    ResolveIncident {
        /// The incident.
        incident: IncidentId,
        /// Values in place of those that came with the trigger or end of the element and that it
        /// cannot take: a JSON object.
        variables: Json,
        /// Why, for the audit trail.
        reason: Option<String>,
    },
    /// Calls an exposed operation of an active plugin.
    InvokeOperation {
        /// Name of the operation.
        operation: String,
        /// Input as its schema says.
        input: Json,
        /// Check only: answer what the call would answer, and store nothing.
        dry_run: bool,
    },
    /// Stores a plugin package on this server.
    InstallPlugin {
        /// The `.tbp` file.
        #[serde(serialize_with = "digest_of_bytes")]
        package: Arc<[u8]>,
    },
    /// Makes one installed version of a plugin the active one of the tenant.
    ActivatePlugin {
        /// Name of the plugin.
        name: String,
        /// Version.
        version: String,
    },
    /// Creates or refreshes the tenant with its staff, parameters, calendar and records.
    LoadCounty {
        /// The county's data.
        county: Box<County>,
    },
    /// Publishes years of the calendar, and days of the county's own; open deadlines follow.
    PublishCalendar {
        /// Years in the shape of `holidays-cn.json`.
        years: Option<Json>,
        /// Days of the county's own, new or changed.
        own_days: Vec<OwnDay>,
        /// Days that are no longer the county's own, in ISO form.
        withdrawn: Vec<String>,
        /// What the edition brings, for people.
        note: String,
    },
    /// Runs a schedule now, beside its own times.
    RunSchedule {
        /// Key of the schedule.
        key: String,
    },
    /// Lets a schedule run, or no longer.
    SetScheduleEnabled {
        /// Key of the schedule.
        key: String,
        /// Whether it runs.
        enabled: bool,
    },
    /// Proposes a change of a schedule; a second person approves it.
    ProposeScheduleRule {
        /// Key of the schedule.
        key: String,
        /// What changes; the rest stays as it is.
        change: ScheduleChange,
        /// Why.
        note: String,
        /// The first day it holds on, in ISO form.
        effective_on: String,
    },
    /// Approves a proposed change of a schedule, or turns it down.
    DecideScheduleRule {
        /// Key of the schedule.
        key: String,
        /// Version of the rule.
        version: i32,
        /// Whether it is approved.
        approve: bool,
    },
    /// Tries the failed items of a run again.
    RetryScheduleRun {
        /// The run.
        run: i64,
    },
    /// Lets schedules go on that were stopped since the clock went back.
    ResumeScheduler,
    /// Moves the manual clock forwards; what falls due on the way is run at its own instant.
    AdvanceClock {
        /// Instant to reach, microseconds UTC.
        to: i64,
    },
    /// Switches a source of the simulated exchange off or on (manual clock only).
    SwitchExchange {
        /// The kind of check.
        kind: String,
        /// Whether it answers.
        available: bool,
    },
    /// What an external worker asks for.
    Job(JobCommand),
    /// What a reader of notices asks for.
    Notice(NoticeCommand),
    /// What an operator asks of a running instance.
    ProcessInstance(ProcessInstanceCommand),
    /// What an operator asks of many instances.
    Batch(BatchCommand),
    /// What those who configure ask for.
    Configuration(ConfigurationItemCommand),
}

impl Command {
    /// The command's name in logs and in the audit trail.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Command::Deploy { .. } => "Deploy",
            Command::StartProcess { .. } => "StartProcess",
            Command::CancelProcessInstance { .. } => "CancelProcessInstance",
            Command::ClaimUserTask { .. } => "ClaimUserTask",
            Command::UnclaimUserTask { .. } => "UnclaimUserTask",
            Command::CompleteUserTask { .. } => "CompleteUserTask",
            Command::PublishMessage { .. } => "PublishMessage",
            Command::BroadcastSignal { .. } => "BroadcastSignal",
            Command::ActivateAdHocActivities { .. } => "ActivateAdHocActivities",
            Command::ResolveIncident { .. } => "ResolveIncident",
            Command::InvokeOperation { .. } => "InvokeOperation",
            Command::InstallPlugin { .. } => "InstallPlugin",
            Command::ActivatePlugin { .. } => "ActivatePlugin",
            Command::LoadCounty { .. } => "LoadCounty",
            Command::PublishCalendar { .. } => "PublishCalendar",
            Command::RunSchedule { .. } => "RunSchedule",
            Command::SetScheduleEnabled { .. } => "SetScheduleEnabled",
            Command::ProposeScheduleRule { .. } => "ProposeScheduleRule",
            Command::DecideScheduleRule { .. } => "DecideScheduleRule",
            Command::RetryScheduleRun { .. } => "RetryScheduleRun",
            Command::ResumeScheduler => "ResumeScheduler",
            Command::AdvanceClock { .. } => "AdvanceClock",
            Command::SwitchExchange { .. } => "SwitchExchange",
            Command::Job(job) => job.name(),
            Command::Notice(notice) => notice.name(),
            Command::ProcessInstance(command) => command.name(),
            Command::Batch(command) => command.name(),
            Command::Configuration(command) => command.name(),
        }
    }

    /// Digest of the command's content, to tell a retry from another intent under the same key.
    ///
    /// Members of JSON objects are taken in the order of their names, so that a client may
    /// serialize the same input differently.
    #[must_use]
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.name().as_bytes());
        match serde_json::to_value(self) {
            Ok(json) => hash_canonical(&json, &mut hasher),
            Err(error) => hasher.update(error.to_string().as_bytes()),
        }
        hasher.finalize().into()
    }
}

fn hash_canonical(json: &Json, hasher: &mut Sha256) {
    match json {
        Json::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            hasher.update([b'{']);
            for name in names {
                hasher.update((name.len() as u64).to_be_bytes());
                hasher.update(name.as_bytes());
                hash_canonical(&members[name], hasher);
            }
            hasher.update([b'}']);
        }
        Json::Array(items) => {
            hasher.update([b'[']);
            items.iter().for_each(|item| hash_canonical(item, hasher));
            hasher.update([b']']);
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            let text = json.to_string();
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
    }
}

fn digest_of_bytes<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(variables: Json) -> Command {
        let user_task = UserTaskId {
            process_instance: 1,
            number: 2,
        };
        Command::CompleteUserTask {
            user_task,
            variables,
            dry_run: false,
        }
    }

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_members() {
        let one = complete(serde_json::json!({"a": 1, "b": [1, 2]}));
        let other = complete(serde_json::json!({"b": [1, 2], "a": 1}));
        assert_eq!(one.digest(), other.digest());
    }

    #[test]
    fn the_digest_tells_other_input_apart() {
        let one = complete(serde_json::json!({"a": "1"}));
        let other = complete(serde_json::json!({"a": 1}));
        assert_ne!(one.digest(), other.digest());
    }
}
