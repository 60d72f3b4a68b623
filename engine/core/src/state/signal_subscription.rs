//! Signals that are awaited.

use std::sync::Arc;

use crate::id::{ElementIdx, ElementInstanceId, SubscriptionId};

/// One signal that is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalSubscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The element instance it belongs to, as with a timer.
    pub element_instance: ElementInstanceId,
    /// The event in the model that it triggers.
    pub element: ElementIdx,
    /// The name of the signal.
    pub signal_name: Arc<str>,
}
