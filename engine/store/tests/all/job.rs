//! Jobs in their queues: offered, leased, given back, withdrawn.

use tongban_core::event::Event;
use tongban_core::id::{JobId, ProcessInstanceId};
use tongban_store::id::TenantId;
use tongban_store::query::job::{self, JobFilter};
use tongban_store::query::page::PageRequest;
use tongban_store::query::wait::Share;
use tongban_store::row::job::{QueuedJob, Taking};
use tongban_store::unit_of_work::UnitOfWork;

use crate::support::process::{self, Process};
use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    an_offered_job_is_taken_once_until_its_lease_lapses,
    jobs_are_taken_in_the_order_in_which_they_became_available,
    two_takers_of_one_group_share_a_queue,
    a_postponed_job_comes_back_later_with_its_failures_counted,
    a_failed_job_leaves_its_queue_and_outdates_its_worker,
    the_jobs_of_a_halted_instance_are_withdrawn,
    a_dropped_taking_takes_nothing,
);

const QUEUE: &str = "send-sms";

/// Instances with one job each, offered at the given instants.
async fn offered(db: &TestDatabase, available_at: &[i64]) {
    let mut work = db.begin(100);
    for (n, at) in (1..).zip(available_at) {
        let mut process = Process::new(n);
        let mut events = process.created("L", 100);
        events.extend(process::waiting(2, 5));
        events.push(process::job(3, 2, 100));
        let (state, events) = process.apply(events);
        work.put_instance(process.id, state, events).await.unwrap();
        work.offer_job((process.id, JobId(3)), QUEUE, *at)
            .await
            .unwrap();
    }
    commit(work).await;
}

async fn take(work: &mut UnitOfWork, at: i64, limit: usize) -> Vec<QueuedJob> {
    let county = tenant();
    let taking = Taking {
        tenant: Some(&county),
        queue: QUEUE,
        share: &Share::Whole,
        at,
        until: at + 50,
        worker: "sms-1",
        limit,
    };
    work.take_jobs(&taking).await.unwrap()
}

fn instances(jobs: &[QueuedJob]) -> Vec<i64> {
    jobs.iter().map(|it| it.process_instance_id.0).collect()
}

async fn stored(db: &TestDatabase, instance: i64) -> QueuedJob {
    let (tenant, id) = (tenant(), ProcessInstanceId(instance));
    let found = job::get(&db.database, &tenant, id, JobId(3));
    found.await.unwrap().unwrap()
}

async fn an_offered_job_is_taken_once_until_its_lease_lapses(db: &TestDatabase) {
    offered(db, &[200]).await;
    let queues = [QUEUE.into()];
    let available = async |at| {
        let found = job::available_queues(&db.database, &queues, at);
        found.await.unwrap()
    };
    assert!(available(199).await.is_empty());
    assert_eq!(available(200).await, [(tenant(), QUEUE.into())]);
    let next = job::next_available_at(&db.database, QUEUE, &Share::Whole)
        .await
        .unwrap();
    assert_eq!(next, Some(200));

    let mut work = db.begin(200);
    assert!(take(&mut work, 199, 10).await.is_empty());
    let [first] = take(&mut work, 200, 10).await.try_into().unwrap();
    assert_eq!((first.lease_token, first.available_at), (1, Some(250)));
    assert!(take(&mut work, 249, 10).await.is_empty(), "it is leased");
    commit(work).await;
    assert_eq!(stored(db, 1).await.worker.as_deref(), Some("sms-1"));

    let mut work = db.begin(250);
    let other = TenantId::new("150626");
    let taking = Taking {
        tenant: Some(&other),
        queue: QUEUE,
        share: &Share::Whole,
        at: 250,
        until: 300,
        worker: "spy",
        limit: 10,
    };
    assert!(work.take_jobs(&taking).await.unwrap().is_empty());
    let [second] = take(&mut work, 250, 10).await.try_into().unwrap();
    assert_eq!(second.lease_token, 2, "the first worker is out of date");
    let key = (ProcessInstanceId(1), JobId(3));
    work.extend_job_lease(key, 400).await.unwrap();
    commit(work).await;
    assert_eq!(stored(db, 1).await.available_at, Some(400));
}

