//! What an instance waits for: timers, messages, jobs, incidents; and what it has yet to do.

use std::sync::Arc;

use tongban_core::event::JobKind;
use tongban_core::id::{
    DefinitionId, IncidentId, JobId, ProcessInstanceId, SubscriptionId, TimerId,
};

use crate::id::TenantId;

/// A timer that has fallen due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTimer {
    /// The tenant of the instance.
    pub tenant: TenantId,
    /// The instance that waits.
    pub process_instance_id: ProcessInstanceId,
    /// The timer's number within the instance.
    pub id: TimerId,
    /// When it fell due.
    pub due_at: i64,
}

/// A failed job whose back-off is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueJob {
    /// The tenant of the instance.
    pub tenant: TenantId,
    /// The instance it belongs to.
    pub process_instance_id: ProcessInstanceId,
    /// The job's number within the instance.
    pub id: JobId,
    /// When it is to be tried again.
    pub retry_at: i64,
}

/// A timer that is armed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// The instance that waits.
    pub process_instance_id: ProcessInstanceId,
    /// The timer's number within the instance.
    pub id: TimerId,
    /// The XML id of the event.
    pub element_id: Arc<str>,
    /// When it falls due.
    pub due_at: i64,
}

/// An open wait for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSubscription {
    /// The instance that waits.
    pub process_instance_id: ProcessInstanceId,
    /// The subscription's number within the instance.
    pub id: SubscriptionId,
    /// The BPMN process id of the instance.
    pub process_key: Arc<str>,
    /// The XML id of the event.
    pub element_id: Arc<str>,
    /// Name of the message.
    pub message_name: Arc<str>,
    /// Value that a message has to carry; empty where the model names none.
    pub correlation_key: Arc<str>,
    /// When it was opened.
    pub created_at: i64,
}

/// An open wait for a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalSubscription {
    /// The instance that waits.
    pub process_instance_id: ProcessInstanceId,
    /// The subscription's number within the instance.
    pub id: SubscriptionId,
    /// The XML id of the event.
    pub element_id: Arc<str>,
    /// When it was opened.
    pub created_at: i64,
}

/// Work that a plugin or a connector has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The instance it belongs to.
    pub process_instance_id: ProcessInstanceId,
    /// Its number within the instance.
    pub id: JobId,
    /// The XML id of the element.
    pub element_id: Arc<str>,
    /// What it is for.
    pub kind: JobKind,
    /// The type, by which a worker takes it.
    pub job_type: Arc<str>,
    /// Tries that are left.
    pub retries: i32,
    /// When it is tried again, while it backs off after a failure.
    pub retry_at: Option<i64>,
    /// When it was created.
    pub created_at: i64,
}

/// A problem that stops an instance until someone resolves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The instance it belongs to.
    pub process_instance_id: ProcessInstanceId,
    /// Its number within the instance.
    pub id: IncidentId,
    /// The definition of the instance.
    pub definition_id: DefinitionId,
    /// The BPMN process id.
    pub process_key: Arc<str>,
    /// The XML id of the element.
    pub element_id: Arc<str>,
    /// The stable code of its kind.
    pub kind: Arc<str>,
    /// What happened, for those who have to mend it.
    pub message: Arc<str>,
    /// When it was raised.
    pub created_at: i64,
    /// When it was resolved, or its element ended.
    pub resolved_at: Option<i64>,
}

/// Something an accepted command left to be done in a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Its id, unique over all tenants; lower ones come first.
    pub id: i64,
    /// The instance it concerns, where it concerns one.
    pub process_instance_id: Option<ProcessInstanceId>,
    /// What has to be done; the runtime's own word.
    pub kind: Arc<str>,
    /// With what; the runtime's own encoding.
    pub payload: Arc<[u8]>,
    /// When it was left.
    pub created_at: i64,
}
