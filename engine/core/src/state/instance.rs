//! The instance itself.

use std::sync::Arc;

use crate::command::{Iteration, ParentLink};
use crate::id::{DefinitionId, ElementIdx, Instant, ProcessInstanceId};

/// What identifies the instance, and whether it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Its id.
    pub id: ProcessInstanceId,
    /// Of which definition.
    pub definition: DefinitionId,
    /// The BPMN process id.
    pub process_key: Arc<str>,
    /// The author's own name for the case.
    pub business_key: Option<Arc<str>>,
    /// The start event at which it starts, or the receive task or the event after a gateway that
    /// starts it; the process itself if it begins with all that nothing leads to.
    pub start: ElementIdx,
    /// The call activity it returns to.
    pub parent: Option<ParentLink>,
    /// The iteration of a large multi-instance that it runs.
    pub iteration: Option<Iteration>,
    /// When it was created.
    pub created_at: Instant,
    /// Whether it runs.
    pub status: Status,
    /// Whether it rests until it is resumed.
    pub is_suspended: bool,
}

/// Whether an instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Active,
    /// It has come to its end.
    Completed,
    /// It was ended from outside.
    Terminated,
}
