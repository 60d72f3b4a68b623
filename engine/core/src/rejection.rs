//! Commands that do not fit the state: nothing of them is stored.
//!
//! A rejection says what is not so. It is the caller's affair; what stops a running instance is an
//! incident. Start from [`Rejection`].

use std::sync::Arc;

use thiserror::Error;

use crate::data_type::DataMismatch;
use crate::id::{
    ElementInstanceId, IncidentId, Instant, JobId, ProcessInstanceId, SubscriptionId, TimerId,
    UserTaskId,
};
use crate::migration::Finding;
use crate::modification::ModificationRefusal;

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The state is not empty.
    #[error("expected no instance yet, but {instance} exists")]
    InstanceExists {
        /// The instance that exists.
        instance: ProcessInstanceId,
    },
    /// The state is empty.
    #[error("expected an instance, but there is none")]
    InstanceNotFound,
    /// The instance is over.
    #[error("expected a running instance, but it has ended")]
    InstanceEnded,
    /// The instance was called by another.
    #[error("expected an instance without a caller, but it was called by {parent}; take that one")]
    InstanceHasParent {
        /// The calling instance.
        parent: ProcessInstanceId,
    },
    /// The process cannot be started there.
    #[error("expected a start event of the process, but found {found}")]
    StartEventNotFound {
        /// What was found.
        found: Arc<str>,
    },
    /// There is no such job.
    #[error("expected an open job {job}, but there is none")]
    JobNotFound {
        /// The job.
        job: JobId,
    },
    /// The job waits for its back-off or for an incident.
    #[error("expected job {job} to be active, but it has failed")]
    JobNotActive {
        /// The job.
        job: JobId,
    },
    /// The job does not wait for a back-off that is over.
    #[error("expected job {job} to be due for a retry, but it is not")]
    JobNotDue {
        /// The job.
        job: JobId,
    },
    /// A completing listener cannot throw a BPMN error.
    #[error(
        "expected a job of a task, but {job} is one of a listener, which cannot throw an error"
    )]
    JobIsListener {
        /// The job.
        job: JobId,
    },
    /// There is no such task, or it is over.
    #[error("expected an open user task {task}, but there is none")]
    UserTaskNotFound {
        /// The task.
        task: UserTaskId,
    },
    /// The listeners of the task are being asked.
    #[error("expected user task {task} to be open, but it is being completed")]
    UserTaskCompleting {
        /// The task.
        task: UserTaskId,
    },
    /// There is no such timer.
    #[error("expected a waiting timer {timer}, but there is none")]
    TimerNotFound {
        /// The timer.
        timer: TimerId,
    },
    /// The timer is not due yet.
    #[error("expected timer {timer} to be due, but it is due at {due_at}")]
    TimerNotDue {
        /// The timer.
        timer: TimerId,
        /// When it is due.
        due_at: Instant,
    },
    /// There is no such subscription.
    #[error("expected an open subscription {subscription}, but there is none")]
    SubscriptionNotFound {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// There is no such incident.
    #[error("expected an open incident {incident}, but there is none")]
    IncidentNotFound {
        /// The incident.
        incident: IncidentId,
    },
    /// There is no such element instance.
    #[error("expected element instance {element_instance}, but it is not there any more")]
    ElementInstanceNotFound {
        /// The element instance.
        element_instance: ElementInstanceId,
    },
    /// The element instance does not wait for this.
    #[error("expected element instance {element_instance} to wait for {expected}, but it does not")]
    ElementNotWaiting {
        /// The element instance.
        element_instance: ElementInstanceId,
        /// What the command answers.
        expected: &'static str,
    },
    /// The ad-hoc sub-process has no such activity, or something else brings it about.
    #[error("expected an activity that can be chosen, but found {activity}")]
    ActivityNotFound {
        /// The id that was given.
        activity: Arc<str>,
    },
    /// An expression needed to decide the command cannot be evaluated.
    #[error("expected the expression at {element_id} to give a value, but {message}")]
    ExpressionFailed {
        /// The element's XML id.
        element_id: Arc<str>,
        /// What went wrong.
        message: Arc<str>,
    },
    /// The instance would grow beyond its bound.
    #[error("expected at most {bytes_max} bytes of state, but it would have {bytes}")]
    StateTooLarge {
        /// What it would have.
        bytes: usize,
        /// What it may have.
        bytes_max: usize,
    },
    /// A value is not what the data of the process are declared to be.
    #[error("{0}")]
    DataMismatch(Box<DataMismatch>),
    /// What has come for a suspended instance would grow beyond its bound; it may come again after the
    /// resumption.
    #[error(
        "expected at most {bytes_max} bytes kept by a suspended instance, but it would have {bytes}"
    )]
    SuspensionFull {
        /// What it would have.
        bytes: usize,
        /// What it may have.
        bytes_max: usize,
    },
    /// No work is left over from a previous step.
    #[error("expected work left over from a previous step, but there is none")]
    NothingToContinue,
    /// The instance rests.
    #[error("expected an instance that is not suspended, but it is")]
    InstanceSuspended,
    /// The instance does not rest.
    #[error("expected a suspended instance, but it is not")]
    InstanceNotSuspended,
    /// Work is left that has to be done first.
    #[error("expected no work left over, but there is some: resume the instance, or ask again")]
    WorkPending,
    /// An instruction of a modification cannot be carried out.
    #[error("instruction {instruction}: {refusal}")]
    ModificationRefused {
        /// Which, counted from 0.
        instruction: usize,
        /// Why.
        refusal: ModificationRefusal,
    },
    /// The instance cannot go on by the other version.
    #[error("expected an instance that fits the other version, but {}", describe(.findings))]
    MigrationRefused {
        /// All that stands against it.
        findings: Vec<Finding>,
    },
}

