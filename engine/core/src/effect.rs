//! What has to happen outside, read off the events.
//!
//! It performs nothing and keeps nothing: after a crash the effects are computed again. Start from
//! [`effects`].

use std::sync::Arc;

use tongban_feel::value::Value;

use crate::command::{ChildThrower, ParentLink};
use crate::event::escalation::{EscalationAnswered, EscalationPropagated};
use crate::event::{ChildRequested, Event, InstanceCompleted, JobCreated, JobKind, TimerDue};
use crate::id::{
    Binding, ElementInstanceId, Instant, JobId, ProcessInstanceId, SubscriptionId, TimerId,
};
use crate::variable::Variables;

/// One thing to do. The details of jobs, timers and subscriptions, and the variables visible to
/// them, are in the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Have the work of a job done; see [`crate::state::State::job`] and
    /// [`crate::state::State::job_variables`].
    ActivateJob {
        /// The job.
        job: JobId,
        /// The type, by which the worker is found.
        job_type: Arc<str>,
        /// What it is for.
        kind: JobKind,
    },
    /// Send `RetryJob` at this moment.
    ScheduleRetry {
        /// The job.
        job: JobId,
        /// When.
        due_at: Instant,
    },
    /// Make a decision and answer `DecisionEvaluated` or `DecisionFailed`; its variables are
    /// [`crate::state::State::visible_variables`].
    EvaluateDecision {
        /// The business rule task.
        element_instance: ElementInstanceId,
        /// The id of the decision.
        decision_id: Arc<str>,
        /// Which version of it.
        binding: Binding,
        /// The date by whose rules the case is decided; the date of the fact if absent.
        as_of: Option<Value>,
    },
    /// Send `TriggerTimer` at this moment, or when this deadline is over.
    ScheduleTimer {
        /// The timer.
        timer: TimerId,
        /// When.
        due: TimerDue,
    },
    /// Forget a timer.
    CancelTimer {
        /// The timer.
        timer: TimerId,
    },
    /// Send `CorrelateMessage` when such a message is published.
    OpenSubscription {
        /// The subscription.
        subscription: SubscriptionId,
        /// The name of the message.
        message_name: Arc<str>,
        /// The correlation key.
        correlation_key: Arc<str>,
    },
    /// Forget a subscription.
    CloseSubscription {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// Correlate a message, or start a process by it.
    PublishMessage {
        /// The name of the message.
        name: Arc<str>,
        /// Its correlation key.
        correlation_key: Arc<str>,
        /// What it carries.
        variables: Variables,
        /// How long it is kept for those who do not wait for it yet, in microseconds.
        time_to_live_us: i64,
        /// While a message with the same id is kept, this one is not published.
        message_id: Option<Arc<str>>,
    },
    /// Send `ReceiveSignal` to all other instances that wait for the signal, and start the
    /// processes that begin with it.
    BroadcastSignal {
        /// The name of the signal.
        name: Arc<str>,
        /// What it carries.
        variables: Variables,
    },
    /// Start iterations as instances of their own and answer `IterationsStarted` or
    /// `IterationsFailed`. Which come next the body's loop says, what they see of the instance
    /// [`crate::state::State::iteration_variables`], at each moment anew.
    StartIterations {
        /// The body.
        element_instance: ElementInstanceId,
        /// How many at most.
        limit: u32,
    },
    /// Send `CancelInstance` with [`crate::command::CancelCause::Parent`] to all iterations that
    /// run as instances of their own.
    TerminateIterations {
        /// The body.
        element_instance: ElementInstanceId,
    },
    /// Answer with a page of outputs by `OutputsCollected`.
    CollectOutputs {
        /// The body.
        element_instance: ElementInstanceId,
        /// Those with a greater loop counter.
        after: u32,
    },
    /// Make an instance of the called process, and answer `ChildStarted` or `ChildFailed`. The
    /// variables it starts with are [`crate::state::State::child_variables`].
    StartChild(ChildRequested),
    /// Send `CancelInstance` with [`crate::command::CancelCause::Parent`].
    TerminateChild {
        /// The called instance.
        child: ProcessInstanceId,
    },
    /// Send `SuspendInstance` or `ResumeInstance` with
    /// [`crate::command::SuspensionCause::Parent`].
    SuspendChild {
        /// The called instance.
        child: ProcessInstanceId,
        /// Whether it is to rest.
        is_suspended: bool,
    },
    /// Send the same to all iterations that run as instances of their own.
    SuspendIterations {
        /// The body.
        element_instance: ElementInstanceId,
        /// Whether they are to rest.
        is_suspended: bool,
    },
    /// Send `ChildCompleted` to the parent.
    ReturnToParent {
        /// The call activity.
        parent: ParentLink,
        /// The instance that has ended.
        child: ProcessInstanceId,
        /// The variables of its process scope.
        variables: Variables,
    },
    /// Send `IterationCompleted` to the parent.
    ReturnIteration {
        /// The body.
        parent: ParentLink,
        /// The instance that has ended.
        child: ProcessInstanceId,
        /// Which iteration it ran.
        loop_counter: u32,
        /// The variables of its process scope.
        variables: Variables,
    },
    /// Send `ChildThrewError` to the parent.
    PropagateError {
        /// The call activity.
        parent: ParentLink,
        /// The instance that asks.
        child: ProcessInstanceId,
        /// The element instance that threw the error, or passes it on.
        thrower: ElementInstanceId,
        /// The way back to the thrower, if the error is passed on.
        path: Vec<ChildThrower>,
        /// The error code.
        code: Arc<str>,
        /// What happened, for people.
        message: Arc<str>,
        /// Handed to the event that catches the error.
        variables: Variables,
    },
    /// Send `ErrorNotCaught` to the child.
    ReturnErrorToChild {
        /// The called instance.
        child: ProcessInstanceId,
        /// The element instance in it.
        thrower: ElementInstanceId,
        /// The way on from there.
        path: Vec<ChildThrower>,
    },
    /// Send `ChildThrewEscalation` to the parent.
    PropagateEscalation(EscalationPropagated),
    /// Send `EscalationAnswered` to the child.
    AnswerEscalation(EscalationAnswered),
    /// The instance is over: its row can be closed.
    EndInstance {
        /// The instance.
        instance: ProcessInstanceId,
    },
    /// Send `Continue`: work is left.
    Continue,
}

