//! Instances, their projections and their history.

use std::sync::Arc;

use tongban_core::event::Event;
use tongban_core::id::{IncidentId, Instant, JobId, SubscriptionId, TimerId};
use tongban_core::variable::Variables;
use tongban_store::error::Error;
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance::ProcessInstanceFilter;
use tongban_store::query::{incident, process_instance, wait};
use tongban_store::row::process_instance::Status;

use crate::support::process::{self, Process};
use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    an_instance_is_read_back_with_its_state_and_history,
    an_ended_instance_keeps_its_row_but_not_its_state,
    two_steps_of_one_command_make_one_entry_of_the_history,
    a_dropped_command_leaves_nothing_behind,
    an_instance_changed_twice_in_a_group_survives_an_early_telling,
    timers_subscriptions_jobs_and_incidents_follow_the_events,
    what_comes_and_goes_within_a_group_is_never_stored,
    instances_are_listed_page_by_page,
    a_halted_instance_says_why,
    an_unknown_instance_is_refused,
);

async fn an_instance_is_read_back_with_its_state_and_history(db: &TestDatabase) {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let (state, events) = process.apply(process.created("L-1", 100));
    work.put_instance(process.id, state.clone(), events.clone())
        .await
        .unwrap();
    commit(work).await;

    let mut work = db.begin(200);
    let loaded = work.instance(process.id).await.unwrap().unwrap();
    assert_eq!(loaded.state.as_deref(), Some(&*state));
    assert_eq!(loaded.head.business_key.as_deref(), Some("L-1"));
    assert_eq!(
        (loaded.head.status, loaded.head.sequence),
        (Status::Active, 1)
    );
    drop(work);
    let page = PageRequest::first(10);
    let history = process_instance::history(&db.database, &tenant(), process.id, &page).await;
    let history = history.unwrap().into_nodes();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].events, events);
    assert_eq!(
        (history[0].at, &*history[0].principal),
        (100, "registrar-1")
    );
}

async fn an_ended_instance_keeps_its_row_but_not_its_state(db: &TestDatabase) {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let (state, events) = process.apply(process.created("L-1", 100));
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;
    let in_use = process_instance::definitions_in_use(&db.database, &tenant()).await;
    assert_eq!(in_use.unwrap().len(), 1);
    let mut work = db.begin(300);
    let (state, events) = process.apply(process.completed(300));
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;
    let in_use = process_instance::definitions_in_use(&db.database, &tenant()).await;
    assert!(in_use.unwrap().is_empty());

    let head = process_instance::get(&db.database, &tenant(), process.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (head.status, head.ended_at, head.sequence),
        (Status::Completed, Some(300), 2)
    );
    let state = process_instance::state(&db.database, &tenant(), process.id)
        .await
        .unwrap();
    assert_eq!(state, None);
}

async fn two_steps_of_one_command_make_one_entry_of_the_history(db: &TestDatabase) {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let (state, events) = process.apply(process.created("L-1", 100));
    work.put_instance(process.id, state, events).await.unwrap();
    let (state, events) = process.apply(process.completed(100));
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;

    let page = PageRequest::first(10);
    let history = process_instance::history(&db.database, &tenant(), process.id, &page).await;
    let history = history.unwrap().into_nodes();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].events.len(), 6);
}

async fn a_dropped_command_leaves_nothing_behind(db: &TestDatabase) {
    let mut kept = Process::new(1);
    let mut dropped = Process::new(2);
    let mut work = db.begin(100);
    let (state, events) = kept.apply(kept.created("kept", 100));
    work.put_instance(kept.id, state, events).await.unwrap();
    work.accept_command().await.unwrap();
    work.begin_command(context(100));
    let (state, events) = dropped.apply(dropped.created("dropped", 100));
    work.put_instance(dropped.id, state, events).await.unwrap();
    work.drop_command().await.unwrap();
    work.commit().await.unwrap();

    let tenant = tenant();
    let stored = process_instance::get(&db.database, &tenant, kept.id)
        .await
        .unwrap();
    assert!(stored.is_some());
    let stored = process_instance::get(&db.database, &tenant, dropped.id)
        .await
        .unwrap();
    assert!(stored.is_none());
}

