//! Messages: to those who wait for them, to the start events that they trigger, and, while they
//! are kept, to those who come later.
//!
//! A message reaches at most one instance of each process: the first that waits for it, else one
//! that it starts. With a correlation key it starts an instance only while no other runs that a
//! message with this key has started; the next one is started when that one ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;
use tongban_core::command::{Command, StartAt};
use tongban_core::id::{ProcessInstanceId, SubscriptionId};
use tongban_core::variable::Variables;
use tongban_feel::expression::Scope;
use tongban_feel::value::Value;
use tongban_store::query::definition::Version;
use tongban_store::row::message::Message as KeptMessage;
use tongban_store::row::wait::MessageSubscription;
use tongban_store::unit_of_work::message::MessageFilter;

use crate::definition::Definition;
use crate::error::{CommandError, UserError};
use crate::executor::follow_up::{Correlate, FollowUp, Message, OfferMessages, TakeMessage};
use crate::executor::instance::{Instance, NewInstance};
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::outcome::Done;
use crate::start_event;
use crate::variables;

/// Bytes of a name, a correlation key or a message id that comes from outside.
const TEXT_BYTES_MAX: usize = 1_024;

/// A message that is to be published, as it came from outside.
pub(crate) struct NewMessage<'m> {
    pub(crate) name: &'m str,
    pub(crate) correlation_key: Option<&'m str>,
    pub(crate) variables: &'m Json,
    pub(crate) time_to_live_us: i64,
    pub(crate) message_id: Option<&'m str>,
}

/// What a message carries, to an expression.
struct Payload<'m>(&'m Variables);

impl Scope for Payload<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

fn unfit_key(reason: &str) -> UserError {
    UserError::new("INVALID_INPUT", &[("reason", reason)]).at("/correlationKey")
}

impl Message {
    /// The same, kept for a while under a name of the publisher's own.
    pub(crate) fn kept_for(mut self, time_to_live_us: i64, message_id: Option<&str>) -> Message {
        self.time_to_live_us = time_to_live_us;
        self.message_id = message_id.map(str::to_owned);
        self
    }

    fn is_kept(&self) -> bool {
        self.time_to_live_us > 0
    }
}

