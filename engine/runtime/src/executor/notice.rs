//! Notices: sent with the commit of whatever tells people something, read and delivered later.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_host::call::{Recipient as Named, SendNotice};
use tongban_host::manifest::{Notice as Declared, Text};
use tongban_host::plugin::Plugin;
use tongban_store::row::audit_entry::NewAuditEntry;
use tongban_store::row::notice::{DeliveryState, Notice, NoticeDelivery, NoticeText, Recipient};

use crate::change::Subject;
use crate::clock::machine_now;
use crate::command::notice::{NoticeCommand, NoticeReader};
use crate::error::UserError;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outbox::notice::queue_of;
use crate::outcome::Done;
use crate::record_columns;

/// Languages in which people can be told things.
const LOCALES: [&str; 2] = ["zh-CN", "en"];

impl Session<'_> {
    /// Sends what an operation wants people to know.
    pub(crate) fn send_notice(&mut self, send: SendNotice) -> Decided<()> {
        let world = self.running.tenant.clone();
        let Some((plugin, declared)) = world.notice(&send.code) else {
            return Err(refused("no active plugin declares the notice").into());
        };
        if let Named::Person(person) = &send.recipient {
            self.check_party(&send, person)?;
        }
        let recipient = self.recipient(&send.recipient);
        let dedupe_key = send
            .dedupe_key
            .as_ref()
            .map(|key| dedupe_key(&send.code, &recipient, key));
        let runtime = self.runtime;
        if let Some(key) = &dedupe_key
            && runtime.block_on(self.unit().is_notice_sent(key))?
        {
            return Ok(());
        }
        let notice = Notice {
            id: self.next_id()?,
            code: Arc::from(send.code.as_str()),
            plugin: Arc::from(plugin.manifest().plugin.name.as_str()),
            recipient,
            record: send
                .record
                .as_ref()
                .map(|it| (Arc::from(it.kind.as_str()), Arc::from(it.id.as_str()))),
            title: filled(&declared.title, &send.arguments),
            text: text_of(plugin.text(&send.code, &send.arguments)),
            fields: fields_of(declared),
            dedupe_key: dedupe_key.map(Arc::from),
            created_at: self.running.now,
        };
        self.unit().put_notice(&notice);
        self.deliver_outside(&notice, &declared.channels);
        self.note_change(Subject::Notice(notice.id));
        self.audit_entry(NewAuditEntry {
            action: Arc::from("SendNotice"),
            subject_kind: Arc::from("notice"),
            subject_id: Arc::from(notice.id.to_string()),
            detail: Some(Arc::from(
                serde_json::json!({ "code": &*notice.code }).to_string(),
            )),
        })
    }

    /// A citizen is told of his own cases alone.
    fn check_party(&mut self, send: &SendNotice, person: &str) -> Decided<()> {
        let Some(about) = &send.record else {
            return Err(refused("a citizen is told of a record only").into());
        };
        let world = self.running.tenant.clone();
        let declared = world
            .record_plugin(&about.kind)
            .and_then(|it| it.manifest().record(&about.kind));
        let runtime = self.runtime;
        let record = runtime.block_on(self.unit().record(&about.kind, &about.id))?;
        let (Some(declared), Some(record)) = (declared, record) else {
            return Err(refused("the record does not exist").into());
        };
        let body = serde_json::from_str(&record.body).unwrap_or(serde_json::Value::Null);
        let parties = record_columns::parties_of(declared, &body);
        if parties.iter().any(|it| **it == *person) {
            return Ok(());
        }
        Err(refused("the recipient is no party of the record").into())
    }

    fn recipient(&self, named: &Named) -> Recipient {
        match named {
            Named::Person(id) => Recipient::Person(Arc::from(id.as_str())),
            Named::Role { role, division } => {
                let own = || {
                    let of_actor = self.running.principal.division.clone();
                    of_actor.unwrap_or_else(|| self.running.tenant.name.clone())
                };
                Recipient::Role {
                    role: Arc::from(role.as_str()),
                    division: division.as_deref().map_or_else(own, Arc::from),
                }
            }
            Named::Staff(id) => Recipient::Staff(Arc::from(id.as_str())),
        }
    }

    /// Leaves the notice to the targets that serve its channels; there may be none.
    fn deliver_outside(&mut self, notice: &Notice, channels: &[String]) {
        for channel in channels {
            let shared = self.shared.clone();
            let Some(target) = shared.webhooks.of_channel(channel) else {
                continue;
            };
            let delivery = NoticeDelivery {
                tenant: self.running.tenant.id.clone(),
                notice_id: notice.id,
                channel: Arc::from(channel.as_str()),
                target: target.clone(),
                state: DeliveryState::Pending,
                n_failures: 0,
                available_at: Some(machine_now()),
                lease_token: 0,
                last_error: None,
                ended_at: None,
            };
            self.put_delivery(&delivery);
        }
    }

    fn put_delivery(&mut self, delivery: &NoticeDelivery) {
        self.unit().put_notice_delivery(delivery);
        let tenant = self.running.tenant.name.clone();
        self.running
            .offers
            .push((tenant, queue_of(&delivery.target)));
    }

    /// Does what a reader or an operator asks for.
    pub(crate) fn serve_notice(&mut self, command: &NoticeCommand) -> Decided<Done> {
        match command {
            NoticeCommand::MarkRead { notices, reader } => self.mark_notices_read(notices, reader),
            NoticeCommand::SetLocale { locale, reader } => {
                if !LOCALES.contains(&locale.as_str()) {
                    let reason = format!("expected one of {}", LOCALES.join(", "));
                    return Err(UserError::new("INVALID_INPUT", &[("reason", &reason)])
                        .at("/locale")
                        .into());
                }
                self.unit().put_notice_locale(&reader.name, locale);
                Ok(Done::NoticesRead { n_read: 0 })
            }
            NoticeCommand::Redeliver { notice, channel } => self.redeliver(*notice, channel),
        }
    }

    fn mark_notices_read(&mut self, notices: &[i64], reader: &NoticeReader) -> Decided<Done> {
        let (runtime, at) = (self.runtime, self.running.now);
        for id in notices {
            let found = runtime.block_on(self.unit().notice(*id))?;
            if !found.is_some_and(|it| reader.is_told(&it.recipient)) {
                return Err(UserError::new("NOTICE_NOT_FOUND", &[])
                    .at("/noticeIds")
                    .into());
            }
            runtime.block_on(self.unit().mark_notice_read(*id, &reader.name, at))?;
        }
        Ok(Done::NoticesRead {
            n_read: notices.len() as u64,
        })
    }

    fn redeliver(&mut self, notice: i64, channel: &str) -> Decided<Done> {
        let runtime = self.runtime;
        let found = runtime.block_on(self.unit().notice_delivery(notice, channel))?;
        let dead = found.filter(|it| it.state == DeliveryState::Dead);
        let Some(mut delivery) = dead else {
            return Err(UserError::new("NOTICE_DELIVERY_NOT_DEAD", &[])
                .at("/noticeId")
                .into());
        };
        delivery.state = DeliveryState::Pending;
        delivery.n_failures = 0;
        delivery.available_at = Some(machine_now());
        delivery.ended_at = None;
        delivery.lease_token += 1;
        self.put_delivery(&delivery);
        self.audit("RedeliverNotice", ("notice", &notice.to_string()))?;
        Ok(Done::NoticeRedelivered {
            notice,
            channel: channel.to_owned(),
        })
    }
}

fn dedupe_key(code: &str, recipient: &Recipient, key: &str) -> String {
    match recipient {
        Recipient::Person(id) => format!("{code}|person|{id}|{key}"),
        Recipient::Role { role, division } => format!("{code}|role|{role}@{division}|{key}"),
        Recipient::Staff(id) => format!("{code}|staff|{id}|{key}"),
    }
}

fn fields_of(declared: &Declared) -> BTreeMap<String, String> {
    let pairs = declared.fields.iter();
    pairs.map(|it| (it.name.clone(), it.path.clone())).collect()
}

fn filled(text: &Text, arguments: &BTreeMap<String, String>) -> NoticeText {
    text_of(Plugin::filled(text, arguments))
}

fn text_of(text: Text) -> NoticeText {
    NoticeText {
        zh: Arc::from(text.zh),
        en: Arc::from(text.en),
    }
}

fn refused(reason: &str) -> UserError {
    UserError::new("NOTICE_REFUSED", &[("reason", reason)])
}
