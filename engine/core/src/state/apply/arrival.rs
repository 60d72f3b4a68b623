//! What has come of several things that one event waits for, and what one event has thrown.

use crate::id::{ElementIdx, ElementInstanceId};
use crate::state::State;
use crate::state::arrival::Arrival;

impl State {
    pub(super) fn apply_part_arrived(&mut self, id: ElementInstanceId, arrival: &Arrival) {
        self.element_instances
            .update(id, |it| it.arrivals.push(arrival.clone()));
    }

    pub(super) fn apply_parts_complete(&mut self, id: ElementInstanceId, element: ElementIdx) {
        self.element_instances.update(id, |it| {
            it.arrivals.retain(|arrival| arrival.element != element);
        });
    }

    pub(super) fn apply_part_thrown(&mut self, id: ElementInstanceId) {
        self.element_instances.update(id, |it| {
            it.thrown += 1;
            // What was asked for the thing before has been answered.
            it.request = None;
        });
    }
}
