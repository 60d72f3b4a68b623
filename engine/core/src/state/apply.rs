//! Folds events into the state: the only code that writes it.
//!
//! An applier trusts that the event was right when it was emitted, and asserts what it relies on:
//! a failing assertion is our bug, and halts the instance. Start from [`State::apply`].

mod ad_hoc_sub_process;
mod arrival;
mod compensation;
mod complex_gateway;
mod condition_subscription;
mod element_instance;
mod incident;
mod instance;
mod job;
mod message_subscription;
mod migration;
mod multi_instance;
mod signal_subscription;
mod timer;
mod user_task;

use super::State;
use crate::event::Event;

impl State {
    /// Folds one event into the state.
    ///
    /// # Panics
    /// If the event does not follow from the state, which is our bug.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::InstanceCreated(created) => self.apply_instance_created(created),
            Event::InstanceCompleted(completed) => self.apply_instance_completed(completed),
            Event::InstanceTerminated(terminated) => self.apply_instance_terminated(terminated),
            Event::ElementActivating(activating) => self.apply_element_activating(activating),
            Event::ElementActivated { id } => self.apply_element_activated(*id),
            Event::ElementCompleting { id, received } => {
                self.apply_element_completing(*id, received);
            }
            Event::OutputsWritten { id } => self.apply_outputs_written(*id),
            Event::ElementCompleted { id } => self.apply_element_completed(*id),
            Event::ElementTerminating { id } => self.apply_element_terminating(*id),
            Event::ElementTerminated { id } => self.apply_element_terminated(*id),
            Event::ElementInterrupted { id, by, received } => {
                self.apply_element_interrupted(*id, *by, received);
            }
            Event::SequenceFlowTaken { scope, flow } => {
                self.apply_sequence_flow_taken(*scope, *flow);
            }
            Event::VariablesSet { scope, variables } => {
                self.apply_variables_set(*scope, variables);
            }
            Event::JobCreated(created) => self.apply_job_created(created),
            Event::JobFailed {
                id,
                retries,
                due_at,
                ..
            } => {
                self.apply_job_failed(*id, *retries, *due_at);
            }
            Event::JobRetried { id, retries, .. } => self.apply_job_retried(*id, *retries),
            Event::JobErrorThrown { id } => self.apply_job_error_thrown(*id),
            Event::JobCompleted { id } | Event::JobCanceled { id } => self.apply_job_gone(*id),
            Event::UserTaskCreated(created) => self.apply_user_task_created(created),
            Event::UserTaskAssigned { id, assignee } => {
                self.apply_user_task_assigned(*id, assignee.clone());
            }
            Event::UserTaskCompleting {
                id,
                variables,
                by,
                listeners,
            } => {
                self.apply_user_task_completing(*id, variables, by, listeners);
            }
            Event::UserTaskListenerCompleted { id, variables } => {
                self.apply_user_task_listener_completed(*id, variables);
            }
            Event::UserTaskCompleted { id, .. } | Event::UserTaskCanceled { id, .. } => {
                self.apply_user_task_gone(*id);
            }
            Event::TimerScheduled(scheduled) => self.apply_timer_scheduled(scheduled),
            Event::TimerTriggered { id } | Event::TimerCanceled { id } => {
                self.apply_timer_gone(*id);
            }
            Event::MessageSubscriptionOpened(opened) => {
                self.apply_message_subscription_opened(opened);
            }
            Event::MessageSubscriptionClosed { id } => {
                self.apply_message_subscription_closed(*id);
            }
            Event::SignalSubscriptionOpened(opened) => {
                self.apply_signal_subscription_opened(opened);
            }
            Event::SignalSubscriptionClosed { id } => self.apply_signal_subscription_closed(*id),
            Event::ConditionSubscriptionOpened(opened) => {
                self.apply_condition_subscription_opened(opened);
            }
            Event::ConditionChanged { id, holds } => self.apply_condition_changed(*id, *holds),
            Event::ConditionSubscriptionClosed { id } => {
                self.apply_condition_subscription_closed(*id);
            }
            Event::PartArrived {
                element_instance,
                arrival,
            } => self.apply_part_arrived(*element_instance, arrival),
            Event::PartsComplete {
                element_instance,
                element,
            } => self.apply_parts_complete(*element_instance, *element),
            Event::PartThrown { element_instance } => self.apply_part_thrown(*element_instance),
            Event::CompensationRegistered(it) => self.apply_compensation_registered(it),
            Event::CompensationStarted(it) => self.apply_compensation_started(it),
            Event::CompensationCarriedOut(it) => self.apply_compensation_carried_out(it),
            Event::CompensationCompleted { scope, id } => {
                self.apply_compensation_completed(*scope, *id);
            }
            Event::LoopStarted(started) => self.apply_loop_started(started),
            Event::IterationCompleted(completed) => self.apply_iteration_completed(completed),
            Event::IterationsRequested { id, .. } => self.apply_iterations_requested(*id),
            Event::IterationsStarted { id, count } => self.apply_iterations_started(*id, *count),
            Event::IterationsTerminationRequested { id } => {
                self.apply_iterations_termination_requested(*id);
            }
            Event::OutputsRequested { id, .. } => self.apply_outputs_requested(*id),
            Event::OutputsCollected {
                id,
                outputs,
                is_complete,
            } => self.apply_outputs_collected(*id, outputs, *is_complete),
            Event::OutputsForgone { id } => self.apply_outputs_forgone(*id),
            Event::GatewayStarted { id, consumed } => self.apply_gateway_started(*id, consumed),
            Event::GatewayReset { id, consumed } => self.apply_gateway_reset(*id, consumed),
            Event::ActivitiesChosen { id, activities } => {
                self.apply_activities_chosen(*id, activities);
            }
            Event::AdHocSatisfied { id } => self.apply_ad_hoc_satisfied(*id),
            Event::IncidentRaised(raised) => self.apply_incident_raised(raised),
            Event::IncidentResolved { id, corrected } => {
                self.apply_incident_resolved(*id, corrected);
            }
            Event::IncidentWithdrawn { id } => {
                self.apply_incident_gone(*id);
            }
            Event::ErrorPropagated(propagated) => self.apply_error_propagated(propagated),
            Event::ErrorReturned {
                element_instance, ..
            } => {
                self.apply_request_answered(*element_instance);
            }
            Event::EscalationPropagated(propagated) => {
                self.apply_escalation_propagated(propagated);
            }
            Event::DecisionRequested(requested) => {
                self.apply_decision_requested(requested.element_instance);
            }
            Event::ChildRequested(requested) => {
                self.apply_child_requested(requested.element_instance);
            }
            Event::ChildStarted {
                element_instance,
                child,
                definition,
            } => {
                self.apply_child_started(*element_instance, *child, *definition);
            }
            Event::WorkDeferred { work } => self.deferred.clone_from(work),
            Event::WorkResumed => self.deferred.clear(),
            Event::WorkHeld { work } => self.deferred.extend(work.iter().cloned()),
            Event::InstanceSuspended { .. } => self.apply_instance_suspended(true),
            Event::InstanceResumed { .. } => self.apply_instance_suspended(false),
            Event::InstanceMigrated(migrated) => self.apply_instance_migrated(migrated),
            Event::MessageCorrelated { .. }
            | Event::MessagePublished { .. }
            | Event::SignalReceived { .. }
            | Event::SignalThrown { .. }
            | Event::DecisionEvaluated(_)
            | Event::ErrorThrown { .. }
            | Event::EscalationThrown { .. }
            | Event::EscalationNotCaught { .. }
            | Event::EscalationAnswered(_)
            | Event::ChildTerminationRequested { .. }
            | Event::ChildSuspensionRequested { .. }
            | Event::IterationsSuspensionRequested { .. }
            | Event::InstanceModified(_)
            | Event::UserTaskMigrated(_) => {}
        }
    }

    /// Takes an id from the counter. Every event with a new id does so, in order.
    fn draw_id(&mut self, id: u32) {
        assert_eq!(id, self.next_id, "ids are drawn from the counter in order");
        self.next_id = id
            .checked_add(1)
            .expect("an instance draws fewer than 2^32 ids");
    }
}
