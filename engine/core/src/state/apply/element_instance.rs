//! The life of element instances, and the flows and variables of scopes.

use std::collections::BTreeMap;

use super::{ad_hoc_sub_process, compensation};
use crate::event::escalation::EscalationPropagated;
use crate::event::{ElementActivating, ErrorPropagated};
use crate::id::{DefinitionId, ElementIdx, ElementInstanceId, FlowIdx, ProcessInstanceId};
use crate::state::State;
use crate::state::element_instance::{Child, ElementInstance, Interruption, Phase, Request};
use crate::variable::Variables;

impl State {
    pub(super) fn apply_element_activating(&mut self, activating: &ElementActivating) {
        self.draw_id(activating.id.0);
        if let Some(scope) = activating.scope {
            self.element_instances.update(scope, |scope| {
                scope.active_children += 1;
                for flow in &activating.consumed {
                    take_token(scope, *flow);
                }
                start_interruption(scope, activating.element);
                if activating.is_chosen {
                    ad_hoc_sub_process::begin(scope, activating.element);
                }
                match (&mut scope.multi_instance, activating.loop_counter) {
                    (Some(it), Some(counter)) => {
                        assert_eq!(it.next, counter, "iterations are started in order");
                        it.next += 1;
                    }
                    (None, Some(counter)) => {
                        assert_eq!(scope.rounds + 1, counter, "iterations are started in order");
                        scope.rounds = counter;
                    }
                    (_, None) => {}
                }
            });
        }
        self.element_instances.insert(ElementInstance {
            id: activating.id,
            element: activating.element,
            scope: activating.scope,
            phase: Phase::Activating,
            active_children: 0,
            taken_flows: BTreeMap::new(),
            variables: Variables::new(),
            received: activating.received.clone(),
            is_written: false,
            is_triggered: activating.is_triggered,
            loop_counter: activating.loop_counter,
            multi_instance: None,
            rounds: 0,
            given: None,
            ad_hoc: None,
            interruption: None,
            child: None,
            request: None,
            arrivals: Vec::new(),
            thrown: 0,
            compensation: None,
        });
    }

    pub(super) fn apply_element_activated(&mut self, id: ElementInstanceId) {
        self.change_phase(id, Phase::Active);
    }

    pub(super) fn apply_element_completing(&mut self, id: ElementInstanceId, received: &Variables) {
        self.change_phase(id, Phase::Completing);
        self.element_instances.update(id, |it| {
            it.received.set_all(received);
            it.request = None;
            it.child = None;
            // What has interrupted it and starts nothing, as a terminate end event, has done its part:
            // what is left is carried out as ever, and again after an incident.
            if let Some(interruption) = &mut it.interruption {
                interruption.started = true;
            }
        });
    }

    pub(super) fn apply_outputs_written(&mut self, id: ElementInstanceId) {
        self.element_instances.update(id, |it| it.is_written = true);
    }

    pub(super) fn apply_element_completed(&mut self, id: ElementInstanceId) {
        self.remove_element_instance(id, Phase::Completing);
    }

    pub(super) fn apply_element_terminating(&mut self, id: ElementInstanceId) {
        self.change_phase(id, Phase::Terminating);
        self.element_instances.update(id, |it| {
            it.taken_flows.clear();
            it.request = None;
            compensation::forget(it);
        });
    }

    pub(super) fn apply_element_terminated(&mut self, id: ElementInstanceId) {
        self.remove_element_instance(id, Phase::Terminating);
    }

    pub(super) fn apply_element_interrupted(
        &mut self,
        id: ElementInstanceId,
        by: ElementIdx,
        received: &Variables,
    ) {
        let interruption = Interruption {
            by,
            received: received.clone(),
            started: false,
        };
        self.element_instances.update(id, |it| {
            it.taken_flows.clear();
            compensation::put_back(it);
            it.interruption = Some(interruption);
        });
    }

    pub(super) fn apply_sequence_flow_taken(&mut self, scope: ElementInstanceId, flow: FlowIdx) {
        self.element_instances.update(scope, |scope| {
            *scope.taken_flows.entry(flow).or_insert(0) += 1;
        });
    }

    pub(super) fn apply_variables_set(&mut self, scope: ElementInstanceId, variables: &Variables) {
        self.element_instances
            .update(scope, |scope| scope.variables.set_all(variables));
    }

    pub(super) fn apply_error_propagated(&mut self, propagated: &ErrorPropagated) {
        // What is passed on waits for nothing: the answer brings its way back with it.
        if !propagated.path.is_empty() {
            return;
        }
        let job = self
            .jobs
            .iter()
            .find(|it| it.element_instance == propagated.thrower);
        let request = Request::ParentCatch {
            job: job.map(|job| job.id),
            code: propagated.code.clone(),
            message: propagated.message.clone(),
        };
        self.set_request(propagated.thrower, Some(request));
    }

    pub(super) fn apply_escalation_propagated(&mut self, propagated: &EscalationPropagated) {
        if propagated.path.is_empty() {
            let code = propagated.code.clone();
            self.set_request(propagated.thrower, Some(Request::ParentEscalation { code }));
        }
    }

    pub(super) fn apply_request_answered(&mut self, id: ElementInstanceId) {
        self.set_request(id, None);
    }

    pub(super) fn apply_decision_requested(&mut self, id: ElementInstanceId) {
        self.set_request(id, Some(Request::Decision));
    }

    pub(super) fn apply_child_requested(&mut self, id: ElementInstanceId) {
        self.set_request(id, Some(Request::Child));
    }

    pub(super) fn apply_child_started(
        &mut self,
        id: ElementInstanceId,
        instance: ProcessInstanceId,
        definition: DefinitionId,
    ) {
        self.element_instances.update(id, |it| {
            it.request = None;
            it.child = Some(Child {
                instance,
                definition,
            });
        });
    }

    pub(super) fn set_request(&mut self, id: ElementInstanceId, request: Option<Request>) {
        self.element_instances.update(id, |it| it.request = request);
    }

    fn change_phase(&mut self, id: ElementInstanceId, next: Phase) {
        self.element_instances.update(id, |it| {
            let phase = it.phase;
            assert!(
                phase.may_become(next),
                "{id:?} goes from {phase:?} to {next:?}"
            );
            it.phase = next;
        });
    }

    fn remove_element_instance(&mut self, id: ElementInstanceId, last: Phase) {
        let gone = self.element_instances.remove(id);
        assert_eq!(gone.phase, last, "{id:?} ends in the phase before its end");
        assert_eq!(gone.active_children, 0, "{id:?} ends after its contents");
        if let Some(scope) = gone.scope {
            self.element_instances.update(scope, |scope| {
                scope.active_children =
                    (scope.active_children.checked_sub(1)).expect("a scope counts its contents");
                if let (Some(it), Phase::Terminating) = (&mut scope.multi_instance, last) {
                    it.terminated += 1;
                }
                if let (Some(it), Phase::Completing) = (&mut scope.ad_hoc, last) {
                    it.ended += 1;
                }
            });
        }
    }
}

pub(super) fn take_token(scope: &mut ElementInstance, flow: FlowIdx) {
    let count = scope
        .taken_flows
        .get_mut(&flow)
        .expect("a token that is consumed waits");
    *count -= 1;
    if *count == 0 {
        scope.taken_flows.remove(&flow);
    }
}

fn start_interruption(scope: &mut ElementInstance, element: ElementIdx) {
    if let Some(interruption) = &mut scope.interruption
        && interruption.by == element
    {
        interruption.started = true;
        interruption.received = Variables::new();
    }
}
