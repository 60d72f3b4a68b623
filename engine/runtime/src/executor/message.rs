//! Messages: to all who wait for them, and to the start events that they trigger.

use serde_json::Value as Json;
use tongban_core::command::StartAt;
use tongban_store::query::definition::Version;

use crate::error::UserError;
use crate::executor::follow_up::{FollowUp, PublishMessage};
use crate::executor::instance::NewInstance;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outcome::Done;
use crate::start_event;
use crate::variables;

impl Session<'_> {
    /// Publishes a message from outside.
    pub(crate) fn publish_message(
        &mut self,
        name: &str,
        correlation_key: Option<&str>,
        variables: &Json,
    ) -> Decided<Done> {
        if name.is_empty() {
            return Err(UserError::new("MESSAGE_NAME_MISSING", &[])
                .at("/name")
                .into());
        }
        let variables = variables::from_client(variables, self.shared.bounds.variables_bytes_max)?;
        let message_id = self.next_id()?.to_string();
        let message = PublishMessage {
            name: name.to_owned(),
            correlation_key: correlation_key.unwrap_or_default().to_owned(),
            message_id,
            variables,
        };
        let process_instances = self.publish(message)?;
        self.audit("PublishMessage", ("message", name))?;
        Ok(Done::MessagePublished { process_instances })
    }

    /// Hands a message to all who wait for it now, and starts the processes whose newest version
    /// begins with it. Nobody who comes later receives it.
    ///
    /// Each receiver is a command of its own: what one of them meets does not concern the others.
    /// A message with a correlation key is for those who wait; it starts nothing while any do.
    pub(crate) fn publish(&mut self, message: PublishMessage) -> Decided<Vec<i64>> {
        let mut reached = Vec::new();
        if !message.correlation_key.is_empty() {
            let find = |unit: &mut tongban_store::unit_of_work::UnitOfWork,
                        runtime: &tokio::runtime::Handle| {
                runtime
                    .block_on(unit.message_subscriptions(&message.name, &message.correlation_key))
            };
            let runtime = self.runtime;
            for found in find(self.unit(), runtime)? {
                let process_instance = found.process_instance_id.0;
                self.running.follow_ups.push_back(FollowUp::Correlate {
                    process_instance,
                    subscription: found.id.0,
                    message_id: message.message_id.clone(),
                    variables: message.variables.clone(),
                });
                reached.push(process_instance);
            }
        }
        if reached.is_empty() {
            reached = self.start_by_message(&message)?;
        }
        reached.dedup();
        Ok(reached)
    }

    fn start_by_message(&mut self, message: &PublishMessage) -> Decided<Vec<i64>> {
        let (shared, tenant) = (self.shared.clone(), self.running.tenant.id.clone());
        let find =
            shared
                .definitions
                .started_by(&shared.database, &tenant, &message.name, self.revision);
        let mut started = Vec::new();
        for key in self.wait(find)? {
            let Some(definition) = self.find_definition(&key, Version::Latest)? else {
                continue;
            };
            let starts = start_event::messages(&definition.process);
            let start = starts.into_iter().find(|(name, _)| **name == *message.name);
            let Some((_, element)) = start else { continue };
            let new = NewInstance {
                business_key: None,
                variables: message.variables.clone(),
                start: StartAt::Event(element),
                parent: None,
            };
            started.push(self.create(definition, new)?);
        }
        Ok(started)
    }
}
