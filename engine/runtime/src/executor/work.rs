//! What the executor is given to do, and who waits for the answer.

use std::sync::Arc;

use tokio::sync::oneshot;
use tongban_store::row::configuration_item::DueItem;
use tongban_store::row::wait::Continuation;

use crate::command::{Command, CommandRequest, Principal};
use crate::error::CommandError;
use crate::executor::outbox::OutboxTask;
use crate::outcome::CommandOutcome;

/// One thing to do in one command of a group.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// A command from outside.
    Request(Arc<CommandRequest>),
    /// A timer of an instance that has fallen due.
    TriggerTimer(Due),
    /// A failed job whose back-off is over.
    RetryJob(Due),
    /// A stored continuation.
    Continue(Continuation),
    /// An approved change of the configuration whose day has come.
    ActivateConfiguration(DueItem),
    /// What one of our connectors asks for.
    Outbox(Arc<OutboxTask>),
    /// A call of an operation that only reads.
    Query(Arc<Query>),
    /// The outcome kept for a command that is not carried out by the executor.
    Kept(Arc<CommandRequest>),
    /// Outcomes kept long enough are forgotten.
    PurgeOutcomes,
    /// A page of kept messages whose time to live is over is forgotten.
    PurgeMessages,
    /// Ends one executor, after everything sent before.
    End,
    /// The last step of a move of the manual clock, with the command that asked for it.
    SetClock(Arc<SetClock>),
}

/// A call of an operation that only reads.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) tenant: Arc<str>,
    pub(crate) principal: Principal,
    pub(crate) operation: String,
    pub(crate) input: serde_json::Value,
}

/// Something of an instance that has fallen due.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    /// The tenant of the instance.
    pub(crate) tenant: Arc<str>,
    /// The instance.
    pub(crate) process_instance: i64,
    /// The timer's or job's number within the instance.
    pub(crate) number: u32,
}

/// A move of the manual clock.
#[derive(Debug, Clone)]
pub(crate) struct SetClock {
    pub(crate) to: i64,
    /// The command to be answered, with the timers it fired; `None` for a step on the way.
    pub(crate) request: Option<(CommandRequest, u64)>,
    pub(crate) complete: bool,
}

impl Task {
    /// Whether nothing else may run in the same group, since later commands have to see its effect
    /// on what is kept in memory: definitions, plugins, calendars, the clock.
    pub(crate) fn is_exclusive(&self) -> bool {
        match self {
            Task::Request(request) => match &request.command {
                Command::Deploy { .. }
                | Command::InstallPlugin { .. }
                | Command::ActivatePlugin { .. }
                | Command::LoadCounty { .. }
                | Command::AdvanceClock { .. }
                | Command::SwitchExchange { .. } => true,
                Command::StartProcess { .. }
                | Command::CancelProcessInstance { .. }
                | Command::ClaimUserTask { .. }
                | Command::UnclaimUserTask { .. }
                | Command::CompleteUserTask { .. }
                | Command::PublishMessage { .. }
                | Command::BroadcastSignal { .. }
                | Command::ResolveIncident { .. }
                | Command::InvokeOperation { .. }
                | Command::Job(_)
                | Command::Notice(_) => false,
                Command::Configuration(command) => command.changes_the_rules(),
            },
            Task::SetClock(_) | Task::End | Task::ActivateConfiguration(_) => true,
            Task::TriggerTimer(_)
            | Task::RetryJob(_)
            | Task::Continue(_)
            | Task::Outbox(_)
            | Task::Query(_)
            | Task::Kept(_)
            | Task::PurgeOutcomes
            | Task::PurgeMessages => false,
        }
    }

    /// Whether it may be carried out again when nobody knows if it was: whatever it did shows.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Task::Request(request) => request.idempotency_key.is_some(),
            Task::SetClock(set) => {
                let request = set.request.as_ref();
                request.is_none_or(|(request, _)| request.idempotency_key.is_some())
            }
            Task::TriggerTimer(_)
            | Task::RetryJob(_)
            | Task::Continue(_)
            | Task::ActivateConfiguration(_)
            | Task::Outbox(_)
            | Task::Query(_)
            | Task::Kept(_)
            | Task::PurgeOutcomes
            | Task::PurgeMessages
            | Task::End => true,
        }
    }

    /// The tenant it belongs to; empty where it belongs to the server.
    pub(crate) fn tenant(&self) -> &str {
        match self {
            Task::Request(request) | Task::Kept(request) => &request.tenant,
            Task::TriggerTimer(due) | Task::RetryJob(due) => &due.tenant,
            Task::Continue(row) => row.tenant.as_str(),
            Task::ActivateConfiguration(due) => due.tenant.as_str(),
            Task::Outbox(task) => task.tenant(),
            Task::Query(query) => &query.tenant,
            Task::SetClock(_) | Task::PurgeOutcomes | Task::PurgeMessages | Task::End => "",
        }
    }

    /// The task's name in logs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Task::Request(request) => request.command.name(),
            Task::TriggerTimer(_) => "TriggerTimer",
            Task::RetryJob(_) => "RetryJob",
            Task::Continue(_) => "Continue",
            Task::ActivateConfiguration(_) => "ActivateConfiguration",
            Task::Outbox(task) => task.name(),
            Task::Query(_) => "Query",
            Task::Kept(_) => "Kept",
            Task::PurgeOutcomes => "PurgeOutcomes",
            Task::PurgeMessages => "PurgeMessages",
            Task::End => "End",
            Task::SetClock(_) => "SetClock",
        }
    }
}

/// What a task answers; the engine's own tasks answer nothing.
pub(crate) type Answered = Result<Option<CommandOutcome>, CommandError>;

/// A task with whoever waits for its answer.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) task: Task,
    pub(crate) reply: Option<oneshot::Sender<Answered>>,
}
