//! Two writers at once: on PostgreSQL the later one is told to run again.

use std::time::Duration;

use tongban_core::id::ProcessInstanceId;
use tongban_store::database::lease::Claim;
use tongban_store::database::notice::Heard;
use tongban_store::database::{Database, Options};
use tongban_store::error::Error;
use tongban_store::query;
use tongban_store::row::process_instance::Status;
use tongban_store::unit_of_work::UnitOfWork;
use tongban_store::unit_of_work::continuation::NewContinuation;
use tongban_store::unit_of_work::idempotency::KeptOutcome;

use crate::record::{declared, put};
use crate::support::process::Process;
use crate::support::{TestDatabase, commit, context, postgresql, tenant};

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

/// Two instances in the database.
async fn two_instances(db: &TestDatabase) -> [ProcessInstanceId; 2] {
    let mut work = db.begin(100);
    let mut ids = Vec::new();
    for number in [1, 2] {
        let mut process = Process::new(number);
        let (state, events) = process.apply(process.created("L-1", 100));
        work.put_instance(process.id, state, events).await.unwrap();
        ids.push(process.id);
    }
    commit(work).await;
    ids.try_into().unwrap()
}

#[tokio::test]
async fn two_writers_in_each_others_way_are_told_apart_from_a_failure() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let [one, two] = two_instances(&db).await;
    let (mut first, mut second) = (db.begin(200), db.begin(200));
    first.instance(one).await.unwrap();
    second.instance(two).await.unwrap();
    // Each now waits for what the other has, until the database ends one of them.
    let (of_first, of_second) = tokio::join!(first.instance(two), second.instance(one));
    let failed: Vec<_> = [of_first.err(), of_second.err()]
        .into_iter()
        .flatten()
        .collect();
    let [deadlock] = failed.as_slice() else {
        panic!("one of the two goes on, the other does not: {failed:?}")
    };
    assert!(deadlock.is_conflict(), "{deadlock:?}");
}

#[tokio::test]
async fn instances_that_are_read_together_are_locked_in_one_order() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let [one, two] = two_instances(&db).await;
    for _ in 0..20 {
        let (mut first, mut second) = (db.begin(200), db.begin(200));
        let tenant = tenant();
        let work = |mut unit: UnitOfWork, ids: [ProcessInstanceId; 2]| {
            let tenant = tenant.clone();
            async move {
                unit.prefetch_instances(&tenant, &ids).await.unwrap();
                unit.rollback().await.unwrap();
            }
        };
        first.drop_command().await.unwrap();
        second.drop_command().await.unwrap();
        tokio::join!(work(first, [one, two]), work(second, [two, one]));
    }
}

#[tokio::test]
async fn a_continuation_is_taken_by_one_writer() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut work = db.begin(100);
    let new = NewContinuation {
        process_instance_id: None,
        kind: "k".into(),
        payload: [1].into(),
    };
    let left = work.put_continuation(new).await.unwrap();
    commit(work).await;
    let (mut first, mut second) = (db.begin(200), db.begin(200));
    assert!(first.take_continuation(left.id).await.unwrap());
    assert!(
        !second.take_continuation(left.id).await.unwrap(),
        "another has it"
    );
    drop(second);
    commit(first).await;
    let mut third = db.begin(300);
    assert!(
        !third.take_continuation(left.id).await.unwrap(),
        "it is gone"
    );
}