impl Session<'_> {
    /// A message that is not kept.
    pub(crate) fn message(
        &mut self,
        (name, correlation_key): (&str, &str),
        variables: Variables,
    ) -> Decided<Message> {
        Ok(Message {
            id: self.next_id()?,
            name: name.to_owned(),
            correlation_key: correlation_key.to_owned(),
            message_id: None,
            time_to_live_us: 0,
            variables,
        })
    }

    /// Publishes a message from outside.
    pub(crate) fn publish_message(&mut self, new: &NewMessage<'_>) -> Decided<Done> {
        check(new, self.shared.bounds.message_time_to_live_us_max)?;
        let bytes_max = self.shared.bounds.variables_bytes_max;
        let variables = variables::from_client(new.variables, bytes_max)?;
        let correlation_key = match new.correlation_key {
            Some(key) => Arc::from(key),
            None => self.own_key(new.name, &variables)?,
        };
        let message = self.message((new.name, &correlation_key), variables)?;
        let message_id = new.message_id.filter(|it| !it.is_empty());
        let message = message.kept_for(new.time_to_live_us, message_id);
        let process_instances = self.publish(message)?;
        self.audit("PublishMessage", ("message", new.name))?;
        Ok(Done::MessagePublished { process_instances })
    }

    /// The key that a message has by what it carries, as the models say that know it (BPMN 2.0,
    /// 8.4.2); none if they say nothing of it, or what it is made of is not there.
    fn own_key(&mut self, name: &str, variables: &Variables) -> Decided<Arc<str>> {
        let (shared, tenant) = (self.shared.clone(), self.running.tenant.id.clone());
        let definitions = &shared.definitions;
        let find = definitions.message_keys(&shared.database, &tenant, name, self.revision);
        let keys = self.wait(find)?;
        let mut found: BTreeSet<Arc<str>> = BTreeSet::new();
        for key in keys {
            let value = key.evaluate(&Payload(variables), &self.environment());
            let text = match value {
                Ok(Value::String(text)) if text.len() <= TEXT_BYTES_MAX => Ok(text),
                Ok(Value::Null) => continue,
                Ok(other) => Err(format!("expected a text, found {}", other.type_name())),
                Err(error) => Err(error.to_string()),
            };
            let text = text.map_err(|it| unfit_key(&format!("{it} in `{}`", key.source())))?;
            found.insert(text);
        }
        if found.len() > 1 {
            let reason = "the processes that know this message compute different keys for it";
            return Err(unfit_key(reason).into());
        }
        Ok(found.pop_first().unwrap_or_default())
    }

    /// Hands a message to those who wait for it now, and starts the processes whose newest version
    /// begins with it; says which instances that are. With a time to live it is kept for those who
    /// come later.
    ///
    /// Each receiver is a command of its own: what one of them meets does not concern the others.
    pub(crate) fn publish(&mut self, message: Message) -> Decided<Vec<i64>> {
        let has_key = !message.correlation_key.is_empty();
        if has_key || message.is_kept() {
            self.lock_message(&message.name, &message.correlation_key)?;
        }
        self.check_published(&message)?;
        if message.is_kept() {
            self.keep(&message);
        }
        let (mut reached, mut processes) = (Vec::new(), BTreeSet::new());
        if has_key {
            for found in self.waiting_for(&message.name, &message.correlation_key)? {
                if processes.insert(found.process_key.clone()) {
                    reached.push(found.process_instance_id.0);
                    self.leave(hand_over(&message, &found));
                }
            }
        }
        for key in self.started_by_message(&message.name)? {
            if !processes.contains(&key) {
                reached.extend(self.start_latest(&key, &message)?);
            }
        }
        Ok(reached)
    }

    /// Refuses a message while another one with its id is kept.
    fn check_published(&mut self, message: &Message) -> Decided<()> {
        let Some(id) = &message.message_id else {
            return Ok(());
        };
        let (name, key) = (&message.name, &message.correlation_key);
        let runtime = self.runtime;
        if runtime.block_on(self.unit().is_message_kept(name, key, id))? {
            let parameters = [("message", name.as_str()), ("id", id.as_str())];
            return Err(UserError::new("MESSAGE_ALREADY_PUBLISHED", &parameters)
                .at("/messageId")
                .into());
        }
        Ok(())
    }

    fn keep(&mut self, message: &Message) {
        let now = self.running.now;
        self.unit().keep_message(&KeptMessage {
            id: message.id,
            name: Arc::from(message.name.as_str()),
            correlation_key: Arc::from(message.correlation_key.as_str()),
            message_id: message.message_id.as_deref().map(Arc::from),
            variables: message.variables.clone(),
            published_at: now,
            expires_at: now.saturating_add(message.time_to_live_us),
        });
    }

    /// Hands a message that is not kept to one who waits for it; if he does not any more, to the
    /// next instance of the process.
    pub(crate) fn correlate(&mut self, it: Correlate) -> Decided<()> {
        let subscription = SubscriptionId(it.subscription);
        if let Some(mut instance) = self.load_waiting(it.process_instance, subscription)? {
            let command = Command::CorrelateMessage {
                subscription,
                message_id: it.message.id.to_string().into(),
                variables: it.message.variables,
            };
            self.drive(&mut instance, command)?;
            return self.store(instance);
        }
        let (name, key) = (&it.message.name, &it.message.correlation_key);
        let found = self.waiting_for(name, key)?.into_iter();
        match { found }.find(|found| *found.process_key == *it.process_key) {
            Some(found) => self.leave(hand_over(&it.message, &found)),
            None => drop(self.start_latest(&it.process_key, &it.message)?),
        }
        Ok(())
    }

    /// Looks whether a message is kept for one who begins to wait for it.
    pub(crate) fn look_for_message(
        &mut self,
        instance: &Instance,
        subscription: SubscriptionId,
        (name, correlation_key): (&str, &str),
    ) -> Decided<()> {
        if correlation_key.is_empty() {
            return Ok(());
        }
        let take = TakeMessage {
            process_instance: instance.id,
            subscription: subscription.0,
            process_key: instance.process_key().to_string(),
            name: name.to_owned(),
            correlation_key: correlation_key.to_owned(),
        };
        self.lock_message(name, correlation_key)?;
        if self.next_for(&take)?.is_some() {
            self.leave(FollowUp::TakeMessage(take));
        }
        Ok(())
    }

    /// Hands the first message that is kept for a process to an instance of it that waits for one.
    pub(crate) fn take_message(&mut self, take: TakeMessage) -> Decided<()> {
        let subscription = SubscriptionId(take.subscription);
        let Some(mut instance) = self.load_waiting(take.process_instance, subscription)? else {
            return self.pass_on(&take);
        };
        self.lock_message(&take.name, &take.correlation_key)?;
        let Some(message) = self.next_for(&take)? else {
            return Ok(());
        };
        let command = Command::CorrelateMessage {
            subscription,
            message_id: message.id.to_string().into(),
            variables: message.variables,
        };
        self.drive(&mut instance, command)?;
        let process_key = Arc::from(take.process_key.as_str());
        self.unit().note_correlation(message.id, &process_key);
        let still_waits = instance.state.message_subscription(subscription).is_some();
        self.store(instance)?;
        if still_waits {
            self.leave(FollowUp::TakeMessage(take));
        }
        Ok(())
    }

    fn next_for(&mut self, take: &TakeMessage) -> Decided<Option<KeptMessage>> {
        let names = [Arc::from(take.name.as_str())];
        let filter = MessageFilter {
            names: &names,
            correlation_key: Some(&take.correlation_key),
            process_key: &take.process_key,
            after: None,
        };
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().next_message(filter))?)
    }

    /// Who should have taken a message does not wait any more: the next one takes it.
    fn pass_on(&mut self, take: &TakeMessage) -> Decided<()> {
        let found = self.waiting_for(&take.name, &take.correlation_key)?;
        let next = found.iter().find(|it| *it.process_key == *take.process_key);
        self.leave(match next {
            Some(found) => FollowUp::TakeMessage(TakeMessage {
                process_instance: found.process_instance_id.0,
                subscription: found.id.0,
                ..take.clone()
            }),
            None => FollowUp::OfferMessages(OfferMessages {
                process_key: take.process_key.clone(),
                correlation_key: Some(take.correlation_key.clone()),
                after: None,
            }),
        });
        Ok(())
    }

    /// Starts the newest version of a process by the first message that is kept for it, and leaves
    /// the others.
    pub(crate) fn offer_messages(&mut self, offer: OfferMessages) -> Decided<()> {
        let Some(definition) = self.find_definition(&offer.process_key, Version::Latest)? else {
            return Ok(());
        };
        let starts = start_event::messages(&definition.process);
        let names: Vec<Arc<str>> = starts.into_iter().map(|(name, _)| name).collect();
        if names.is_empty() {
            return Ok(());
        }
        let filter = MessageFilter {
            names: &names,
            correlation_key: offer.correlation_key.as_deref(),
            process_key: &offer.process_key,
            after: offer.after,
        };
        let runtime = self.runtime;
        let Some(kept) = runtime.block_on(self.unit().next_message(filter))? else {
            return Ok(());
        };
        let after = Some(kept.position());
        let message = of_kept(kept);
        match self.start_by_message(&definition, &message) {
            Ok(Some(_)) => {}
            // One runs already, and the next is started when it ends.
            Ok(None) if offer.correlation_key.is_some() => return Ok(()),
            Ok(None) => {}
            // A message that starts nothing does not stand in the way of the next one.
            Err(Stop::Refused(error)) => {
                tracing::warn!(message.id, message.name, %error, "a kept message started nothing");
            }
            Err(stop) => return Err(stop),
        }
        self.leave(FollowUp::OfferMessages(OfferMessages { after, ..offer }));
        Ok(())
    }

    fn start_latest(&mut self, process_key: &str, message: &Message) -> Decided<Option<i64>> {
        match self.find_definition(process_key, Version::Latest)? {
            Some(definition) => self.start_by_message(&definition, message),
            None => Ok(None),
        }
    }

    /// Starts a process by a message, unless it does not begin with it, or an instance runs that a
    /// message with the same key has started.
    fn start_by_message(
        &mut self,
        definition: &Arc<Definition>,
        message: &Message,
    ) -> Decided<Option<i64>> {
        let starts = start_event::messages(&definition.process);
        let start = starts.iter().find(|(name, _)| **name == *message.name);
        let Some((_, element)) = start else {
            return Ok(None);
        };
        let (process_key, key) = (&definition.process.key, message.correlation_key.as_str());
        let runtime = self.runtime;
        if !key.is_empty() {
            let find = self.unit().started_by_message(process_key, key);
            if runtime.block_on(find)?.is_some() {
                return Ok(None);
            }
        }
        let new = NewInstance {
            start: StartAt::Event(*element),
            correlation_key: (!key.is_empty()).then(|| Arc::from(key)),
            ..NewInstance::of(message.variables.clone())
        };
        let id = self.create(definition.clone(), new)?;
        if !key.is_empty() {
            let note = self.unit().note_message_start(ProcessInstanceId(id), key);
            runtime.block_on(note)?;
        }
        if message.is_kept() {
            self.unit().note_correlation(message.id, process_key);
        }
        Ok(Some(id))
    }

    /// An instance that waits by a subscription; nothing if it has ended or waits no more.
    fn load_waiting(&mut self, id: i64, subscription: SubscriptionId) -> Decided<Option<Instance>> {
        let waits = |it: &Instance| it.state.message_subscription(subscription).is_some();
        match self.load(id) {
            Ok(instance) => Ok(Some(instance).filter(waits)),
            Err(Stop::Refused(CommandError::Rejected(_))) => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    fn waiting_for(&mut self, name: &str, key: &str) -> Decided<Vec<MessageSubscription>> {
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().message_subscriptions(name, key))?)
    }

    fn lock_message(&mut self, name: &str, key: &str) -> Decided<()> {
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().lock_message(name, key))?)
    }

    fn started_by_message(&mut self, name: &str) -> Decided<Vec<Arc<str>>> {
        let (shared, tenant) = (self.shared.clone(), self.running.tenant.id.clone());
        let find =
            shared
                .definitions
                .started_by_message(&shared.database, &tenant, name, self.revision);
        Ok(self.wait(find)?)
    }
}

