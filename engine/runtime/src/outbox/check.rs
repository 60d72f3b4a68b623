//! The check connector: the worker of `tongban:check` jobs.
//!
//! The question lies in the database since the commit that reached the task. The connector asks
//! the exchange, and the answer comes back as a command that stores it and completes the job. A
//! question that was asked before a crash is asked again; the second answer finds its job gone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::sync::Notify;
use tongban_core::command::Command;
use tongban_core::incident::Kind;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::wait::Share;
use tongban_store::query::{check as query, job};
use tongban_store::row::check::{CheckRequest, CheckState};

use crate::clock::machine_now;
use crate::engine::Handle;
use crate::executor::check::id_of;
use crate::executor::outbox::{FinishedCheck, FinishedJob, OutboxTask, PostponedJob, TakenJob};
use crate::executor::stop::chain;
use crate::outbox::connector::{Work, back_off_us, send, take_jobs, try_each};
use crate::outbox::exchange::{Answer, ExchangeError, Question};
use crate::shared::Shared;

/// Job type of a check task, and its queue.
pub(crate) const CHECK_JOB_TYPE: &str = "tongban:check";

const TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);
const TRIES_DEFAULT: u32 = 3;

/// The connector's work.
pub(crate) struct Checks {
    shared: Arc<Shared>,
    queue: Arc<str>,
}

#[async_trait]
impl Work for Checks {
    fn label(&self) -> &str {
        &self.queue
    }

    fn wake(&self) -> Arc<Notify> {
        self.shared.job_queues.connector(&self.queue)
    }

    async fn next_at(&self, share: &Share) -> Result<Option<i64>, StoreError> {
        job::next_available_at(&self.shared.database, &self.queue, share).await
    }

    async fn work(&self, handle: &Handle, share: &Share, at: i64) -> u64 {
        let at_once_max = self.shared.bounds.checks_at_once_max.max(1);
        let terms = (self.longest_timeout(), at_once_max);
        let taken = take_jobs(handle, &self.queue, (share, at), terms).await;
        let n_taken = taken.len() as u64;
        try_each(taken, at_once_max, |it| self.ask(handle, it)).await;
        n_taken
    }
}

impl Checks {
    pub(crate) fn new(shared: Arc<Shared>) -> Checks {
        Checks {
            shared,
            queue: Arc::from(CHECK_JOB_TYPE),
        }
    }

    /// Asks one question once, and sends what comes of it back as a command.
    async fn ask(&self, handle: &Handle, taken: TakenJob) {
        let tenant = TenantId::new(&taken.tenant);
        let job = tongban_core::id::JobId(taken.job.number);
        let check_id = id_of(taken.job.process_instance, job);
        let found = query::get_request(&self.shared.database, &tenant, &check_id).await;
        let request = match found {
            Ok(Some(request)) if request.state == CheckState::Pending => request,
            Ok(_) => {
                send(handle, OutboxTask::FinishJob(without_question(taken))).await;
                return;
            }
            Err(error) => {
                tracing::warn!(check.id = %check_id, error = %chain(&error), "could not read a check; it is read again");
                return;
            }
        };
        let (timeout, tries) = self.terms(&request);
        let answer = self.ask_within(&request, timeout).await;
        let n_tries = taken.n_failures + 1;
        let task = match answer {
            Ok(answer) => OutboxTask::FinishCheck(FinishedCheck {
                request,
                answer: Some(answer),
            }),
            Err(error) => {
                tracing::warn!(check.id = %check_id, n_tries, %error, "a check was not answered");
                if n_tries >= tries {
                    OutboxTask::FinishCheck(FinishedCheck {
                        request,
                        answer: None,
                    })
                } else {
                    let base_ms = self.shared.bounds.check_back_off_ms;
                    let seed = taken.job.process_instance.unsigned_abs();
                    let pause = back_off_us(base_ms, n_tries, seed);
                    OutboxTask::PostponeJob(PostponedJob {
                        taken,
                        next_try_at: machine_now().saturating_add(pause),
                        failed: true,
                        check_id: Some(request.id),
                    })
                }
            }
        };
        send(handle, task).await;
    }

    async fn ask_within(
        &self,
        request: &CheckRequest,
        timeout: Duration,
    ) -> Result<Answer, ExchangeError> {
        let question = Question {
            check_id: request.id.to_string(),
            tenant: Arc::from(request.tenant.as_str()),
            kind: request.kind.clone(),
            request: serde_json::from_str(&request.body).unwrap_or(Json::Null),
            timeout,
        };
        let asked = tokio::time::timeout(timeout, self.shared.exchange.ask(&question)).await;
        asked.unwrap_or_else(|_| {
            let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
            Err(ExchangeError::Timeout {
                kind: request.kind.to_string(),
                timeout_ms,
            })
        })
    }

    /// How long one try may take, and how many there are, as the manifest says.
    fn terms(&self, request: &CheckRequest) -> (Duration, u32) {
        let world = self.shared.world(request.tenant.as_str());
        match world.check(&request.kind) {
            Some((_, check)) => (
                Duration::from_millis(check.timeout_ms.into()),
                check.tries.max(1),
            ),
            None => (TIMEOUT_DEFAULT, TRIES_DEFAULT),
        }
    }

    /// How long the slowest kind of check may take.
    fn longest_timeout(&self) -> Duration {
        let longest = self.shared.longest_check_timeout_ms();
        Duration::from_millis(longest.into()).max(TIMEOUT_DEFAULT)
    }
}

/// A job whose question cannot be asked.
fn without_question(taken: TakenJob) -> FinishedJob {
    let command = Command::RaiseJobIncident {
        job: tongban_core::id::JobId(taken.job.number),
        kind: Kind::JobFailed,
        message: Arc::from("expected an open question of this check, found none"),
    };
    FinishedJob { taken, command }
}
