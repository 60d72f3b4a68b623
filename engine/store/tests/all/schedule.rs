//! Schedules with their rules, runs and items; leases; tasks that climb their ladders.

use std::sync::Arc;

use tongban_core::escalation::{Light, Standing};
use tongban_core::id::{Instant, ProcessInstanceId, UserTaskId};
use tongban_core::schedule::Missed;
use tongban_feel::time::Date;
use tongban_store::database::schedule_lease::ScheduleLeaseRequest;
use tongban_store::query::page::{Cursor, PageRequest};
use tongban_store::query::record::{
    ColumnFilter, ColumnTest, RecordFilter, RecordOrder, list as list_records,
};
use tongban_store::query::schedule_item::{self, ScheduleItemFilter};
use tongban_store::query::schedule_run::{self, ScheduleRunFilter};
use tongban_store::query::user_task::{self, UserTaskFilter, UserTaskOrder};
use tongban_store::query::{schedule as query, scheduler};
use tongban_store::row::record::ColumnValue;
use tongban_store::row::schedule::{RuleState, Schedule, ScheduleRule};
use tongban_store::row::schedule_run::{ItemOutcome, RunState, ScheduleItem, ScheduleRun};
use tongban_store::row::scheduler::Scheduler;

use crate::record;
use crate::support::process::{self, Process};
use crate::support::{TestDatabase, commit, on_both, tenant};

on_both!(
    a_schedule_stays_as_staff_have_left_it,
    rules_are_kept_version_by_version,
    a_run_is_planned_once_and_remembers_how_far_it_got,
    an_item_is_stored_once_and_found_by_run_and_subject,
    a_lease_has_one_holder_and_each_holder_a_token_of_its_own,
    what_the_scheduler_saw_of_time_is_kept,
    records_come_in_the_order_of_a_column,
    tasks_climb_their_ladder_and_stop_when_they_end,
);

fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn schedule(key: &str) -> Schedule {
    Schedule {
        key: text(key),
        plugin: text("clockwork"),
        enabled: true,
        handled_until: 100,
        since: 90,
        updated_at: 90,
        updated_by: text("engine"),
    }
}

async fn a_schedule_stays_as_staff_have_left_it(db: &TestDatabase) {
    let mut work = db.begin(1);
    let both = [schedule("recheck"), schedule("digest")];
    work.put_absent_schedules(&both).await.unwrap();
    let mut changed = work.schedule("digest").await.unwrap().unwrap();
    changed.enabled = false;
    changed.updated_by = text("staff-1");
    work.put_schedule(&changed).await.unwrap();
    commit(work).await;
    let mut work = db.begin(2);
    work.put_absent_schedules(&[schedule("digest"), schedule("new")])
        .await
        .unwrap();
    assert_eq!(work.schedule("none").await.unwrap(), None);
    commit(work).await;
    let all = query::list(&db.database, &tenant()).await.unwrap();
    assert_eq!(all, [changed, schedule("new"), schedule("recheck")]);
    let enabled = query::enabled(&db.database).await.unwrap();
    let keys: Vec<&str> = enabled.iter().map(|it| &*it.1.key).collect();
    assert_eq!(keys, ["new", "recheck"]);
    assert_eq!(enabled[0].0, tenant());
}

async fn rules_are_kept_version_by_version(db: &TestDatabase) {
    let rule = |version, state| ScheduleRule {
        key: text("recheck"),
        version,
        content: text("{\"amount\":6}"),
        note: text("每半年"),
        state,
        effective_on: date("2026-04-01"),
        proposed_by: text("staff-1"),
        proposed_at: 5,
        decided_by: (state != RuleState::Proposed).then(|| text("staff-2")),
        decided_at: (state != RuleState::Proposed).then_some(6),
        item: None,
    };
    let mut work = db.begin(1);
    for it in [rule(1, RuleState::Proposed), rule(2, RuleState::Rejected)] {
        work.put_schedule_rule(&it).await.unwrap();
    }
    work.put_schedule_rule(&rule(1, RuleState::Approved))
        .await
        .unwrap();
    let both = [rule(2, RuleState::Rejected), rule(1, RuleState::Approved)];
    assert_eq!(work.schedule_rules("recheck").await.unwrap(), both);
    commit(work).await;
    let read = query::rules(&db.database, &tenant(), "recheck").await;
    assert_eq!(read.unwrap(), both);
    let approved = query::approved_rules(&db.database).await.unwrap();
    assert_eq!(approved, [(tenant(), rule(1, RuleState::Approved))]);
}

