//! What can be undone, and what is being undone.

use std::collections::BTreeSet;

use crate::event::compensation::{
    CompensationCarriedOut, CompensationRegistered, CompensationStarted,
};
use crate::id::{CompensationId, ElementInstanceId};
use crate::state::State;
use crate::state::compensation::{CarriesOut, Compensation, CompensationRun, CompletedActivity};
use crate::state::element_instance::ElementInstance;

impl State {
    pub(super) fn apply_compensation_registered(&mut self, registered: &CompensationRegistered) {
        self.draw_id(registered.id.0);
        let activity = self.element_instance(registered.element_instance);
        let activity = activity.expect("an activity is there until it has been completed");
        let contents = (activity.compensation.as_ref())
            .filter(|_| registered.keeps_contents)
            .map(|it| it.completed.clone());
        let completed = CompletedActivity {
            id: registered.id,
            element: activity.element,
            variables: activity.variables.clone(),
            contents: contents.unwrap_or_default(),
        };
        let scope = activity.scope.expect("an activity has a scope");
        self.change_compensation(scope, |it| it.completed.push(completed));
    }

    pub(super) fn apply_compensation_started(&mut self, started: &CompensationStarted) {
        self.draw_id(started.id.0);
        self.element_instances.update(started.scope, |scope| {
            // Only what undoes a canceled transaction starts in a scope that has been interrupted and
            // does nothing else yet.
            if let Some(interruption) = &mut scope.interruption {
                interruption.started = true;
            }
        });
        self.change_compensation(started.scope, |it| {
            let undone: BTreeSet<CompensationId> = started.activities.iter().copied().collect();
            let is_undone = |activity: &CompletedActivity| undone.contains(&activity.id);
            let (activities, left) = std::mem::take(&mut it.completed)
                .into_iter()
                .partition::<Vec<_>, _>(is_undone);
            assert_eq!(
                activities.len(),
                started.activities.len(),
                "what is undone has been completed"
            );
            it.completed = left;
            it.runs.push(CompensationRun {
                id: started.id,
                thrower: started.thrower,
                activities,
            });
        });
    }

    pub(super) fn apply_compensation_carried_out(&mut self, carried_out: &CompensationCarriedOut) {
        let id = carried_out.element_instance;
        let instance = self.element_instance(id).expect("a handler is there");
        let scope = instance.scope.expect("a handler has a scope");
        let activity = self.change_compensation(scope, |it| {
            let run = it.runs.iter_mut().find(|it| it.id == carried_out.run);
            let run = run.expect("a handler is for a run of its scope");
            run.activities.pop().expect("a run has something to undo")
        });
        self.element_instances
            .update(id, |it| it.variables = activity.variables);
        self.change_compensation(id, |it| {
            it.carries_out = Some(CarriesOut {
                run: carried_out.run,
                is_scope: carried_out.is_scope,
            });
            if carried_out.is_scope {
                it.completed = activity.contents;
            }
        });
    }

    pub(super) fn apply_compensation_completed(
        &mut self,
        scope: ElementInstanceId,
        id: CompensationId,
    ) {
        self.change_compensation(scope, |it| {
            let before = it.runs.len();
            it.runs.retain(|run| run.id != id);
            assert_eq!(it.runs.len() + 1, before, "a run ends once");
        });
    }

    fn change_compensation<T>(
        &mut self,
        id: ElementInstanceId,
        change: impl FnOnce(&mut Compensation) -> T,
    ) -> T {
        self.element_instances.update(id, |it| {
            let mut compensation = it.compensation.take().unwrap_or_default();
            let result = change(&mut compensation);
            it.compensation = Some(compensation).filter(|it| !it.is_empty());
            result
        })
    }
}

/// A scope that ends early undoes nothing any more; it may still be what undoes an activity.
pub(super) fn forget(instance: &mut ElementInstance) {
    if let Some(mut compensation) = instance.compensation.take() {
        compensation.completed.clear();
        compensation.runs.clear();
        instance.compensation = Some(compensation).filter(|it| !it.is_empty());
    }
}

/// What a scope that is interrupted was undoing can be undone by what interrupts it, as far as that
/// has not begun.
pub(super) fn put_back(instance: &mut ElementInstance) {
    if let Some(compensation) = &mut instance.compensation {
        let runs = compensation.runs.drain(..);
        let activities = runs.flat_map(|run| run.activities);
        compensation.completed.extend(activities);
        compensation.completed.sort_by_key(|it| it.id);
    }
    if instance
        .compensation
        .as_ref()
        .is_some_and(|it| it.is_empty())
    {
        instance.compensation = None;
    }
}
