//! Delivers notices over the channels that operators have connected, one connector for each
//! target; after the commit that sent them, at least once.
//!
//! What leaves the server is the text in the recipient's language without personal data: what a
//! notice would read off its record stays inside, where it is read under the reader's rights.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::notice as query;
use tongban_store::query::wait::Share;
use tongban_store::row::notice::{Notice, NoticeText, Recipient};

use crate::clock::machine_now;
use crate::engine::Handle;
use crate::executor::outbox::{
    DeliveryEnd, FinishedDelivery, OutboxTask, TakeDeliveries, TakenDelivery,
};
use crate::executor::stop::chain;
use crate::outbox::circuit::Circuit;
use crate::outbox::connector::{Work, back_off_us, lease_end, send, try_each};
use crate::outbox::webhook::{WebhookError, WebhookMessage, WebhookTarget};
use crate::outcome::Done;
use crate::shared::Shared;

/// The language of those who have said nothing.
const LOCALE_DEFAULT: &str = "zh-CN";
/// What stands outside in the place of what is read off the record.
const WITHHELD: &str = "…";

/// The queue of the notices for a target.
pub(crate) fn queue_of(target: &str) -> Arc<str> {
    Arc::from(format!("tongban:notice/{target}"))
}

/// The connector's work for one target.
pub(crate) struct NoticeDeliveries {
    shared: Arc<Shared>,
    name: Arc<str>,
    queue: Arc<str>,
    target: WebhookTarget,
    circuit: Circuit,
}

#[async_trait]
impl Work for NoticeDeliveries {
    fn label(&self) -> &str {
        &self.queue
    }

    fn wake(&self) -> Arc<Notify> {
        self.shared.job_queues.connector(&self.queue)
    }

    async fn next_at(&self, share: &Share) -> Result<Option<i64>, StoreError> {
        query::next_delivery_at(&self.shared.database, &self.name, share).await
    }

    async fn work(&self, handle: &Handle, share: &Share, at: i64) -> u64 {
        let taken = self.take(handle, share, at).await;
        let n_taken = taken.len() as u64;
        // The hand of the manual clock waits for nothing.
        let heeds_circuit = at != i64::MAX;
        let at_once_max = self.target.at_once_max;
        try_each(taken, at_once_max, |it| {
            self.attempt(handle, it, heeds_circuit)
        })
        .await;
        n_taken
    }
}

impl NoticeDeliveries {
    pub(crate) fn new(shared: Arc<Shared>, name: Arc<str>) -> NoticeDeliveries {
        let target = shared.webhooks.targets.get(&name).cloned();
        let target = target.unwrap_or_default();
        NoticeDeliveries {
            queue: queue_of(&name),
            circuit: Circuit::new(target.open_after, target.open_ms),
            shared,
            name,
            target,
        }
    }

