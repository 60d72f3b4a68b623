//! Calling a plugin's operation directly: exposed ones that write, and queries.

use std::sync::Arc;

use serde_json::Value as Json;
use tongban_host::call::{Completion, ScheduleRun};
use tongban_host::plugin::Plugin;

use crate::error::UserError;
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::{Decided, Stop};
use crate::executor::work::{Answered, Query};
use crate::executor::write::Starts;
use crate::outcome::{CommandOutcome, Done, Left};
use crate::plugin_call::{Call, notices, refusal};

impl Session<'_> {
    /// Calls an exposed operation; what it writes belongs to the command.
    pub(crate) fn invoke_operation(&mut self, operation: &str, input: &Json) -> Decided<Done> {
        let tenant = self.running.tenant.clone();
        let (plugin, declared) = tenant
            .operation(operation)
            .ok_or_else(|| not_found(operation))?;
        let parameters = [("operation", operation)];
        if !declared.exposed {
            return Err(UserError::new("OPERATION_NOT_EXPOSED", &parameters).into());
        }
        if declared.query {
            return Err(UserError::new("OPERATION_IS_A_QUERY", &parameters).into());
        }
        let call = self.direct_call(plugin, operation, input)?;
        let completion = match self.call_plugin(&call).result {
            Ok(completion) => completion,
            Err(failure) => return Err(refusal(&call, &failure, "")),
        };
        let mut warnings = notices(plugin, &completion.warnings);
        self.apply_writes(completion.writes, Starts::Now)?;
        warnings.append(&mut self.running.warnings);
        if self.running.dry_run {
            return Ok(Done::Checked {
                result: completion.output,
                warnings,
            });
        }
        self.audit(operation, ("call", &call.call_id))?;
        Ok(Done::OperationDone {
            result: completion.output,
            warnings,
        })
    }

    /// Calls an operation that only reads; whatever else it did is dropped.
    pub(crate) fn query_operation(&mut self, query: &Query) -> Decided<Answered> {
        let (world, now) = (self.shared.world(&query.tenant), self.shared.clock.now());
        let running = || {
            let mut running = Running::new(world.clone(), query.principal.clone(), now);
            running.is_submission = true;
            running.call_id = Arc::from("query");
            running
        };
        let answered = self.bordered(running, |session| {
            let name = query.operation.as_str();
            let tenant = session.running.tenant.clone();
            let (plugin, declared) = tenant.operation(name).ok_or_else(|| not_found(name))?;
            if !(declared.exposed && declared.query) {
                return Err(UserError::new("OPERATION_NOT_A_QUERY", &[("operation", name)]).into());
            }
            let call = session.direct_call(plugin, name, &query.input)?;
            match session.call_plugin(&call).result {
                Ok(completion) => {
                    let warnings = notices(plugin, &completion.warnings);
                    let done = Done::OperationDone {
                        result: completion.output,
                        warnings,
                    };
                    Ok((
                        CommandOutcome {
                            done,
                            repeated: false,
                            left: Left::default(),
                        },
                        Keep::No,
                    ))
                }
                Err(failure) => Err(refusal(&call, &failure, "")),
            }
        })?;
        Ok(answered.map(Some))
    }

    /// Calls an operation that nobody asked for; of the input what its schema names.
    pub(crate) fn call_by_engine(
        &mut self,
        operation: &str,
        (call_id, n_tries): (String, i32),
        input: &Json,
        schedule: Option<ScheduleRun>,
    ) -> Decided<Completion> {
        let tenant = self.running.tenant.clone();
        let (plugin, declared) = tenant
            .operation(operation)
            .ok_or_else(|| not_found(operation))?;
        let schema = plugin.schema(&declared.input);
        let named: Vec<&str> = schema.map(|it| it.properties_at("")).unwrap_or_default();
        let members = input.as_object().into_iter().flatten();
        let input: serde_json::Map<String, Json> = members
            .filter(|(name, _)| named.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let call = Call {
            plugin: plugin.clone(),
            operation: operation.to_owned(),
            call_id,
            attempt: u32::try_from(n_tries).unwrap_or(0) + 1,
            input: Json::Object(input),
            process: None,
            schedule,
        };
        let called = self.call_plugin(&call);
        called
            .result
            .map_err(|failure| refusal(&call, &failure, ""))
    }

    fn direct_call(
        &mut self,
        plugin: &Arc<Plugin>,
        operation: &str,
        input: &Json,
    ) -> Decided<Call> {
        let call_id = match &*self.running.call_id {
            "" => self.next_id()?.to_string(),
            named => named.to_owned(),
        };
        Ok(Call {
            plugin: plugin.clone(),
            operation: operation.to_owned(),
            call_id,
            attempt: 1,
            input: input.clone(),
            process: None,
            schedule: None,
        })
    }
}

fn not_found(operation: &str) -> Stop {
    UserError::new("OPERATION_NOT_FOUND", &[("operation", operation)]).into()
}
