//! Outcomes kept under the keys of commands.

use std::sync::Arc;

use tongban_store::unit_of_work::idempotency::{IdempotencyKey, KeptOutcome, RETENTION_DAYS};

use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    an_outcome_is_answered_again_in_the_group_and_after_the_commit,
    an_outcome_of_a_dropped_command_is_not_kept,
    keys_belong_to_a_principal,
    old_outcomes_are_removed,
);

fn kept(text: &str) -> KeptOutcome {
    KeptOutcome {
        digest: [7; 32],
        outcome: Arc::from(text),
    }
}

fn key(text: &str) -> IdempotencyKey {
    let context = context(0);
    IdempotencyKey {
        tenant: context.tenant,
        principal: context.principal,
        key: Arc::from(text),
    }
}

async fn an_outcome_is_answered_again_in_the_group_and_after_the_commit(db: &TestDatabase) {
    let mut work = db.database.unit_of_work();
    work.prefetch_outcomes(&[key("k1"), key("k2")])
        .await
        .unwrap();
    work.begin_command(context(100));
    assert_eq!(work.kept_outcome("k1").await.unwrap(), None);
    work.keep_outcome("k1", &kept("{\"processInstance\":1}"));
    work.accept_command().await.unwrap();
    work.begin_command(context(101));
    assert_eq!(
        work.kept_outcome("k1").await.unwrap(),
        Some(kept("{\"processInstance\":1}"))
    );
    assert_eq!(work.kept_outcome("k2").await.unwrap(), None);
    commit(work).await;
    let mut work = db.begin(200);
    assert_eq!(
        work.kept_outcome("k1").await.unwrap(),
        Some(kept("{\"processInstance\":1}"))
    );
}

async fn an_outcome_of_a_dropped_command_is_not_kept(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.keep_outcome("k1", &kept("1"));
    work.drop_command().await.unwrap();
    work.commit().await.unwrap();
    let mut work = db.begin(200);
    assert_eq!(work.kept_outcome("k1").await.unwrap(), None);
}

async fn keys_belong_to_a_principal(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.keep_outcome("k1", &kept("1"));
    commit(work).await;
    let mut other = context(200);
    other.principal = Arc::from("registrar-2");
    let mut work = db.database.unit_of_work();
    work.begin_command(other);
    assert_eq!(work.kept_outcome("k1").await.unwrap(), None);
}

async fn old_outcomes_are_removed(db: &TestDatabase) {
    let day = 24 * 60 * 60 * 1_000_000;
    let mut work = db.begin(day);
    work.keep_outcome("old", &kept("1"));
    work.accept_command().await.unwrap();
    work.begin_command(context(2 * day));
    work.keep_outcome("young", &kept("2"));
    commit(work).await;
    let mut work = db.begin(0);
    let n_removed = work
        .purge_outcomes(2 * day + RETENTION_DAYS * day)
        .await
        .unwrap();
    assert_eq!(n_removed, 1);
    commit(work).await;
    let mut work = db.begin(0);
    assert_eq!(work.context().tenant, tenant());
    assert_eq!(work.kept_outcome("old").await.unwrap(), None);
    assert_eq!(work.kept_outcome("young").await.unwrap(), Some(kept("2")));
}
