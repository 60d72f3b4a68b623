//! One call of a plugin's operation, inside the transaction of the running command.
//!
//! The unit of work moves into the call and comes back with it. What the plugin answered is not
//! applied here: a caller decides what each way to say no means for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tongban_host::call::{
    Actor, Completion, Date, Envelope, Failure, LogLevel, LogLine, Outcome, ProcessReference,
    Request, ScheduleRun, Violation,
};
use tongban_host::plugin::Plugin;

use crate::capability::{CallCapabilities, calendar};
use crate::error::{CommandError, Rejected, Text, UserError};
use crate::executor::session::Session;
use crate::executor::stop::{Stop, chain};
use crate::metric::CallLabels;
use crate::outcome::Notice;

/// A call to be made.
pub(crate) struct Call {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) operation: String,
    /// Names the call; the same again when the same command is decided again.
    pub(crate) call_id: String,
    /// From 1.
    pub(crate) attempt: u32,
    pub(crate) input: Json,
    pub(crate) process: Option<ProcessReference>,
    pub(crate) schedule: Option<ScheduleRun>,
}

/// How a call ended.
pub(crate) struct Called {
    pub(crate) result: Result<Completion, Failure>,
    /// Whether numbers were taken, which have to go back if the call failed.
    pub(crate) has_allocated: bool,
}

impl Session<'_> {
    /// Makes a call.
    pub(crate) fn call_plugin(&mut self, call: &Call) -> Called {
        let request = Request {
            operation: call.operation.clone(),
            envelope: self.envelope(call),
            input: call.input.clone(),
        };
        let capabilities = CallCapabilities {
            unit: self.lend_unit(),
            runtime: self.runtime.clone(),
            shared: self.shared.clone(),
            tenant: self.running.tenant.clone(),
            revision: self.revision,
            zone: self.shared.zone.clone(),
            now: self.running.now,
            has_allocated: false,
        };
        let started = Instant::now();
        let Outcome {
            result,
            capabilities,
            usage,
            logs,
        } = call.plugin.call(&request, Box::new(capabilities));
        self.measure(call, outcome_of(&result), started.elapsed(), usage.fuel);
        let capabilities = capabilities
            .into_any()
            .downcast::<CallCapabilities>()
            .expect("the host gives back the object it was given");
        let has_allocated = capabilities.has_allocated;
        self.return_unit(capabilities.unit);
        log_lines(call, &logs);
        if let Err(failure) = &result {
            log_failure(call, failure, usage.fuel);
        }
        Called {
            result,
            has_allocated,
        }
    }

    fn measure(&mut self, call: &Call, outcome: &'static str, time: Duration, fuel: u64) {
        self.running.plugin_time += time;
        let labels = CallLabels {
            plugin: call.plugin.manifest().plugin.name.clone(),
            operation: call.operation.clone(),
            outcome,
        };
        let metrics = &self.shared.metrics;
        let seconds = metrics.plugin_call_seconds.get_or_create(&labels);
        seconds.observe(time.as_secs_f64());
        drop(seconds);
        let used = metrics.plugin_call_fuel.get_or_create(&labels);
        // Fuel is bounded far below what a float counts exactly.
        used.observe(f64::from(u32::try_from(fuel).unwrap_or(u32::MAX)));
    }

    fn envelope(&self, call: &Call) -> Envelope {
        let running = &self.running;
        let tenant = running.tenant.name.to_string();
        let actor = (running.is_submission).then(|| Actor {
            id: running
                .principal
                .person
                .as_ref()
                .unwrap_or(&running.principal.id)
                .to_string(),
            roles: running
                .principal
                .roles
                .iter()
                .map(ToString::to_string)
                .collect(),
        });
        Envelope {
            call_id: call.call_id.clone(),
            attempt: call.attempt,
            division: running
                .principal
                .division
                .as_ref()
                .map_or(tenant.clone(), ToString::to_string),
            tenant,
            now_us: running.now,
            today: calendar::to_host(self.today())
                .unwrap_or_else(|| Date::new(1900, 1, 1).expect("1 January 1900 exists")),
            actor,
            process: call.process.clone(),
            schedule: call.schedule.clone(),
            configuration: running
                .tenant
                .configuration(&call.plugin.manifest().plugin.name),
            dry_run: running.dry_run,
        }
    }
}

/// How a call ended, as the metrics tell.
fn outcome_of(result: &Result<Completion, Failure>) -> &'static str {
    match result {
        Ok(_) => "completed",
        Err(Failure::Business(_)) => "business",
        Err(Failure::Invalid(_)) => "invalid",
        Err(Failure::Retry { .. }) => "retry",
        Err(Failure::Failed { .. }) => "failed",
        Err(Failure::Trap(_)) => "trap",
        Err(Failure::Unavailable(_)) => "unavailable",
    }
}