    async fn take(&self, handle: &Handle, share: &Share, at: i64) -> Vec<TakenDelivery> {
        match self.next_at(share).await {
            Ok(Some(next)) if next <= at => {}
            Ok(_) => return Vec::new(),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "could not look for deliveries; it is tried again");
                return Vec::new();
            }
        }
        let take = TakeDeliveries {
            target: self.name.clone(),
            share: share.clone(),
            at,
            until: lease_end(self.target.timeout),
            limit: self.target.at_once_max.max(1),
        };
        match send(handle, OutboxTask::TakeDeliveries(take)).await {
            Some(Done::DeliveriesTaken { deliveries }) => deliveries,
            _ => Vec::new(),
        }
    }

    async fn attempt(&self, handle: &Handle, taken: TakenDelivery, heeds_circuit: bool) {
        let end = match self.circuit.open_until(machine_now()) {
            Some(until) if heeds_circuit => DeliveryEnd::Postponed { until, error: None },
            _ => match self.message_of(&taken).await {
                Ok(Some(message)) => self.end_of(&taken, self.send_within(&message).await),
                Ok(None) => DeliveryEnd::Dead {
                    error: Arc::from("the notice is not stored any more"),
                },
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not read a notice; it is read again");
                    return;
                }
            },
        };
        let finished = FinishedDelivery { taken, end };
        send(handle, OutboxTask::FinishDelivery(finished)).await;
    }

    async fn message_of(
        &self,
        taken: &TakenDelivery,
    ) -> Result<Option<WebhookMessage>, StoreError> {
        let (database, tenant) = (&self.shared.database, TenantId::new(&taken.tenant));
        let Some(notice) = query::get_any(database, &tenant, taken.notice).await? else {
            return Ok(None);
        };
        let locale = match reader_of(&notice.recipient) {
            Some(reader) => query::locale(database, &tenant, &reader).await?,
            None => None,
        };
        let locale = locale.as_deref().unwrap_or(LOCALE_DEFAULT);
        Ok(Some(WebhookMessage {
            target: self.name.clone(),
            idempotency_key: key_of(taken),
            attempt: taken.n_failures + 1,
            body: body_of(taken, &notice, locale).to_string().into_bytes(),
            timeout: self.target.timeout,
        }))
    }

    async fn send_within(&self, message: &WebhookMessage) -> Result<(), WebhookError> {
        let sent = self.shared.webhooks.sender.send(message);
        let answer = tokio::time::timeout(self.target.timeout, sent).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(WebhookError::Unreachable {
                target: self.name.to_string(),
                reason: format!("no answer within {} ms", self.target.timeout.as_millis()),
            })
        });
        match answer {
            Err(error) if error.is_transient() => {
                if self.circuit.failed(machine_now()) {
                    tracing::error!(webhook.target = %self.name, "a webhook target fails again and again; it is left alone for a while");
                }
                Err(error)
            }
            other => {
                self.circuit.succeeded();
                other.map(|_| ())
            }
        }
    }

    fn end_of(&self, taken: &TakenDelivery, sent: Result<(), WebhookError>) -> DeliveryEnd {
        let Err(error) = sent else {
            return DeliveryEnd::Delivered;
        };
        let n_tries = taken.n_failures + 1;
        tracing::warn!(
            webhook.target = %self.name,
            notice.id = taken.notice,
            n_tries,
            %error,
            "a notice was not taken"
        );
        let text = Arc::from(error.to_string());
        if n_tries >= self.target.tries || !error.is_transient() {
            tracing::error!(webhook.target = %self.name, notice.id = taken.notice, "a notice could not be delivered; it is given up");
            return DeliveryEnd::Dead { error: text };
        }
        let seed = taken.notice.unsigned_abs();
        let pause = back_off_us(self.target.back_off_ms, n_tries, seed);
        DeliveryEnd::Postponed {
            until: machine_now().saturating_add(pause),
            error: Some(text),
        }
    }
}

fn key_of(taken: &TakenDelivery) -> String {
    format!("{}/notice/{}/{}", taken.tenant, taken.notice, taken.channel)
}

/// Under which name a recipient has said his language; a role has none.
fn reader_of(recipient: &Recipient) -> Option<String> {
    match recipient {
        Recipient::Person(id) => Some(format!("person:{id}")),
        Recipient::Staff(id) => Some(format!("staff:{id}")),
        Recipient::Role { .. } => None,
    }
}

fn body_of(taken: &TakenDelivery, notice: &Notice, locale: &str) -> Json {
    let in_locale = |text: &NoticeText| {
        let text = if locale == "en" { &text.en } else { &text.zh };
        let fields = notice.fields.keys();
        fields.fold(text.to_string(), |text, name| {
            text.replace(&format!("{{{name}}}"), WITHHELD)
        })
    };
    json!({
        "type": "notice",
        "id": key_of(taken),
        "tenant": &*taken.tenant,
        "code": &*notice.code,
        "channel": &*taken.channel,
        "locale": locale,
        "title": in_locale(&notice.title),
        "text": in_locale(&notice.text),
        "recipient": match &notice.recipient {
            Recipient::Person(id) => json!({ "person": &**id }),
            Recipient::Staff(id) => json!({ "staff": &**id }),
            Recipient::Role { role, division } => {
                json!({ "role": &**role, "division": &**division })
            }
        },
        "record": notice.record.as_ref().map(|(kind, id)| json!({ "kind": &**kind, "id": &**id })),
    })
}
