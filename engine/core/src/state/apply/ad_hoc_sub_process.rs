//! What is chosen in ad-hoc sub-processes.

use crate::id::{ElementIdx, ElementInstanceId};
use crate::state::State;
use crate::state::ad_hoc_sub_process::AdHoc;
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

/// What begins without a token has been chosen, if it is the next one.
pub(super) fn begin(scope: &mut ElementInstance, element: ElementIdx) {
    let chosen = scope
        .ad_hoc
        .as_mut()
        .map(|it: &mut Box<AdHoc>| &mut it.chosen);
    if let Some(chosen) = chosen.filter(|it| it.first() == Some(&element)) {
        chosen.remove(0);
    }
}
