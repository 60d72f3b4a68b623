//! What persons have to do. What a list shows of a task is in its events, not here.

use std::sync::Arc;

use crate::event::ListenerCall;
use crate::id::UserTaskId;
use crate::variable::Variables;

/// One open task.
#[derive(Debug, Clone, PartialEq)]
pub struct UserTask {
    /// Its id; the number is that of its element instance.
    pub id: UserTaskId,
    /// The person who has it.
    pub assignee: Option<Arc<str>>,
    /// A completion under way.
    pub completing: Option<Completing>,
}

/// A completion whose listeners are being asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Completing {
    /// What the person entered, and what the listeners so far have added: what the next one sees.
    pub variables: Variables,
    /// What the listeners so far have answered: the only thing that becomes variables of the process.
    pub output: Variables,
    /// The principal.
    pub by: Arc<str>,
    /// The listeners still to be asked; the first has its job now.
    pub listeners: Vec<ListenerCall>,
}