/// A kept message is taken from where it is kept: another one may come first.
fn hand_over(message: &Message, found: &MessageSubscription) -> FollowUp {
    let process_instance = found.process_instance_id.0;
    let (subscription, process_key) = (found.id.0, found.process_key.to_string());
    if message.is_kept() {
        return FollowUp::TakeMessage(TakeMessage {
            process_instance,
            subscription,
            process_key,
            name: message.name.clone(),
            correlation_key: message.correlation_key.clone(),
        });
    }
    FollowUp::Correlate(Correlate {
        process_instance,
        subscription,
        process_key,
        message: message.clone(),
    })
}

fn of_kept(kept: KeptMessage) -> Message {
    Message {
        id: kept.id,
        name: kept.name.to_string(),
        correlation_key: kept.correlation_key.to_string(),
        message_id: kept.message_id.map(|it| it.to_string()),
        time_to_live_us: kept.expires_at.saturating_sub(kept.published_at),
        variables: kept.variables,
    }
}

fn check(new: &NewMessage<'_>, time_to_live_us_max: i64) -> Decided<()> {
    if new.name.is_empty() {
        return Err(UserError::new("MESSAGE_NAME_MISSING", &[])
            .at("/name")
            .into());
    }
    let too_long = [
        ("/name", Some(new.name)),
        ("/correlationKey", new.correlation_key),
        ("/messageId", new.message_id),
    ]
    .into_iter()
    .find(|(_, text)| text.is_some_and(|it| it.len() > TEXT_BYTES_MAX));
    if let Some((place, _)) = too_long {
        let reason = format!("expected at most {TEXT_BYTES_MAX} bytes");
        let parameters = [("reason", reason.as_str())];
        return Err(UserError::new("INVALID_INPUT", &parameters)
            .at(place)
            .into());
    }
    if !(0..=time_to_live_us_max).contains(&new.time_to_live_us) {
        let max = (time_to_live_us_max / 1_000_000).to_string();
        let parameters = [("max", max.as_str())];
        return Err(UserError::new("MESSAGE_TIME_TO_LIVE_INVALID", &parameters)
            .at("/timeToLive")
            .into());
    }
    Ok(())
}
