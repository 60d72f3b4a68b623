//! Messages that are awaited.

use std::sync::Arc;

use crate::id::{ElementIdx, ElementInstanceId, SubscriptionId};

/// One message that is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSubscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The element instance it belongs to, as with a timer.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// The name of the message.
    pub message_name: Arc<str>,
    /// The correlation key.
    pub correlation_key: Arc<str>,
    /// Whether the first message ends the waiting.
    pub interrupting: bool,
}