/// The ways to say no to a person who submitted what the call was about: nothing is stored.
pub(crate) fn refusal(call: &Call, failure: &Failure, field_prefix: &str) -> Stop {
    let plugin_failed = |code: &'static str| {
        Stop::Refused(CommandError::PluginFailed {
            plugin: call.plugin.manifest().plugin.name.clone(),
            operation: call.operation.clone(),
            call_id: call.call_id.clone(),
            code,
        })
    };
    match failure {
        Failure::Business(business) => {
            let text = call.plugin.text(&business.code, &business.arguments);
            let mut error = user_error(&call.plugin, &business.code, text);
            error.details = Some(business.details.clone());
            Stop::Refused(error.into())
        }
        Failure::Invalid(violations) => {
            let error = |it: &Violation| {
                let text = call.plugin.violation_text(it);
                let error = user_error(&call.plugin, &it.code, text);
                error.at(format!("{field_prefix}{}", it.path))
            };
            let errors = violations.iter().map(error).collect();
            let rejected = Rejected {
                errors,
                warnings: Vec::new(),
            };
            Stop::Refused(CommandError::Rejected(rejected))
        }
        Failure::Retry { .. } => Stop::Refused(CommandError::rejected("OPERATION_BUSY", &[])),
        Failure::Failed { .. } => plugin_failed("PLUGIN_FAILED"),
        Failure::Trap(trap) if trap.kind.is_transient() => plugin_failed("PLUGIN_DEADLINE"),
        Failure::Trap(_) => plugin_failed("PLUGIN_TRAPPED"),
        Failure::Unavailable(unavailable) => world_failed(unavailable),
    }
}

/// The world failed during a call: the command is undone, and a conflict is run again.
pub(crate) fn world_failed(unavailable: &tongban_host::capability::Unavailable) -> Stop {
    let cause = unavailable.0.downcast_ref::<tongban_store::error::Error>();
    match cause {
        // What a plugin asked for in vain is a refusal to it; here it is the world that failed.
        Some(error) => match Stop::from(error) {
            Stop::Refused(_) => Stop::Failed(chain(error)),
            stop => stop,
        },
        None => Stop::Failed(unavailable.to_string()),
    }
}

fn user_error(plugin: &Plugin, code: &str, text: tongban_host::manifest::Text) -> UserError {
    let basis = plugin.message(code).and_then(|it| it.basis.as_ref());
    UserError {
        code: code.to_owned(),
        field: None,
        text: Text {
            zh: text.zh,
            en: text.en,
        },
        law_basis: basis.map(|it| Text {
            zh: it.zh.clone(),
            en: it.en.clone(),
        }),
        details: None,
    }
}

/// What a call that went well would have a person know.
pub(crate) fn notices(plugin: &Plugin, warnings: &[Violation]) -> Vec<Notice> {
    let notice = |it: &Violation| {
        let text = plugin.violation_text(it);
        Notice {
            code: it.code.clone(),
            zh: text.zh,
            en: text.en,
        }
    };
    warnings.iter().map(notice).collect()
}

/// What went wrong, for the operator who finds it in an incident.
pub(crate) fn describe(call: &Call, failure: &Failure) -> String {
    let header = &call.plugin.manifest().plugin;
    let place = format!(
        "plugin {} {} ({}), operation {}, call {}",
        header.name,
        header.version,
        call.plugin.digest().chars().take(12).collect::<String>(),
        call.operation,
        call.call_id
    );
    let what = match failure {
        Failure::Business(business) => format!("business error {}", business.code),
        Failure::Invalid(violations) => {
            let list = violations
                .iter()
                .map(|it| format!("{} {}", it.path, it.code));
            format!("refused its input: {}", list.collect::<Vec<_>>().join(", "))
        }
        Failure::Retry { reason, .. } => format!("asked for another attempt: {reason}"),
        Failure::Failed { message } => format!("failed: {message}"),
        Failure::Trap(trap) => trap.to_string(),
        Failure::Unavailable(unavailable) => unavailable.to_string(),
    };
    format!("{place}: {what}")
}

fn log_lines(call: &Call, lines: &[LogLine]) {
    let plugin = call.plugin.manifest().plugin.name.as_str();
    for line in lines {
        let (operation, call_id, fields) = (&*call.operation, &*call.call_id, &line.fields);
        let message = &line.message;
        match line.level {
            LogLevel::Debug => tracing::debug!(plugin, operation, call_id, ?fields, "{message}"),
            LogLevel::Info => tracing::info!(plugin, operation, call_id, ?fields, "{message}"),
            LogLevel::Warn => tracing::warn!(plugin, operation, call_id, ?fields, "{message}"),
            LogLevel::Error => tracing::error!(plugin, operation, call_id, ?fields, "{message}"),
        }
    }
}

fn log_failure(call: &Call, failure: &Failure, fuel: u64) {
    match failure {
        // Normal flow, and what a person is told himself.
        Failure::Business(_) | Failure::Invalid(_) => {}
        Failure::Retry { .. } => {
            tracing::warn!(call.id = %call.call_id, "{}", describe(call, failure));
        }
        Failure::Failed { .. } | Failure::Trap(_) => {
            tracing::error!(call.id = %call.call_id, fuel, "{}", describe(call, failure));
        }
        Failure::Unavailable(unavailable) => {
            let cause = chain(unavailable);
            tracing::warn!(call.id = %call.call_id, %cause, "a plugin call was given up");
        }
    }
}
