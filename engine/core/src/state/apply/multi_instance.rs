//! Loops of multi-instance bodies.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_feel::value::{List, Value};

use crate::event::multi_instance::{IterationCompleted, LoopStarted};
use crate::id::ElementInstanceId;
use crate::state::State;
use crate::state::multi_instance::{Collection, Loop, Spread};
use crate::state::value_bytes;

impl State {
    pub(super) fn apply_loop_started(&mut self, started: &LoopStarted) {
        let spread = Spread {
            is_requested: false,
            output_bytes: 0,
            collection: Collection::Waiting,
        };
        // The items of a spread loop are kept outside.
        let items = if started.is_spread {
            Arc::new(List::default())
        } else {
            started.items.clone()
        };
        let multi_instance = Loop {
            count: started.count,
            first: started.first,
            last: started.last,
            next: started.first,
            completed: 0,
            terminated: 0,
            is_satisfied: false,
            items,
            outputs: BTreeMap::new(),
            spread: started.is_spread.then_some(spread),
        };
        self.element_instances.update(started.id, |body| {
            assert!(body.multi_instance.is_none(), "a loop is started once");
            body.multi_instance = Some(Box::new(multi_instance));
        });
    }

    pub(super) fn apply_iteration_completed(&mut self, completed: &IterationCompleted) {
        self.change_loop(completed.id, |it| {
            it.completed += 1;
            it.is_satisfied |= completed.is_satisfied;
            if let (true, Some(spread)) = (it.is_satisfied, &mut it.spread) {
                // What has been asked for and is not started yet will not be.
                spread.is_requested = false;
            }
            let Some(output) = &completed.output else {
                return;
            };
            match &mut it.spread {
                Some(spread) => spread.output_bytes += value_bytes(output) as u64,
                None => drop(it.outputs.insert(completed.loop_counter, output.clone())),
            }
        });
    }

    pub(super) fn apply_iterations_requested(&mut self, id: ElementInstanceId) {
        self.change_spread(id, |spread| spread.is_requested = true);
    }

    pub(super) fn apply_iterations_started(&mut self, id: ElementInstanceId, count: u32) {
        self.change_loop(id, |it| it.next += count);
        self.change_spread(id, |spread| spread.is_requested = false);
    }

    pub(super) fn apply_iterations_termination_requested(&mut self, id: ElementInstanceId) {
        self.change_loop(id, |it| it.terminated += it.active());
        self.change_spread(id, |spread| spread.is_requested = false);
    }

    pub(super) fn apply_outputs_requested(&mut self, id: ElementInstanceId) {
        self.change_spread(id, |spread| spread.collection = Collection::Requested);
    }

    pub(super) fn apply_outputs_collected(
        &mut self,
        id: ElementInstanceId,
        outputs: &[(u32, Value)],
        is_complete: bool,
    ) {
        self.change_loop(id, |it| it.outputs.extend(outputs.iter().cloned()));
        if is_complete {
            self.change_spread(id, |spread| spread.collection = Collection::Complete);
        }
    }

    pub(super) fn apply_outputs_forgone(&mut self, id: ElementInstanceId) {
        self.change_spread(id, |spread| spread.collection = Collection::Forgone);
    }

    /// An incident answers what a loop had asked for, too.
    pub(super) fn apply_iterations_not_started(&mut self, id: ElementInstanceId) {
        let body = self.element_instance(id);
        let spread = body.and_then(|it| it.multi_instance.as_ref()?.spread);
        if spread.is_some_and(|it| it.is_requested) {
            self.change_spread(id, |spread| spread.is_requested = false);
        }
    }

    fn change_spread(&mut self, id: ElementInstanceId, change: impl FnOnce(&mut Spread)) {
        self.change_loop(id, |it| {
            change(it.spread.as_mut().expect("the loop is spread"));
        });
    }

    pub(super) fn change_loop(&mut self, id: ElementInstanceId, change: impl FnOnce(&mut Loop)) {
        self.element_instances.update(id, |body| {
            let multi_instance = body.multi_instance.as_mut();
            change(multi_instance.expect("the body of a multi-instance has a loop"));
        });
    }
}