#[tokio::test]
async fn a_connection_that_was_cut_is_told_apart_and_had_again() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let [one, _] = two_instances(&db).await;
    let mut work = db.begin(200);
    work.instance(one).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'tongban'";
    postgresql::run(&db.options.url, cut).await;
    let lost = loop {
        // The server ends a connection when it looks at its signals.
        match work.kept_outcome("k").await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(
            lost,
            Error::Unreachable {
                in_commit: false,
                ..
            }
        ),
        "{lost:?}"
    );
    drop(work);
    // A read is made again by itself; a writer asks again.
    query::process_instance::get(&db.database, &tenant(), one)
        .await
        .unwrap();
    let mut tries = 0;
    while let Err(error) = db.begin(300).instance(one).await {
        tries += 1;
        assert!(
            tries < 10 && matches!(error, Error::Unreachable { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn two_nodes_bring_the_schema_up_to_date_together() {
    let Some(url) = postgresql::new_database().await else {
        return;
    };
    let migrate = || async {
        let database = Database::connect(&Options::new(&url)).await.unwrap();
        database.migrate().await.unwrap()
    };
    let (a, b, c) = tokio::join!(migrate(), migrate(), migrate());
    assert_eq!(
        [a, b, c].into_iter().filter(|it| *it > 0).count(),
        1,
        "{a} {b} {c}"
    );
}

#[tokio::test]
async fn what_one_node_declares_another_has_after_reading_again() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let other = Database::connect(&db.options).await.unwrap();
    let before = other.standing().await.unwrap();
    commit(declared(&db).await).await;
    let after = other.standing().await.unwrap();
    assert!(after.revision > before.revision, "{before:?} {after:?}");
}

#[tokio::test]
async fn a_lease_is_granted_to_the_first_who_claims_it() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let claim = |holder: &str, token| Claim {
        name: "bucket/00".into(),
        holder: holder.into(),
        token,
        expires_at: 1,
    };
    let granted = async |claim| !db.database.claim_leases(&[claim]).await.unwrap().is_empty();
    assert!(granted(claim("a", 1)).await);
    assert!(granted(claim("a", 1)).await, "a renewal");
    assert!(!granted(claim("b", 1)).await, "the token is a's");
    assert!(granted(claim("b", 2)).await, "it changes hands");
    assert!(!granted(claim("c", 2)).await, "b was quicker");
    assert!(!granted(claim("a", 1)).await, "a has lost it");
    let read = db.database.leases().await.unwrap();
    assert_eq!((&*read.leases[0].holder, read.leases[0].token), ("b", 2));
    assert!(read.now > 1);
}

#[tokio::test]
async fn a_text_is_heard_on_other_connections() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut listener = db.database.listen().await.unwrap().unwrap();
    db.database.notify("something changed").await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(20), listener.hear()).await;
    assert_eq!(
        heard.unwrap().unwrap(),
        Heard::Text("something changed".to_owned())
    );
}

#[tokio::test]
async fn the_first_numbers_of_a_series_are_drawn_one_writer_after_the_other() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut first = db.begin(100);
    assert_eq!(first.allocate_number("L/2026").await.unwrap(), 1);
    let mut second = db.begin(100);
    let waiting = tokio::spawn(async move {
        let number = second.allocate_number("L/2026").await.unwrap();
        commit(second).await;
        number
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    commit(first).await;
    let number = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert_eq!(number.unwrap().unwrap(), 2);
}

#[tokio::test]
async fn an_instance_that_another_node_has_changed_is_read_again() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let other = Database::connect(&db.options).await.unwrap();
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let (state, events) = process.apply(process.created("L-1", 100));
    work.put_instance(process.id, state.clone(), events)
        .await
        .unwrap();
    commit(work).await;
    let seen = async |database: &Database| {
        let mut work = database.unit_of_work();
        work.begin_command(context(150));
        let seen = work.instance(process.id).await.unwrap().unwrap();
        work.rollback().await.unwrap();
        seen
    };
    // Both nodes now know the instance at its first version.
    assert_eq!(seen(&other).await.state, Some(state.clone()));
    assert_eq!(seen(&db.database).await.state, Some(state));

    let mut work = other.unit_of_work();
    work.begin_command(context(200));
    work.halt_instance(process.id, "a test").await.unwrap();
    commit(work).await;
    assert_eq!(seen(&db.database).await.head.status, Status::Halted);
    assert_eq!(seen(&other).await.head.status, Status::Halted);
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