async fn an_instance_changed_twice_in_a_group_survives_an_early_telling(db: &TestDatabase) {
    for (id, stored_before) in [(1, false), (2, true)] {
        let mut process = Process::new(id);
        let mut work = db.begin(100);
        let (state, events) = process.apply(process.created("L-1", 100));
        work.put_instance(process.id, state, events).await.unwrap();
        work.accept_command().await.unwrap();
        if stored_before {
            work.commit().await.unwrap();
            work = db.database.unit_of_work();
            work.begin_command(context(150));
            let (state, events) = process.apply(process::waiting(2, 5));
            work.put_instance(process.id, state, events).await.unwrap();
            work.accept_command().await.unwrap();
        }
        for accepted in [false, true] {
            work.begin_command(context(200));
            let before = process.state.clone();
            let (state, events) = process.apply(process::waiting(process.state.next_id(), 5));
            work.put_instance(process.id, state, events).await.unwrap();
            // Whatever is written directly tells the database everything first.
            work.put_clock_now(200).await.unwrap();
            let next = process.state.next_id();
            let (state, events) = process.apply(process::waiting(next, 6));
            work.put_instance(process.id, state, events).await.unwrap();
            work.put_clock_now(201).await.unwrap();
            if accepted {
                work.accept_command().await.unwrap();
            } else {
                work.drop_command().await.unwrap();
                process.state = before;
            }
        }
        work.commit().await.unwrap();
        let state = process_instance::state(&db.database, &tenant(), process.id)
            .await
            .unwrap();
        assert_eq!(state, Some(process.state));
    }
}

