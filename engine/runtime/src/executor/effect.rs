//! What a step asks of others, or of a later command, becomes a follow-up of the running one.

use tongban_core::effect::Effect;
use tongban_core::event::escalation::{EscalationAnswered, EscalationPropagated};
use tongban_core::id::ProcessInstanceId;

use crate::change::Subject;
use crate::executor::follow_up::{
    Answer, BroadcastSignal, FollowUp, OfferMessages, PropagateError, PropagateEscalation,
    StartChild,
};
use crate::executor::instance::Instance;
use crate::executor::session::Session;
use crate::executor::stop::Decided;

impl Session<'_> {
    /// Leaves what an effect asks for to be done.
    pub(crate) fn act_on(&mut self, instance: &Instance, effect: Effect) -> Decided<()> {
        match effect {
            Effect::ScheduleTimer { .. } | Effect::ScheduleRetry { .. } => {
                self.running.wakes.timers = true;
            }
            // The projections follow the events; nothing else is to be done for these.
            Effect::CancelTimer { .. } | Effect::CloseSubscription { .. } => {}
            Effect::OpenSubscription {
                subscription,
                message_name,
                correlation_key,
            } => {
                let message = (&*message_name, &*correlation_key);
                self.look_for_message(instance, subscription, message)?;
            }
            Effect::PublishMessage {
                name,
                correlation_key,
                variables,
                time_to_live_us,
                message_id,
            } => {
                let message = self.message((&name, &correlation_key), variables)?;
                self.leave(FollowUp::PublishMessage(message.kept_for(
                    time_to_live_us.clamp(0, self.shared.bounds.message_time_to_live_us_max),
                    message_id.as_deref(),
                )));
            }
            Effect::EndInstance { .. } => self.end(instance),
            Effect::Continue => self.go_on(instance.id),
            Effect::ActivateJob { .. } | Effect::EvaluateDecision { .. } => {
                unreachable!("answered within the step")
            }
            other => {
                let follow_up = self.follow_up_of(instance.id, other);
                self.leave(follow_up);
            }
        }
        Ok(())
    }

    /// What is asked of other instances.
    fn follow_up_of(&self, process_instance: i64, effect: Effect) -> FollowUp {
        match effect {
            Effect::BroadcastSignal { name, variables } => {
                FollowUp::BroadcastSignal(BroadcastSignal {
                    name: name.to_string(),
                    source: Some(process_instance),
                    at: self.running.now,
                    after: (0, 0),
                    variables,
                })
            }
            Effect::StartIterations {
                element_instance,
                limit,
            } => FollowUp::StartIterations {
                process_instance,
                body: element_instance.0,
                limit,
            },
            Effect::TerminateIterations { element_instance } => FollowUp::TerminateIterations {
                process_instance,
                body: element_instance.0,
                after: 0,
            },
            Effect::SuspendChild {
                child: ProcessInstanceId(child),
                ..
            } => FollowUp::SuspendChild {
                parent: process_instance,
                child,
            },
            Effect::SuspendIterations {
                element_instance, ..
            } => FollowUp::SuspendIterations {
                process_instance,
                body: element_instance.0,
                after: 0,
            },
            Effect::CollectOutputs {
                element_instance,
                after,
            } => FollowUp::CollectOutputs {
                process_instance,
                body: element_instance.0,
                after,
            },
            other => follow_up_of_child(other),
        }
    }

    /// An instance that has ended may have stood in a message's way.
    fn end(&mut self, instance: &Instance) {
        self.note_change(Subject::ProcessInstance(instance.id));
        if let Some(correlation_key) = &instance.correlation_key {
            self.leave(FollowUp::OfferMessages(OfferMessages {
                process_key: instance.process_key().to_string(),
                correlation_key: Some(correlation_key.to_string()),
                after: None,
            }));
        }
    }

    /// Leaves the rest of an instance's work to a later command.
    pub(crate) fn go_on(&mut self, process_instance: i64) {
        let rounds = self.running.rounds + 1;
        let follow_up = FollowUp::GoOn {
            process_instance,
            rounds,
        };
        if !self.running.follow_ups.contains(&follow_up) {
            self.leave(follow_up);
        }
    }

    /// Leaves something to be done once the running command is accepted.
    pub(crate) fn leave(&mut self, follow_up: FollowUp) {
        self.running.follow_ups.push_back(follow_up);
    }
}

/// What a caller and a called process ask of each other.
fn follow_up_of_child(effect: Effect) -> FollowUp {
    match effect {
        Effect::StartChild(requested) => FollowUp::StartChild(StartChild {
            parent: requested.parent,
            process_key: requested.process_key.to_string(),
            binding: requested.binding,
            business_key: requested.business_key.map(|it| it.to_string()),
            all_of_parent: requested.propagate_all_parent_variables,
        }),
        Effect::TerminateChild {
            child: ProcessInstanceId(child),
        } => FollowUp::TerminateChild { child },
        Effect::ReturnToParent {
            parent,
            child: ProcessInstanceId(child),
            variables,
        } => FollowUp::ReturnToParent {
            parent,
            child,
            variables,
        },
        Effect::ReturnIteration {
            parent,
            child: ProcessInstanceId(child),
            loop_counter,
            variables,
        } => FollowUp::ReturnIteration {
            parent,
            child,
            loop_counter,
            variables,
        },
        Effect::PropagateError {
            parent,
            child,
            thrower,
            path,
            code,
            message,
            variables,
        } => FollowUp::PropagateError(PropagateError {
            parent,
            child: child.0,
            thrower: thrower.0,
            path,
            code: code.to_string(),
            message: message.to_string(),
            variables,
        }),
        Effect::ReturnErrorToChild {
            child,
            thrower,
            path,
        } => FollowUp::ReturnErrorToChild(Answer {
            child: child.0,
            thrower: thrower.0,
            path,
        }),
        Effect::PropagateEscalation(escalation) => propagate_escalation(escalation),
        Effect::AnswerEscalation(answered) => answer_escalation(answered),
        other => unreachable!("{other:?} is not between a caller and a called process"),
    }
}

fn propagate_escalation(escalation: EscalationPropagated) -> FollowUp {
    FollowUp::PropagateEscalation(PropagateEscalation {
        parent: escalation.parent,
        child: escalation.instance.0,
        thrower: escalation.thrower.0,
        path: escalation.path,
        code: escalation.code.to_string(),
        variables: escalation.variables,
    })
}

fn answer_escalation(answered: EscalationAnswered) -> FollowUp {
    FollowUp::AnswerEscalation(Answer {
        child: answered.child.0,
        thrower: answered.thrower.0,
        path: answered.path,
    })
}
