//! Conditions that are awaited.

use crate::id::{ElementIdx, ElementInstanceId, SubscriptionId};

/// One condition that is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionSubscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The element instance it belongs to, as with a timer.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// Which of the event's definitions it is.
    pub definition: u32,
    /// Whether the condition held when it was looked at last. It triggers by becoming true.
    pub holds: bool,
}
