//! Signal subscriptions.

use crate::event::SignalSubscriptionOpened;
use crate::id::SubscriptionId;
use crate::state::State;
use crate::state::signal_subscription::SignalSubscription;

impl State {
    pub(super) fn apply_signal_subscription_opened(&mut self, opened: &SignalSubscriptionOpened) {
        self.draw_id(opened.id.0);
        self.signal_subscriptions.insert(SignalSubscription {
            id: opened.id,
            element_instance: opened.element_instance,
            element: opened.element,
            signal_name: opened.signal_name.clone(),
        });
    }

    pub(super) fn apply_signal_subscription_closed(&mut self, id: SubscriptionId) {
        self.signal_subscriptions.remove(id);
    }
}