impl Rejection {
    /// The stable code; its texts are in [`crate::code::CODES`].
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::InstanceExists { .. } => "INSTANCE_EXISTS",
            Rejection::InstanceNotFound => "INSTANCE_NOT_FOUND",
            Rejection::InstanceEnded => "INSTANCE_ENDED",
            Rejection::InstanceHasParent { .. } => "INSTANCE_HAS_PARENT",
            Rejection::StartEventNotFound { .. } => "START_EVENT_NOT_FOUND",
            Rejection::JobNotFound { .. } => "JOB_NOT_FOUND",
            Rejection::JobNotActive { .. } => "JOB_NOT_ACTIVE",
            Rejection::JobNotDue { .. } => "JOB_NOT_DUE",
            Rejection::JobIsListener { .. } => "JOB_IS_LISTENER",
            Rejection::UserTaskNotFound { .. } => "USER_TASK_NOT_FOUND",
            Rejection::UserTaskCompleting { .. } => "USER_TASK_COMPLETING",
            Rejection::TimerNotFound { .. } => "TIMER_NOT_FOUND",
            Rejection::TimerNotDue { .. } => "TIMER_NOT_DUE",
            Rejection::SubscriptionNotFound { .. } => "SUBSCRIPTION_NOT_FOUND",
            Rejection::IncidentNotFound { .. } => "INCIDENT_NOT_FOUND",
            Rejection::ElementInstanceNotFound { .. } => "ELEMENT_INSTANCE_NOT_FOUND",
            Rejection::ElementNotWaiting { .. } => "ELEMENT_NOT_WAITING",
            Rejection::ActivityNotFound { .. } => "ACTIVITY_NOT_FOUND",
            Rejection::ExpressionFailed { .. } => "EXPRESSION_FAILED",
            Rejection::StateTooLarge { .. } => "STATE_TOO_LARGE",
            Rejection::DataMismatch(_) => "DATA_MISMATCH",
            Rejection::SuspensionFull { .. } => "SUSPENSION_FULL",
            Rejection::NothingToContinue => "NOTHING_TO_CONTINUE",
            Rejection::InstanceSuspended => "INSTANCE_SUSPENDED",
            Rejection::InstanceNotSuspended => "INSTANCE_NOT_SUSPENDED",
            Rejection::WorkPending => "WORK_PENDING",
            Rejection::ModificationRefused { refusal, .. } => refusal.code(),
            Rejection::MigrationRefused { .. } => "MIGRATION_REFUSED",
        }
    }
}

impl From<Box<DataMismatch>> for Rejection {
    fn from(mismatch: Box<DataMismatch>) -> Rejection {
        Rejection::DataMismatch(mismatch)
    }
}

fn describe(findings: &[Finding]) -> String {
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    findings.join("; ")
}
