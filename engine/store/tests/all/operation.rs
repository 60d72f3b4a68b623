//! What operators do to instances, in the rows: suspensions, migrations, batches.

use std::sync::Arc;

use tongban_core::escalation::Standing;
use tongban_core::event::Event;
use tongban_core::event::migration::{InstanceMigrated, UserTaskMigrated};
use tongban_core::id::{
    DefinitionId, ElementIdx, ElementInstanceId, IncidentId, Instant, JobId, ProcessInstanceId,
    TimerId, UserTaskId,
};
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance::{self, ProcessInstanceFilter};
use tongban_store::query::wait::Share;
use tongban_store::query::{batch, incident, job, user_task};
use tongban_store::row::batch::{
    Batch, BatchFinding, BatchItem, BatchOutcome, BatchState, Selection,
};
use tongban_store::row::job::{QueuedJob, Taking};
use tongban_store::unit_of_work::UnitOfWork;

use crate::support::process::{self, Process};
use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    jobs_of_a_suspended_instance_are_not_handed_out,
    suspended_instances_and_tasks_are_shown_as_such,
    a_migrated_instance_is_found_under_its_new_version,
    a_batch_keeps_its_items_and_counts_what_stands_against_it,
    a_batch_selects_running_instances_in_pages,
    a_page_of_a_batch_looks_at_so_many_rows_at_most,
    a_task_that_has_ended_does_not_rest,
    a_task_of_an_instance_at_rest_climbs_no_ladder,
);

/// A new instance with a task (number 2) and a job (number 4, in a queue).
async fn put_working(work: &mut UnitOfWork, id: i64) -> Process {
    let mut process = Process::new(id);
    let mut events = process.created("L-1", 100);
    events.extend(process::waiting(2, 5));
    events.push(process::user_task(2, "CLERK", None, 50, 100));
    events.extend(process::waiting(3, 6));
    events.push(process::job(4, 3, 100));
    events.push(process::timer(5, 2, 900));
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    let job = (process.id, JobId(4));
    work.offer_job(job, "queue", 100).await.unwrap();
    process
}

async fn tell(work: &mut UnitOfWork, process: &mut Process, events: Vec<Event>) {
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
}

fn suspended(at: i64) -> Event {
    Event::InstanceSuspended { at: Instant(at) }
}

fn resumed(at: i64) -> Event {
    let (at, jobs) = (Instant(at), Vec::new());
    Event::InstanceResumed { at, jobs }
}

async fn take(work: &mut UnitOfWork, at: i64) -> Vec<QueuedJob> {
    let county = tenant();
    let taking = Taking {
        tenant: Some(&county),
        queue: "queue",
        share: &Share::Whole,
        at,
        until: at + 50,
        worker: "w-1",
        limit: 10,
    };
    work.take_jobs(&taking).await.unwrap()
}

async fn jobs_of_a_suspended_instance_are_not_handed_out(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut first = put_working(&mut work, 1).await;
    put_working(&mut work, 2).await;
    commit(work).await;
    let mut work = db.begin(200);
    tell(&mut work, &mut first, vec![suspended(200)]).await;
    let taken = take(&mut work, 200).await;
    let ids: Vec<i64> = taken.iter().map(|it| it.process_instance_id.0).collect();
    assert_eq!(ids, [2], "within the group that suspends it");
    commit(work).await;
    let share = Share::Whole;
    let next = job::next_available_at(&db.database, "queue", &share).await;
    assert_eq!(next.unwrap(), Some(250), "only the lease of the other");

    let mut work = db.begin(300);
    assert_eq!(take(&mut work, 249).await.len(), 0);
    tell(&mut work, &mut first, vec![resumed(300)]).await;
    // All its jobs are offered again; one in its queue keeps its place there.
    let key = (first.id, JobId(4));
    work.offer_job(key, "queue", 300).await.unwrap();
    let [taken] = take(&mut work, 249).await.try_into().unwrap();
    assert_eq!((taken.process_instance_id.0, taken.lease_token), (1, 1));
    tell(&mut work, &mut first, vec![suspended(310)]).await;
    commit(work).await;
    let found = job::get(&db.database, &tenant(), first.id, JobId(4)).await;
    let found = found.unwrap().unwrap();
    assert!(found.is_suspended);
    assert_eq!(
        found.worker.as_deref(),
        Some("w-1"),
        "who is at it may end it"
    );
    let mut work = db.begin(900);
    let left = take(&mut work, 900).await;
    assert!(left.iter().all(|it| it.process_instance_id.0 == 2));
}