async fn jobs_are_taken_in_the_order_in_which_they_became_available(db: &TestDatabase) {
    offered(db, &[230, 210, 220]).await;
    let mut work = db.begin(300);
    let first = take(&mut work, 300, 2).await;
    assert_eq!(instances(&first), [2, 3]);
    let rest = take(&mut work, 300, 2).await;
    assert_eq!(instances(&rest), [1]);
    commit(work).await;
    let page = PageRequest::first(2);
    let filter = JobFilter {
        job_type: Some("tongban:check".into()),
        queued: Some(true),
        ..JobFilter::default()
    };
    let listed = job::list(&db.database, &tenant(), &filter, &page).await;
    let listed = listed.unwrap();
    assert!(listed.has_next_page);
    assert_eq!(instances(&listed.into_nodes()), [1, 2]);
    let after = ProcessInstanceId(1);
    let queues = [QUEUE.into()];
    let tenant = tenant();
    let found = job::instances_in_queues(&db.database, &tenant, &queues, after, 10);
    assert_eq!(
        found.await.unwrap(),
        [ProcessInstanceId(2), ProcessInstanceId(3)]
    );
}

async fn two_takers_of_one_group_share_a_queue(db: &TestDatabase) {
    offered(db, &[200, 200, 200]).await;
    let mut work = db.begin(200);
    let first = take(&mut work, 200, 2).await;
    work.accept_command().await.unwrap();
    work.begin_command(context(200));
    let second = take(&mut work, 200, 2).await;
    commit(work).await;
    assert_eq!(
        (instances(&first), instances(&second)),
        (vec![1, 2], vec![3])
    );
}

async fn a_postponed_job_comes_back_later_with_its_failures_counted(db: &TestDatabase) {
    offered(db, &[200]).await;
    let key = (ProcessInstanceId(1), JobId(3));
    let mut work = db.begin(200);
    take(&mut work, 200, 1).await;
    work.postpone_job(key, 500, true).await.unwrap();
    commit(work).await;
    let job = stored(db, 1).await;
    assert_eq!((job.n_failures, job.worker), (1, None));
    let mut work = db.begin(400);
    assert!(take(&mut work, 400, 1).await.is_empty());
    assert_eq!(take(&mut work, 500, 1).await[0].n_failures, 1);
    commit(work).await;
}

async fn a_failed_job_leaves_its_queue_and_outdates_its_worker(db: &TestDatabase) {
    offered(db, &[200]).await;
    let mut work = db.begin(200);
    let [taken] = take(&mut work, 200, 1).await.try_into().unwrap();
    let failed = Event::JobFailed {
        id: JobId(3),
        retries: 2,
        message: "no answer".into(),
        due_at: Some(tongban_core::id::Instant(900)),
    };
    let loaded = work.instance(ProcessInstanceId(1)).await.unwrap().unwrap();
    let mut process = Process::new(1);
    process.state = (*loaded.state.unwrap()).clone();
    let (state, events) = process.apply(vec![failed]);
    work.put_instance(process.id, state, events).await.unwrap();
    assert!(take(&mut work, i64::MAX - 100, 1).await.is_empty());
    commit(work).await;
    let job = stored(db, 1).await;
    assert_eq!((job.available_at, job.retry_at), (None, Some(900)));
    assert!(job.lease_token > taken.lease_token);

    let mut work = db.begin(900);
    let done = Event::JobCanceled { id: JobId(3) };
    let (state, events) = process.apply(vec![done]);
    work.put_instance(process.id, state, events).await.unwrap();
    let gone = work.job(process.id, JobId(3)).await.unwrap();
    assert_eq!(gone, None);
    commit(work).await;
}

async fn the_jobs_of_a_halted_instance_are_withdrawn(db: &TestDatabase) {
    offered(db, &[200, 200]).await;
    let mut work = db.begin(200);
    work.withdraw_jobs(ProcessInstanceId(1)).await.unwrap();
    let taken = take(&mut work, 200, 10).await;
    assert_eq!(instances(&taken), [2]);
    commit(work).await;
    assert_eq!(stored(db, 1).await.available_at, None);
}

async fn a_dropped_taking_takes_nothing(db: &TestDatabase) {
    offered(db, &[200]).await;
    let mut work = db.begin(200);
    assert_eq!(take(&mut work, 200, 1).await.len(), 1);
    work.drop_command().await.unwrap();
    work.begin_command(context(200));
    assert_eq!(take(&mut work, 200, 1).await.len(), 1);
    commit(work).await;
    assert_eq!(stored(db, 1).await.lease_token, 1);
}

#[tokio::test]
async fn two_nodes_take_different_jobs_at_once() {
    let Some(db) = TestDatabase::postgresql().await else {
        return;
    };
    offered(&db, &[200, 200, 200, 200]).await;
    let (mut first, mut second) = (db.begin(200), db.begin(200));
    let ours = take(&mut first, 200, 2).await;
    let theirs = take(&mut second, 200, 4).await;
    assert_eq!(
        (instances(&ours), instances(&theirs)),
        (vec![1, 2], vec![3, 4])
    );
    commit(first).await;
    commit(second).await;
}
