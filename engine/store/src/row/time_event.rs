//! What came with time, for those who have to be told: the plugin, and notices.

use std::sync::Arc;

use crate::id::TenantId;

/// The sort of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeEventKind {
    /// A deadline has moved.
    DeadlineMoved,
    /// A deadline is worth a reminder.
    DeadlineReminder,
    /// A task has reached a rung of its ladder.
    TaskEscalated,
}

/// Whether the plugin has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeEventState {
    /// It has yet to be told.
    Pending,
    /// It has been told, or nobody is to be.
    Done,
    /// Telling it failed for good.
    Failed,
}

/// An event that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTimeEvent {
    /// Tells it from others: a second one under the same key is dropped. None: it is new for sure.
    pub key: Option<Arc<str>>,
    /// Its sort.
    pub kind: TimeEventKind,
    /// Kind of the record it is about, or `UserTask`.
    pub subject_kind: Arc<str>,
    /// Id of the record, or of the task (`instance:number`).
    pub subject_id: Arc<str>,
    /// The deadline.
    pub deadline_key: Option<Arc<str>>,
    /// JSON text; no personal data.
    pub detail: Arc<str>,
    /// The plugin's operation that is to be told.
    pub operation: Option<Arc<str>>,
}

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeEvent {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Rises with time within the tenant.
    pub id: i64,
    /// Its sort.
    pub kind: TimeEventKind,
    /// When it came.
    pub at: i64,
    /// Kind of the record it is about, or `UserTask`.
    pub subject_kind: Arc<str>,
    /// Id of the record, or of the task.
    pub subject_id: Arc<str>,
    /// The deadline.
    pub deadline_key: Option<Arc<str>>,
    /// JSON text.
    pub detail: Arc<str>,
    /// The plugin's operation that is to be told.
    pub operation: Option<Arc<str>>,
    /// Whether it has been.
    pub state: TimeEventState,
    /// How often that was tried.
    pub n_tries: i32,
    /// Why it failed.
    pub message: Option<Arc<str>>,
}