fn run(id: i64, key: &str, scheduled_for: i64) -> ScheduleRun {
    ScheduleRun {
        id,
        key: text(key),
        scheduled_for,
        ordinal: 0,
        first_for: scheduled_for - 5,
        n_instants: 2,
        policy: Missed::Once,
        late: true,
        missed_until: Some(date("2026-03-31")),
        requested_by: None,
        state: RunState::Open,
        cursor: None,
        selected: 0,
        created: 0,
        skipped_duplicate: 0,
        failed: 0,
        config_version: text("0.1.0/0"),
        calendar_version: text("2026-1"),
        message: None,
        planned_at: scheduled_for + 1,
        started_at: None,
        ended_at: None,
    }
}

async fn a_run_is_planned_once_and_remembers_how_far_it_got(db: &TestDatabase) {
    let mut work = db.begin(1);
    let mut asked = run(4, "recheck", 20);
    (asked.ordinal, asked.requested_by) = (4, Some(text("operator")));
    asked.policy = Missed::Skip;
    let runs = [run(1, "recheck", 20), run(2, "digest", 30), asked.clone()];
    work.put_new_schedule_runs(&runs).await.unwrap();
    // The same instant is planned again by another node.
    work.put_new_schedule_runs(&[run(3, "recheck", 20)])
        .await
        .unwrap();
    let mut further = work.schedule_run(1).await.unwrap().unwrap();
    assert_eq!(further, run(1, "recheck", 20));
    (further.cursor, further.selected) = (Some(text("[1]")), 1_000);
    (further.created, further.skipped_duplicate) = (700, 300);
    further.started_at = Some(40);
    work.put_schedule_run(&further).await.unwrap();
    commit(work).await;
    let ids = async |filter: ScheduleRunFilter| -> Vec<i64> {
        let page = PageRequest::first(10);
        let found = schedule_run::list(&db.database, &tenant(), &filter, &page).await;
        found.unwrap().into_nodes().iter().map(|it| it.id).collect()
    };
    assert_eq!(ids(ScheduleRunFilter::default()).await, [2, 4, 1]);
    let recheck = ScheduleRunFilter {
        key: Some(text("recheck")),
        before: Some(25),
        from: Some(20),
        states: vec![RunState::Open],
    };
    assert_eq!(ids(recheck.clone()).await, [4, 1]);
    let open = schedule_run::open(&db.database, 10).await.unwrap();
    let open: Vec<i64> = open.iter().map(|it| it.1.id).collect();
    assert_eq!(open, [2, 1, 4]);
    let mut work = db.begin(2);
    (further.state, further.ended_at) = (RunState::Done, Some(50));
    work.put_schedule_run(&further).await.unwrap();
    commit(work).await;
    let read = schedule_run::get(&db.database, &tenant(), 1).await.unwrap();
    assert_eq!(read, Some(further));
    let read = schedule_run::get(&db.database, &tenant(), 4).await.unwrap();
    assert_eq!(read, Some(asked));
    let open = schedule_run::open(&db.database, 1).await.unwrap();
    assert_eq!(open[0].1.id, 2);
}

fn item(subject: &str, run_id: i64, outcome: ItemOutcome) -> ScheduleItem {
    ScheduleItem {
        key: Arc::from(format!("recheck:{subject}:2026-06-15")),
        schedule_key: text("recheck"),
        run_id,
        subject_id: text(subject),
        anchor_on: Some(date("2025-06-15")),
        due_on: Some(date("2026-06-15")),
        stage: Some(-30),
        period: text("2026-06-15"),
        late: true,
        outcome,
        message: (outcome == ItemOutcome::Failed).then(|| text("refused")),
        n_tries: 1,
        retry_at: (outcome == ItemOutcome::Failed).then_some(60),
        at: 50,
    }
}