async fn timers_subscriptions_jobs_and_incidents_follow_the_events(db: &TestDatabase) {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let mut events = process.created("L-1", 100);
    events.extend(process::waiting(2, 5));
    events.push(process::job(3, 2, 100));
    events.push(process::timer(4, 2, 900));
    events.push(process::subscription(5, 2, "DIVORCE_WITHDRAWN", "L-1"));
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;

    assert_eq!(
        wait::due_timers(&db.database, &wait::Share::Whole, 899, 10)
            .await
            .unwrap(),
        []
    );
    let due = wait::due_timers(&db.database, &wait::Share::Whole, 900, 10)
        .await
        .unwrap();
    assert_eq!(
        (due.len(), due[0].id, &due[0].tenant),
        (1, TimerId(4), &tenant())
    );
    assert_eq!(wait::next_timer_at(&db.database).await.unwrap(), Some(900));
    let mut work = db.begin(150);
    let found = work
        .message_subscriptions("DIVORCE_WITHDRAWN", "L-1")
        .await
        .unwrap();
    assert_eq!((found.len(), found[0].id), (1, SubscriptionId(5)));
    assert!(
        work.message_subscriptions("DIVORCE_WITHDRAWN", "L-2")
            .await
            .unwrap()
            .is_empty()
    );

    let failed = |due_at: Option<i64>| Event::JobFailed {
        id: JobId(3),
        retries: 2,
        message: Arc::from("no answer"),
        due_at: due_at.map(Instant),
    };
    let (state, events) = process.apply(vec![failed(Some(500))]);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;
    let due = wait::due_jobs(&db.database, &wait::Share::Whole, 500, 10)
        .await
        .unwrap();
    assert_eq!((due.len(), due[0].id, due[0].retry_at), (1, JobId(3), 500));

    let mut work = db.begin(600);
    let retried = Event::JobRetried {
        id: JobId(3),
        retries: 2,
        job_type: Arc::from("tongban:check"),
        kind: tongban_core::event::JobKind::Task,
    };
    let (state, events) = process.apply(vec![
        retried,
        failed(None),
        process::incident(6, 2, Some(3), 600),
    ]);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;
    assert_eq!(wait::next_job_retry_at(&db.database).await.unwrap(), None);
    let open = incident::IncidentFilter {
        open: Some(true),
        ..Default::default()
    };
    let page = PageRequest::first(10);
    let incidents = incident::list(&db.database, &tenant(), &open, &page)
        .await
        .unwrap();
    let incidents = incidents.into_nodes();
    assert_eq!((incidents.len(), incidents[0].id), (1, IncidentId(6)));
    assert_eq!(&*incidents[0].kind, "INCIDENT_JOB_FAILED");
    let head = process_instance::get(&db.database, &tenant(), process.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(head.n_incidents, 1);

    let mut work = db.begin(700);
    let (state, events) = process.apply(vec![
        Event::IncidentResolved {
            id: IncidentId(6),
            corrected: Variables::new(),
        },
        Event::JobCanceled { id: JobId(3) },
        Event::TimerCanceled { id: TimerId(4) },
        Event::MessageSubscriptionClosed {
            id: SubscriptionId(5),
        },
    ]);
    work.put_instance(process.id, state, events).await.unwrap();
    assert!(
        work.message_subscriptions("DIVORCE_WITHDRAWN", "L-1")
            .await
            .unwrap()
            .is_empty()
    );
    commit(work).await;
    assert_eq!(wait::next_timer_at(&db.database).await.unwrap(), None);
    assert!(
        wait::jobs(&db.database, &tenant(), process.id)
            .await
            .unwrap()
            .is_empty()
    );
    let over = incident::get(&db.database, &tenant(), process.id, IncidentId(6))
        .await
        .unwrap();
    assert_eq!(over.unwrap().resolved_at, Some(700));
}

async fn what_comes_and_goes_within_a_group_is_never_stored(db: &TestDatabase) {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let mut events = process.created("L-1", 100);
    events.extend(process::waiting(2, 5));
    events.push(process::timer(3, 2, 900));
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    work.accept_command().await.unwrap();
    work.begin_command(context(101));
    let (state, events) = process.apply(vec![Event::TimerTriggered { id: TimerId(3) }]);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;

    assert!(
        wait::timers(&db.database, &tenant(), process.id)
            .await
            .unwrap()
            .is_empty()
    );
    let page = PageRequest::first(10);
    let history = process_instance::history(&db.database, &tenant(), process.id, &page).await;
    assert_eq!(
        history.unwrap().edges.len(),
        2,
        "the history still tells of it"
    );
}

async fn instances_are_listed_page_by_page(db: &TestDatabase) {
    let mut work = db.begin(100);
    for id in 1..=5 {
        let mut process = Process::new(id);
        let (state, events) = process.apply(process.created("L", 100));
        work.put_instance(process.id, state, events).await.unwrap();
    }
    commit(work).await;
    let filter = ProcessInstanceFilter {
        business_key: Some("L".into()),
        ..Default::default()
    };
    let mut request = PageRequest::first(2);
    let mut seen = Vec::new();
    loop {
        let page = process_instance::list(&db.database, &tenant(), &filter, &request).await;
        let page = page.unwrap();
        seen.extend(page.edges.iter().map(|it| it.node.id.0));
        if !page.has_next_page {
            break;
        }
        request.after = page.edges.last().map(|it| it.cursor.clone());
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let other = "150628".into();
    let page = process_instance::list(&db.database, &other, &filter, &PageRequest::first(2)).await;
    assert!(
        page.unwrap().edges.is_empty(),
        "another tenant sees nothing"
    );
}

async fn a_halted_instance_says_why(db: &TestDatabase) {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let (state, events) = process.apply(process.created("L-1", 100));
    work.put_instance(process.id, state, events).await.unwrap();
    work.halt_instance(process.id, "an event names a row that exists")
        .await
        .unwrap();
    commit(work).await;
    let head = process_instance::get(&db.database, &tenant(), process.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(head.status, Status::Halted);
    assert_eq!(
        head.halt_reason.as_deref(),
        Some("an event names a row that exists")
    );
}

async fn an_unknown_instance_is_refused(db: &TestDatabase) {
    let process = Process::new(1);
    let mut work = db.begin(100);
    let state = Arc::new(process.state.clone());
    let refused = work.put_instance(process.id, state, Vec::new()).await;
    assert!(matches!(
        refused,
        Err(Error::UnknownProcessInstance { id: 1 })
    ));
}
