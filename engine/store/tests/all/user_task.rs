//! The clerks' lists.

use std::sync::Arc;

use tongban_core::event::Event;
use tongban_core::id::{Instant, UserTaskId};
use tongban_store::error::Error;
use tongban_store::query::page::{Cursor, PageRequest};
use tongban_store::query::user_task::{
    AssigneeFilter, UserTaskFilter, UserTaskOrder, Viewer, get, list,
};
use tongban_store::row::user_task::{FormRef, UserTaskState};

use crate::support::process::{self, Process};
use crate::support::{TestDatabase, commit, on_both, tenant};

on_both!(
    a_task_is_claimed_and_completed_and_stays_in_the_list_of_done_ones,
    lists_are_filtered_by_group_person_and_record,
    every_order_pages_through_all_tasks_once,
    a_foreign_cursor_is_refused,
);

async fn three_tasks(db: &TestDatabase) -> Process {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let mut events = process.created("L-1", 100);
    for (id, group, due_at, priority) in [
        (2, "REGISTRAR", Some(900), 50),
        (3, "SUPER_VISOR", None, 80),
        (4, "REGISTRAR", Some(500), 50),
    ] {
        events.extend(process::waiting(id, 5));
        events.push(process::user_task(
            id,
            group,
            due_at,
            priority,
            100 + i64::from(id),
        ));
    }
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;
    process
}

async fn ids(db: &TestDatabase, filter: &UserTaskFilter, order: UserTaskOrder) -> Vec<u32> {
    let page = list(
        &db.database,
        &tenant(),
        filter,
        order,
        &PageRequest::first(100),
    )
    .await;
    page.unwrap()
        .into_nodes()
        .iter()
        .map(|it| it.id.0)
        .collect()
}

async fn a_task_is_claimed_and_completed_and_stays_in_the_list_of_done_ones(db: &TestDatabase) {
    let mut process = three_tasks(db).await;
    let mut work = db.begin(200);
    let assigned = Event::UserTaskAssigned {
        id: UserTaskId(2),
        assignee: Some(Arc::from("registrar-1")),
    };
    let (state, events) = process.apply(vec![assigned]);
    work.put_instance(process.id, state, events).await.unwrap();
    let task = work
        .user_task(process.id, UserTaskId(2))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(task.assignee.as_deref(), Some("registrar-1"));
    commit(work).await;

    let mut work = db.begin(300);
    let mut events = vec![Event::UserTaskCompleted {
        id: UserTaskId(2),
        by: Arc::from("registrar-1"),
        completed_at: Instant(300),
    }];
    events.extend(process::ended(2));
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;

    let task = get(&db.database, &tenant(), process.id, UserTaskId(2))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (task.state, task.ended_at),
        (UserTaskState::Completed, Some(300))
    );
    assert_eq!(task.completed_by.as_deref(), Some("registrar-1"));
    assert_eq!(task.form, Some(FormRef::Key(Arc::from("verify-form"))));
    assert_eq!(task.name.as_deref(), Some("核对材料"));
    let open = UserTaskFilter {
        states: vec![UserTaskState::Created],
        ..Default::default()
    };
    assert_eq!(
        ids(db, &open, UserTaskOrder::CreatedAscending).await,
        [3, 4]
    );
    let done = UserTaskFilter {
        states: vec![UserTaskState::Completed],
        ..Default::default()
    };
    assert_eq!(ids(db, &done, UserTaskOrder::CreatedAscending).await, [2]);
}

async fn lists_are_filtered_by_group_person_and_record(db: &TestDatabase) {
    three_tasks(db).await;
    let order = UserTaskOrder::CreatedAscending;
    let group = |name: &str| UserTaskFilter {
        candidate_group: Some(Arc::from(name)),
        ..Default::default()
    };
    assert_eq!(ids(db, &group("REGISTRAR"), order).await, [2, 4]);
    assert_eq!(
        ids(db, &group("registrar"), order).await,
        [0; 0],
        "names are exact"
    );
    assert_eq!(
        ids(db, &group("REGIST"), order).await,
        [0; 0],
        "names are whole"
    );
    assert_eq!(
        ids(db, &group("SUPER%"), order).await,
        [0; 0],
        "a name is no pattern"
    );
    let visible = |groups: &[&str]| UserTaskFilter {
        visible_to: Some(Viewer {
            user: Arc::from("registrar-1"),
            groups: groups.iter().map(|it| Arc::from(*it)).collect(),
        }),
        ..Default::default()
    };
    assert_eq!(
        ids(db, &visible(&["REGISTRAR", "SUPER_VISOR"]), order).await,
        [2, 3, 4]
    );
    assert_eq!(ids(db, &visible(&[]), order).await, [0; 0]);
    let record = UserTaskFilter {
        record_kind: Some(Arc::from("divorce_case")),
        record_ids: vec![Arc::from("case-3")],
        ..Default::default()
    };
    assert_eq!(ids(db, &record, order).await, [3]);
    let unassigned = UserTaskFilter {
        assignee: Some(AssigneeFilter::Unassigned),
        ..Default::default()
    };
    assert_eq!(ids(db, &unassigned, order).await, [2, 3, 4]);
}

async fn every_order_pages_through_all_tasks_once(db: &TestDatabase) {
    three_tasks(db).await;
    for (order, expected) in [
        (UserTaskOrder::CreatedAscending, [2, 3, 4]),
        (UserTaskOrder::CreatedDescending, [4, 3, 2]),
        (UserTaskOrder::DueAscending, [4, 2, 3]),
        (UserTaskOrder::PriorityDescending, [3, 2, 4]),
    ] {
        let mut seen = Vec::new();
        let mut request = PageRequest::first(1);
        loop {
            let filter = UserTaskFilter::default();
            let page = list(&db.database, &tenant(), &filter, order, &request)
                .await
                .unwrap();
            seen.extend(page.edges.iter().map(|it| it.node.id.0));
            request.after = page.edges.last().map(|it| it.cursor.clone());
            if !page.has_next_page {
                break;
            }
        }
        assert_eq!(seen, expected, "{order:?}");
    }
}

async fn a_foreign_cursor_is_refused(db: &TestDatabase) {
    for text in ["", "x", "[1]", "{\"a\":1}"] {
        let request = PageRequest {
            first: 1,
            after: Some(Cursor::from_text(text)),
        };
        let filter = UserTaskFilter::default();
        let order = UserTaskOrder::default();
        let refused = list(&db.database, &tenant(), &filter, order, &request).await;
        assert!(matches!(refused, Err(Error::BadCursor)), "{text:?}");
    }
}
