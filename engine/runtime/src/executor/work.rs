//! What the executor is given to do, and who waits for the answer.

use std::sync::Arc;

use tokio::sync::oneshot;
use tongban_feel::time::Date;
use tongban_store::row::configuration_item::DueItem;
use tongban_store::row::schedule_run::{RunState, ScheduleItem, ScheduleRun};
use tongban_store::row::time_event::TimeEvent;
use tongban_store::row::wait::Continuation;

use crate::command::{Command, CommandRequest, Principal, UserTaskId};
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
    /// The next page of deadlines, by an edition of the calendar.
    ReckonDeadlines(ReckonDeadlines),
    /// A deadline that is worth a reminder.
    Remind(Arc<Remind>),
    /// An event a plugin is to be told of.
    TellOperation(Arc<TellOperation>),
    /// Runs of a schedule whose instants have come.
    PlanSchedule(Arc<PlanSchedule>),
    /// One item of a run.
    RunItem(Arc<RunItem>),
    /// How far a run has got.
    AdvanceRun(Arc<AdvanceRun>),
    /// What the scheduler sees of time.
    WatchClock(WatchClock),
    /// Tasks that have reached a rung of their ladder.
    EscalateTasks(Arc<EscalateTasks>),
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

/// Deadlines to reckon.
#[derive(Debug, Clone)]
pub(crate) struct ReckonDeadlines {
    pub(crate) tenant: Arc<str>,
    /// The edition.
    pub(crate) number: i64,
    /// So many of them.
    pub(crate) page: u32,
}

/// A deadline to remind of.
#[derive(Debug, Clone)]
pub(crate) struct Remind {
    pub(crate) tenant: Arc<str>,
    pub(crate) key: Arc<str>,
    pub(crate) record_id: Arc<str>,
}

/// An event to tell of.
#[derive(Debug, Clone)]
pub(crate) struct TellOperation {
    pub(crate) event: TimeEvent,
}

/// A lease under which a piece of background work is done.
#[derive(Debug, Clone)]
pub(crate) struct Fence {
    pub(crate) tenant: Arc<str>,
    /// The schedule.
    pub(crate) name: Arc<str>,
    pub(crate) token: i64,
}

/// Runs of a schedule that are to be noted, unless they have been.
#[derive(Debug, Clone)]
pub(crate) struct PlanSchedule {
    pub(crate) tenant: Arc<str>,
    pub(crate) key: Arc<str>,
    /// Up to which instant the schedule was handled when they were planned, and up to which it is with them.
    pub(crate) handled_from: i64,
    pub(crate) handled_until: i64,
    /// In order, not numbered yet.
    pub(crate) runs: Vec<ScheduleRun>,
}

/// One item of a run.
#[derive(Debug, Clone)]
pub(crate) struct RunItem {
    pub(crate) fence: Fence,
    pub(crate) run_id: i64,
    pub(crate) scheduled_for: i64,
    pub(crate) as_of: Date,
    /// The item as it is to be noted, with the tries there have been.
    pub(crate) item: ScheduleItem,
    /// The property of the operation's input that takes the subject.
    pub(crate) subject: Option<Arc<str>>,
    pub(crate) operation: Arc<str>,
}

/// How far a run has got.
#[derive(Debug, Clone)]
pub(crate) struct AdvanceRun {
    pub(crate) fence: Fence,
    pub(crate) run_id: i64,
    /// Where the next page begins.
    pub(crate) cursor: Option<Arc<str>>,
    pub(crate) selected: i64,
    pub(crate) created: i64,
    pub(crate) skipped_duplicate: i64,
    pub(crate) failed: i64,
    /// How it ended, and why where it failed.
    pub(crate) end: Option<(RunState, Option<Arc<str>>)>,
    /// Names the plugin's version and the rule it runs by.
    pub(crate) config_version: Arc<str>,
}

/// What the scheduler sees of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchClock {
    pub(crate) now: i64,
    /// The clock has gone back.
    pub(crate) has_jumped: bool,
}

/// Tasks that have reached a rung of their ladder.
#[derive(Debug, Clone)]
pub(crate) struct EscalateTasks {
    pub(crate) tenant: Arc<str>,
    pub(crate) tasks: Vec<UserTaskId>,
}

