//! Conditions that are awaited.

use std::sync::Arc;

use crate::id::{ElementIdx, ElementInstanceId, SubscriptionId};

/// See [`super::Event::ConditionSubscriptionOpened`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionSubscriptionOpened {
    /// Its id.
    pub id: SubscriptionId,
    /// The element instance it belongs to, as with a timer.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// The XML id of that event.
    pub element_id: Arc<str>,
    /// Which of the event's definitions it is.
    pub definition: u32,
    /// Whether it is taken to hold already, so that it has to become false before it triggers.
    pub holds: bool,
}
