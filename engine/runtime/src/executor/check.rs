//! Checks of other departments' data as the transaction sees them: the request when the task is
//! reached, the answer when it has come.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tongban_core::command::Command;
use tongban_core::id::JobId;
use tongban_core::incident::Kind;
use tongban_core::state::job::Job;
use tongban_core::variable::Variables;
use tongban_feel::value::Value;
use tongban_host::call::Failure;
use tongban_store::row::check::{CheckAnswer, CheckRequest, CheckState};

use crate::command::Principal;
use crate::error::CommandError;
use crate::executor::border::Keep;
use crate::executor::instance::Instance;
use crate::executor::job::{JobEnd, process_of, raise};
use crate::executor::outbox::FinishedCheck;
use crate::executor::session::{Running, Session};
use crate::executor::stop::Decided;
use crate::outbox::check::CHECK_JOB_TYPE;
use crate::plugin_call::{Call, describe, refusal, world_failed};
use crate::variables;

/// The BPMN error of a check whose source stays silent: the way to the manual fallback.
pub(crate) const SOURCE_DOWN: &str = "SOURCE_DOWN";

impl Session<'_> {
    /// Stores the question of a check task; it is asked after the commit.
    ///
    /// The plugin's `prepare` operation builds the question from the record, so that personal data
    /// stays in the question's row and out of the instance.
    pub(crate) fn request_check(&mut self, instance: &Instance, job: &Job) -> Decided<JobEnd> {
        let tenant = self.running.tenant.clone();
        let incident = |message: String| JobEnd::Command(raise(job, Kind::PluginFailed, message));
        let Some(kind) = job.headers.get("kind") else {
            return Ok(incident(
                "expected a task header kind that names the check, found none".to_owned(),
            ));
        };
        let Some((plugin, check)) = tenant.check(kind) else {
            return Ok(incident(format!(
                "expected an active plugin that declares check {kind}, found none"
            )));
        };
        let job_variables = instance.state.job_variables(job.id);
        let Some(record_id) = job_variables.get("recordId").and_then(Value::as_str) else {
            return Ok(incident(
                "expected a variable recordId that names the record, found none".to_owned(),
            ));
        };
        let prepare = job
            .headers
            .get("prepare")
            .map_or(check.prepare.as_str(), |it| it);
        let id = id_of(instance.id, job.id);
        let call = Call {
            plugin: plugin.clone(),
            operation: prepare.to_owned(),
            call_id: id.clone(),
            attempt: 1,
            input: prepare_input(plugin, prepare, &job_variables, (record_id, kind)),
            process: Some(process_of(instance, job)),
            schedule: None,
        };
        let completion = match self.call_plugin(&call).result {
            Ok(completion) => completion,
            Err(failure) => return self.not_prepared(&call, job, &failure),
        };
        let subject = completion
            .output
            .get("subject")
            .and_then(Json::as_str)
            .unwrap_or(record_id);
        let now = self.running.now;
        let request = CheckRequest {
            tenant: tenant.id.clone(),
            id: Arc::from(id),
            process_instance_id: tongban_core::id::ProcessInstanceId(instance.id),
            job_id: job.id,
            kind: kind.clone(),
            subject: Arc::from(subject),
            body: Arc::from(completion.output.to_string()),
            state: CheckState::Pending,
            n_tries: 0,
            created_at: now,
        };
        self.unit().put_check_request(&request);
        Ok(JobEnd::Offered {
            queue: Arc::from(CHECK_JOB_TYPE),
        })
    }

    fn not_prepared(&mut self, call: &Call, job: &Job, failure: &Failure) -> Decided<JobEnd> {
        let kind = match failure {
            Failure::Business(business) => {
                return Ok(JobEnd::Command(Command::ThrowError {
                    job: job.id,
                    code: Arc::from(business.code.as_str()),
                    message: Arc::from(call.plugin.text(&business.code, &business.arguments).zh),
                    variables: variables::from_plugin(&business.details),
                }));
            }
            Failure::Invalid(_) if self.running.is_submission => {
                return Err(refusal(call, failure, "/variables"));
            }
            Failure::Invalid(_) => Kind::PluginInputInvalid,
            Failure::Retry { .. } | Failure::Failed { .. } => Kind::PluginFailed,
            Failure::Trap(_) => Kind::PluginTrapped,
            Failure::Unavailable(unavailable) => return Err(world_failed(unavailable)),
        };
        Ok(JobEnd::Command(raise(job, kind, describe(call, failure))))
    }

    /// Stores the end of a check and lets its task go on. An answer whose question has been ended
    /// in the meantime, or that comes twice, has no effect.
    pub(crate) fn finish_check(
        &mut self,
        finished: &FinishedCheck,
    ) -> Decided<Result<(), CommandError>> {
        let done = self.close_check(finished, Closing::AndGoOn)?;
        match done {
            // The task is gone, or its instance is halted: the answer is kept all the same, so
            // that the question is not asked for ever.
            Err(CommandError::Rejected(_) | CommandError::Halted { .. }) => {
                self.close_check(finished, Closing::Only)
            }
            done => Ok(done),
        }
    }

    fn close_check(
        &mut self,
        finished: &FinishedCheck,
        closing: Closing,
    ) -> Decided<Result<(), CommandError>> {
        let request = &finished.request;
        let (world, now) = (
            self.shared.world(request.tenant.as_str()),
            self.shared.clock.now(),
        );
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let stored = runtime.block_on(session.unit().check_request(&request.id))?;
            let Some(mut stored) = stored.filter(|it| it.state == CheckState::Pending) else {
                return Ok(((), Keep::No));
            };
            stored.n_tries += 1;
            stored.state = if finished.answer.is_some() {
                CheckState::Answered
            } else {
                CheckState::Failed
            };
            session.unit().put_check_request(&stored);
            if let Some(answer) = &finished.answer {
                session.unit().put_check_answer(&CheckAnswer {
                    check_id: stored.id.clone(),
                    kind: stored.kind.clone(),
                    subject: stored.subject.clone(),
                    outcome: Arc::from(answer.outcome.as_str()),
                    body: Arc::from(answer.body.to_string()),
                    answered_at: now,
                });
            }
            if closing == Closing::AndGoOn {
                let command = job_command(&stored, finished);
                session.advance(stored.process_instance_id.0, command)?;
            }
            Ok(((), Keep::Yes))
        })
    }

    /// Counts a try that failed.
    pub(crate) fn count_try(&mut self, check_id: &str) -> Decided<()> {
        let runtime = self.runtime;
        let stored = runtime.block_on(self.unit().check_request(check_id))?;
        if let Some(mut stored) = stored.filter(|it| it.state == CheckState::Pending) {
            stored.n_tries += 1;
            self.unit().put_check_request(&stored);
        }
        Ok(())
    }
}

