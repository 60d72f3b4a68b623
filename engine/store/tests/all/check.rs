//! Questions to other registers.

use std::sync::Arc;

use tongban_core::id::{JobId, ProcessInstanceId};
use tongban_store::query::check;
use tongban_store::row::check::{CheckAnswer, CheckRequest, CheckState};

use crate::support::{TestDatabase, commit, on_both, tenant};

on_both!(
    a_question_stands_until_it_is_answered,
    a_question_nobody_waits_for_is_canceled_once,
    the_latest_answer_counts,
);

fn request(id: &str) -> CheckRequest {
    CheckRequest {
        tenant: tenant(),
        id: Arc::from(id),
        process_instance_id: ProcessInstanceId(1),
        job_id: JobId(3),
        kind: Arc::from("X-MARRIAGE"),
        subject: Arc::from("case-1"),
        body: Arc::from("{}"),
        state: CheckState::Pending,
        n_tries: 0,
        created_at: 100,
    }
}

fn answer(id: &str, outcome: &str, answered_at: i64) -> CheckAnswer {
    CheckAnswer {
        check_id: Arc::from(id),
        kind: Arc::from("X-MARRIAGE"),
        subject: Arc::from("case-1"),
        outcome: Arc::from(outcome),
        body: Arc::from("{}"),
        answered_at,
    }
}

async fn a_question_stands_until_it_is_answered(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.put_check_request(&request("c1"));
    commit(work).await;
    let stored = check::get_request(&db.database, &tenant(), "c1").await;
    assert_eq!(stored.unwrap(), Some(request("c1")));
    let mut work = db.begin(200);
    let mut asked = work.check_request("c1").await.unwrap().unwrap();
    asked.state = CheckState::Answered;
    work.put_check_request(&asked);
    work.put_check_answer(&answer("c1", "MATCH", 200));
    commit(work).await;
    let stored = check::get_request(&db.database, &tenant(), "c1").await;
    assert_eq!(stored.unwrap().unwrap().state, CheckState::Answered);
}

async fn a_question_nobody_waits_for_is_canceled_once(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.put_check_request(&request("c1"));
    let mut answered = request("c2");
    answered.state = CheckState::Answered;
    work.put_check_request(&answered);
    commit(work).await;
    let mut work = db.begin(200);
    for id in ["c1", "c2", "c3"] {
        work.cancel_check_request(id).await.unwrap();
    }
    commit(work).await;
    let state = async |id: &str| {
        let found = check::get_request(&db.database, &tenant(), id).await;
        found.unwrap().map(|it| it.state)
    };
    assert_eq!(state("c1").await, Some(CheckState::Canceled));
    assert_eq!(state("c2").await, Some(CheckState::Answered));
    assert_eq!(state("c3").await, None);
}

async fn the_latest_answer_counts(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.put_check_answer(&answer("c1", "NOT_FOUND", 100));
    commit(work).await;
    let mut work = db.begin(200);
    let latest = work
        .latest_check_answer("X-MARRIAGE", "case-1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&*latest.outcome, "NOT_FOUND");
    work.put_check_answer(&answer("c2", "MATCH", 200));
    let latest = work
        .latest_check_answer("X-MARRIAGE", "case-1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        &*latest.outcome, "MATCH",
        "the running command's own counts"
    );
    assert!(
        work.latest_check_answer("X-MARRIAGE", "case-2")
            .await
            .unwrap()
            .is_none()
    );
}
