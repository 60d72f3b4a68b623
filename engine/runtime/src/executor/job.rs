//! Has the work of a job done within the transaction: by a plugin, by a handler of this process,
//! or by asking another department after the commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tongban_core::command::Command;
use tongban_core::event::JobKind;
use tongban_core::id::JobId;
use tongban_core::incident::Kind;
use tongban_core::state::job::Job;
use tongban_core::variable::Variables;
use tongban_host::call::{Completion, Failure, ProcessReference, Write};
use tongban_host::plugin::Plugin;

use crate::executor::instance::Instance;
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::job_handler::{JobCall, JobFailure};
use crate::outbox::check::CHECK_JOB_TYPE;
use crate::outbox::webhook_job::{TARGET_HEADER, WEBHOOK_JOB_TYPE, queue_of};
use crate::plugin_call::{Call, describe, notices, refusal, world_failed};
use crate::variables;

/// Pause before a call that missed its deadline is made again; doubled each time.
const DEADLINE_BACK_OFF_US: i64 = 1_000_000;
const BACK_OFF_US_MAX: i64 = 3_600_000_000;

/// How the work of a job ended.
pub(crate) enum JobEnd {
    /// It is for somebody outside, who takes it from this queue after the commit.
    Offered { queue: Arc<str> },
    /// What the core is to be told.
    Command(Command),
    /// It is done; the writes belong to the step that completes it.
    Completed {
        variables: Variables,
        writes: Vec<Write>,
        ordinal: u32,
    },
}

impl Session<'_> {
    /// Has the work of an active job done.
    pub(crate) fn answer_job(&mut self, instance: &Instance, id: JobId) -> Decided<JobEnd> {
        let job = instance
            .state
            .job(id)
            .expect("an active job is in the state")
            .clone();
        let ordinal = self.running.next_call();
        if let Some(command) = self.memo.get(&ordinal) {
            return Ok(JobEnd::Command(command.clone()));
        }
        if &*job.job_type == CHECK_JOB_TYPE && job.kind == JobKind::Task {
            return self.request_check(instance, &job);
        }
        if &*job.job_type == WEBHOOK_JOB_TYPE && job.kind == JobKind::Task {
            return Ok(self.offer_webhook(&job));
        }
        if let Some(handler) = self.shared.job_handlers.get(&job.job_type) {
            return Ok(self.handle(instance, &job, &*handler, ordinal));
        }
        let tenant = self.running.tenant.clone();
        match tenant.operation(&job.job_type) {
            Some((plugin, operation)) => {
                let input = input_of(instance, &job, plugin, &operation.input);
                self.call_for_job(instance, &job, plugin, (input, ordinal))
            }
            None if job.kind == JobKind::Listener => Ok(JobEnd::Command(unserved(&job))),
            // Somebody outside serves it, or a plugin that is yet to be activated.
            None => Ok(JobEnd::Offered {
                queue: job.job_type.clone(),
            }),
        }
    }

    /// Leaves a message to the connector of its target.
    fn offer_webhook(&self, job: &Job) -> JobEnd {
        let targets = &self.shared.webhooks.targets;
        let named = job.headers.get(TARGET_HEADER);
        match named.filter(|it| targets.contains_key(*it)) {
            Some(target) => JobEnd::Offered {
                queue: queue_of(target),
            },
            None => {
                let found = named.map_or("none", |it| it);
                let message = format!(
                    "expected a task header {TARGET_HEADER} that names a configured webhook, found {found}"
                );
                JobEnd::Command(raise(job, Kind::JobFailed, message))
            }
        }
    }

    fn call_for_job(
        &mut self,
        instance: &Instance,
        job: &Job,
        plugin: &Arc<Plugin>,
        (input, ordinal): (Json, u32),
    ) -> Decided<JobEnd> {
        let call = Call {
            plugin: plugin.clone(),
            operation: job.job_type.to_string(),
            call_id: format!("{}-{}", instance.id, job.id),
            attempt: self.attempt_of(job),
            input,
            process: Some(process_of(instance, job)),
            schedule: None,
        };
        let called = self.call_plugin(&call);
        let failure = match called.result {
            Ok(completion) => return Ok(self.completed(&call, completion, ordinal)),
            Err(failure) => failure,
        };
        let answer = self.job_failed(&call, job, &failure)?;
        if called.has_allocated {
            // The numbers must not be lost: the command is decided again without the call.
            return Err(Stop::Again {
                ordinal,
                command: Box::new(answer),
            });
        }
        Ok(JobEnd::Command(answer))
    }

    fn completed(&mut self, call: &Call, completion: Completion, ordinal: u32) -> JobEnd {
        let Completion {
            output,
            writes,
            warnings,
        } = completion;
        self.running
            .warnings
            .extend(notices(&call.plugin, &warnings));
        JobEnd::Completed {
            variables: variables::from_plugin(&output),
            writes,
            ordinal,
        }
    }

    /// What each way to say no means for a task of a process.
    fn job_failed(&mut self, call: &Call, job: &Job, failure: &Failure) -> Decided<Command> {
        if job.kind == JobKind::Listener {
            return Err(refusal(call, failure, "/variables"));
        }
        let incident = |kind| raise(job, kind, describe(call, failure));
        Ok(match failure {
            Failure::Business(business) => Command::ThrowError {
                job: job.id,
                code: Arc::from(business.code.as_str()),
                message: Arc::from(call.plugin.text(&business.code, &business.arguments).zh),
                variables: variables::from_plugin(&business.details),
            },
            Failure::Invalid(_) if self.running.is_submission => {
                return Err(refusal(call, failure, "/variables"));
            }
            Failure::Invalid(_) => incident(Kind::PluginInputInvalid),
            Failure::Retry { after, .. } => {
                let pause = i64::try_from(after.as_micros()).unwrap_or(BACK_OFF_US_MAX);
                fail(job, pause, describe(call, failure))
            }
            Failure::Failed { .. } => incident(Kind::PluginFailed),
            Failure::Trap(trap) if trap.kind.is_transient() => {
                let doublings = self.attempt_of(job).saturating_sub(1).min(12);
                fail(
                    job,
                    DEADLINE_BACK_OFF_US << doublings,
                    describe(call, failure),
                )
            }
            Failure::Trap(_) => incident(Kind::PluginTrapped),
            Failure::Unavailable(unavailable) => return Err(world_failed(unavailable)),
        })
    }

    fn handle(
        &self,
        instance: &Instance,
        job: &Job,
        handler: &(dyn Fn(&JobCall<'_>) -> crate::job_handler::JobResult + Send + Sync),
        ordinal: u32,
    ) -> JobEnd {
        let variables = instance.state.job_variables(job.id);
        let result = handler(&JobCall {
            tenant: &self.running.tenant.name,
            process_instance: instance.id,
            element_id: element_id(instance, job),
            variables: &variables,
            headers: &job.headers,
            now: self.running.now,
            attempt: self.attempt_of(job),
        });
        JobEnd::Command(match result {
            Ok(variables) => {
                return JobEnd::Completed {
                    variables,
                    writes: Vec::new(),
                    ordinal,
                };
            }
            Err(JobFailure::Business { code, message }) => Command::ThrowError {
                job: job.id,
                code: code.into(),
                message: message.into(),
                variables: Variables::new(),
            },
            Err(JobFailure::Retry { after_ms, reason }) => {
                let pause = i64::try_from(after_ms)
                    .unwrap_or(i64::MAX)
                    .saturating_mul(1000);
                fail(job, pause, reason)
            }
            Err(JobFailure::Failed { message }) => raise(job, Kind::JobFailed, message),
        })
    }

    /// How often the job is being tried, as far as the retries left tell.
    fn attempt_of(&self, job: &Job) -> u32 {
        let all = self.shared.core_limits.job_retries_default.max(job.retries);
        all - job.retries + 1
    }
}

/// The job as a plugin is told where it stands.
pub(crate) fn process_of(instance: &Instance, job: &Job) -> ProcessReference {
    ProcessReference {
        instance_id: instance.id.to_string(),
        process_key: instance.definition.process.key.to_string(),
        process_version: u32::try_from(instance.definition.version).unwrap_or(0),
        element_id: element_id(instance, job).to_owned(),
    }
}

fn element_id<'i>(instance: &'i Instance, job: &Job) -> &'i str {
    let element = instance.state.element_instance(job.element_instance);
    element.map_or("", |it| &instance.definition.process.element(it.element).id)
}

