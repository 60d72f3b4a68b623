//! Signals: to all who wait for them, page by page, and to the start events that they trigger.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use tongban_core::command::{Command, StartAt};
use tongban_core::id::{ProcessInstanceId, SubscriptionId};
use tongban_core::variable::Variables;
use tongban_store::query::definition::Version;

use crate::error::UserError;
use crate::executor::follow_up::{BroadcastSignal, FollowUp};
use crate::executor::instance::NewInstance;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outcome::Done;
use crate::start_event;
use crate::variables;

/// Subscriptions looked at in one page at most.
const PAGE_MAX: usize = 100;
/// Bytes that the receivers of one page may carry, beyond which a page is shorter.
const PAGE_BYTES_MAX: usize = 1 << 20;

impl Session<'_> {
    /// Broadcasts a signal from outside.
    pub(crate) fn broadcast_signal(&mut self, name: &str, variables: &Json) -> Decided<Done> {
        if name.is_empty() {
            return Err(UserError::new("SIGNAL_NAME_MISSING", &[])
                .at("/name")
                .into());
        }
        let variables = variables::from_client(variables, self.shared.bounds.variables_bytes_max)?;
        let runtime = self.runtime;
        let n_waiting = runtime.block_on(self.unit().count_signal_waits(name))?;
        let process_keys = self.started_by_signal(name)?;
        self.leave(FollowUp::BroadcastSignal(BroadcastSignal {
            name: name.to_owned(),
            source: None,
            at: self.running.now,
            after: (0, 0),
            variables,
        }));
        self.audit("BroadcastSignal", ("signal", name))?;
        Ok(Done::SignalBroadcast {
            n_waiting,
            process_keys,
        })
    }

    /// Hands a signal to a page of those who wait for it, and leaves the rest; after the last page
    /// it starts the processes whose newest version begins with it.
    ///
    /// Each receiver is a command of its own: what one of them meets does not concern the others.
    pub(crate) fn broadcast(&mut self, signal: BroadcastSignal) -> Decided<()> {
        let page_max = PAGE_BYTES_MAX / signal.variables.bytes().max(1);
        let page_max = page_max.clamp(1, PAGE_MAX);
        let after = (
            ProcessInstanceId(signal.after.0),
            SubscriptionId(signal.after.1),
        );
        let runtime = self.runtime;
        let find = self
            .unit()
            .signal_subscriptions(&signal.name, signal.at, after, page_max);
        let found = runtime.block_on(find)?;
        let last = found.last().map(|it| (it.process_instance_id.0, it.id.0));
        let is_last = found.len() < page_max;
        let mut receivers: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for it in found {
            let of_instance = receivers.entry(it.process_instance_id.0).or_default();
            of_instance.push(it.id.0);
        }
        receivers.retain(|instance, _| Some(*instance) != signal.source);
        for (process_instance, subscriptions) in receivers {
            self.leave(FollowUp::ReceiveSignal {
                process_instance,
                subscriptions,
                variables: signal.variables.clone(),
            });
        }
        match last.filter(|_| !is_last) {
            Some(after) => self.leave(FollowUp::BroadcastSignal(BroadcastSignal {
                after,
                ..signal
            })),
            None => self.leave_starts(&signal)?,
        }
        Ok(())
    }

    fn leave_starts(&mut self, signal: &BroadcastSignal) -> Decided<()> {
        for process_key in self.started_by_signal(&signal.name)? {
            self.leave(FollowUp::StartBySignal {
                process_key,
                name: signal.name.clone(),
                variables: signal.variables.clone(),
            });
        }
        Ok(())
    }

    fn started_by_signal(&mut self, name: &str) -> Decided<Vec<String>> {
        let (shared, tenant) = (self.shared.clone(), self.running.tenant.id.clone());
        let find =
            shared
                .definitions
                .started_by_signal(&shared.database, &tenant, name, self.revision);
        let keys = self.wait(find)?;
        Ok(keys.iter().map(ToString::to_string).collect())
    }

    /// Hands a signal to an instance that waits for it.
    pub(crate) fn receive_signal(
        &mut self,
        id: i64,
        subscriptions: Vec<u32>,
        variables: Variables,
    ) -> Decided<()> {
        let subscriptions = subscriptions.into_iter().map(SubscriptionId).collect();
        let command = Command::ReceiveSignal {
            subscriptions,
            variables,
        };
        self.advance(id, command)
    }

    /// Starts the newest version of a process by a signal, if it still begins with it.
    pub(crate) fn start_by_signal(
        &mut self,
        process_key: &str,
        name: &str,
        variables: Variables,
    ) -> Decided<()> {
        let Some(definition) = self.find_definition(process_key, Version::Latest)? else {
            return Ok(());
        };
        let mut starts = start_event::signals(&definition.process).into_iter();
        let Some((_, element)) = starts.find(|(it, _)| **it == *name) else {
            return Ok(());
        };
        let new = NewInstance {
            start: StartAt::Event(element),
            ..NewInstance::of(variables)
        };
        self.create(definition, new).map(drop)
    }
}