async fn suspended_instances_and_tasks_are_shown_as_such(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut first = put_working(&mut work, 1).await;
    put_working(&mut work, 2).await;
    tell(&mut work, &mut first, vec![suspended(150)]).await;
    commit(work).await;
    let shown = async |suspended| {
        let filter = ProcessInstanceFilter {
            suspended,
            ..Default::default()
        };
        let page = PageRequest::first(10);
        let found = process_instance::list(&db.database, &tenant(), &filter, &page).await;
        let found = found.unwrap().into_nodes().into_iter();
        found
            .map(|it| (it.id.0, it.suspended_at))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(Some(true)).await, [(1, Some(150))]);
    assert_eq!(shown(Some(false)).await, [(2, None)]);
    assert_eq!(shown(None).await.len(), 2);
    let task = async || {
        let found = user_task::get(&db.database, &tenant(), first.id, UserTaskId(2)).await;
        found.unwrap().unwrap().is_suspended
    };
    assert!(task().await);
    let mut work = db.begin(200);
    let (mut state, mut process) = (first.state.clone(), Process::new(1));
    process.state = state.clone();
    tell(&mut work, &mut process, vec![resumed(200)]).await;
    state = process.state;
    commit(work).await;
    assert!(!state.is_suspended() && !task().await);
    assert!(shown(Some(true)).await.is_empty());
}

async fn a_migrated_instance_is_found_under_its_new_version(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut process = put_working(&mut work, 1).await;
    let raised = vec![process::incident(6, 3, Some(4), 100)];
    tell(&mut work, &mut process, raised).await;
    commit(work).await;
    let mut work = db.begin(200);
    let text = |it: &str| Arc::from(it);
    let same = |idx| (ElementIdx(idx), ElementIdx(idx + 1));
    let migrated = Event::InstanceMigrated(Box::new(InstanceMigrated {
        definition: DefinitionId(8),
        elements: [0, 1, 3, 5, 6].map(same).to_vec(),
        flows: Vec::new(),
        renamed: vec![
            (text("check-marriage"), text("check")),
            (text("cooling-off"), text("wait")),
        ],
        migrated_at: Instant(200),
    }));
    let shown = Event::UserTaskMigrated(Box::new(UserTaskMigrated {
        id: UserTaskId(2),
        element_id: text("look"),
        name: Some(text("复核")),
        candidate_groups: vec![text("CHIEF")],
        candidate_users: Vec::new(),
        form: None,
        headers: std::collections::BTreeMap::new(),
    }));
    tell(&mut work, &mut process, vec![migrated, shown]).await;
    commit(work).await;

    let filter = ProcessInstanceFilter {
        definition_id: Some(DefinitionId(8)),
        ..Default::default()
    };
    let page = PageRequest::first(10);
    let found = process_instance::list(&db.database, &tenant(), &filter, &page).await;
    assert_eq!(found.unwrap().into_nodes().len(), 1);
    let task = user_task::get(&db.database, &tenant(), process.id, UserTaskId(2)).await;
    let task = task.unwrap().unwrap();
    assert_eq!(
        (&*task.element_id, task.name.as_deref()),
        ("look", Some("复核"))
    );
    assert_eq!(task.definition_id, DefinitionId(8));
    assert_eq!(task.candidate_groups, [text("CHIEF")]);
    assert!(task.form.is_none());
    let of_job = job::get(&db.database, &tenant(), process.id, JobId(4)).await;
    assert_eq!(&*of_job.unwrap().unwrap().element_id, "check");
    let open = incident::IncidentFilter::default();
    let incidents = incident::list(&db.database, &tenant(), &open, &page).await;
    let incidents = incidents.unwrap().into_nodes();
    assert_eq!(
        (incidents[0].id, &*incidents[0].element_id),
        (IncidentId(6), "check")
    );
    assert_eq!(incidents[0].definition_id, DefinitionId(8));
    let state = process_instance::state(&db.database, &tenant(), process.id).await;
    let state = state.unwrap().unwrap();
    assert_eq!(state, process.state);
    assert_eq!(state.timer(TimerId(5)).unwrap().element, ElementIdx(4));
    let moved = state.element_instance(ElementInstanceId(2)).unwrap();
    assert_eq!(moved.element, ElementIdx(6));
}

