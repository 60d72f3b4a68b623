//! Message subscriptions.

use crate::event::MessageSubscriptionOpened;
use crate::id::SubscriptionId;
use crate::state::State;
use crate::state::message_subscription::MessageSubscription;

impl State {
    pub(super) fn apply_message_subscription_opened(&mut self, opened: &MessageSubscriptionOpened) {
        self.draw_id(opened.id.0);
        self.message_subscriptions.insert(MessageSubscription {
            id: opened.id,
            element_instance: opened.element_instance,
            element: opened.element,
            message_name: opened.message_name.clone(),
            correlation_key: opened.correlation_key.clone(),
            interrupting: opened.interrupting,
        });
    }

    pub(super) fn apply_message_subscription_closed(&mut self, id: SubscriptionId) {
        self.message_subscriptions.remove(id);
    }
}
