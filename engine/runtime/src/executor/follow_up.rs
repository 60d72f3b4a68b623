//! What an accepted command leaves to be done to other instances, or to its own later: run at once
//! as a command of its own while the group's bounds allow, else stored as a continuation row.
//!
//! **Invariant:** the row and the command that left it are in one transaction, and so are the row's
//! removal and what it asked for.

use serde::{Deserialize, Serialize};
use tongban_core::command::{ChildThrower, ParentLink};
use tongban_core::id::Binding;
use tongban_core::variable::Variables;

use crate::command::Principal;

mod wire;

/// One thing left to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FollowUp {
    /// Make the process a call activity asked for.
    StartChild(StartChild),
    /// Tell the caller that the called process has ended.
    ReturnToParent {
        #[serde(with = "wire::link")]
        parent: ParentLink,
        child: i64,
        #[serde(with = "wire::variables")]
        variables: Variables,
    },
    /// Ask the caller whether it catches an error.
    PropagateError(PropagateError),
    /// Tell a called process that nobody catches its error.
    ReturnErrorToChild(Answer),
    /// Ask the caller whether it catches an escalation.
    PropagateEscalation(PropagateEscalation),
    /// Tell a called process that it may go on after its escalation.
    AnswerEscalation(Answer),
    /// End a called process whose call activity is gone.
    TerminateChild { child: i64 },
    /// Let a called process rest, or go on, as its caller does.
    SuspendChild { parent: i64, child: i64 },
    /// Let the iterations of a large multi-instance rest, or go on, beginning after one of them.
    SuspendIterations {
        process_instance: i64,
        body: u32,
        after: i64,
    },
    /// Start iterations of a large multi-instance.
    StartIterations {
        process_instance: i64,
        body: u32,
        limit: u32,
    },
    /// Tell a large multi-instance that an iteration has ended.
    ReturnIteration {
        #[serde(with = "wire::link")]
        parent: ParentLink,
        child: i64,
        loop_counter: u32,
        #[serde(with = "wire::variables")]
        variables: Variables,
    },
    /// End the iterations of a large multi-instance that run, beginning after one of them.
    TerminateIterations {
        process_instance: i64,
        body: u32,
        after: i64,
    },
    /// Hand a large multi-instance the outputs of its iterations.
    CollectOutputs {
        process_instance: i64,
        body: u32,
        after: u32,
    },
    /// Find out who waits for a message.
    PublishMessage(Message),
    /// Hand a message to one who waits for it.
    Correlate(Correlate),
    /// Hand a kept message to one who waits for it.
    TakeMessage(TakeMessage),
    /// Start a process by messages that are kept for it.
    OfferMessages(OfferMessages),
    /// Find out who waits for a signal, page by page; then who begins with it.
    BroadcastSignal(BroadcastSignal),
    /// Hand a signal to an instance that waits for it.
    ReceiveSignal {
        process_instance: i64,
        subscriptions: Vec<u32>,
        #[serde(with = "wire::variables")]
        variables: Variables,
    },
    /// Start a process by a signal.
    StartBySignal {
        process_key: String,
        name: String,
        #[serde(with = "wire::variables")]
        variables: Variables,
    },
    /// Go on with an instance whose step or jobs reached a bound.
    GoOn { process_instance: i64, rounds: u32 },
    /// Take the next instances of a batch.
    RunBatch { batch: i64 },
    /// Do what a batch is about to an instance.
    RunBatchItem(RunBatchItem),
    /// Work on waiting jobs that an activated plugin now serves, page after page.
    ServeJobs { queues: Vec<String>, after: i64 },
    /// Start a process that an operation asked for.
    StartProcess(StartProcess),
    /// Start a process by a timer of its start event; waits for its moment.
    StartByTimer(StartByTimer),
}

/// See [`FollowUp::StartChild`]. The variables are read off the caller when the child is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StartChild {
    /// The call activity, as the child's parent.
    #[serde(with = "wire::link")]
    pub(crate) parent: ParentLink,
    pub(crate) process_key: String,
    #[serde(with = "wire::binding")]
    pub(crate) binding: Binding,
    pub(crate) business_key: Option<String>,
    pub(crate) all_of_parent: bool,
}

/// See [`FollowUp::PropagateError`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PropagateError {
    #[serde(with = "wire::link")]
    pub(crate) parent: ParentLink,
    pub(crate) child: i64,
    pub(crate) thrower: u32,
    #[serde(with = "wire::path")]
    pub(crate) path: Vec<ChildThrower>,
    pub(crate) code: String,
    pub(crate) message: String,
    #[serde(with = "wire::variables")]
    pub(crate) variables: Variables,
}

