//! Who waits for a signal.

use tongban_core::event::Event;
use tongban_core::id::{ProcessInstanceId, SubscriptionId};
use tongban_store::unit_of_work::UnitOfWork;

use crate::support::process::{self, Process};
use crate::support::{TestDatabase, commit, context, on_both};

on_both!(
    subscriptions_are_found_in_pages_over_what_is_stored_and_what_is_not,
    who_begins_to_wait_later_is_not_found,
    instances_that_wait_are_counted_once,
);

const FIRST: (ProcessInstanceId, SubscriptionId) = (ProcessInstanceId(0), SubscriptionId(0));

/// A new instance that waits for signals, numbered from 3.
async fn put_waiting(work: &mut UnitOfWork, id: i64, names: &[&str]) -> Process {
    let mut process = Process::new(id);
    let mut events = process.created("L-1", 100);
    events.extend(process::waiting(2, 5));
    let opened = names.iter().zip(3..);
    events.extend(opened.map(|(name, number)| process::signal_subscription(number, 2, name)));
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    process
}

async fn found(
    work: &mut UnitOfWork,
    after: (ProcessInstanceId, SubscriptionId),
    limit: usize,
) -> Vec<(i64, u32)> {
    let found = work.signal_subscriptions("CLOSED", 200, after, limit).await;
    let found = found.unwrap().into_iter();
    found
        .map(|it| (it.process_instance_id.0, it.id.0))
        .collect()
}

async fn subscriptions_are_found_in_pages_over_what_is_stored_and_what_is_not(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut closes = put_waiting(&mut work, 1, &["CLOSED"]).await;
    put_waiting(&mut work, 2, &["CLOSED", "OPENED", "CLOSED"]).await;
    put_waiting(&mut work, 4, &["CLOSED"]).await;
    commit(work).await;

    let mut work = db.begin(150);
    let closed = Event::SignalSubscriptionClosed {
        id: SubscriptionId(3),
    };
    let (state, events) = closes.apply(vec![closed]);
    work.put_instance(closes.id, state, events).await.unwrap();
    work.accept_command().await.unwrap();
    work.begin_command(context(160));
    put_waiting(&mut work, 3, &["CLOSED"]).await;
    let first = found(&mut work, FIRST, 2).await;
    assert_eq!(first, [(2, 3), (2, 5)]);
    let after = (ProcessInstanceId(2), SubscriptionId(3));
    assert_eq!(found(&mut work, after, 9).await, [(2, 5), (3, 3), (4, 3)]);
    commit(work).await;

    let mut work = db.begin(170);
    let stored = found(&mut work, FIRST, 9).await;
    assert_eq!(stored, [(2, 3), (2, 5), (3, 3), (4, 3)]);
}

async fn who_begins_to_wait_later_is_not_found(db: &TestDatabase) {
    let mut work = db.begin(200);
    put_waiting(&mut work, 1, &["CLOSED"]).await;
    commit(work).await;
    let mut work = db.begin(201);
    put_waiting(&mut work, 2, &["CLOSED"]).await;
    assert_eq!(found(&mut work, FIRST, 9).await, [(1, 3)]);
    commit(work).await;
    let mut work = db.begin(300);
    assert_eq!(found(&mut work, FIRST, 9).await, [(1, 3)]);
}

async fn instances_that_wait_are_counted_once(db: &TestDatabase) {
    let mut work = db.begin(100);
    put_waiting(&mut work, 1, &["CLOSED", "CLOSED"]).await;
    commit(work).await;
    let mut work = db.begin(150);
    put_waiting(&mut work, 2, &["CLOSED"]).await;
    assert_eq!(work.count_signal_waits("CLOSED").await.unwrap(), 2);
    assert_eq!(work.count_signal_waits("OPENED").await.unwrap(), 0);
}
