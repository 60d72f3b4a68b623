//! A user task as lists show it; completed ones stay.

use std::sync::Arc;

use tongban_core::escalation::Standing;
use tongban_core::id::{DefinitionId, ProcessInstanceId, UserTaskId};

/// Where a user task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserTaskState {
    /// It waits for someone.
    Created,
    /// It was completed.
    Completed,
    /// It ended without being completed.
    Canceled,
}

/// A user task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserTask {
    /// The instance it belongs to.
    pub process_instance_id: ProcessInstanceId,
    /// Its number within the instance.
    pub id: UserTaskId,
    /// The BPMN process id.
    pub process_key: Arc<str>,
    /// The definition it comes from.
    pub definition_id: DefinitionId,
    /// The XML id of its element.
    pub element_id: Arc<str>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// Where it stands.
    pub state: UserTaskState,
    /// Who has taken it.
    pub assignee: Option<Arc<str>>,
    /// Groups whose members may take it.
    pub candidate_groups: Vec<Arc<str>>,
    /// Persons who may take it.
    pub candidate_users: Vec<Arc<str>>,
    /// When it is due.
    pub due_at: Option<i64>,
    /// When it should be looked at again.
    pub follow_up_at: Option<i64>,
    /// 0 to 100; 50 where the model says nothing.
    pub priority: i32,
    /// The form that belongs to it: a key that the client understands, or a deployed form's id.
    pub form: Option<FormRef>,
    /// The record it is about.
    pub record: Option<RecordRef>,
    /// When it was created.
    pub created_at: i64,
    /// When it was completed or canceled.
    pub ended_at: Option<i64>,
    /// Who completed it.
    pub completed_by: Option<Arc<str>>,
    /// Where it stands on its ladder; at the beginning where it is due at no time.
    pub standing: Standing,
    /// Whether its instance rests, so that it cannot be completed.
    pub is_suspended: bool,
}

/// The form of a user task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormRef {
    /// A text the client understands.
    Key(Arc<str>),
    /// The id of a deployed form.
    Id(Arc<str>),
}

/// The record a user task is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRef {
    /// Kind of the record.
    pub kind: Arc<str>,
    /// Its id.
    pub id: Arc<str>,
}
