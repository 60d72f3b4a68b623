//! What an accepted command answers: ids and positions, as they stand after the commit.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use tongban_store::row::process_instance::ProcessInstance;
use tongban_store::row::user_task::UserTask;

use crate::command::job::JobId;
use crate::command::{IncidentId, ProcessInstanceId, UserTaskId};
pub use crate::executor::outbox::{TakenDelivery, TakenJob};

/// The answer to an accepted command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// What was done.
    pub done: Done,
    /// True where the command had been carried out before and only its answer was repeated.
    pub repeated: bool,
    /// What it was about, as the commit left it.
    pub left: Left,
}

/// Rows as a commit left them, so that whoever asked need not read them again. What is absent has to be
/// read: the outcome was repeated, or the command was about nothing of the kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Left {
    /// The instance that was started or cancelled.
    pub process_instance: Option<ProcessInstance>,
    /// The user task that was claimed, released or completed.
    pub user_task: Option<UserTask>,
}

/// What was done, by command. Kept with the idempotency key and answered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// Files were deployed.
    Deployed(Deployed),
    /// An instance was started.
    ProcessStarted {
        /// The new instance.
        process_instance: ProcessInstanceId,
    },
    /// An instance was cancelled.
    ProcessInstanceCancelled {
        /// The instance.
        process_instance: ProcessInstanceId,
    },
    /// Activities of an ad-hoc sub-process were chosen.
    AdHocActivitiesActivated {
        /// The instance.
        process_instance: ProcessInstanceId,
    },
    /// An instance was suspended, resumed, modified or migrated.
    ProcessInstanceOperated {
        /// The instance.
        process_instance: ProcessInstanceId,
    },
    /// A batch was begun or stopped.
    BatchChanged {
        /// The batch.
        batch: i64,
    },
    /// A user task was claimed or released.
    UserTaskAssigned {
        /// The task.
        user_task: UserTaskId,
    },
    /// A user task was completed.
    UserTaskCompleted {
        /// The task.
        user_task: UserTaskId,
        /// What the completing operation would have a person know.
        warnings: Vec<Notice>,
    },
    /// A check-only command found nothing wrong; nothing was stored.
    Checked {
        /// What the operation answered, where one was called.
        result: Json,
        /// What it would have a person know.
        warnings: Vec<Notice>,
    },
    /// A message was published.
    MessagePublished {
        /// Instances that received it or were started by it.
        process_instances: Vec<ProcessInstanceId>,
    },
    /// A signal was broadcast; its receivers are told in commands of their own.
    SignalBroadcast {
        /// Instances that waited for it.
        n_waiting: u64,
        /// Keys of the processes that begin with it.
        process_keys: Vec<String>,
    },
    /// An incident was resolved, and what it stopped was tried again.
    IncidentResolved {
        /// The incident.
        incident: IncidentId,
    },
    /// An operation was carried out.
    OperationDone {
        /// Its output, as its schema says.
        result: Json,
        /// What it would have a person know.
        warnings: Vec<Notice>,
    },
    /// A package was installed.
    PluginInstalled {
        /// Name of the plugin.
        name: String,
        /// Version.
        version: String,
        /// Digest of the package, hexadecimal.
        digest: String,
        /// True where the same package had been installed before.
        unchanged: bool,
    },
    /// A plugin version is the active one.
    PluginActivated {
        /// Name of the plugin.
        name: String,
        /// Version.
        version: String,
        /// What its activation deployed.
        deployed: Deployed,
        /// True where it had been active before.
        unchanged: bool,
    },
    /// A county's data was loaded.
    CountyLoaded {
        /// Members of staff stored.
        n_staff: u64,
        /// Records stored.
        n_records: u64,
        /// Parameters stored.
        n_parameters: u64,
        /// Days with a rule of their own in the calendar.
        n_calendar_days: u64,
    },
    /// A calendar was published.
    CalendarPublished {
        /// Number of the edition.
        number: i64,
        /// Names its content.
        version: String,
        /// True where the calendar is the same as before.
        unchanged: bool,
    },
    /// A run of a schedule was asked for.
    ScheduleRunPlanned {
        /// The run.
        run: i64,
    },
    /// A schedule was enabled or disabled.
    ScheduleChanged {
        /// Key of the schedule.
        key: String,
    },
    /// A change of a schedule was proposed, approved or turned down.
    ScheduleRuleChanged {
        /// Key of the schedule.
        key: String,
        /// Version of the rule.
        version: i32,
    },
    /// Failed items of a run are tried again.
    ScheduleRunRetried {
        /// How many.
        n_items: u64,
    },
    /// How an item of a run ended; the engine tells itself.
    ScheduleItemEnded(ItemEnd),
    /// Schedules go on.
    SchedulerResumed,
    /// The manual clock was moved.
    ClockAdvanced {
        /// Where it stands, microseconds UTC.
        now: i64,
        /// Due items that were run on the way so far.
        n_fired: u64,
        /// False while the move goes on: the same command waits for its end.
        complete: bool,
    },
    /// A source of the simulated exchange was switched.
    ExchangeSwitched {
        /// The kind of check.
        kind: String,
        /// Whether it answers now.
        available: bool,
    },
    /// A configuration item was written, checked, approved or taken back.
    ConfigurationItemChanged {
        /// The item.
        item: i64,
    },
    /// Jobs were taken; none where none waited.
    JobsActivated {
        /// The jobs with their leases.
        jobs: Vec<ActivatedJob>,
    },
    /// The lease of a job was extended.
    JobLeaseExtended {
        /// The job with its lease.
        job: ActivatedJob,
    },
    /// A connector of ours has taken jobs.
    JobsTaken {
        /// The jobs.
        jobs: Vec<TakenJob>,
    },
    /// Notices were marked as read, or a preference was stored.
    NoticesRead {
        /// How many were marked.
        n_read: u64,
    },
    /// A dead delivery is tried again.
    NoticeRedelivered {
        /// The notice.
        notice: i64,
        /// The channel.
        channel: String,
    },
    /// A connector of ours has taken deliveries of notices.
    DeliveriesTaken {
        /// The deliveries.
        deliveries: Vec<TakenDelivery>,
    },
    /// A worker has told the end of its work on a job.
    JobEnded {
        /// The job.
        job: JobId,
    },
}

/// A job under a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivatedJob {
    /// The job.
    pub job: JobId,
    /// The fencing token: whoever holds a lower one is out of date.
    pub token: i64,
    /// The end of the lease by the machine's clock, microseconds UTC.
    pub until: i64,
}

/// How an item of a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemEnd {
    /// The operation was carried out.
    Created,
    /// It had been before.
    Duplicate,
    /// It was refused or broke down; the item says why.
    Failed,
    /// Another node has taken the run over.
    LeaseLost,
}

/// Something a person should know that did not stop the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The stable code.
    pub code: String,
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What a deployment stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// Id of the deployment; `None` where everything was there already.
    pub deployment: Option<i64>,
    /// Processes, one entry per key.
    pub processes: Vec<DeployedDefinition>,
    /// Decisions, one entry per id in the files.
    pub decisions: Vec<DeployedDefinition>,
    /// Forms.
    pub forms: Vec<DeployedDefinition>,
    /// Findings that did not stop the deployment.
    pub warnings: Vec<Notice>,
}

/// One deployed definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedDefinition {
    /// Id of this version.
    pub id: i64,
    /// The author's key, the same over versions.
    pub key: String,
    /// Version of this key, counted from 1.
    pub version: i32,
    /// True where the same content had been deployed before.
    pub unchanged: bool,
}