/// A move of the manual clock.
#[derive(Debug, Clone)]
pub(crate) struct SetClock {
    pub(crate) to: i64,
    /// The command to be answered, with the timers it fired; `None` for a step on the way.
    pub(crate) request: Option<(CommandRequest, u64)>,
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
                | Command::PublishCalendar { .. }
                | Command::DecideScheduleRule { .. }
                | Command::AdvanceClock { .. }
                | Command::SwitchExchange { .. } => true,
                Command::StartProcess { .. }
                | Command::CancelProcessInstance { .. }
                | Command::ClaimUserTask { .. }
                | Command::UnclaimUserTask { .. }
                | Command::CompleteUserTask { .. }
                | Command::PublishMessage { .. }
                | Command::BroadcastSignal { .. }
                | Command::ActivateAdHocActivities { .. }
                | Command::ResolveIncident { .. }
                | Command::RunSchedule { .. }
                | Command::SetScheduleEnabled { .. }
                | Command::ProposeScheduleRule { .. }
                | Command::RetryScheduleRun { .. }
                | Command::ResumeScheduler
                | Command::InvokeOperation { .. }
                | Command::Job(_)
                | Command::Notice(_)
                | Command::ProcessInstance(_)
                | Command::Batch(_) => false,
                Command::Configuration(command) => command.changes_the_rules(),
            },
            Task::SetClock(_)
            | Task::ReckonDeadlines(_)
            | Task::EscalateTasks(_)
            | Task::End
            | Task::ActivateConfiguration(_) => true,
            Task::TriggerTimer(_)
            | Task::RetryJob(_)
            | Task::Continue(_)
            | Task::Outbox(_)
            | Task::Query(_)
            | Task::Kept(_)
            | Task::Remind(_)
            | Task::TellOperation(_)
            | Task::PlanSchedule(_)
            | Task::RunItem(_)
            | Task::AdvanceRun(_)
            | Task::WatchClock(_)
            | Task::PurgeOutcomes
            | Task::PurgeMessages => false,
        }
    }

    /// Whether nobody waits for it in front of a screen.
    pub(crate) fn is_background(&self) -> bool {
        match self {
            Task::Request(_) | Task::Query(_) | Task::Kept(_) | Task::SetClock(_) | Task::End => {
                false
            }
            Task::TriggerTimer(_)
            | Task::RetryJob(_)
            | Task::Continue(_)
            | Task::ActivateConfiguration(_)
            | Task::Outbox(_)
            | Task::PurgeOutcomes
            | Task::PurgeMessages
            | Task::ReckonDeadlines(_)
            | Task::Remind(_)
            | Task::TellOperation(_)
            | Task::PlanSchedule(_)
            | Task::RunItem(_)
            | Task::AdvanceRun(_)
            | Task::WatchClock(_)
            | Task::EscalateTasks(_) => true,
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
            | Task::ReckonDeadlines(_)
            | Task::Remind(_)
            | Task::TellOperation(_)
            | Task::PlanSchedule(_)
            | Task::RunItem(_)
            | Task::WatchClock(_)
            | Task::EscalateTasks(_)
            | Task::End => true,
            // It adds to what a run has counted.
            Task::AdvanceRun(_) => false,
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
            Task::ReckonDeadlines(task) => &task.tenant,
            Task::Remind(task) => &task.tenant,
            Task::TellOperation(task) => task.event.tenant.as_str(),
            Task::PlanSchedule(task) => &task.tenant,
            Task::RunItem(task) => &task.fence.tenant,
            Task::AdvanceRun(task) => &task.fence.tenant,
            Task::EscalateTasks(task) => &task.tenant,
            Task::SetClock(_)
            | Task::PurgeOutcomes
            | Task::PurgeMessages
            | Task::WatchClock(_)
            | Task::End => "",
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
            Task::ReckonDeadlines(_) => "ReckonDeadlines",
            Task::Remind(_) => "Remind",
            Task::TellOperation(_) => "TellOperation",
            Task::PlanSchedule(_) => "PlanSchedule",
            Task::RunItem(_) => "RunItem",
            Task::AdvanceRun(_) => "AdvanceRun",
            Task::WatchClock(_) => "WatchClock",
            Task::EscalateTasks(_) => "EscalateTasks",
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
