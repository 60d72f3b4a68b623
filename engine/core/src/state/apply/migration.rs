//! Another version of the process: every position of the graph becomes its counterpart.

use std::collections::BTreeMap;

use crate::event::migration::InstanceMigrated;
use crate::id::{ElementIdx, FlowIdx};
use crate::state::State;
use crate::state::compensation::CompletedActivity;
use crate::work::Work;

/// Where the positions go.
struct Positions {
    elements: BTreeMap<ElementIdx, ElementIdx>,
    flows: BTreeMap<FlowIdx, FlowIdx>,
}

impl Positions {
    fn element(&self, idx: ElementIdx) -> ElementIdx {
        let found = self.elements.get(&idx).copied();
        found.expect("what is active has a counterpart")
    }

    fn flow(&self, idx: FlowIdx) -> FlowIdx {
        let found = self.flows.get(&idx).copied();
        found.expect("where a token waits has a counterpart")
    }
}

impl State {
    pub(super) fn apply_instance_migrated(&mut self, migrated: &InstanceMigrated) {
        let to = Positions {
            elements: migrated.elements.iter().copied().collect(),
            flows: migrated.flows.iter().copied().collect(),
        };
        let instance = self.instance.as_mut().expect("an event has an instance");
        instance.definition = migrated.definition;
        // Where it began matters only until it has begun.
        let start = to.elements.get(&instance.start).copied();
        instance.start = start.unwrap_or(ElementIdx::ROOT);
        self.migrate_element_instances(&to);
        self.migrate_waits(&to);
        for work in &mut self.deferred {
            migrate_work(work, &to);
        }
    }

    fn migrate_element_instances(&mut self, to: &Positions) {
        let ids: Vec<_> = self.element_instances.iter().map(|it| it.id).collect();
        for id in ids {
            self.element_instances.update(id, |it| {
                it.element = to.element(it.element);
                for flow in it.given.iter_mut().flatten() {
                    *flow = to.flow(*flow);
                }
                if let Some(ad_hoc) = &mut it.ad_hoc {
                    for activity in &mut ad_hoc.chosen {
                        *activity = to.element(*activity);
                    }
                    let begun = std::mem::take(&mut ad_hoc.begun).into_iter();
                    ad_hoc.begun = begun.map(|(idx, n)| (to.element(idx), n)).collect();
                }
                for arrival in &mut it.arrivals {
                    arrival.element = to.element(arrival.element);
                }
                if let Some(compensation) = &mut it.compensation {
                    migrate_completed(&mut compensation.completed, to);
                    for run in &mut compensation.runs {
                        migrate_completed(&mut run.activities, to);
                    }
                }
                if let Some(interruption) = &mut it.interruption {
                    interruption.by = to.element(interruption.by);
                }
                let waiting = std::mem::take(&mut it.taken_flows);
                for (flow, count) in waiting {
                    *it.taken_flows.entry(to.flow(flow)).or_insert(0) += count;
                }
            });
        }
    }

    fn migrate_waits(&mut self, to: &Positions) {
        let timers: Vec<_> = self.timers.iter().map(|it| it.id).collect();
        for id in timers {
            self.timers
                .update(id, |it| it.element = to.element(it.element));
        }
        let messages: Vec<_> = self.message_subscriptions.iter().map(|it| it.id).collect();
        for id in messages {
            self.message_subscriptions
                .update(id, |it| it.element = to.element(it.element));
        }
        let conditions = self.condition_subscriptions.iter().map(|it| it.id);
        for id in conditions.collect::<Vec<_>>() {
            self.condition_subscriptions
                .update(id, |it| it.element = to.element(it.element));
        }
        let signals: Vec<_> = self.signal_subscriptions.iter().map(|it| it.id).collect();
        for id in signals {
            self.signal_subscriptions
                .update(id, |it| it.element = to.element(it.element));
        }
    }
}

fn migrate_completed(completed: &mut [CompletedActivity], to: &Positions) {
    for activity in completed {
        activity.element = to.element(activity.element);
        migrate_completed(&mut activity.contents, to);
    }
}

fn migrate_work(work: &mut Work, to: &Positions) {
    match work {
        Work::Enter { flow, .. } => *flow = to.flow(*flow),
        Work::Start { element, .. } | Work::Join { element, .. } => *element = to.element(*element),
        Work::Activate { .. }
        | Work::Complete { .. }
        | Work::Terminate { .. }
        | Work::Settle { .. }
        | Work::Retry { .. }
        | Work::Evaluate { .. }
        | Work::Compensate { .. } => {}
    }
}