/// See [`FollowUp::PropagateEscalation`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PropagateEscalation {
    #[serde(with = "wire::link")]
    pub(crate) parent: ParentLink,
    pub(crate) child: i64,
    pub(crate) thrower: u32,
    #[serde(with = "wire::path")]
    pub(crate) path: Vec<ChildThrower>,
    pub(crate) code: String,
    #[serde(with = "wire::variables")]
    pub(crate) variables: Variables,
}

/// An answer to a called process that asked about an error or an escalation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) child: i64,
    /// The element instance in it that asked.
    pub(crate) thrower: u32,
    /// The way on from there.
    #[serde(with = "wire::path")]
    pub(crate) path: Vec<ChildThrower>,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Empty if it has none.
    pub(crate) correlation_key: String,
    /// The publisher's own name for it.
    pub(crate) message_id: Option<String>,
    /// How long it is kept; not at all if zero.
    pub(crate) time_to_live_us: i64,
    #[serde(with = "wire::variables")]
    pub(crate) variables: Variables,
}

/// See [`FollowUp::Correlate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Correlate {
    pub(crate) process_instance: i64,
    pub(crate) subscription: u32,
    /// The BPMN process id of the instance, of which no other gets the message.
    pub(crate) process_key: String,
    pub(crate) message: Message,
}

/// See [`FollowUp::TakeMessage`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TakeMessage {
    pub(crate) process_instance: i64,
    pub(crate) subscription: u32,
    /// The BPMN process id of the instance.
    pub(crate) process_key: String,
    pub(crate) name: String,
    pub(crate) correlation_key: String,
}

/// See [`FollowUp::OfferMessages`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OfferMessages {
    pub(crate) process_key: String,
    /// Messages with this key; with any if absent.
    pub(crate) correlation_key: Option<String>,
    /// Those published after the message at this place.
    pub(crate) after: Option<(i64, i64)>,
}

/// See [`FollowUp::BroadcastSignal`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BroadcastSignal {
    pub(crate) name: String,
    /// The instance that throws it, which has dealt with itself.
    pub(crate) source: Option<i64>,
    /// When: who begins to wait later does not receive it.
    pub(crate) at: i64,
    /// Those after this subscription: instance and number.
    pub(crate) after: (i64, u32),
    #[serde(with = "wire::variables")]
    pub(crate) variables: Variables,
}

/// A start event with a timer, waiting for its moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StartByTimer {
    pub(crate) definition: i64,
    pub(crate) element_id: String,
    pub(crate) due_at: i64,
    /// The cycle that remains after this time.
    pub(crate) then: Option<String>,
}

/// See [`FollowUp::RunBatchItem`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunBatchItem {
    pub(crate) batch: i64,
    pub(crate) process_instance: i64,
    /// Of the incidents of the instance those after the first number, up to the second; all if
    /// absent.
    pub(crate) incidents: Option<(u32, u32)>,
}

/// See [`FollowUp::StartProcess`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StartProcess {
    pub(crate) process_key: String,
    pub(crate) business_key: Option<String>,
    #[serde(with = "wire::variables")]
    pub(crate) variables: Variables,
}

/// Kind of the rows that wait for their moment; the timer service reads them.
pub(crate) const START_BY_TIMER: &str = "start_by_timer";