fn a_batch(id: i64) -> Batch {
    Batch {
        id,
        kind: Arc::from("MIGRATE"),
        input: Arc::from("{}"),
        state: BatchState::Open,
        cursor: 0,
        is_selected: false,
        n_selected: 0,
        n_done: 0,
        n_failed: 0,
        created_at: 100,
        created_by: Arc::from("li"),
        ended_at: None,
    }
}

fn finding(element_id: &str, instance: i64) -> BatchFinding {
    BatchFinding {
        code: Arc::from("MIGRATION_TARGET_MISSING"),
        element_id: Some(Arc::from(element_id)),
        target_element_id: None,
        reason: Some(Arc::from("it is not there")),
        n_instances: 1,
        example: ProcessInstanceId(instance),
    }
}

async fn a_batch_keeps_its_items_and_counts_what_stands_against_it(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut batch = a_batch(9);
    work.put_new_batch(&batch);
    commit(work).await;
    for (instance, at) in [(1, 200), (2, 300)] {
        let mut work = db.begin(at);
        batch = work.batch(9).await.unwrap().unwrap();
        batch.n_failed += 1;
        work.put_batch(&batch);
        work.put_new_batch_item(&BatchItem {
            batch_id: 9,
            process_instance_id: ProcessInstanceId(instance),
            outcome: BatchOutcome::Failed,
            errors: Some(Arc::from("[]")),
            at,
        });
        let found = finding("t", instance);
        work.count_batch_finding(9, &found).await.unwrap();
        if instance == 2 {
            let found = finding("u", instance);
            work.count_batch_finding(9, &found).await.unwrap();
        }
        work.accept_command().await.unwrap();
        work.begin_command(context(at));
        let dropped = finding("v", instance);
        work.count_batch_finding(9, &dropped).await.unwrap();
        work.drop_command().await.unwrap();
        work.commit().await.unwrap();
    }
    let stored = batch::get(&db.database, &tenant(), 9).await.unwrap();
    assert_eq!(stored, Some(batch));
    let findings = batch::findings(&db.database, &tenant(), 9).await.unwrap();
    let findings: Vec<_> = findings
        .iter()
        .map(|it| (it.element_id.as_deref(), it.n_instances, it.example.0))
        .collect();
    assert_eq!(findings, [(Some("t"), 2, 1), (Some("u"), 1, 2)]);
    let page = PageRequest::first(1);
    let failed = (9, Some(BatchOutcome::Failed));
    let items = batch::items(&db.database, &tenant(), failed, &page).await;
    let items = items.unwrap();
    assert!(items.has_next_page);
    assert_eq!(items.into_nodes()[0].process_instance_id.0, 1);
    let done = (9, Some(BatchOutcome::Done));
    let items = batch::items(&db.database, &tenant(), done, &page).await;
    assert!(items.unwrap().into_nodes().is_empty());
}

