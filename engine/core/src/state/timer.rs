//! Timers that wait.

use std::sync::Arc;

use crate::event::TimerDue;
use crate::id::{ElementIdx, ElementInstanceId, TimerId};

/// One timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Its id.
    pub id: TimerId,
    /// The element instance it belongs to: the catch event itself, the activity of a boundary
    /// event, or the scope of an event sub-process.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// When it is due.
    pub due: TimerDue,
    /// The cycle that remains after it.
    pub then: Option<Arc<str>>,
}
