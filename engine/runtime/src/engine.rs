//! The engine as a component: [`Options`], the service [`Engine`], and cheap [`Handle`]s.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde_json::Value as Json;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tongban_feel::workday::Calendar;
use tongban_store::database::Database;
use tongban_store::row::schedule::Schedule;

use crate::catalogue::Catalogue;
use crate::change::Change;
use crate::clock::{Clock, ClockMode};
use crate::command::job::JobCommand;
use crate::command::{Command, CommandRequest, Principal};
use crate::error::{CommandError, Error};
use crate::executor::work::{Query, Task, Work};
use crate::health::Health;
use crate::job_handler::JobHandlers;
use crate::outbox::exchange::{Exchange, SimulatedExchange};
use crate::outbox::webhook::Webhooks;
use crate::outcome::{CommandOutcome, Done, Notice};
use crate::resource::Soundness;
use crate::schedule::InForce;
use crate::shared::Shared;

/// How an engine is to run.
pub struct Options {
    /// Which clock due times come from.
    pub clock: ClockMode,
    /// Names this node among those on one database; the same again after a restart, so that it takes up at
    /// once what it had in hand. A random name if none.
    pub node: Option<String>,
    /// Who asks other departments.
    pub exchange: Arc<dyn Exchange>,
    /// Where messages are sent to.
    pub webhooks: Webhooks,
    /// Job types served within this process.
    pub job_handlers: JobHandlers,
    /// How plugins are run: cache of compiled ones, limits, trusted signatures.
    pub plugins: tongban_host::host::Options,
    /// The bounds of one step and one instance.
    pub core_limits: tongban_core::limit::Limits,
    /// The bounds of everything else.
    pub bounds: Bounds,
    /// Whether deployed models are looked at for what cannot work out, whatever the data.
    pub soundness: Soundness,
}

impl Default for Options {
    /// The machine's clock, no source to ask, no job type of this process.
    fn default() -> Options {
        Options {
            clock: ClockMode::Machine,
            node: None,
            exchange: Arc::new(SimulatedExchange::default()),
            webhooks: Webhooks::default(),
            job_handlers: JobHandlers::default(),
            plugins: tongban_host::host::Options::default(),
            core_limits: tongban_core::limit::Limits::default(),
            bounds: Bounds::default(),
            soundness: Soundness::default(),
        }
    }
}

/// Everything in the engine that could grow, with its bound.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Commands of one group commit.
    pub group_commands_max: usize,
    /// Time after which a group takes no further command, milliseconds.
    pub group_time_ms_max: u64,
    /// Time that work nobody waits for takes of a group while people ask for things, milliseconds.
    pub background_time_ms_max: u64,
    /// What a command leaves to be done and is done in its group however long that takes, so that
    /// whoever asked finds it.
    pub follow_ups_min: u32,
    /// Bytes written after which a group takes no further command.
    pub group_bytes_max: usize,
    /// Commands waiting for the executor; more are refused as `ENGINE_UNAVAILABLE`.
    pub queue_commands_max: usize,
    /// Jobs answered within one command before it is continued as another.
    pub jobs_per_command_max: u32,
    /// Continuations in a row without a wait state, after which an incident is raised.
    pub rounds_without_wait_max: u32,
    /// Bytes of the variables of one command.
    pub variables_bytes_max: usize,
    /// Time a message may be kept for those who do not wait for it yet, microseconds.
    pub message_time_to_live_us_max: i64,
    /// Bytes of one deployment.
    pub deployment_bytes_max: usize,
    /// Times a command is run again after a conflict with another node.
    pub conflict_retries_max: u32,
    /// Time for which a command waits for a database that cannot be reached, milliseconds.
    pub unreachable_ms_max: u64,
    /// Threads that carry out groups. SQLite has one writer, so that more than one only wait.
    pub executors: u32,
    /// Timers taken in one page.
    pub timer_page: usize,
    /// Jobs that a worker is given at once.
    pub job_activation_max: usize,
    /// How long a lease may last, milliseconds.
    pub job_lease_ms_max: u64,
    /// How long a worker may put a failed job off, milliseconds.
    pub job_back_off_ms_max: u64,
    /// How long a worker may wait for jobs to come, milliseconds.
    pub job_wait_ms_max: u64,
    /// Checks asked at the same time.
    pub checks_at_once_max: usize,
    /// Pause before a check is asked again, doubled each time, milliseconds.
    pub check_back_off_ms: u64,
    /// How long a move of the manual clock is waited for, milliseconds; it goes on, and the same
    /// command waits again.
    pub advance_ms_max: u64,
    /// Period after which background work looks again by itself, milliseconds.
    pub period_ms: u64,
    /// How long a node holds a lease without renewing it.
    pub lease_ms: u64,
    /// How often a lease is renewed.
    pub lease_renew_ms: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            group_commands_max: 64,
            group_time_ms_max: 50,
            background_time_ms_max: 5,
            follow_ups_min: 8,
            group_bytes_max: 4 << 20,
            queue_commands_max: 4096,
            jobs_per_command_max: 100,
            rounds_without_wait_max: 100,
            variables_bytes_max: 128 << 10,
            message_time_to_live_us_max: 366 * 24 * 3600 * 1_000_000,
            deployment_bytes_max: 16 << 20,
            conflict_retries_max: 8,
            unreachable_ms_max: 8_000,
            executors: 1,
            timer_page: 64,
            job_activation_max: 100,
            job_lease_ms_max: 3_600_000,
            job_back_off_ms_max: 86_400_000,
            job_wait_ms_max: 8_000,
            checks_at_once_max: 16,
            check_back_off_ms: 500,
            advance_ms_max: 6_000,
            period_ms: 1000,
            lease_ms: 60_000,
            lease_renew_ms: 20_000,
        }
    }
}