async fn an_item_is_stored_once_and_found_by_run_and_subject(db: &TestDatabase) {
    let mut work = db.begin(1);
    let failed = item("c-2", 1, ItemOutcome::Failed);
    for it in [&item("c-1", 1, ItemOutcome::Done), &failed] {
        assert_eq!(work.schedule_item(&it.key).await.unwrap(), None);
        work.put_schedule_item(it).await.unwrap();
    }
    commit(work).await;
    let found = async |filter: ScheduleItemFilter| {
        let page = PageRequest::first(10);
        let found = schedule_item::list(&db.database, &tenant(), &filter, &page).await;
        found.unwrap().into_nodes()
    };
    let of_run = ScheduleItemFilter {
        run_id: Some(1),
        schedule_key: Some(text("recheck")),
        outcome: Some(ItemOutcome::Failed),
        subject_ids: vec![text("c-1"), text("c-2")],
    };
    assert_eq!(found(of_run).await, std::slice::from_ref(&failed));
    let of_subjects =
        schedule_item::of_subjects(&db.database, &tenant(), "recheck", &[text("c-1")]).await;
    assert_eq!(of_subjects.unwrap(), [item("c-1", 1, ItemOutcome::Done)]);
    assert_eq!(
        schedule_item::next_retry_at(&db.database).await.unwrap(),
        Some(60)
    );
    let due = async |at| {
        schedule_item::due_retries(&db.database, at, 10)
            .await
            .unwrap()
    };
    assert_eq!(due(59).await, []);
    assert_eq!(due(60).await, [(tenant(), failed.clone())]);
    // The second try succeeds.
    let mut work = db.begin(2);
    let mut again = work.schedule_item(&failed.key).await.unwrap().unwrap();
    (again.outcome, again.retry_at, again.message) = (ItemOutcome::Done, None, None);
    (again.run_id, again.n_tries) = (2, 2);
    work.put_schedule_item(&again).await.unwrap();
    commit(work).await;
    let all = found(ScheduleItemFilter::default()).await;
    assert_eq!(all, [item("c-1", 1, ItemOutcome::Done), again]);
    assert_eq!(
        schedule_item::next_retry_at(&db.database).await.unwrap(),
        None
    );
}

async fn a_lease_has_one_holder_and_each_holder_a_token_of_its_own(db: &TestDatabase) {
    let hold = async |holder: &'static str, now: i64| {
        let request = ScheduleLeaseRequest {
            name: "recheck",
            holder,
            now,
            until: now + 60,
        };
        db.database
            .hold_schedule_lease(&tenant(), &request)
            .await
            .unwrap()
    };
    assert_eq!(hold("a", 0).await, Some(1));
    assert_eq!(hold("b", 10).await, None);
    assert_eq!(hold("a", 20).await, Some(1), "renewed");
    assert_eq!(hold("b", 79).await, None);
    assert_eq!(hold("b", 80).await, Some(2), "taken over");
    let mut work = db.begin(1);
    assert!(work.holds_schedule_lease("recheck", 2).await.unwrap());
    assert!(!work.holds_schedule_lease("recheck", 1).await.unwrap());
    assert!(!work.holds_schedule_lease("digest", 1).await.unwrap());
    commit(work).await;
    let lease = async || {
        scheduler::lease(&db.database, &tenant(), "recheck")
            .await
            .unwrap()
    };
    let held = lease().await.unwrap();
    assert_eq!((&*held.holder, held.until, held.token), ("b", 140, 2));
    db.database
        .release_schedule_lease(&tenant(), "recheck", 1)
        .await
        .unwrap();
    assert_eq!(lease().await.unwrap().until, 140, "not the holder's");
    db.database
        .release_schedule_lease(&tenant(), "recheck", 2)
        .await
        .unwrap();
    assert_eq!(hold("a", 81).await, Some(3));
    // A holder that came too late to renew may have been followed by another.
    assert_eq!(hold("a", 500).await, Some(4));
}

async fn what_the_scheduler_saw_of_time_is_kept(db: &TestDatabase) {
    let read = async || scheduler::scheduler(&db.database).await.unwrap();
    assert_eq!(read().await, Scheduler::default());
    let stopped = Scheduler {
        high_water: 9,
        stopped_at: Some(3),
        message: Some(text("SCH-4006")),
        resumed_at: Some(1),
        resumed_by: Some(text("operator")),
    };
    let mut work = db.begin(1);
    work.put_scheduler(&stopped).await.unwrap();
    commit(work).await;
    assert_eq!(read().await, stopped);
}

