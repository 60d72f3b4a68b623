//! Undoing what has been completed.

use crate::id::{CompensationId, ElementInstanceId};

/// See [`super::Event::CompensationRegistered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompensationRegistered {
    /// Its number.
    pub id: CompensationId,
    /// The activity, which is about to be gone.
    pub element_instance: ElementInstanceId,
    /// Whether its contents can be undone one by one; else only as a whole.
    pub keeps_contents: bool,
}

/// See [`super::Event::CompensationStarted`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompensationStarted {
    /// The number of the run.
    pub id: CompensationId,
    /// The scope whose activities are undone.
    pub scope: ElementInstanceId,
    /// The event that waits for its end.
    pub thrower: Option<ElementInstanceId>,
    /// The activities by their numbers; the last is undone first.
    pub activities: Vec<CompensationId>,
}

/// See [`super::Event::CompensationCarriedOut`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompensationCarriedOut {
    /// The handler, or the activity itself as a scope in which its contents are undone.
    pub element_instance: ElementInstanceId,
    /// The run of the scope around it.
    pub run: CompensationId,
    /// Whether it is the activity itself.
    pub is_scope: bool,
}