/// The input of an operation: of the visible variables those that its schema names, and what a
/// person entered as he entered it, so that an unknown field is refused and not lost.
fn input_of(instance: &Instance, job: &Job, plugin: &Plugin, schema_path: &str) -> Json {
    let variables = variables::to_object(&instance.state.job_variables(job.id));
    let schema = plugin.schema(schema_path);
    let named: Vec<&str> = schema.map(|it| it.properties_at("")).unwrap_or_default();
    let mut input: Map<String, Json> = variables
        .into_iter()
        .filter(|(name, _)| named.contains(&name.as_str()))
        .collect();
    let task = instance.state.user_task(job.element_instance.user_task());
    if let Some(completing) = task.and_then(|it| it.completing.as_ref()) {
        input.extend(variables::to_object(&completing.variables));
    }
    Json::Object(input)
}

fn unserved(job: &Job) -> Command {
    let message = format!(
        "no active plugin has an operation {}; activate it, then resolve this",
        job.job_type
    );
    raise(job, Kind::PluginFailed, message)
}

/// An incident at once.
pub(crate) fn raise(job: &Job, kind: Kind, message: impl Into<String>) -> Command {
    Command::RaiseJobIncident {
        job: job.id,
        kind,
        message: Arc::from(message.into()),
    }
}

fn fail(job: &Job, pause_us: i64, message: String) -> Command {
    Command::FailJob {
        job: job.id,
        retries: job.retries.saturating_sub(1),
        back_off_us: pause_us.clamp(1_000, BACK_OFF_US_MAX),
        message: Arc::from(message),
    }
}

/// Commands with which calls of the command are answered when it is decided again.
pub(crate) type Memo = BTreeMap<u32, Command>;
