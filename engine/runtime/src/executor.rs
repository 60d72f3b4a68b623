//! The executor: takes a group of waiting commands, decides each in memory, commits them together,
//! and only then answers.
//!
//! One thread of its own for each writer; it waits for the database and for nobody else.

pub(crate) mod check;
pub(crate) mod child;
pub(crate) mod command;
pub(crate) mod decision;
pub(crate) mod deploy;
pub(crate) mod effect;
pub(crate) mod follow_up;
pub(crate) mod instance;
pub(crate) mod iteration;
pub(crate) mod job;
pub(crate) mod job_lease;
pub(crate) mod message;
mod narrowing;
pub(crate) mod notice;
mod operate;
pub(crate) mod operation;
pub(crate) mod outbox;
pub(crate) mod process_instance;
pub(crate) mod session;
pub(crate) mod signal;
pub(crate) mod stop;
pub(crate) mod user_task;
pub(crate) mod work;
pub(crate) mod write;

mod ad_hoc_sub_process;
mod batch;
mod border;
mod calendar;
mod configuration;
pub(crate) mod configuration_item;
mod continuation;
mod deadline;
mod escalation;
mod plugin;
mod schedule;
mod schedule_run;
mod time_event;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc};

use crate::error::CommandError;
use crate::executor::session::{Last, Session};
use crate::executor::stop::{Decided, Stop};
use crate::executor::work::{Answered, Task, Work};
use crate::shared::Shared;

/// Pause before a command that met a conflict is run again; doubled each time.
const CONFLICT_PAUSE: Duration = Duration::from_millis(2);
const CONFLICT_DOUBLINGS_MAX: u32 = 7;
/// Pause before the database is tried again that could not be reached; doubled each time.
const UNREACHABLE_PAUSE: Duration = Duration::from_millis(25);
const UNREACHABLE_PAUSE_MAX: Duration = Duration::from_millis(800);

/// For so long after a request background work keeps itself short.
const ASKED_TIME: Duration = Duration::from_millis(100);

/// Under this target each command is one line of the log, at level debug.
const COMMAND_LOG: &str = "tongban_runtime::command";

/// Where the executors take their work from.
pub(crate) type Inbox = Arc<Mutex<mpsc::Receiver<Work>>>;

/// One executor; runs on a thread of its own.
pub(crate) struct Executor {
    shared: Arc<Shared>,
    runtime: Handle,
    inbox: Inbox,
    /// Taken, but beyond the bounds of the group before.
    backlog: VecDeque<Work>,
    /// When somebody last asked for something.
    asked_at: Option<Instant>,
    /// Since when the database cannot be reached.
    unreachable_since: Option<Instant>,
}

impl Executor {
    pub(crate) fn new(shared: Arc<Shared>, runtime: Handle, inbox: Inbox) -> Executor {
        Executor {
            shared,
            runtime,
            inbox,
            backlog: VecDeque::new(),
            asked_at: None,
            unreachable_since: None,
        }
    }

    /// Takes groups until it is told to end, or nobody can send work any more.
    pub(crate) fn run(mut self) {
        while let Some(group) = self.next_group() {
            if group.iter().any(is_end) {
                return;
            }
            self.carry_out(group);
        }
    }

    /// Waits for work, then takes what is there, up to the bound; what runs alone, alone.
    fn next_group(&mut self) -> Option<Vec<Work>> {
        let max = self.shared.bounds.group_commands_max.max(1);
        self.take_work(max)?;
        put_background_behind(self.backlog.make_contiguous());
        let first = self.backlog.front();
        if first.is_some_and(|it| !it.task.is_background()) {
            self.asked_at = Some(Instant::now());
        }
        let mut group = Vec::with_capacity(self.backlog.len().min(max));
        while group.len() < max {
            let Some(next) = self.backlog.front() else {
                break;
            };
            if next.task.is_exclusive() && !group.is_empty() {
                break;
            }
            let is_exclusive = next.task.is_exclusive();
            group.extend(self.backlog.pop_front());
            if is_exclusive {
                break;
            }
        }
        Some(group)
    }