/// What has to happen outside after these events of one command, in their order. What a later
/// event takes back is left out.
pub fn effects(events: &[Event]) -> Vec<Effect> {
    let mut effects: Vec<Effect> = Vec::new();
    for event in events {
        add(event, &mut effects);
    }
    effects
}

fn add(event: &Event, effects: &mut Vec<Effect>) {
    match event {
        Event::JobCreated(JobCreated {
            id, job_type, kind, ..
        })
        | Event::JobRetried {
            id, job_type, kind, ..
        } => {
            let job_type = job_type.clone();
            effects.push(Effect::ActivateJob {
                job: *id,
                job_type,
                kind: *kind,
            });
        }
        Event::JobFailed { id, due_at, .. } => {
            forget_job(effects, *id);
            if let Some(due_at) = due_at {
                effects.push(Effect::ScheduleRetry {
                    job: *id,
                    due_at: *due_at,
                });
            }
        }
        Event::JobCompleted { id } | Event::JobErrorThrown { id } | Event::JobCanceled { id } => {
            forget_job(effects, *id);
        }
        Event::TimerScheduled(timer) => {
            effects.push(Effect::ScheduleTimer {
                timer: timer.id,
                due: timer.due.clone(),
            });
        }
        Event::TimerTriggered { id } | Event::TimerCanceled { id } => {
            let scheduled =
                |it: &Effect| matches!(it, Effect::ScheduleTimer { timer, .. } if timer == id);
            if !take_back(effects, scheduled) {
                effects.push(Effect::CancelTimer { timer: *id });
            }
        }
        Event::MessageSubscriptionOpened(opened) => effects.push(Effect::OpenSubscription {
            subscription: opened.id,
            message_name: opened.message_name.clone(),
            correlation_key: opened.correlation_key.clone(),
        }),
        Event::MessageSubscriptionClosed { id } => {
            let opened = |it: &Effect| matches!(it, Effect::OpenSubscription { subscription, .. } if subscription == id);
            if !take_back(effects, opened) {
                effects.push(Effect::CloseSubscription { subscription: *id });
            }
        }
        Event::MessagePublished {
            name,
            correlation_key,
            variables,
            time_to_live_us,
            message_id,
            ..
        } => {
            effects.push(Effect::PublishMessage {
                name: name.clone(),
                correlation_key: correlation_key.clone(),
                variables: variables.clone(),
                time_to_live_us: *time_to_live_us,
                message_id: message_id.clone(),
            });
        }
        Event::SignalThrown {
            name, variables, ..
        } => effects.push(Effect::BroadcastSignal {
            name: name.clone(),
            variables: variables.clone(),
        }),
        Event::IterationsRequested { id, limit, .. } => effects.push(Effect::StartIterations {
            element_instance: *id,
            limit: *limit,
        }),
        Event::IterationsTerminationRequested { id } => {
            // What has not been started yet will not be.
            take_back(
                effects,
                |it| matches!(it, Effect::StartIterations { element_instance, .. } if element_instance == id),
            );
            effects.push(Effect::TerminateIterations {
                element_instance: *id,
            });
        }
        Event::OutputsRequested { id, after } => effects.push(Effect::CollectOutputs {
            element_instance: *id,
            after: *after,
        }),
        Event::DecisionRequested(requested) => effects.push(Effect::EvaluateDecision {
            element_instance: requested.element_instance,
            decision_id: requested.decision_id.clone(),
            binding: requested.binding.clone(),
            as_of: requested.as_of.clone(),
        }),
        Event::ChildRequested(requested) => effects.push(Effect::StartChild(requested.clone())),
        Event::ChildTerminationRequested { child, .. } => {
            effects.push(Effect::TerminateChild { child: *child });
        }
        Event::InstanceResumed { jobs, .. } => {
            effects.extend(jobs.iter().map(|it| Effect::ActivateJob {
                job: it.id,
                job_type: it.job_type.clone(),
                kind: it.kind,
            }));
        }
        Event::ChildSuspensionRequested {
            child,
            is_suspended,
            ..
        } => effects.push(Effect::SuspendChild {
            child: *child,
            is_suspended: *is_suspended,
        }),
        Event::IterationsSuspensionRequested { id, is_suspended } => {
            effects.push(Effect::SuspendIterations {
                element_instance: *id,
                is_suspended: *is_suspended,
            });
        }
        Event::ErrorPropagated(propagated) => effects.push(Effect::PropagateError {
            parent: propagated.parent,
            child: propagated.instance,
            thrower: propagated.thrower,
            path: propagated.path.clone(),
            code: propagated.code.clone(),
            message: propagated.message.clone(),
            variables: propagated.variables.clone(),
        }),
        Event::ErrorReturned {
            child,
            thrower,
            path,
            ..
        } => {
            effects.push(Effect::ReturnErrorToChild {
                child: *child,
                thrower: *thrower,
                path: path.clone(),
            });
        }
        Event::EscalationPropagated(propagated) => {
            effects.push(Effect::PropagateEscalation(propagated.clone()));
        }
        Event::EscalationAnswered(answered) => {
            effects.push(Effect::AnswerEscalation(answered.clone()));
        }
        Event::ElementTerminated { id } => forget_requests(effects, *id),
        Event::InstanceCompleted(completed) => {
            return_to_parent(completed, effects);
            effects.push(Effect::EndInstance {
                instance: completed.instance,
            });
        }
        Event::InstanceTerminated(terminated) => {
            effects.push(Effect::EndInstance {
                instance: terminated.instance,
            });
        }
        Event::WorkDeferred { .. } => effects.push(Effect::Continue),
        Event::InstanceCreated(_)
        | Event::ElementActivating(_)
        | Event::ElementActivated { .. }
        | Event::ElementCompleting { .. }
        | Event::OutputsWritten { .. }
        | Event::ElementCompleted { .. }
        | Event::ElementTerminating { .. }
        | Event::ElementInterrupted { .. }
        | Event::SequenceFlowTaken { .. }
        | Event::VariablesSet { .. }
        | Event::UserTaskCreated(_)
        | Event::UserTaskAssigned { .. }
        | Event::UserTaskCompleting { .. }
        | Event::UserTaskListenerCompleted { .. }
        | Event::UserTaskCompleted { .. }
        | Event::UserTaskCanceled { .. }
        | Event::MessageCorrelated { .. }
        | Event::SignalSubscriptionOpened(_)
        | Event::SignalReceived { .. }
        | Event::SignalSubscriptionClosed { .. }
        | Event::ConditionSubscriptionOpened(_)
        | Event::ConditionChanged { .. }
        | Event::ConditionSubscriptionClosed { .. }
        | Event::PartArrived { .. }
        | Event::PartsComplete { .. }
        | Event::PartThrown { .. }
        | Event::CompensationRegistered(_)
        | Event::CompensationStarted(_)
        | Event::CompensationCarriedOut(_)
        | Event::CompensationCompleted { .. }
        | Event::LoopStarted(_)
        | Event::IterationCompleted(_)
        | Event::IterationsStarted { .. }
        | Event::OutputsCollected { .. }
        | Event::OutputsForgone { .. }
        | Event::GatewayStarted { .. }
        | Event::GatewayReset { .. }
        | Event::ActivitiesChosen { .. }
        | Event::AdHocSatisfied { .. }
        | Event::EscalationThrown { .. }
        | Event::EscalationNotCaught { .. }
        | Event::IncidentRaised(_)
        | Event::IncidentResolved { .. }
        | Event::IncidentWithdrawn { .. }
        | Event::DecisionEvaluated(_)
        | Event::ErrorThrown { .. }
        | Event::ChildStarted { .. }
        | Event::WorkResumed
        | Event::WorkHeld { .. }
        | Event::InstanceSuspended { .. }
        | Event::InstanceModified(_)
        | Event::InstanceMigrated(_)
        | Event::UserTaskMigrated(_) => {}
    }
}