async fn a_batch_selects_running_instances_in_pages(db: &TestDatabase) {
    let mut work = db.begin(100);
    for id in 1..=4 {
        put_working(&mut work, id).await;
    }
    let mut ended = Process::new(5);
    let mut events = ended.created("L-5", 100);
    events.extend(ended.completed(100));
    tell(&mut work, &mut ended, events).await;
    commit(work).await;
    let mut work = db.begin(150);
    let mut stopped = put_working(&mut work, 6).await;
    let events = vec![process::incident(6, 3, None, 150)];
    tell(&mut work, &mut stopped, events).await;
    commit(work).await;
    let mut work = db.begin(200);
    let all = Selection {
        process_key: Some(Arc::from("divorce-registration")),
        definition_id: Some(7),
        started_until: 100,
        ..Selection::default()
    };
    let mut page = async |which: &Selection, after, limit| {
        let found = work.select_instances(which, after, limit).await.unwrap();
        let ids: Vec<i64> = found.ids.into_iter().map(|it| it.0).collect();
        assert_eq!(found.is_last, ids.len() < limit as usize);
        ids
    };
    assert_eq!(page(&all, 0, 3).await, [1, 2, 3]);
    assert_eq!(page(&all, 3, 3).await, [4, 6]);
    let earlier = Selection {
        started_until: 99,
        ..all.clone()
    };
    assert!(page(&earlier, 0, 9).await.is_empty(), "they began later");
    let suspended = Selection {
        suspended: Some(true),
        ..all.clone()
    };
    assert!(page(&suspended, 0, 9).await.is_empty());
    let stopped = Selection {
        with_incident: true,
        ..all.clone()
    };
    assert_eq!(page(&stopped, 0, 9).await, [6]);
    let of_kind = |kind: &str, element: &str| Selection {
        incident_kinds: vec![Arc::from(kind)],
        element_ids: vec![Arc::from(element)],
        ..all.clone()
    };
    let this = of_kind("INCIDENT_JOB_FAILED", "check-marriage");
    assert_eq!(page(&this, 0, 9).await, [6]);
    let elsewhere = of_kind("INCIDENT_JOB_FAILED", "archive");
    assert!(page(&elsewhere, 0, 9).await.is_empty());
    let other = of_kind("INCIDENT_MAPPING_FAILED", "check-marriage");
    assert!(page(&other, 0, 9).await.is_empty());
}

async fn a_page_of_a_batch_looks_at_so_many_rows_at_most(db: &TestDatabase) {
    // More than one page looks at, all of which have ended but the last.
    const N: i64 = 2_100;
    let mut work = db.begin(100);
    for id in 1..N {
        let mut ended = Process::new(id);
        let mut events = ended.created("L-5", 100);
        events.extend(ended.completed(100));
        tell(&mut work, &mut ended, events).await;
    }
    put_working(&mut work, N).await;
    commit(work).await;
    let mut work = db.begin(200);
    let all = Selection {
        process_key: Some(Arc::from("divorce-registration")),
        started_until: 100,
        ..Selection::default()
    };
    let first = work.select_instances(&all, 0, 50).await.unwrap();
    assert!(first.ids.is_empty() && !first.is_last, "{first:?}");
    assert!(first.cursor.0 > 0 && first.cursor.0 < N, "{first:?}");
    let second = work
        .select_instances(&all, first.cursor.0, 50)
        .await
        .unwrap();
    assert_eq!((second.ids.len(), second.is_last), (1, true), "{second:?}");
}

async fn a_task_that_has_ended_does_not_rest(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut process = put_working(&mut work, 1).await;
    tell(&mut work, &mut process, vec![suspended(150)]).await;
    commit(work).await;
    let mut work = db.begin(200);
    // As an instance is ended that rests.
    let (id, canceled_at) = (UserTaskId(2), Instant(200));
    let canceled = Event::UserTaskCanceled { id, canceled_at };
    tell(&mut work, &mut process, vec![resumed(200), canceled]).await;
    commit(work).await;
    let found = user_task::get(&db.database, &tenant(), process.id, UserTaskId(2)).await;
    assert!(!found.unwrap().unwrap().is_suspended);
}

async fn a_task_of_an_instance_at_rest_climbs_no_ladder(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut process = put_working(&mut work, 1).await;
    let (id, standing) = (UserTaskId(2), Standing::default());
    let standing = Standing {
        next_at: Some(Instant(300)),
        ..standing
    };
    let put = work.put_task_standing(process.id, id, standing);
    put.await.unwrap();
    commit(work).await;
    let due = async || {
        let next = user_task::next_escalation_at(&db.database).await.unwrap();
        let due = user_task::due_escalations(&db.database, 400, 9).await;
        (next, due.unwrap().len())
    };
    assert_eq!(due().await, (Some(300), 1));
    let mut work = db.begin(200);
    tell(&mut work, &mut process, vec![suspended(200)]).await;
    commit(work).await;
    assert_eq!(due().await, (None, 0));
    let mut work = db.begin(500);
    tell(&mut work, &mut process, vec![resumed(500)]).await;
    commit(work).await;
    assert_eq!(due().await, (Some(300), 1), "it is late then");
}
