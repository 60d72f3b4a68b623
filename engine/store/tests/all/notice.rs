//! Notices: who is told, who has read, and how they go outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_store::query::notice::{self, NoticeFilter, Reader};
use tongban_store::query::page::PageRequest;
use tongban_store::query::wait::Share;
use tongban_store::row::notice::{
    DeliveryState, Notice, NoticeDelivery, NoticeText, Recipient, TakingDeliveries,
};

use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    an_inbox_holds_what_its_reader_is_told_and_nothing_else,
    each_reader_marks_for_himself,
    a_dedupe_key_is_known_within_the_group_and_afterwards,
    a_delivery_is_taken_once_and_comes_back_when_it_is_put_off,
    a_language_is_remembered,
    an_inbox_is_read_page_by_page,
);

fn text(text: &str) -> NoticeText {
    NoticeText {
        zh: text.into(),
        en: text.into(),
    }
}

fn told(id: i64, recipient: Recipient) -> Notice {
    Notice {
        id,
        code: "CLAIM-OPEN".into(),
        plugin: "marriage-registration".into(),
        recipient,
        record: Some(("divorce_case".into(), "c-1".into())),
        title: text("可以领证"),
        text: text("{applicant}，请于 2026-05-07 前领证"),
        fields: BTreeMap::from([("applicant".to_owned(), "/parties/0/name".to_owned())]),
        dedupe_key: None,
        created_at: 100 + id,
    }
}

fn person(id: &str) -> Recipient {
    Recipient::Person(id.into())
}

fn role(role: &str, division: &str) -> Recipient {
    Recipient::Role {
        role: role.into(),
        division: division.into(),
    }
}

fn citizen(id: &str) -> Reader {
    Reader {
        name: format!("person:{id}").into(),
        person: Some(id.into()),
        staff: None,
        roles: Vec::new(),
        division: "150627".into(),
    }
}

fn clerk(id: &str, roles: &[&str], division: &str) -> Reader {
    Reader {
        name: format!("staff:{id}").into(),
        person: None,
        staff: Some(id.into()),
        roles: roles.iter().map(|it| Arc::from(*it)).collect(),
        division: division.into(),
    }
}

async fn inbox(db: &TestDatabase, reader: &Reader, filter: &NoticeFilter) -> Vec<i64> {
    let page = PageRequest::first(10);
    let found = notice::list(&db.database, &tenant(), reader, filter, &page).await;
    let entries = found.unwrap().into_nodes();
    entries.iter().map(|it| it.notice.id).collect()
}

async fn an_inbox_holds_what_its_reader_is_told_and_nothing_else(db: &TestDatabase) {
    let mut work = db.begin(100);
    let recipients = [
        person("m3"),
        person("w3"),
        role("REGISTRAR", "150627"),
        role("REGISTRAR", "150627002"),
        role("REVIEWER", "150627"),
        Recipient::Staff("registrar-1".into()),
    ];
    for (id, recipient) in (1..).zip(recipients) {
        work.put_notice(&told(id, recipient));
    }
    commit(work).await;
    let all = NoticeFilter::default();
    assert_eq!(inbox(db, &citizen("m3"), &all).await, [1]);
    let here = clerk("registrar-1", &["REGISTRAR"], "150627");
    assert_eq!(inbox(db, &here, &all).await, [6, 3]);
    let township = clerk("registrar-2", &["REGISTRAR"], "150627002");
    assert_eq!(inbox(db, &township, &all).await, [4, 3]);
    let nobody = clerk("nobody", &[], "150627");
    assert!(inbox(db, &nobody, &all).await.is_empty());
    let stored = notice::get(&db.database, &tenant(), &citizen("m3"), 1).await;
    assert_eq!(stored.unwrap().unwrap().notice, told(1, person("m3")));
    let of_other = notice::get(&db.database, &tenant(), &citizen("w3"), 1).await;
    assert_eq!(of_other.unwrap(), None);
    let about = NoticeFilter {
        record: Some(("divorce_case".into(), "c-2".into())),
        ..NoticeFilter::default()
    };
    assert!(inbox(db, &citizen("m3"), &about).await.is_empty());
}

async fn each_reader_marks_for_himself(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.put_notice(&told(1, role("REGISTRAR", "150627")));
    work.put_notice(&told(2, role("REGISTRAR", "150627")));
    work.accept_command().await.unwrap();
    work.begin_command(context(150));
    work.mark_notice_read(1, "staff:a", 150).await.unwrap();
    commit(work).await;
    let mut work = db.begin(200);
    // The first time counts.
    work.mark_notice_read(1, "staff:a", 200).await.unwrap();
    commit(work).await;
    let (a, b) = (
        clerk("a", &["REGISTRAR"], "150627"),
        clerk("b", &["REGISTRAR"], "150627"),
    );
    let unread = |unread| NoticeFilter {
        unread: Some(unread),
        ..NoticeFilter::default()
    };
    assert_eq!(inbox(db, &a, &unread(true)).await, [2]);
    assert_eq!(inbox(db, &a, &unread(false)).await, [1]);
    assert_eq!(inbox(db, &b, &unread(true)).await, [2, 1]);
    let entry = notice::get(&db.database, &tenant(), &a, 1).await.unwrap();
    assert_eq!(entry.unwrap().read_at, Some(150));
    let count = async |reader: &Reader, max| {
        let tenant = tenant();
        let count = notice::count_unread(&db.database, &tenant, reader, max);
        count.await.unwrap()
    };
    assert_eq!((count(&a, 9).await, count(&b, 9).await), (1, 2));
    assert_eq!(count(&b, 1).await, 1);
}

