//! Notices: sent with the commit, read by whom they are for, delivered outside.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tongban_runtime::command::Command;
use tongban_runtime::command::notice::{NoticeCommand, NoticeReader};
use tongban_runtime::outbox::webhook::WebhookTarget;
use tongban_runtime::outcome::Done;
use tongban_store::query::notice::{self, InboxEntry, NoticeFilter, Reader};
use tongban_store::query::page::PageRequest;
use tongban_store::row::notice::DeliveryState;

use crate::plugin::{act, world_with};
use crate::support::{World, eventually, options, tenant};
use crate::webhook::{Target, with};

fn sms(target: &Arc<Target>, tries: u32) -> tongban_runtime::engine::Options {
    let terms = WebhookTarget {
        timeout: Duration::from_secs(2),
        tries,
        back_off_ms: 5,
        channels: vec!["SMS".to_owned()],
        ..WebhookTarget::default()
    };
    with(target, terms)
}

pub(crate) fn reader(person: Option<&str>, roles: &[&str]) -> Reader {
    Reader {
        name: "reader".into(),
        person: person.map(Arc::from),
        staff: None,
        roles: roles.iter().map(|it| Arc::from(*it)).collect(),
        division: "150627".into(),
    }
}

pub(crate) async fn inbox(world: &World, reader: &Reader) -> Vec<InboxEntry> {
    let (tenant, filter) = (tenant(), NoticeFilter::default());
    let page = PageRequest::first(10);
    let found = notice::list(world.handle.database(), &tenant, reader, &filter, &page);
    found.await.unwrap().into_nodes()
}

/// A record of the guest's with a party.
async fn put_thing(world: &World) {
    let county = json!({
        "division": "150627", "name": "伊金霍洛旗",
        "records": [{"kind": "thing", "id": "thing-1",
            "body": {"name": "甲", "amount": 1, "state": "NEW", "owners": [{"personId": "p-1"}]}}],
    });
    let county = serde_json::from_value(county).unwrap();
    world.run(Command::LoadCounty { county }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_reaches_its_recipients_once() {
    let world = world_with(options()).await;
    put_thing(&world).await;
    world.run(act("notices")).await.unwrap();
    // The same again under the same dedupe key tells nobody anything.
    world.run(act("notices")).await.unwrap();
    let citizen = inbox(&world, &reader(Some("p-1"), &[])).await;
    assert_eq!(citizen.len(), 1);
    let notice = &citizen[0].notice;
    assert_eq!(&*notice.code, "THING_READY");
    // What is read off the record is filled when it is read, the rest at once.
    assert_eq!(&*notice.title.en, "{name} is ready");
    assert_eq!(&*notice.text.en, "{name} can be fetched from 2026-03-01");
    assert_eq!(notice.fields["name"], "/name");
    assert_eq!(inbox(&world, &reader(None, &["CLERK"])).await.len(), 1);
    assert!(inbox(&world, &reader(Some("p-2"), &[])).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_is_told_of_his_own_cases_alone() {
    let world = world_with(options()).await;
    // There is no record of which he could be a party.
    let refused = world.run(act("notices")).await.unwrap_err();
    assert_eq!(refused.code(), "NOTICE_REFUSED");
    assert!(inbox(&world, &reader(None, &["CLERK"])).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_delivered_over_the_channel_that_is_connected() {
    let target = Target::answering(&[500, 200]);
    let world = world_with(sms(&target, 8)).await;
    put_thing(&world).await;
    world.run(act("notices")).await.unwrap();
    let delivered = async || {
        let (tenant, state) = (tenant(), Some(DeliveryState::Delivered));
        let page = PageRequest::first(10);
        let list = notice::list_deliveries(world.handle.database(), &tenant, state, &page);
        list.await.unwrap().into_nodes()
    };
    eventually(async || delivered().await.len() == 2).await;
    assert_eq!(target.seen().len(), 3);
    let bodies: Vec<Json> = target
        .seen()
        .iter()
        .map(|it| serde_json::from_slice(&it.body).unwrap())
        .collect();
    let kinds: Vec<&Json> = bodies.iter().map(|it| &it["recipient"]).collect();
    assert!(
        bodies.iter().all(|it| it["code"] == "THING_READY"),
        "{bodies:?}"
    );
    assert!(kinds.iter().any(|it| it["person"] == "p-1"), "{kinds:?}");
    // Personal data stays where the record is.
    let all = serde_json::to_string(&bodies).unwrap();
    assert!(!all.contains('甲'), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_was_given_up_is_tried_again_by_hand() {
    let target = Target::answering(&[500, 500, 500, 500, 200]);
    let world = world_with(sms(&target, 2)).await;
    put_thing(&world).await;
    world.run(act("notices")).await.unwrap();
    let with_state = async |state| {
        let (tenant, page) = (tenant(), PageRequest::first(10));
        let database = world.handle.database();
        let list = notice::list_deliveries(database, &tenant, Some(state), &page);
        list.await.unwrap().into_nodes()
    };
    eventually(async || with_state(DeliveryState::Dead).await.len() == 2).await;
    let dead = with_state(DeliveryState::Dead).await;
    assert!(
        dead[0]
            .last_error
            .as_deref()
            .is_some_and(|it| it.contains("500"))
    );
    let redeliver = |notice| {
        Command::Notice(NoticeCommand::Redeliver {
            notice,
            channel: "SMS".to_owned(),
        })
    };
    world.run(redeliver(dead[0].notice_id)).await.unwrap();
    eventually(async || with_state(DeliveryState::Delivered).await.len() == 1).await;
    let refused = world.run(redeliver(dead[0].notice_id)).await.unwrap_err();
    assert_eq!(refused.code(), "NOTICE_DELIVERY_NOT_DEAD");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_marks_his_own_notices_alone() {
    let world = world_with(options()).await;
    put_thing(&world).await;
    world.run(act("notices")).await.unwrap();
    let own = inbox(&world, &reader(Some("p-1"), &[])).await[0].notice.id;
    let mark = |person: &str| {
        Command::Notice(NoticeCommand::MarkRead {
            notices: vec![own],
            reader: NoticeReader {
                name: "reader".into(),
                person: Some(person.into()),
                staff: None,
                roles: Vec::new(),
                division: "150627".into(),
            },
        })
    };
    let refused = world.run(mark("p-2")).await.unwrap_err();
    assert_eq!(refused.code(), "NOTICE_NOT_FOUND");
    let marked = world.run(mark("p-1")).await.unwrap();
    assert_eq!(marked.done, Done::NoticesRead { n_read: 1 });
    let read = inbox(&world, &reader(Some("p-1"), &[])).await;
    assert!(read[0].read_at.is_some());
}
