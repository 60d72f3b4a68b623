//! The path of a command: answered before? decide it, keep its outcome, note who did it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tongban_store::unit_of_work::idempotency::KeptOutcome;

use crate::command::{Command, CommandRequest, Principal};
use crate::error::{CommandError, UserError};
use crate::executor::border::Keep;
use crate::executor::calendar::NewEdition;
use crate::executor::message::NewMessage;
use crate::executor::session::{Running, Session};
use crate::executor::stop::{Decided, Stop};
use crate::executor::work::{Answered, Task};
use crate::outcome::{CommandOutcome, Done, Left};

/// Bytes of an idempotency key.
const KEY_BYTES_MAX: usize = 200;
/// What came with time is kept as long as missed runs are looked for: 400 days.
const EVENTS_KEPT_US: i64 = 400 * 86_400 * 1_000_000;

/// Expired messages forgotten in one command.
const PURGED_MAX: u64 = 500;

/// The outcome as it is kept; a new form gets a new version beside this one.
#[derive(Serialize, Deserialize)]
#[serde(tag = "v")]
enum Kept {
    #[serde(rename = "1")]
    V1 { done: Done },
}

impl Session<'_> {
    /// Decides a task within its border.
    pub(crate) fn decide(&mut self, task: &Task) -> Decided<Answered> {
        match task {
            Task::Request(request) => self.decide_request(request),
            Task::TriggerTimer(due) => Ok(self.trigger_timer(due)?.map(|()| None)),
            Task::RetryJob(due) => Ok(self.retry_job(due)?.map(|()| None)),
            Task::Continue(row) => self.resume(row),
            Task::ActivateConfiguration(due) => self.activate_item(due),
            Task::Outbox(task) => self.serve_connector(task),
            Task::Query(query) => self.query_operation(query),
            Task::Kept(request) => self.kept(request),
            Task::PurgeOutcomes => self.purge_outcomes(),
            Task::PurgeMessages => self.purge_messages(),
            Task::ReckonDeadlines(task) => Ok(self.reckon_deadlines(task)?.map(|()| None)),
            Task::Remind(task) => Ok(self.remind(task)?.map(|()| None)),
            Task::TellOperation(task) => Ok(self.tell_operation(task)?.map(|()| None)),
            Task::PlanSchedule(task) => Ok(self.plan_schedule(task)?.map(|()| None)),
            Task::RunItem(task) => self.run_item(task),
            Task::AdvanceRun(task) => Ok(self.advance_run(task)?.map(|()| None)),
            Task::WatchClock(watch) => Ok(self.watch_clock(*watch)?.map(|()| None)),
            Task::EscalateTasks(task) => Ok(self.escalate_tasks(task)?.map(|()| None)),
            Task::End => Ok(Ok(None)),
            Task::SetClock(set) => self.set_clock(set),
        }
    }

    /// The path of a command from outside.
    fn decide_request(&mut self, request: &CommandRequest) -> Decided<Answered> {
        if let Err(error) = self.check_request(request) {
            return Ok(Err(error));
        }
        let now = self.shared.clock.now();
        let world = self.shared.world(&request.tenant);
        let running = || {
            let mut running = Running::new(world.clone(), request.principal.clone(), now);
            running.is_submission = !matches!(request.command, Command::Job(_));
            running.dry_run = is_dry_run(&request.command);
            running.call_id = call_id_of(request);
            running
        };
        let outcome = self.bordered(running, |session| {
            if let Some(outcome) = session.answered_before(request)? {
                return Ok((outcome, Keep::No));
            }
            let done = session.perform(request)?;
            let keep = if is_dry_run(&request.command) {
                Keep::No
            } else {
                Keep::Yes
            };
            // Asked again, a worker that got nothing is given what has come meanwhile.
            let is_nothing = matches!(&done, Done::JobsActivated { jobs } if jobs.is_empty());
            if keep == Keep::Yes && !is_nothing {
                session.keep_outcome(request, &done)?;
            }
            Ok((
                CommandOutcome {
                    done,
                    repeated: false,
                    left: Left::default(),
                },
                keep,
            ))
        })?;
        Ok(outcome.map(Some))
    }

    /// The outcome of a command that was carried out before, or nothing.
    fn kept(&mut self, request: &CommandRequest) -> Decided<Answered> {
        if let Err(error) = self.check_request(request) {
            return Ok(Err(error));
        }
        let (world, now) = (self.shared.world(&request.tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), request.principal.clone(), now);
        self.bordered(running, |session| {
            Ok((session.answered_before(request)?, Keep::No))
        })
    }

    /// Forgets outcomes that have been kept long enough, by the machine's clock.
    fn purge_outcomes(&mut self) -> Decided<Answered> {
        let (world, now) = (self.shared.world(""), crate::clock::machine_now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let n_purged = runtime.block_on(session.unit().purge_outcomes(now))?;
            let before = session.shared.clock.now() - EVENTS_KEPT_US;
            let n_events = runtime.block_on(session.unit().purge_time_events(before))?;
            tracing::info!(n_purged, n_events, "forgot what was kept long enough");
            Ok((None, Keep::Yes))
        })
    }

    /// Forgets a page of kept messages whose time to live is over.
    fn purge_messages(&mut self) -> Decided<Answered> {
        let (world, now) = (self.shared.world(""), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let share = session.shared.share.load_full();
            let unit = session.unit();
            let remove = unit.remove_expired_messages(&share, now, PURGED_MAX);
            let n_purged = runtime.block_on(remove)?;
            tracing::debug!(n_purged, "forgot messages whose time to live is over");
            Ok((None, Keep::Yes))
        })
    }

    fn check_request(&self, request: &CommandRequest) -> Result<(), CommandError> {
        if let Some(key) = &request.idempotency_key {
            if key.is_empty() {
                return Err(CommandError::rejected("IDEMPOTENCY_KEY_MISSING", &[]));
            }
            if key.len() > KEY_BYTES_MAX {
                let max = KEY_BYTES_MAX.to_string();
                return Err(CommandError::rejected(
                    "IDEMPOTENCY_KEY_TOO_LONG",
                    &[("max", &max)],
                ));
            }
        }
        let needs_tenant = !matches!(
            request.command,
            Command::LoadCounty { .. }
                | Command::InstallPlugin { .. }
                | Command::AdvanceClock { .. }
                | Command::SwitchExchange { .. }
        );
        if needs_tenant && !self.shared.has_tenant(&request.tenant) {
            return Err(CommandError::rejected(
                "TENANT_NOT_FOUND",
                &[("tenant", &request.tenant)],
            ));
        }
        Ok(())
    }

    fn perform(&mut self, request: &CommandRequest) -> Decided<Done> {
        match &request.command {
            Command::Deploy { resources } => self.deploy(resources),
            Command::StartProcess {
                process_key,
                version,
                business_key,
                variables,
            } => self.start_process(process_key, *version, business_key.as_deref(), variables),
            Command::CancelProcessInstance { process_instance } => {
                self.cancel_process_instance(*process_instance)
            }
            Command::ClaimUserTask { user_task } => self.claim_user_task(*user_task),
            Command::UnclaimUserTask { user_task } => self.unclaim_user_task(*user_task),
            Command::CompleteUserTask {
                user_task,
                variables,
                dry_run: _,
            } => self.complete_user_task(*user_task, variables),
            Command::PublishMessage {
                name,
                correlation_key,
                variables,
                time_to_live_us,
                message_id,
            } => self.publish_message(&NewMessage {
                name,
                correlation_key: correlation_key.as_deref(),
                variables,
                time_to_live_us: *time_to_live_us,
                message_id: message_id.as_deref(),
            }),
            Command::BroadcastSignal { name, variables } => self.broadcast_signal(name, variables),
            Command::ActivateAdHocActivities {
                process_instance,
                sub_process,
                element_instance,
                activities,
            } => self.activate_ad_hoc_activities(
                *process_instance,
                (sub_process, *element_instance),
                activities,
            ),
            Command::ResolveIncident {
                incident,
                variables,
                reason,
            } => self.resolve_incident(*incident, variables, reason.as_deref()),
            Command::InvokeOperation {
                operation,
                input,
                dry_run: _,
            } => self.invoke_operation(operation, input),
            Command::InstallPlugin { package } => self.install_plugin(package),
            Command::ActivatePlugin { name, version } => self.activate_plugin(name, version),
            Command::LoadCounty { county } => self.load_county(county),
            Command::PublishCalendar {
                years,
                own_days,
                withdrawn,
                note,
            } => self.publish_calendar(&NewEdition {
                years: years.as_ref(),
                own_days,
                withdrawn,
                note,
            }),
            Command::RunSchedule { key } => self.run_schedule(key),
            Command::SetScheduleEnabled { key, enabled } => {
                self.set_schedule_enabled(key, *enabled)
            }
            Command::ProposeScheduleRule {
                key,
                change,
                note,
                effective_on,
            } => self.propose_schedule_rule(key, change, (note, effective_on)),
            Command::DecideScheduleRule {
                key,
                version,
                approve,
            } => self.decide_schedule_rule(key, *version, *approve),
            Command::RetryScheduleRun { run } => self.retry_schedule_run(*run),
            Command::ResumeScheduler => self.resume_scheduler(),
            Command::SwitchExchange { kind, available } => self.switch_exchange(kind, *available),
            Command::Job(job) => self.serve_worker(job),
            Command::Notice(notice) => self.serve_notice(notice),
            Command::ProcessInstance(command) => self.operate(command),
            Command::Batch(command) => self.serve_batch(command),
            Command::Configuration(command) => self.configure(command),
            Command::AdvanceClock { .. } => Err(Stop::Failed(
                "the clock is moved by its own hand".to_owned(),
            )),
        }
    }

    /// The outcome kept under the command's key, if it was carried out before.
    pub(crate) fn answered_before(
        &mut self,
        request: &CommandRequest,
    ) -> Decided<Option<CommandOutcome>> {
        let Some(key) = &request.idempotency_key else {
            return Ok(None);
        };
        let runtime = self.runtime;
        let Some(kept) = runtime.block_on(self.unit().kept_outcome(key))? else {
            return Ok(None);
        };
        if kept.digest != request.command.digest() {
            return Err(UserError::new("IDEMPOTENCY_CONFLICT", &[])
                .at("/idempotencyKey")
                .into());
        }
        let Kept::V1 { done } = serde_json::from_str(&kept.outcome)
            .map_err(|error| Stop::Failed(format!("a kept outcome cannot be read: {error}")))?;
        Ok(Some(CommandOutcome {
            done,
            repeated: true,
            left: Left::default(),
        }))
    }

    /// Keeps the outcome under the command's key.
    pub(crate) fn keep_outcome(&mut self, request: &CommandRequest, done: &Done) -> Decided<()> {
        let Some(key) = &request.idempotency_key else {
            return Ok(());
        };
        let outcome = serde_json::to_string(&Kept::V1 { done: done.clone() })
            .map_err(|error| Stop::Failed(format!("an outcome cannot be kept: {error}")))?;
        let kept = KeptOutcome {
            digest: request.command.digest(),
            outcome: Arc::from(outcome),
        };
        self.unit().keep_outcome(key, &kept);
        Ok(())
    }
}