impl FollowUp {
    /// The kind in a continuation row.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            FollowUp::StartChild(_) => "start_child",
            FollowUp::ReturnToParent { .. } => "return_to_parent",
            FollowUp::PropagateError(_) => "propagate_error",
            FollowUp::ReturnErrorToChild(_) => "return_error_to_child",
            FollowUp::PropagateEscalation(_) => "propagate_escalation",
            FollowUp::AnswerEscalation(_) => "answer_escalation",
            FollowUp::TerminateChild { .. } => "terminate_child",
            FollowUp::SuspendChild { .. } => "suspend_child",
            FollowUp::SuspendIterations { .. } => "suspend_iterations",
            FollowUp::StartIterations { .. } => "start_iterations",
            FollowUp::ReturnIteration { .. } => "return_iteration",
            FollowUp::TerminateIterations { .. } => "terminate_iterations",
            FollowUp::CollectOutputs { .. } => "collect_outputs",
            FollowUp::PublishMessage(_) => "publish_message",
            FollowUp::Correlate(_) => "correlate",
            FollowUp::TakeMessage(_) => "take_message",
            FollowUp::OfferMessages(_) => "offer_messages",
            FollowUp::BroadcastSignal(_) => "broadcast_signal",
            FollowUp::ReceiveSignal { .. } => "receive_signal",
            FollowUp::StartBySignal { .. } => "start_by_signal",
            FollowUp::GoOn { .. } => "go_on",
            FollowUp::RunBatch { .. } => "run_batch",
            FollowUp::RunBatchItem(_) => "run_batch_item",
            FollowUp::ServeJobs { .. } => "serve_jobs",
            FollowUp::StartProcess(_) => "start_process",
            FollowUp::StartByTimer(_) => START_BY_TIMER,
        }
    }

    /// The instance it is for, where there is one already.
    pub(crate) fn process_instance(&self) -> Option<i64> {
        match self {
            FollowUp::StartChild(start) => Some(start.parent.instance.0),
            FollowUp::ReturnToParent { parent, .. } | FollowUp::ReturnIteration { parent, .. } => {
                Some(parent.instance.0)
            }
            FollowUp::PropagateError(error) => Some(error.parent.instance.0),
            FollowUp::PropagateEscalation(escalation) => Some(escalation.parent.instance.0),
            FollowUp::ReturnErrorToChild(Answer { child, .. })
            | FollowUp::AnswerEscalation(Answer { child, .. })
            | FollowUp::SuspendChild { child, .. }
            | FollowUp::TerminateChild { child } => Some(*child),
            FollowUp::Correlate(Correlate {
                process_instance, ..
            })
            | FollowUp::TakeMessage(TakeMessage {
                process_instance, ..
            })
            | FollowUp::StartIterations {
                process_instance, ..
            }
            | FollowUp::CollectOutputs {
                process_instance, ..
            }
            | FollowUp::ReceiveSignal {
                process_instance, ..
            }
            | FollowUp::RunBatchItem(RunBatchItem {
                process_instance, ..
            })
            | FollowUp::GoOn {
                process_instance, ..
            } => Some(*process_instance),
            FollowUp::TerminateIterations { .. }
            | FollowUp::SuspendIterations { .. }
            | FollowUp::PublishMessage(_)
            | FollowUp::OfferMessages(_)
            | FollowUp::BroadcastSignal(_)
            | FollowUp::StartBySignal { .. }
            | FollowUp::RunBatch { .. }
            | FollowUp::ServeJobs { .. }
            | FollowUp::StartProcess(_)
            | FollowUp::StartByTimer(_) => None,
        }
    }

    /// Roughly how many bytes of variables it carries.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            FollowUp::ReturnToParent { variables, .. }
            | FollowUp::ReturnIteration { variables, .. }
            | FollowUp::ReceiveSignal { variables, .. }
            | FollowUp::StartBySignal { variables, .. }
            | FollowUp::PropagateError(PropagateError { variables, .. })
            | FollowUp::PropagateEscalation(PropagateEscalation { variables, .. })
            | FollowUp::PublishMessage(Message { variables, .. })
            | FollowUp::BroadcastSignal(BroadcastSignal { variables, .. })
            | FollowUp::StartProcess(StartProcess { variables, .. }) => variables.bytes(),
            FollowUp::Correlate(correlate) => correlate.message.variables.bytes(),
            FollowUp::StartChild(_)
            | FollowUp::ReturnErrorToChild(_)
            | FollowUp::AnswerEscalation(_)
            | FollowUp::TerminateChild { .. }
            | FollowUp::SuspendChild { .. }
            | FollowUp::SuspendIterations { .. }
            | FollowUp::StartIterations { .. }
            | FollowUp::TerminateIterations { .. }
            | FollowUp::CollectOutputs { .. }
            | FollowUp::TakeMessage(_)
            | FollowUp::OfferMessages(_)
            | FollowUp::GoOn { .. }
            | FollowUp::RunBatch { .. }
            | FollowUp::RunBatchItem(_)
            | FollowUp::ServeJobs { .. }
            | FollowUp::StartByTimer(_) => 0,
        }
    }

    /// What a continuation row holds of it, with whose command left it.
    pub(crate) fn encode(&self, by: &Principal) -> Vec<u8> {
        let by = (*by != Principal::engine()).then(|| wire::By::from(by));
        let row = wire::Row { by, left: self };
        serde_json::to_vec(&row).expect("names are texts and numbers are whole")
    }

    /// What [`FollowUp::encode`] wrote; `None` if it was not written by it.
    pub(crate) fn decode(kind: &str, payload: &[u8]) -> Option<(FollowUp, Principal)> {
        let row: wire::Row<FollowUp> = serde_json::from_slice(payload).ok()?;
        let by = row.by.map_or_else(Principal::engine, Principal::from);
        (row.left.kind() == kind).then_some((row.left, by))
    }
}

#[cfg(test)]
mod tests;
