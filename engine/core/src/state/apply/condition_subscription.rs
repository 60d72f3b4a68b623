//! Condition subscriptions.

use crate::event::condition::ConditionSubscriptionOpened;
use crate::id::SubscriptionId;
use crate::state::State;
use crate::state::condition_subscription::ConditionSubscription;

impl State {
    pub(super) fn apply_condition_subscription_opened(
        &mut self,
        opened: &ConditionSubscriptionOpened,
    ) {
        self.draw_id(opened.id.0);
        self.condition_subscriptions.insert(ConditionSubscription {
            id: opened.id,
            element_instance: opened.element_instance,
            element: opened.element,
            definition: opened.definition,
            holds: opened.holds,
        });
    }

    pub(super) fn apply_condition_changed(&mut self, id: SubscriptionId, holds: bool) {
        self.condition_subscriptions.update(id, |it| {
            assert_ne!(it.holds, holds, "a condition changes");
            it.holds = holds;
        });
    }

    pub(super) fn apply_condition_subscription_closed(&mut self, id: SubscriptionId) {
        self.condition_subscriptions.remove(id);
    }
}
