//! What a command leaves for a later one.

use std::sync::Arc;

use tongban_core::id::ProcessInstanceId;
use tongban_store::query::wait;
use tongban_store::unit_of_work::continuation::NewContinuation;

use crate::support::{TestDatabase, commit, context, on_both};

on_both!(
    a_continuation_is_there_until_the_command_that_carries_it_out,
    a_continuation_within_a_group_is_never_stored,
);

fn new() -> NewContinuation {
    NewContinuation {
        process_instance_id: Some(ProcessInstanceId(1)),
        kind: Arc::from("ReturnToParent"),
        payload: Arc::from(&b"{}"[..]),
    }
}

async fn a_continuation_is_there_until_the_command_that_carries_it_out(db: &TestDatabase) {
    let mut work = db.begin(100);
    let first = work.put_continuation(new()).await.unwrap();
    let second = work.put_continuation(new()).await.unwrap();
    commit(work).await;
    let left = wait::continuations(&db.database, &wait::Share::Whole, 10)
        .await
        .unwrap();
    assert_eq!(
        left,
        [first.clone(), second.clone()],
        "in the order they were left"
    );
    let mut work = db.begin(200);
    work.remove_continuation(first.id);
    commit(work).await;
    assert_eq!(
        wait::continuations(&db.database, &wait::Share::Whole, 10)
            .await
            .unwrap(),
        [second]
    );
}

async fn a_continuation_within_a_group_is_never_stored(db: &TestDatabase) {
    let mut work = db.begin(100);
    let left = work.put_continuation(new()).await.unwrap();
    work.accept_command().await.unwrap();
    work.begin_command(context(100));
    work.remove_continuation(left.id);
    commit(work).await;
    assert_eq!(
        wait::continuations(&db.database, &wait::Share::Whole, 10)
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn two_nodes_carry_a_continuation_out_once() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    let mut work = db.begin(100);
    let left = work.put_continuation(new()).await.unwrap();
    commit(work).await;
    let (mut first, mut second) = (db.begin(200), db.begin(200));
    assert!(first.take_continuation(left.id).await.unwrap());
    let taken = second.take_continuation(left.id).await.unwrap();
    assert!(!taken, "the first has it in hand");
    commit(first).await;
    let taken = db.begin(300).take_continuation(left.id).await.unwrap();
    assert!(!taken, "the first has carried it out");
}