/// Names the question of a job.
pub(crate) fn id_of(process_instance: i64, job: JobId) -> String {
    format!("{process_instance}-{job}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    AndGoOn,
    Only,
}

fn job_command(request: &CheckRequest, finished: &FinishedCheck) -> Command {
    let job = request.job_id;
    match &finished.answer {
        Some(answer) => {
            let entries = [
                (
                    Arc::from("checkResult"),
                    Value::from(answer.outcome.as_str()),
                ),
                (Arc::from("checkId"), Value::String(request.id.clone())),
            ];
            Command::CompleteJob {
                job,
                variables: entries.into_iter().collect(),
            }
        }
        None => Command::ThrowError {
            job,
            code: Arc::from(SOURCE_DOWN),
            message: Arc::from(format!("source {} did not answer", request.kind)),
            variables: Variables::new(),
        },
    }
}

/// What `prepare` is given: record and kind, and of the task's variables those that its schema
/// names, so that one operation can prepare the checks of several persons of a record.
fn prepare_input(
    plugin: &tongban_host::plugin::Plugin,
    operation: &str,
    job_variables: &Variables,
    (record_id, kind): (&str, &str),
) -> Json {
    let declared = plugin.manifest().operation(operation);
    let schema = declared.and_then(|it| plugin.schema(&it.input));
    let mut input = variables::to_object(job_variables);
    input.insert("recordId".to_owned(), json!(record_id));
    input.insert("kind".to_owned(), json!(kind));
    if let Some(schema) = schema {
        let named = schema.properties_at("");
        input.retain(|name, _| named.contains(&name.as_str()));
    }
    Json::Object(input)
}