/// A running engine. Stop it with [`Engine::stop`]; dropping it stops it abruptly, which loses
/// nothing that was answered.
pub struct Engine {
    handle: Handle,
    services: crate::service::Services,
}

impl Engine {
    /// Starts an engine on a migrated database: loads the active plugins, then the executor, the
    /// timer service and the check connector, which also take up what an earlier run left.
    pub async fn start(database: Database, options: Options) -> Result<Engine, Error> {
        let shared = Shared::load(database, options).await?;
        let (handle, services) = crate::service::start(shared).await?;
        Ok(Engine { handle, services })
    }

    /// A handle to send commands with.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Stops taking commands, carries out and answers those that wait, and ends all services.
    pub async fn stop(self) {
        self.services.stop(self.handle).await;
    }
}

/// A cheap handle to a running engine.
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
    pub(crate) inbox: mpsc::Sender<Work>,
    /// False once the engine is stopping: commands from outside are refused.
    pub(crate) gate: watch::Receiver<bool>,
    pub(crate) clock_hand: crate::advance::ClockHand,
}

impl Handle {
    /// Carries out a command; the answer comes after its commit.
    pub async fn execute(&self, request: CommandRequest) -> Result<CommandOutcome, CommandError> {
        self.look_before(&request).await;
        match &request.command {
            Command::AdvanceClock { to } => self.clock_hand.advance(self, &request, *to).await,
            Command::Deploy { .. }
            | Command::StartProcess { .. }
            | Command::CancelProcessInstance { .. }
            | Command::ClaimUserTask { .. }
            | Command::UnclaimUserTask { .. }
            | Command::CompleteUserTask { .. }
            | Command::PublishMessage { .. }
            | Command::BroadcastSignal { .. }
            | Command::ActivateAdHocActivities { .. }
            | Command::ResolveIncident { .. }
            | Command::InvokeOperation { .. }
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
            | Command::SwitchExchange { .. }
            | Command::Job(_)
            | Command::Notice(_)
            | Command::ProcessInstance(_)
            | Command::Batch(_)
            | Command::Configuration(_) => self.send(Task::Request(Arc::new(request))).await,
        }
    }

    /// Takes jobs for a worker; while none can be taken, waits for some to come.
    ///
    /// Waiting costs nothing: the worker is woken by the commit that offers a job, in the order in
    /// which workers came.
    pub async fn activate_jobs(
        &self,
        request: CommandRequest,
        wait: Duration,
    ) -> Result<CommandOutcome, CommandError> {
        let Command::Job(JobCommand::Activate { job_type, max, .. }) = &request.command else {
            return self.execute(request).await;
        };
        let bound = Duration::from_millis(self.shared.bounds.job_wait_ms_max);
        let deadline = tokio::time::Instant::now() + wait.min(bound);
        let queues = &self.shared.job_queues;
        let key = (request.tenant.clone(), Arc::from(job_type.as_str()));
        let max = *max as usize;
        let request = Arc::new(request);
        let mut gate = self.gate.clone();
        loop {
            // Enlisted before it looks, so that nothing comes between unnoticed.
            let ticket = queues.enlist(key.clone());
            let outcome = self.send(Task::Request(request.clone())).await?;
            let n_taken = match &outcome.done {
                Done::JobsActivated { jobs } => jobs.len(),
                _ => return Ok(outcome),
            };
            if n_taken > 0 || tokio::time::Instant::now() >= deadline {
                drop(ticket);
                if n_taken == max {
                    // There may be more than one worker can carry.
                    queues.wake(&key, 1);
                }
                return Ok(outcome);
            }
            tokio::select! {
                () = ticket.woken() => {}
                () = tokio::time::sleep_until(deadline) => {}
                stopping = gate.wait_for(|open| !*open) => {
                    drop(stopping);
                    return Ok(outcome);
                }
            }
        }
    }

