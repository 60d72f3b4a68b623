//! What is chosen in ad-hoc sub-processes.

use crate::id::{ElementIdx, ElementInstanceId};
use crate::state::State;
use crate::state::element_instance::ElementInstance;

impl State {
    pub(super) fn apply_activities_chosen(
        &mut self,
        id: ElementInstanceId,
        activities: &[ElementIdx],
    ) {
        self.element_instances.update(id, |it| {
            let ad_hoc = it.ad_hoc.get_or_insert_default();
            ad_hoc.chosen.extend_from_slice(activities);
        });
    }

    pub(super) fn apply_ad_hoc_satisfied(&mut self, id: ElementInstanceId) {
        self.element_instances.update(id, |it| {
            it.taken_flows.clear();
            let ad_hoc = it.ad_hoc.as_mut().expect("it has begun");
            assert!(!ad_hoc.is_satisfied, "a condition holds once");
            ad_hoc.is_satisfied = true;
            ad_hoc.chosen.clear();
        });
    }
}

/// The next of what has been chosen begins.
pub(super) fn begin(scope: &mut ElementInstance, element: ElementIdx) {
    let ad_hoc = scope
        .ad_hoc
        .as_mut()
        .expect("what is chosen is in an ad-hoc sub-process");
    assert_eq!(
        ad_hoc.chosen.first(),
        Some(&element),
        "what is chosen begins in order"
    );
    ad_hoc.chosen.remove(0);
    *ad_hoc.begun.entry(element).or_default() += 1;
}
