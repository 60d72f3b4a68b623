//! The webhook connector: the worker of `tongban:webhook` jobs, one for each target, so that a
//! slow target holds nobody else up.
//!
//! It sends after the commit that reached the task, at least once; the receiver tells repetitions
//! by the key. What the target answers becomes variables of the task; a message that is dead
//! becomes an incident.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tongban_core::command::Command;
use tongban_core::id::JobId as CoreJobId;
use tongban_core::incident::Kind;
use tongban_core::variable::Variables;
use tongban_feel::json::from_json;
use tongban_feel::value::Value;
use tongban_store::error::Error as StoreError;
use tongban_store::query::job as query;
use tongban_store::query::wait::Share;

use crate::clock::machine_now;
use crate::engine::Handle;
use crate::executor::outbox::{FinishedJob, OutboxTask, PostponedJob, TakenJob};
use crate::executor::stop::chain;
use crate::job::JobDetail;
use crate::outbox::circuit::Circuit;
use crate::outbox::connector::{Work, back_off_us, send, take_jobs, try_each};
use crate::outbox::webhook::{WebhookAnswer, WebhookError, WebhookMessage, WebhookTarget};
use crate::shared::Shared;

/// Job type of a task that sends.
pub(crate) const WEBHOOK_JOB_TYPE: &str = "tongban:webhook";
/// Task header that names the target.
pub(crate) const TARGET_HEADER: &str = "target";

/// The queue of the jobs for a target.
pub(crate) fn queue_of(target: &str) -> Arc<str> {
    Arc::from(format!("{WEBHOOK_JOB_TYPE}/{target}"))
}

/// The connector's work for one target.
pub(crate) struct WebhookJobs {
    shared: Arc<Shared>,
    name: Arc<str>,
    queue: Arc<str>,
    target: WebhookTarget,
    circuit: Circuit,
}

#[async_trait]
impl Work for WebhookJobs {
    fn label(&self) -> &str {
        &self.queue
    }

    fn wake(&self) -> Arc<Notify> {
        self.shared.job_queues.connector(&self.queue)
    }

    async fn next_at(&self, share: &Share) -> Result<Option<i64>, StoreError> {
        query::next_available_at(&self.shared.database, &self.queue, share).await
    }

    async fn work(&self, handle: &Handle, share: &Share, at: i64) -> u64 {
        let at_once_max = self.target.at_once_max.max(1);
        let terms = (self.target.timeout, at_once_max);
        let taken = take_jobs(handle, &self.queue, (share, at), terms).await;
        let n_taken = taken.len() as u64;
        // The hand of the manual clock waits for nothing.
        let heeds_circuit = at != i64::MAX;
        try_each(taken, at_once_max, |it| {
            self.attempt(handle, it, heeds_circuit)
        })
        .await;
        n_taken
    }
}

impl WebhookJobs {
    pub(crate) fn new(shared: Arc<Shared>, name: Arc<str>) -> WebhookJobs {
        let target = shared.webhooks.targets.get(&name).cloned();
        let target = target.unwrap_or_default();
        WebhookJobs {
            queue: queue_of(&name),
            circuit: Circuit::new(target.open_after, target.open_ms),
            shared,
            name,
            target,
        }
    }

    async fn attempt(&self, handle: &Handle, taken: TakenJob, heeds_circuit: bool) {
        if heeds_circuit && let Some(until) = self.circuit.open_until(machine_now()) {
            let postponed = postponed(taken, until, false);
            send(handle, OutboxTask::PostponeJob(postponed)).await;
            return;
        }
        let detail = match handle.job_detail(&taken.tenant, taken.job).await {
            Ok(Some(detail)) => detail,
            // It ended in the meantime.
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "could not read a job; it is read again");
                return;
            }
        };
        let message = WebhookMessage {
            target: self.name.clone(),
            idempotency_key: key_of(&taken),
            attempt: taken.n_failures + 1,
            body: body_of(&taken, &detail).to_string().into_bytes(),
            timeout: self.target.timeout,
        };
        let task = match self.send_within(&message).await {
            Ok(answer) => OutboxTask::FinishJob(completed(taken, answer)),
            Err(error) => self.failed(taken, &error),
        };
        send(handle, task).await;
    }

    async fn send_within(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookError> {
        let sent = self.shared.webhooks.sender.send(message);
        let answer = tokio::time::timeout(self.target.timeout, sent).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(WebhookError::Unreachable {
                target: self.name.to_string(),
                reason: format!("no answer within {} ms", self.target.timeout.as_millis()),
            })
        });
        match &answer {
            Err(error) if error.is_transient() => {
                if self.circuit.failed(machine_now()) {
                    tracing::error!(webhook.target = %self.name, "a webhook target fails again and again; it is left alone for a while");
                }
            }
            _ => self.circuit.succeeded(),
        }
        answer
    }

    fn failed(&self, taken: TakenJob, error: &WebhookError) -> OutboxTask {
        let n_tries = taken.n_failures + 1;
        tracing::warn!(
            webhook.target = %self.name,
            process_instance.id = taken.job.process_instance,
            n_tries,
            %error,
            "a webhook was not taken"
        );
        if n_tries >= self.target.tries || !error.is_transient() {
            return OutboxTask::FinishJob(dead(taken, &format!("{error}, after {n_tries} tries")));
        }
        let seed = taken.job.process_instance.unsigned_abs();
        let pause = back_off_us(self.target.back_off_ms, n_tries, seed);
        let next_try_at = machine_now().saturating_add(pause);
        OutboxTask::PostponeJob(postponed(taken, next_try_at, true))
    }
}

fn postponed(taken: TakenJob, next_try_at: i64, failed: bool) -> PostponedJob {
    PostponedJob {
        taken,
        next_try_at,
        failed,
        check_id: None,
    }
}

/// The same for every try of the job, also after an operator has had it tried again: the receiver
/// that has acted on it acts once.
fn key_of(taken: &TakenJob) -> String {
    let job = taken.job;
    format!(
        "{}/job/{}-{}",
        taken.tenant, job.process_instance, job.number
    )
}

/// What is sent. Variables hold routing values only, never personal data.
fn body_of(taken: &TakenJob, detail: &JobDetail) -> Json {
    json!({
        "type": "job",
        "id": key_of(taken),
        "tenant": &*taken.tenant,
        "processKey": &*detail.process_key,
        "processInstanceId": taken.job.process_instance.to_string(),
        "businessKey": detail.business_key.as_deref(),
        "elementId": &*detail.element_id,
        "headers": detail.headers,
        "variables": detail.variables,
    })
}

fn completed(taken: TakenJob, answer: WebhookAnswer) -> FinishedJob {
    let variables: Variables = [
        (
            Arc::from("webhookStatus"),
            Value::from(i64::from(answer.status)),
        ),
        (Arc::from("webhookAnswer"), from_json(&answer.body)),
    ]
    .into_iter()
    .collect();
    let command = Command::CompleteJob {
        job: CoreJobId(taken.job.number),
        variables,
    };
    FinishedJob { taken, command }
}

fn dead(taken: TakenJob, reason: &str) -> FinishedJob {
    let command = Command::RaiseJobIncident {
        job: CoreJobId(taken.job.number),
        kind: Kind::JobFailed,
        message: Arc::from(reason),
    };
    FinishedJob { taken, command }
}