    /// Calls an operation that only reads: its answer, and what a person should know beside it.
    pub async fn query_operation(
        &self,
        tenant: Arc<str>,
        principal: Principal,
        operation: String,
        input: Json,
    ) -> Result<(Json, Vec<Notice>), CommandError> {
        let query = Query {
            tenant,
            principal,
            operation,
            input,
        };
        match self.send(Task::Query(Arc::new(query))).await?.done {
            Done::OperationDone { result, warnings } => Ok((result, warnings)),
            other => Err(CommandError::Failed {
                reason: format!("a query answered {other:?}"),
            }),
        }
    }

    /// What changed, one message for each commit. A receiver that lags misses messages and is
    /// told so; it then reads again what it shows.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<[Change]>> {
        self.shared.changes.subscribe()
    }

    /// Makes the engine's metrics known to a registry.
    pub fn register_metrics(&self, registry: &mut prometheus_client::registry::Registry) {
        self.shared.metrics.register(registry);
    }

    /// Brings those metrics up to date that are counted only when somebody asks: what waits and what
    /// is due.
    ///
    /// # Errors
    /// [`tongban_store::error::Error`] if the database cannot be asked.
    pub async fn sample_metrics(&self) -> Result<(), tongban_store::error::Error> {
        let n_queued = self.inbox.max_capacity() - self.inbox.capacity();
        crate::metric::sample::take(&self.shared, n_queued).await
    }

    /// Whether the background services are alive.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.shared.health
    }

    /// Whether commands are taken: not any more once the engine is stopping.
    #[must_use]
    pub fn is_taking_commands(&self) -> bool {
        *self.gate.borrow()
    }

    /// The clock all due times come from.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The database, for reading.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.shared.database
    }

    /// The calendar of a tenant; weekends rest where none is loaded.
    #[must_use]
    pub fn calendar(&self, tenant: &str) -> Arc<dyn Calendar> {
        self.shared.world(tenant).calendar.clone()
    }

    /// A schedule of a tenant as it holds now, and when it wakes after what has been handled.
    #[must_use]
    pub fn schedule(&self, tenant: &str, row: &Schedule) -> Option<(InForce, Option<i64>)> {
        let world = self.shared.world(tenant);
        let scheduled = world.scheduled(&row.key, &self.shared.zone)?;
        let next = row.enabled.then(|| scheduled.next_wake(row.handled_until));
        let next = next.and_then(Result::ok).flatten();
        Some((scheduled.at(self.shared.clock.now()), next))
    }

    /// What the active plugins offer.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        ArcSwap::load_full(&self.shared.catalogue)
    }

    /// Sends a task from outside; refused if too many wait or the engine is stopping.
    async fn send(&self, task: Task) -> Result<CommandOutcome, CommandError> {
        if !*self.gate.borrow() {
            return Err(CommandError::Unavailable {
                reason: "it is stopping",
            });
        }
        let (reply, answer) = oneshot::channel();
        let work = Work {
            task,
            reply: Some(reply),
        };
        self.inbox
            .try_send(work)
            .map_err(|error| CommandError::Unavailable {
                reason: match error {
                    mpsc::error::TrySendError::Full(_) => "too many commands are waiting",
                    mpsc::error::TrySendError::Closed(_) => "it has stopped",
                },
            })?;
        let outcome = answer.await.unwrap_or(Err(CommandError::Unavailable {
            reason: "it was stopped",
        }))?;
        outcome.ok_or(CommandError::Failed {
            reason: "a command answered nothing".to_owned(),
        })
    }

    /// Sends a task of the engine's own; waits while too many do.
    pub(crate) async fn send_internal(
        &self,
        task: Task,
    ) -> Result<Option<CommandOutcome>, CommandError> {
        let (reply, answer) = oneshot::channel();
        let stopped = CommandError::Unavailable {
            reason: "it has stopped",
        };
        if self
            .inbox
            .send(Work {
                task,
                reply: Some(reply),
            })
            .await
            .is_err()
        {
            return Err(stopped);
        }
        answer.await.unwrap_or(Err(stopped))
    }
}