async fn records_come_in_the_order_of_a_column(db: &TestDatabase) {
    let mut work = record::declared(db).await;
    for (id, accepted_on) in [
        ("a", Some("2026-03-05")),
        ("b", Some("2026-01-05")),
        ("c", None),
        ("d", Some("2026-03-05")),
        ("e", Some("2026-05-05")),
    ] {
        let mut put = record::put(id, id, true);
        put.columns.remove("acceptedOn");
        if let Some(on) = accepted_on {
            put.columns
                .insert(text("acceptedOn"), ColumnValue::Date(text(on)));
        }
        work.put_record(put).await.unwrap();
    }
    commit(work).await;
    let mut filter = RecordFilter {
        columns: vec![ColumnFilter {
            column: text("acceptedOn"),
            test: ColumnTest::Between {
                from: None,
                to: Some(ColumnValue::Date(text("2026-04-01"))),
            },
        }],
        order: RecordOrder::Column(text("acceptedOn")),
        ..RecordFilter::default()
    };
    let mut page = PageRequest::first(1);
    let mut ids = Vec::new();
    loop {
        let found = list_records(&db.database, &tenant(), "divorce_case", &filter, &page).await;
        let found = found.unwrap();
        let cursor = found.edges.last().map(|it| it.cursor.as_str().to_owned());
        page.after = cursor.as_deref().map(Cursor::from_text);
        let has_next = found.has_next_page;
        ids.extend(found.into_nodes().into_iter().map(|it| it.id));
        if !has_next {
            break;
        }
    }
    assert_eq!(ids, [text("b"), text("a"), text("d")]);
    for bad in ["open", "nothing"] {
        filter.order = RecordOrder::Column(text(bad));
        let found = list_records(&db.database, &tenant(), "divorce_case", &filter, &page).await;
        assert!(found.is_err(), "{bad}");
    }
}

async fn tasks_climb_their_ladder_and_stop_when_they_end(db: &TestDatabase) {
    let mut process = Process::new(1);
    let mut work = db.begin(100);
    let mut events = process.created("L-1", 100);
    for (id, due_at) in [(2, Some(900)), (3, Some(800)), (4, None)] {
        events.extend(process::waiting(id, 5));
        events.push(process::user_task(id, "REGISTRAR", due_at, 50, 100));
    }
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    let standing = |level, light, next_at: Option<i64>| Standing {
        level,
        light,
        next_at: next_at.map(Instant),
    };
    for (task, next_at) in [(2, 500), (3, 400)] {
        let standing = standing(0, Light::Green, Some(next_at));
        work.put_task_standing(process.id, UserTaskId(task), standing)
            .await
            .unwrap();
    }
    commit(work).await;
    assert_eq!(
        user_task::next_escalation_at(&db.database).await.unwrap(),
        Some(400)
    );
    let due = async |at| -> Vec<u32> {
        let due = user_task::due_escalations(&db.database, at, 10)
            .await
            .unwrap();
        due.iter().map(|it| it.1.id.0).collect()
    };
    assert_eq!(due(450).await, [3]);
    assert_eq!(due(500).await, [3, 2]);
    let mut work = db.begin(500);
    let red = standing(3, Light::Red, Some(950));
    let climbed = [
        (process.id, UserTaskId(3), red),
        (process.id, UserTaskId(2), standing(1, Light::Green, None)),
        (ProcessInstanceId(9), UserTaskId(1), red),
    ];
    assert_eq!(work.escalate_tasks(&climbed).await.unwrap(), 2);
    commit(work).await;
    let instance = process.id;
    let task = async |id| {
        let found = user_task::get(&db.database, &tenant(), instance, UserTaskId(id)).await;
        found.unwrap().unwrap()
    };
    assert_eq!(task(3).await.standing, red);
    assert_eq!(task(4).await.standing, Standing::default());
    let with_light = async |light| -> Vec<u32> {
        let filter = UserTaskFilter {
            light: Some(light),
            ..UserTaskFilter::default()
        };
        let (order, page) = (UserTaskOrder::DueAscending, PageRequest::first(10));
        let found = user_task::list(&db.database, &tenant(), &filter, order, &page).await;
        found
            .unwrap()
            .into_nodes()
            .iter()
            .map(|it| it.id.0)
            .collect()
    };
    assert_eq!(with_light(Light::Red).await, [3]);
    assert_eq!(with_light(Light::Green).await, [2], "one is due at no time");
    let mut work = db.begin(600);
    let mut events = vec![tongban_core::event::Event::UserTaskCompleted {
        id: UserTaskId(3),
        by: text("registrar-1"),
        completed_at: Instant(600),
    }];
    events.extend(process::ended(3));
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;
    assert_eq!(task(3).await.standing, standing(3, Light::Red, None));
    assert_eq!(with_light(Light::Red).await, [0; 0]);
    assert_eq!(due(10_000).await, [0; 0]);
}