fn return_to_parent(completed: &InstanceCompleted, effects: &mut Vec<Effect>) {
    let Some(parent) = completed.parent else {
        return;
    };
    let (child, variables) = (completed.instance, completed.variables.clone());
    effects.push(match completed.loop_counter {
        Some(loop_counter) => Effect::ReturnIteration {
            parent,
            child,
            loop_counter,
            variables,
        },
        None => Effect::ReturnToParent {
            parent,
            child,
            variables,
        },
    });
}

fn forget_job(effects: &mut Vec<Effect>, id: JobId) {
    take_back(effects, |it| match it {
        Effect::ActivateJob { job, .. } | Effect::ScheduleRetry { job, .. } => *job == id,
        _ => false,
    });
}

/// A terminated element asks for nothing any more.
fn forget_requests(effects: &mut Vec<Effect>, id: ElementInstanceId) {
    take_back(effects, |it| match it {
        Effect::EvaluateDecision {
            element_instance, ..
        }
        | Effect::StartIterations {
            element_instance, ..
        }
        | Effect::CollectOutputs {
            element_instance, ..
        } => *element_instance == id,
        Effect::PropagateEscalation(propagated) => propagated.thrower == id,
        Effect::StartChild(requested) => requested.element_instance == id,
        Effect::PropagateError { thrower, .. } => *thrower == id,
        _ => false,
    });
}

fn take_back(effects: &mut Vec<Effect>, taken_back: impl Fn(&Effect) -> bool) -> bool {
    let before = effects.len();
    effects.retain(|effect| !taken_back(effect));
    effects.len() < before
}
