//! The check connector: an external worker for `tongban:check` jobs.
//!
//! The question lies in the database since the commit that reached the task. The connector asks
//! the exchange, and the answer comes back as a command that stores it and completes the job. A
//! question that was asked before a crash is asked again; the second answer finds its job gone.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use serde_json::Value as Json;
use tongban_store::query::check as query;
use tongban_store::query::wait::Share;
use tongban_store::row::check::CheckRequest;

use crate::clock::machine_now;
use crate::engine::Handle;
use crate::executor::stop::chain;
use crate::executor::work::{FinishedCheck, PostponedCheck, Task};
use crate::outbox::exchange::{Answer, ExchangeError, Question};
use crate::service::StopSignal;
use crate::shared::Shared;

/// Job type of a check task.
pub(crate) const CHECK_JOB_TYPE: &str = "tongban:check";

const TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);
const TRIES_DEFAULT: u32 = 3;
const BACK_OFF_DOUBLINGS_MAX: u32 = 10;

/// The connector.
pub(crate) struct CheckConnector {
    shared: Arc<Shared>,
    // One pass at a time, so that a try is counted once.
    pass: tokio::sync::Mutex<()>,
}

impl CheckConnector {
    pub(crate) fn new(shared: Arc<Shared>) -> CheckConnector {
        CheckConnector {
            shared,
            pass: tokio::sync::Mutex::default(),
        }
    }

    /// Asks what is due, again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<CheckConnector>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("checks");
            let share = self.shared.share.load_full();
            tokio::select! {
                _ = self.ask_due(&handle, &share, machine_now()) => {}
                () = stop.stopping() => return,
            }
            let pause = self.pause(period).await;
            tokio::select! {
                () = self.shared.wakes.checks.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.stopping() => {}
            }
        }
    }

    async fn pause(&self, period: Duration) -> Duration {
        match query::next_request_at(&self.shared.database).await {
            Ok(Some(at)) => {
                let left = u64::try_from(at.saturating_sub(machine_now())).unwrap_or(0);
                Duration::from_micros(left).min(period)
            }
            Ok(None) | Err(_) => period,
        }
    }

    /// Asks every question of a share that is due at an instant of the machine's clock; says how many
    /// there were.
    pub(crate) async fn ask_due(&self, handle: &Handle, share: &Share, at: i64) -> u64 {
        if share.is_empty() {
            return 0;
        }
        let _pass = self.pass.lock().await;
        let at_once_max = self.shared.bounds.checks_at_once_max.max(1);
        let due =
            query::due_requests(&self.shared.database, share, at, at_once_max as u64 * 4).await;
        let due = match due {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "could not read open checks; they are read again");
                return 0;
            }
        };
        let n_due = due.len() as u64;
        stream::iter(due)
            .for_each_concurrent(at_once_max, |request| self.ask(handle, request))
            .await;
        n_due
    }

    /// Asks one question once, and sends what comes of it back as a command.
    async fn ask(&self, handle: &Handle, request: CheckRequest) {
        let (timeout, tries) = self.terms(&request);
        let answer = self.ask_within(&request, timeout).await;
        let n_tries = u32::try_from(request.n_tries).unwrap_or(0) + 1;
        let check_id = request.id.clone();
        let task = match answer {
            Ok(answer) => Task::FinishCheck(Arc::new(FinishedCheck {
                request,
                answer: Some(answer),
            })),
            Err(error) => {
                tracing::warn!(check.id = %check_id, n_tries, %error, "a check was not answered");
                if n_tries >= tries {
                    Task::FinishCheck(Arc::new(FinishedCheck {
                        request,
                        answer: None,
                    }))
                } else {
                    let next_try_at = machine_now().saturating_add(self.back_off_us(n_tries));
                    Task::PostponeCheck(Arc::new(PostponedCheck {
                        request,
                        next_try_at,
                    }))
                }
            }
        };
        if let Err(error) = handle.send_internal(task).await {
            tracing::warn!(check.id = %check_id, %error, "the end of a check was not stored; it is asked again");
        }
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

    fn back_off_us(&self, n_tries: u32) -> i64 {
        let doublings = n_tries.saturating_sub(1).min(BACK_OFF_DOUBLINGS_MAX);
        let us = self.shared.bounds.check_back_off_ms.saturating_mul(1000) << doublings;
        i64::try_from(us).unwrap_or(i64::MAX)
    }
}
