//! Messages that are kept for those who do not wait for them yet.

use std::sync::Arc;
use std::time::Duration;

use tongban_core::id::ProcessInstanceId;
use tongban_core::variable::Variables;
use tongban_feel::value::Value;
use tongban_store::query::wait::Share;
use tongban_store::row::message::Message;
use tongban_store::unit_of_work::UnitOfWork;
use tongban_store::unit_of_work::message::MessageFilter;

use crate::support::process::Process;
use crate::support::{TestDatabase, commit, context, on_both};

on_both!(
    messages_come_in_the_order_of_publication,
    a_message_reaches_each_process_once,
    an_expired_message_reaches_nobody,
    a_second_message_with_the_same_id_is_known,
    one_instance_at_a_time_is_started_with_a_key,
    expired_messages_are_removed_page_by_page,
);

fn message(id: i64, key: &str, published_at: i64) -> Message {
    Message {
        id,
        name: Arc::from("PAID"),
        correlation_key: Arc::from(key),
        message_id: Some(Arc::from(format!("m-{id}"))),
        variables: Variables::from_iter([(Arc::from("amount"), Value::from(id))]),
        published_at,
        expires_at: 1_000,
    }
}

async fn next(work: &mut UnitOfWork, process_key: &str, key: Option<&str>) -> Option<Message> {
    let names = [Arc::from("CANCELED"), Arc::from("PAID")];
    let filter = MessageFilter {
        names: &names,
        correlation_key: key,
        process_key,
        after: None,
    };
    work.next_message(filter).await.unwrap()
}

async fn messages_come_in_the_order_of_publication(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.keep_message(&message(2, "K", 90));
    work.keep_message(&message(3, "other", 80));
    commit(work).await;
    let mut work = db.begin(110);
    work.keep_message(&message(1, "K", 110));
    work.keep_message(&message(4, "K", 85));
    assert_eq!(
        next(&mut work, "p", Some("K")).await,
        Some(message(4, "K", 85))
    );
    commit(work).await;

    let mut work = db.begin(120);
    assert_eq!(
        next(&mut work, "p", Some("K")).await,
        Some(message(4, "K", 85))
    );
    assert_eq!(
        next(&mut work, "p", None).await,
        Some(message(3, "other", 80))
    );
    let mut order = Vec::new();
    let names = [Arc::from("PAID")];
    let mut after = None;
    loop {
        let filter = MessageFilter {
            names: &names,
            correlation_key: None,
            process_key: "p",
            after,
        };
        let Some(found) = work.next_message(filter).await.unwrap() else {
            break;
        };
        after = Some(found.position());
        order.push(found.id);
    }
    assert_eq!(order, [3, 4, 2, 1]);
}

async fn a_message_reaches_each_process_once(db: &TestDatabase) {
    let (p, q): (Arc<str>, Arc<str>) = (Arc::from("p"), Arc::from("q"));
    let mut work = db.begin(100);
    work.keep_message(&message(1, "K", 90));
    work.keep_message(&message(2, "K", 95));
    commit(work).await;
    let mut work = db.begin(110);
    assert!(!work.is_correlated(1, &p).await.unwrap());
    work.note_correlation(1, &p);
    assert!(work.is_correlated(1, &p).await.unwrap());
    assert_eq!(next(&mut work, "p", Some("K")).await.unwrap().id, 2);
    assert_eq!(next(&mut work, "q", Some("K")).await.unwrap().id, 1);
    commit(work).await;
    let mut work = db.begin(120);
    assert!(work.is_correlated(1, &p).await.unwrap());
    assert!(!work.is_correlated(1, &q).await.unwrap());
    assert_eq!(next(&mut work, "p", Some("K")).await.unwrap().id, 2);
    work.note_correlation(2, &p);
    assert_eq!(next(&mut work, "p", Some("K")).await, None);
    work.drop_command().await.unwrap();
    work.begin_command(context(130));
    assert_eq!(next(&mut work, "p", Some("K")).await.unwrap().id, 2);
}

async fn an_expired_message_reaches_nobody(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.keep_message(&message(1, "K", 90));
    commit(work).await;
    let mut work = db.begin(999);
    assert!(next(&mut work, "p", Some("K")).await.is_some());
    work.set_command_at(1_000);
    assert_eq!(next(&mut work, "p", Some("K")).await, None);
    work.keep_message(&message(2, "K", 90));
    assert_eq!(next(&mut work, "p", Some("K")).await, None);
}