async fn a_dedupe_key_is_known_within_the_group_and_afterwards(db: &TestDatabase) {
    let mut once = told(1, person("m3"));
    once.dedupe_key = Some("CLAIM-OPEN|person|m3|1".into());
    let mut work = db.begin(100);
    assert!(!work.is_notice_sent("CLAIM-OPEN|person|m3|1").await.unwrap());
    work.put_notice(&once);
    assert!(work.is_notice_sent("CLAIM-OPEN|person|m3|1").await.unwrap());
    work.put_notice(&told(2, person("m3")));
    work.put_notice(&told(3, person("m3")));
    commit(work).await;
    let mut work = db.begin(200);
    assert!(work.is_notice_sent("CLAIM-OPEN|person|m3|1").await.unwrap());
    assert!(!work.is_notice_sent("CLAIM-OPEN|person|m3|2").await.unwrap());
}

fn delivery(notice_id: i64, available_at: i64) -> NoticeDelivery {
    NoticeDelivery {
        tenant: tenant(),
        notice_id,
        channel: "SMS".into(),
        target: "sms".into(),
        state: DeliveryState::Pending,
        n_failures: 0,
        available_at: Some(available_at),
        lease_token: 0,
        last_error: None,
        ended_at: None,
    }
}

fn to_sms(at: i64, until: i64) -> TakingDeliveries<'static> {
    TakingDeliveries {
        target: "sms",
        share: &Share::Whole,
        at,
        until,
        limit: 5,
    }
}

async fn a_delivery_is_taken_once_and_comes_back_when_it_is_put_off(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.put_notice(&told(1, person("m3")));
    work.put_notice_delivery(&delivery(1, 200));
    work.put_notice_delivery(&delivery(2, 300));
    commit(work).await;
    let next = notice::next_delivery_at(&db.database, "sms", &Share::Whole)
        .await
        .unwrap();
    assert_eq!(next, Some(200));
    assert_eq!(
        notice::next_delivery_at(&db.database, "wechat", &Share::Whole)
            .await
            .unwrap(),
        None
    );

    let mut work = db.begin(200);
    let taken = work
        .take_notice_deliveries(&to_sms(250, 400))
        .await
        .unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].notice_id, taken[0].lease_token), (1, 1));
    work.accept_command().await.unwrap();
    work.begin_command(context(200));
    let again = work
        .take_notice_deliveries(&to_sms(350, 400))
        .await
        .unwrap();
    assert_eq!(again.len(), 1, "the first is leased");
    assert_eq!(again[0].notice_id, 2);
    commit(work).await;

    let mut work = db.begin(300);
    let mut failed = work.notice_delivery(1, "SMS").await.unwrap().unwrap();
    failed.n_failures = 1;
    failed.available_at = Some(900);
    failed.last_error = Some("503".into());
    work.put_notice_delivery(&failed);
    let mut delivered = work.notice_delivery(2, "SMS").await.unwrap().unwrap();
    delivered.state = DeliveryState::Delivered;
    delivered.available_at = None;
    delivered.ended_at = Some(300);
    work.put_notice_delivery(&delivered);
    commit(work).await;
    let page = PageRequest::first(10);
    let listed = async |state| {
        let found = notice::list_deliveries(&db.database, &tenant(), state, &page).await;
        let ids: Vec<i64> = found
            .unwrap()
            .into_nodes()
            .iter()
            .map(|it| it.notice_id)
            .collect();
        ids
    };
    assert_eq!(listed(None).await, [2, 1]);
    assert_eq!(listed(Some(DeliveryState::Pending)).await, [1]);
    let of = notice::deliveries_of(&db.database, &tenant(), &[1, 2]).await;
    assert_eq!(of.unwrap().len(), 2);
    let mut work = db.begin(900);
    let taken = work
        .take_notice_deliveries(&to_sms(900, 950))
        .await
        .unwrap();
    assert_eq!(taken[0].last_error.as_deref(), Some("503"));
    work.drop_command().await.unwrap();
}

async fn a_language_is_remembered(db: &TestDatabase) {
    let mut work = db.begin(100);
    assert_eq!(work.notice_locale("person:m3").await.unwrap(), None);
    work.put_notice_locale("person:m3", "en");
    assert_eq!(
        work.notice_locale("person:m3").await.unwrap().as_deref(),
        Some("en")
    );
    commit(work).await;
    let stored = notice::locale(&db.database, &tenant(), "person:m3").await;
    assert_eq!(stored.unwrap().as_deref(), Some("en"));
    let stored = notice::locale(&db.database, &tenant(), "person:w3").await;
    assert_eq!(stored.unwrap(), None);
}

async fn an_inbox_is_read_page_by_page(db: &TestDatabase) {
    let mut work = db.begin(100);
    for id in 1..=5 {
        work.put_notice(&told(id, person("m3")));
    }
    commit(work).await;
    let (mut seen, mut request) = (Vec::new(), PageRequest::first(2));
    loop {
        let filter = NoticeFilter::default();
        let page = notice::list(&db.database, &tenant(), &citizen("m3"), &filter, &request).await;
        let page = page.unwrap();
        request.after = page.edges.last().map(|it| it.cursor.clone());
        let has_next_page = page.has_next_page;
        seen.extend(page.into_nodes().iter().map(|it| it.notice.id));
        if !has_next_page {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}