fn is_dry_run(command: &Command) -> bool {
    match command {
        Command::CompleteUserTask { dry_run, .. } | Command::InvokeOperation { dry_run, .. } => {
            *dry_run
        }
        Command::Deploy { .. }
        | Command::StartProcess { .. }
        | Command::CancelProcessInstance { .. }
        | Command::ClaimUserTask { .. }
        | Command::UnclaimUserTask { .. }
        | Command::PublishMessage { .. }
        | Command::BroadcastSignal { .. }
        | Command::ActivateAdHocActivities { .. }
        | Command::ResolveIncident { .. }
        | Command::InstallPlugin { .. }
        | Command::ActivatePlugin { .. }
        | Command::LoadCounty { .. }
        | Command::PublishCalendar { .. }
        | Command::RunSchedule { .. }
        | Command::SetScheduleEnabled { .. }
        | Command::ProposeScheduleRule { .. }
        | Command::DecideScheduleRule { .. }
        | Command::RetryScheduleRun { .. }
        | Command::ResumeScheduler
        | Command::AdvanceClock { .. }
        | Command::SwitchExchange { .. }
        | Command::Job(_)
        | Command::Notice(_)
        | Command::Batch(_)
        | Command::Configuration(_) => false,
        Command::ProcessInstance(command) => command.is_dry_run(),
    }
}

/// Names the calls of a command: the same for the same key of the same principal.
fn call_id_of(request: &CommandRequest) -> Arc<str> {
    let Some(key) = &request.idempotency_key else {
        return Arc::from("");
    };
    let mut hasher = Sha256::new();
    for part in [&*request.tenant, &*request.principal.id, key.as_str()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let hex: String = digest
        .iter()
        .take(10)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Arc::from(hex)
}