async fn a_second_message_with_the_same_id_is_known(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.keep_message(&message(1, "K", 90));
    assert!(work.is_message_kept("PAID", "K", "m-1").await.unwrap());
    commit(work).await;
    let mut work = db.begin(200);
    assert!(work.is_message_kept("PAID", "K", "m-1").await.unwrap());
    assert!(!work.is_message_kept("PAID", "L", "m-1").await.unwrap());
    assert!(!work.is_message_kept("CANCELED", "K", "m-1").await.unwrap());
    assert!(!work.is_message_kept("PAID", "K", "m-2").await.unwrap());
    work.set_command_at(1_000);
    assert!(!work.is_message_kept("PAID", "K", "m-1").await.unwrap());
}

async fn one_instance_at_a_time_is_started_with_a_key(db: &TestDatabase) {
    const PROCESS: &str = "divorce-registration";
    let (mut first, mut second) = (Process::new(1), Process::new(2));
    let mut work = db.begin(100);
    let (state, events) = first.apply(first.created("L-1", 100));
    work.put_instance(first.id, state, events).await.unwrap();
    work.note_message_start(first.id, "K").await.unwrap();
    commit(work).await;

    let mut work = db.begin(200);
    let holder = work.started_by_message(PROCESS, "K").await.unwrap();
    assert_eq!(holder, Some(ProcessInstanceId(1)));
    assert_eq!(work.started_by_message(PROCESS, "L").await.unwrap(), None);
    let head = work.instance(first.id).await.unwrap().unwrap().head;
    assert_eq!(head.correlation_key.as_deref(), Some("K"));
    let (state, events) = first.apply(first.completed(200));
    work.put_instance(first.id, state, events).await.unwrap();
    assert_eq!(work.started_by_message(PROCESS, "K").await.unwrap(), None);
    let (state, events) = second.apply(second.created("L-2", 200));
    work.put_instance(second.id, state, events).await.unwrap();
    work.note_message_start(second.id, "K").await.unwrap();
    commit(work).await;
    let mut work = db.begin(300);
    let holder = work.started_by_message(PROCESS, "K").await.unwrap();
    assert_eq!(holder, Some(ProcessInstanceId(2)));
}

async fn expired_messages_are_removed_page_by_page(db: &TestDatabase) {
    let mut work = db.begin(100);
    for id in 1..=5 {
        work.keep_message(&message(id, "K", 90));
        work.note_correlation(id, &Arc::from("p"));
    }
    let kept = Message {
        expires_at: 2_000,
        ..message(6, "K", 95)
    };
    work.keep_message(&kept);
    commit(work).await;
    let mut work = db.begin(1_500);
    let (none, own, whole) = (vec![], vec![1, 5], Share::Whole);
    let (none, own) = (Share::Buckets(none), Share::Buckets(own));
    for (share, n_removed) in [(&none, 0), (&own, 2), (&own, 0), (&whole, 2), (&whole, 1)] {
        let removed = work.remove_expired_messages(share, 1_500, 2).await.unwrap();
        assert_eq!(removed, n_removed, "{share:?}");
    }
    commit(work).await;
    let mut work = db.begin(1_600);
    assert_eq!(next(&mut work, "q", Some("K")).await, Some(kept));
    assert!(!work.is_correlated(1, &Arc::from("p")).await.unwrap());
}

#[tokio::test]
async fn who_publishes_waits_for_who_begins_to_wait() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut first = db.begin(100);
    first.lock_message("PAID", "K").await.unwrap();
    let mut other_key = db.begin(100);
    other_key.lock_message("PAID", "L").await.unwrap();
    drop(other_key);
    let mut second = db.begin(100);
    let waiting = tokio::spawn(async move {
        second.lock_message("PAID", "K").await.unwrap();
        let names = [Arc::from("PAID")];
        let filter = MessageFilter {
            names: &names,
            correlation_key: Some("K"),
            process_key: "p",
            after: None,
        };
        second.next_message(filter).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished(), "the first holds the lock");
    first.keep_message(&message(1, "K", 90));
    commit(first).await;
    let found = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert_eq!(found.unwrap().unwrap(), Some(message(1, "K", 90)));
}

#[tokio::test]
async fn two_nodes_that_start_with_one_key_conflict() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let (mut first, mut second) = (db.begin(100), db.begin(100));
    for (work, id) in [(&mut first, 1), (&mut second, 2)] {
        let mut process = Process::new(id);
        let (state, events) = process.apply(process.created("L-1", 100));
        work.put_instance(process.id, state, events).await.unwrap();
        let holder = work.started_by_message("divorce-registration", "K").await;
        assert_eq!(holder.unwrap(), None);
        work.note_message_start(process.id, "K").await.unwrap();
    }
    commit(first).await;
    second.accept_command().await.unwrap();
    let conflict = second.commit().await.unwrap_err();
    assert!(conflict.is_conflict(), "{conflict:?}");
}
