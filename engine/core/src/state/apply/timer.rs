//! Timers.

use crate::event::TimerScheduled;
use crate::id::TimerId;
use crate::state::State;
use crate::state::timer::Timer;

impl State {
    pub(super) fn apply_timer_scheduled(&mut self, scheduled: &TimerScheduled) {
        self.draw_id(scheduled.id.0);
        self.timers.insert(Timer {
            id: scheduled.id,
            element_instance: scheduled.element_instance,
            element: scheduled.element,
            due: scheduled.due.clone(),
            then: scheduled.then.clone(),
        });
    }

    pub(super) fn apply_timer_gone(&mut self, id: TimerId) {
        self.timers.remove(id);
    }
}