    /// Waits for work if there is none, and takes what has come, up to a group of it.
    fn take_work(&mut self, max: usize) -> Option<()> {
        let inbox = self.inbox.clone();
        let mut inbox = if self.backlog.is_empty() {
            let mut inbox = self.runtime.block_on(inbox.lock_owned());
            self.backlog.push_back(self.runtime.block_on(inbox.recv())?);
            inbox
        } else if let Ok(inbox) = inbox.try_lock_owned() {
            inbox
        } else {
            // Another executor is waiting for what comes.
            return Some(());
        };
        // What lies behind an end is for the other executors.
        while self.backlog.len() < 2 * max && !self.backlog.back().is_some_and(is_end) {
            let Ok(work) = inbox.try_recv() else { break };
            self.backlog.push_back(work);
        }
        Some(())
    }

    /// Whether somebody has asked for something just now, and probably will again.
    fn is_asked(&self) -> bool {
        self.asked_at.is_some_and(|it| it.elapsed() < ASKED_TIME)
    }

    /// Carries a group out; where that fails, each of its commands alone.
    fn carry_out(&mut self, mut group: Vec<Work>) {
        if group.len() > 1 {
            match self.try_while_unreachable(&group, Last::No) {
                Ok(answers) => return self.answer(group, answers),
                Err(Stop::Unreachable { .. }) => {
                    let answers = group.iter().map(|_| Err(UNREACHABLE)).collect();
                    return self.answer(group, answers);
                }
                Err(stop) => log_retry(&stop, group.len()),
            }
        }
        for work in group.drain(..) {
            let answer = self.carry_out_alone(&work);
            self.answer(vec![work], vec![answer]);
        }
    }

    fn carry_out_alone(&mut self, work: &Work) -> Answered {
        let group = std::slice::from_ref(work);
        let retries_max = self.shared.bounds.conflict_retries_max;
        let mut pause = CONFLICT_PAUSE;
        let mut is_key_taken = false;
        for attempt in 0..=retries_max {
            let last = match attempt {
                _ if attempt == retries_max => Last::Yes,
                _ if is_key_taken => Last::OfKeys,
                _ => Last::No,
            };
            match self.try_while_unreachable(group, last) {
                Ok(mut answers) => return answers.pop().unwrap_or(Ok(None)),
                Err(Stop::Conflict { constraint, .. })
                    if last == Last::No || (last == Last::OfKeys && constraint.is_none()) =>
                {
                    is_key_taken |= constraint.is_some();
                    std::thread::sleep(pause + jitter(pause));
                    if attempt < CONFLICT_DOUBLINGS_MAX {
                        pause *= 2;
                    }
                }
                Err(stop) => return Err(self.given_up(work, stop)),
            }
        }
        Err(CommandError::Failed {
            reason: "too many conflicts".to_owned(),
        })
    }

    fn given_up(&mut self, work: &Work, stop: Stop) -> CommandError {
        match stop {
            Stop::Refused(error) => error,
            Stop::Lost {
                process_instance,
                tenant,
            } => {
                if let Some(id) = process_instance {
                    self.halt_alone(&tenant, id);
                    return CommandError::Halted {
                        process_instance: id,
                    };
                }
                CommandError::Failed {
                    reason: "the command panicked".to_owned(),
                }
            }
            Stop::Conflict {
                constraint: Some(constraint),
                ..
            } => CommandError::rejected("RECORD_NOT_UNIQUE", &[("constraint", &constraint)]),
            Stop::Unreachable { .. } => UNREACHABLE,
            Stop::Conflict {
                constraint: None,
                reason,
            }
            | Stop::Failed(reason) => {
                tracing::error!(command = work.task.name(), %reason, "a command could not be carried out");
                CommandError::Failed { reason }
            }
            Stop::Again { .. } => CommandError::Failed {
                reason: "decided again without end".to_owned(),
            },
        }
    }

