//! Starting and cancelling instances, and resolving what stopped them.

use std::sync::Arc;

use serde_json::Value as Json;
use tongban_core::command::{CancelCause, Command};
use tongban_core::id::IncidentId as CoreIncidentId;
use tongban_store::query::definition::Version;

use crate::command::IncidentId;
use crate::definition::Definition;
use crate::error::UserError;
use crate::executor::instance::NewInstance;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outcome::Done;
use crate::variables;

/// Bytes of a business key.
const BUSINESS_KEY_BYTES_MAX: usize = 200;

impl Session<'_> {
    /// Starts an instance at the none start event.
    pub(crate) fn start_process(
        &mut self,
        key: &str,
        version: Option<i32>,
        business_key: Option<&str>,
        variables: &Json,
    ) -> Decided<Done> {
        let variables = variables::from_client(variables, self.shared.bounds.variables_bytes_max)?;
        if business_key.is_some_and(|it| it.is_empty() || it.len() > BUSINESS_KEY_BYTES_MAX) {
            let reason = [("reason", "a business key has 1 to 200 bytes")];
            return Err(UserError::new("INVALID_INPUT", &reason)
                .at("/businessKey")
                .into());
        }
        let definition = match version {
            None => self.latest_definition(key)?,
            Some(number) => match self.find_definition(key, Version::Number(number))? {
                Some(definition) => definition,
                None => {
                    let number = number.to_string();
                    let parameters = [("key", key), ("version", number.as_str())];
                    let error = UserError::new("PROCESS_VERSION_NOT_FOUND", &parameters);
                    return Err(error.at("/version").into());
                }
            },
        };
        let business_key = business_key.map(Arc::from);
        let new = NewInstance {
            business_key,
            ..NewInstance::of(variables)
        };
        let process_instance = self.create(definition, new)?;
        self.audit(
            "StartProcess",
            ("process_instance", &process_instance.to_string()),
        )?;
        Ok(Done::ProcessStarted { process_instance })
    }

    /// The newest version of a process.
    pub(crate) fn latest_definition(&mut self, key: &str) -> Decided<Arc<Definition>> {
        let found = self.find_definition(key, Version::Latest)?;
        found.ok_or_else(|| {
            UserError::new("PROCESS_NOT_FOUND", &[("key", key)])
                .at("/processKey")
                .into()
        })
    }

    /// A version of a process.
    pub(crate) fn find_definition(
        &mut self,
        key: &str,
        version: Version<'_>,
    ) -> Decided<Option<Arc<Definition>>> {
        let (shared, tenant) = (self.shared.clone(), self.running.tenant.id.clone());
        Ok(self.wait(shared.definitions.find(
            &shared.database,
            &tenant,
            (key, version),
            self.revision,
        ))?)
    }

    /// Ends an instance without completing it.
    pub(crate) fn cancel_process_instance(&mut self, id: i64) -> Decided<Done> {
        self.advance(
            id,
            Command::CancelInstance {
                cause: CancelCause::Request,
            },
        )?;
        self.audit(
            "CancelProcessInstance",
            ("process_instance", &id.to_string()),
        )?;
        Ok(Done::ProcessInstanceCancelled {
            process_instance: id,
        })
    }

    /// Tries again what an incident stopped.
    pub(crate) fn resolve_incident(
        &mut self,
        id: IncidentId,
        variables: &Json,
        reason: Option<&str>,
    ) -> Decided<Done> {
        // What the retried work meets concerns the instance, not whoever resolves the incident.
        self.running.is_submission = false;
        let resolve = Command::ResolveIncident {
            incident: CoreIncidentId(id.number),
            variables: variables::from_client(variables, self.shared.bounds.variables_bytes_max)?,
        };
        self.advance(id.process_instance, resolve)?;
        let subject = format!("{}-{}", id.process_instance, id.number);
        self.audit_with("ResolveIncident", ("incident", &subject), reason)?;
        Ok(Done::IncidentResolved { incident: id })
    }
}
