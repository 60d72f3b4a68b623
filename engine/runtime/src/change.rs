//! What subscribers are told after a commit: that something changed, never its content.

use std::sync::Arc;

use crate::command::{IncidentId, ProcessInstanceId, UserTaskId};

/// One thing that a commit changed. Whoever is told reads it again, under his own rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The tenant it belongs to.
    pub tenant: Arc<str>,
    /// What changed.
    pub subject: Subject,
}

/// The thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A user task.
    UserTask {
        /// The task.
        user_task: UserTaskId,
        /// How.
        kind: UserTaskChange,
    },
    /// A process instance started, moved or ended.
    ProcessInstance(ProcessInstanceId),
    /// An incident was raised or resolved.
    Incident(IncidentId),
    /// A batch was started, went on or ended.
    Batch(i64),
    /// A record was put or removed.
    Record {
        /// Kind of the record.
        kind: Arc<str>,
        /// Its id.
        id: Arc<str>,
    },
    /// Deadlines moved, or are worth a reminder.
    Deadlines,
    /// A schedule, its rules or its runs changed.
    Schedule(Arc<str>),
    /// A notice was sent.
    Notice(i64),
    /// Jobs of a type can be taken by workers.
    Jobs {
        /// The type.
        job_type: Arc<str>,
    },
    /// The active plugins of the tenant changed: a composed schema has to be composed again.
    Plugins,
    /// The manual clock moved.
    Clock,
    /// Changes that another node made may have been missed: whoever follows a list reads it again.
    Missed,
}

/// How a user task changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserTaskChange {
    /// It was created.
    Created,
    /// It was claimed, released or given to someone.
    Assigned,
    /// It was completed.
    Completed,
    /// It was taken away, since its scope ended.
    Canceled,
    /// It has waited long enough to reach a rung of its ladder.
    Escalated,
}