    /// Tries a group; while the database cannot be reached, again and again for a while.
    ///
    /// A commit whose answer was lost may have come to be. Trying again is safe all the same: a command
    /// finds its kept outcome, a timer or a continuation finds itself gone. Only a command without an
    /// idempotency key could act twice; it is not tried again.
    fn try_while_unreachable(&mut self, group: &[Work], last: Last) -> Decided<Vec<Answered>> {
        let mut pause = UNREACHABLE_PAUSE;
        loop {
            let stop = match self.try_group(group, last) {
                Err(Stop::Unreachable { in_commit, reason }) => (in_commit, reason),
                other => {
                    if let Some(since) = self.unreachable_since.take() {
                        let ms = since.elapsed().as_millis();
                        tracing::info!(unreachable_ms = ms, "the database is reached again");
                    }
                    return other;
                }
            };
            let (in_commit, reason) = stop;
            if self.unreachable_since.is_none() {
                tracing::warn!(%reason, n_commands = group.len(), "the database cannot be reached");
            }
            let since = *self.unreachable_since.get_or_insert_with(Instant::now);
            let patience = Duration::from_millis(self.shared.bounds.unreachable_ms_max);
            let is_repeatable = !in_commit || group.iter().all(|it| it.task.is_repeatable());
            if !is_repeatable || since.elapsed() >= patience {
                return Err(Stop::Unreachable { in_commit, reason });
            }
            std::thread::sleep(pause + jitter(pause));
            pause = UNREACHABLE_PAUSE_MAX.min(pause * 2);
        }
    }

    /// The path of a group: begin, decide each command, commit, tell the subscribers.
    ///
    /// Answers fewer commands than it was given where a bound was reached.
    fn try_group(&mut self, group: &[Work], last: Last) -> Decided<Vec<Answered>> {
        let shared = self.shared.clone();
        let mut session = Session::new(&shared, &self.runtime);
        session.last = last;
        session.is_asked = self.is_asked();
        let span = tracing::debug_span!("group", commands = group.len());
        let _entered = span.enter();
        let decided = decide_group(&mut session, group).map(|answers| session.left(group, answers));
        let committed = decided.and_then(|answers| session.commit().map(|()| answers));
        match committed {
            Ok(answers) => {
                session.announce(group);
                Ok(answers)
            }
            Err(stop) => {
                shared.metrics.count_again(reason_of(&stop));
                session.roll_back();
                Err(stop)
            }
        }
    }

    /// Stops an instance in a transaction of its own, after a panic took the group's with it.
    fn halt_alone(&mut self, tenant: &str, process_instance: i64) {
        let shared = self.shared.clone();
        let mut session = Session::new(&shared, &self.runtime);
        let halted = session.halt_after_panic(tenant, process_instance);
        if let Err(stop) = halted.and_then(|()| session.commit()) {
            tracing::error!(
                process_instance.id = process_instance,
                ?stop,
                "could not halt an instance"
            );
            session.roll_back();
        }
    }

    fn answer(&mut self, mut group: Vec<Work>, answers: Vec<Answered>) {
        let metrics = &self.shared.metrics;
        metrics
            .group_commands
            .observe(f64::from(u32::try_from(answers.len()).unwrap_or(u32::MAX)));
        for (work, answer) in group.iter().zip(&answers) {
            metrics.count_command(work.task.name(), outcome_of(answer));
        }
        let rest = group.split_off(answers.len());
        for work in rest.into_iter().rev() {
            self.backlog.push_front(work);
        }
        for (work, answer) in group.into_iter().zip(answers) {
            if let Some(reply) = work.reply {
                // Whoever asked may have gone; the commit stands.
                drop(reply.send(answer));
            }
        }
    }
}

fn is_end(work: &Work) -> bool {
    matches!(work.task, Task::End)
}

/// What nobody waits for goes behind, but never past what runs alone.
fn put_background_behind(backlog: &mut [Work]) {
    let alone_at = backlog.iter().position(|it| it.task.is_exclusive());
    let (together, _) = backlog.split_at_mut(alone_at.unwrap_or(backlog.len()));
    together.sort_by_key(|it| it.task.is_background());
}

