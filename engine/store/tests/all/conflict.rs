//! Two writers at once: on PostgreSQL the later one is told to run again.

use std::time::Duration;

use tongban_store::unit_of_work::idempotency::KeptOutcome;

use crate::record::{declared, put};
use crate::support::process::Process;
use crate::support::{TestDatabase, commit};

#[tokio::test]
async fn two_writers_of_one_record_do_not_overwrite_each_other() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut work = declared(&db).await;
    work.put_record(put("1", "x", true)).await.unwrap();
    commit(work).await;
    let (mut first, mut second) = (db.begin(200), db.begin(200));
    first.put_record(put("1", "y", true)).await.unwrap();
    second.put_record(put("1", "z", true)).await.unwrap();
    second.put_record(put("1", "z", true)).await.unwrap();
    commit(first).await;
    second.accept_command().await.unwrap();
    let conflict = second.commit().await.unwrap_err();
    assert!(conflict.is_conflict(), "{conflict:?}");
}

#[tokio::test]
async fn two_writers_of_one_unique_key_conflict() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    commit(declared(&db).await).await;
    let (mut first, mut second) = (db.begin(200), db.begin(200));
    first.put_record(put("1", "x", true)).await.unwrap();
    second.put_record(put("2", "x", true)).await.unwrap();
    commit(first).await;
    second.accept_command().await.unwrap();
    let conflict = second.commit().await.unwrap_err();
    let tongban_store::error::Error::Conflict { constraint, .. } = conflict else {
        panic!("{conflict:?}")
    };
    assert_eq!(
        constraint.as_deref(),
        Some("uq_divorce_case_one_open_per_couple")
    );
}

#[tokio::test]
async fn two_commands_under_one_idempotency_key_conflict() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let kept = KeptOutcome {
        digest: [1; 32],
        outcome: "1".into(),
    };
    let (mut first, mut second) = (db.begin(200), db.begin(200));
    assert_eq!(first.kept_outcome("k").await.unwrap(), None);
    assert_eq!(second.kept_outcome("k").await.unwrap(), None);
    first.keep_outcome("k", &kept);
    second.keep_outcome("k", &kept);
    commit(first).await;
    second.accept_command().await.unwrap();
    let conflict = second.commit().await.unwrap_err();
    assert!(conflict.is_conflict(), "{conflict:?}");
}

#[tokio::test]
async fn an_instance_is_locked_until_the_commit_and_then_seen_as_it_became() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let (state, events) = process.apply(process.created("L-1", 100));
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;

    let mut first = db.begin(200);
    first.instance(process.id).await.unwrap();
    let mut second = db.begin(200);
    let id = process.id;
    let waiting = tokio::spawn(async move { second.instance(id).await.unwrap().unwrap() });
    let (state, events) = process.apply(process.completed(200));
    first.put_instance(process.id, state, events).await.unwrap();
    commit(first).await;
    let seen = tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap()
        .unwrap();
    assert!(
        seen.state.is_none(),
        "the second writer sees what the first has made of it"
    );
}

#[tokio::test]
async fn an_instance_that_is_only_looked_at_stands_in_nobody_s_way() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let (state, events) = process.apply(process.created("L-1", 100));
    work.put_instance(process.id, state.clone(), events)
        .await
        .unwrap();
    commit(work).await;

    let (mut first, mut second) = (db.begin(200), db.begin(200));
    first.instance(process.id).await.unwrap();
    let seen = tokio::time::timeout(Duration::from_secs(5), second.peek_state(process.id)).await;
    assert_eq!(seen.unwrap().unwrap().as_deref(), Some(&*state));
    let (_, events) = process.apply(process.completed(200));
    let ended = std::sync::Arc::new(process.state.clone());
    first.put_instance(process.id, ended, events).await.unwrap();
    assert_eq!(first.peek_state(process.id).await.unwrap(), None);
}