/// Decides commands until all are decided or a bound is reached.
fn decide_group(session: &mut Session<'_>, group: &[Work]) -> Decided<Vec<Answered>> {
    let started = Instant::now();
    session.full_at = started + Duration::from_millis(session.shared.bounds.group_time_ms_max);
    session.prefetch(group)?;
    let mut answers = Vec::with_capacity(group.len());
    let mut is_in_background = false;
    for work in group {
        if work.task.is_background() && !is_in_background {
            is_in_background = true;
            session.keep_short();
        }
        answers.push(measured(session, &work.task)?);
        if session.is_group_full() {
            break;
        }
    }
    session.store_follow_ups()?;
    let seconds = started.elapsed().as_secs_f64();
    session.shared.metrics.group_decide_seconds.observe(seconds);
    Ok(answers)
}

/// Carries a task out and says in the log how long that took; ids and names, never values.
fn measured(session: &mut Session<'_>, task: &Task) -> Decided<Answered> {
    if !tracing::enabled!(target: COMMAND_LOG, tracing::Level::DEBUG) {
        return session.carry_out(task);
    }
    let target = border::target_of(task);
    let tenant = target
        .as_ref()
        .map_or_else(|| task.tenant().to_owned(), |it| it.0.to_string());
    let started = Instant::now();
    let answered = session.carry_out(task);
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(
        target: COMMAND_LOG,
        command = task.name(),
        outcome = answered.as_ref().map_or_else(reason_of, outcome_of),
        tenant.id = %tenant,
        process_instance.id = target.map(|it| it.1).or(session.running.in_hand),
        decide_us = micros(started.elapsed()),
        plugin_us = micros(session.running.plugin_time),
        "decided"
    );
    answered
}

/// How a command ended, as the metrics tell.
fn outcome_of(answer: &Answered) -> &'static str {
    match answer {
        Ok(Some(outcome)) if outcome.repeated => "repeated",
        Ok(_) => "accepted",
        Err(CommandError::Rejected(_)) => "rejected",
        Err(CommandError::Halted { .. }) => "halted",
        Err(CommandError::PluginFailed { .. }) => "plugin_failed",
        Err(CommandError::Unavailable { .. }) => "unavailable",
        Err(CommandError::Failed { .. }) => "failed",
    }
}

/// Why a group is run again, as the metrics tell.
fn reason_of(stop: &Stop) -> &'static str {
    match stop {
        Stop::Refused(_) => "refused",
        Stop::Again { .. } => "again",
        Stop::Conflict { .. } => "conflict",
        Stop::Lost { .. } => "lost",
        Stop::Unreachable { .. } => "unreachable",
        Stop::Failed(_) => "failed",
    }
}

/// What is answered while the database cannot be reached.
const UNREACHABLE: CommandError = CommandError::Unavailable {
    reason: "the database cannot be reached",
};

/// Up to half of a pause, so that two nodes that were in each other's way do not meet again.
fn jitter(pause: Duration) -> Duration {
    let random = u32::from(uuid::Uuid::new_v4().as_bytes()[0]);
    pause / 2 * random / 256
}

fn log_retry(stop: &Stop, n_commands: usize) {
    match stop {
        Stop::Conflict { reason, .. } => {
            tracing::debug!(%reason, n_commands, "conflict: run singly")
        }
        Stop::Unreachable { reason, .. } | Stop::Failed(reason) => {
            tracing::warn!(%reason, n_commands, "group failed: run singly");
        }
        Stop::Refused(_) | Stop::Again { .. } | Stop::Lost { .. } => {
            tracing::warn!(n_commands, "group given up: run singly");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, CommandRequest};

    fn work(task: Task) -> Work {
        Work { task, reply: None }
    }

    fn request() -> Task {
        let command = Command::ResumeScheduler;
        Task::Request(Arc::new(CommandRequest {
            tenant: Arc::from("150627"),
            command,
            principal: crate::command::Principal::engine(),
            idempotency_key: None,
        }))
    }

    #[test]
    fn requests_are_decided_before_background_work_but_never_past_what_runs_alone() {
        let mut backlog = [
            Task::PurgeOutcomes,
            request(),
            Task::PurgeMessages,
            Task::End,
            request(),
        ]
        .map(work);
        put_background_behind(&mut backlog);
        let names: Vec<_> = backlog.iter().map(|it| it.task.name()).collect();
        let expected = [
            "ResumeScheduler",
            "PurgeOutcomes",
            "PurgeMessages",
            "End",
            "ResumeScheduler",
        ];
        assert_eq!(names, expected);
    }
}
