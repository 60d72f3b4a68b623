//! Deadlines, the timers that follow them, and all of them when a calendar is published.

use std::sync::Arc;

use tongban_core::deadline::{Extension, Roll, Rule, Term, Unit};
use tongban_core::escalation::Light;
use tongban_core::id::ProcessInstanceId;
use tongban_feel::time::Date;
use tongban_feel::workday::RestDays;
use tongban_store::query::deadline::{self as query, DeadlineFilter};
use tongban_store::query::page::PageRequest;
use tongban_store::query::record::{
    ColumnFilter, ColumnTest, RecordFilter, get as get_record, list as list_records,
};
use tongban_store::query::time_event::{self, TimeEventFilter};
use tongban_store::query::wait;
use tongban_store::row::calendar::{CalendarOverride, CalendarPublication, PublicationState};
use tongban_store::row::deadline::{
    Deadline, DeadlineEnd, DeadlineExtension, DeadlinePause, DeadlineStatus, NEVER, Protects,
};
use tongban_store::row::record::{ColumnValue, ExpectedVersion};
use tongban_store::row::time_event::{NewTimeEvent, TimeEventKind, TimeEventState};
use tongban_store::unit_of_work::deadline::{Mirror, Reckoning};

use crate::record;
use crate::support::process::{Process, bound_timer, timer};
use crate::support::{TestDatabase, commit, on_both, tenant};

on_both!(
    a_deadline_is_stored_with_all_it_has,
    a_timer_follows_its_deadline,
    a_timer_waits_for_a_deadline_that_is_set_later,
    deadlines_are_listed_by_due_day_and_lamp,
    a_page_of_deadlines_is_reckoned_with_timers_and_records,
    a_paused_or_passed_deadline_stays_as_it_is,
    an_edition_is_stored_with_its_progress,
    an_event_comes_once,
);

const DAY: i64 = 86_400_000_000;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

/// Due on so many days after the epoch.
fn deadline(record_id: &str, due: i64) -> Deadline {
    let due_on = date("1970-01-01").add_days(due).unwrap();
    Deadline {
        key: text("cooling_off"),
        record_id: text(record_id),
        record_kind: text("divorce_case"),
        plugin: text("marriage"),
        status: DeadlineStatus::Open,
        anchor_on: date("1970-01-01"),
        rule: Rule {
            term: Term {
                amount: 30,
                unit: Unit::CalendarDays,
            },
            roll: Roll::Forward,
            rest_days: RestDays::Holidays,
        },
        ends_minute: 1_440,
        protects: Protects::Citizen,
        pauses: Vec::new(),
        extensions: Vec::new(),
        floor_on: None,
        end: end(due_on, due),
        calendar_version: text("2026-1"),
        set_at: 1,
        set_by: text("registrar-1"),
        moved_at: None,
        closed_at: None,
        close_reason: None,
    }
}

fn end(due_on: Date, due: i64) -> DeadlineEnd {
    DeadlineEnd {
        nominal_on: due_on,
        due_on,
        due_at: (due + 1) * DAY,
        provisional: false,
        yellow_at: Some((due - 2) * DAY),
        red_at: Some(due * DAY),
        remind_at: None,
    }
}

async fn put(db: &TestDatabase, at: i64, deadlines: &[Deadline]) {
    let mut work = db.begin(at);
    for it in deadlines {
        work.put_deadline(it).await.unwrap();
    }
    commit(work).await;
}

async fn timers(db: &TestDatabase) -> Vec<i64> {
    let timers = wait::timers(&db.database, &tenant(), ProcessInstanceId(1)).await;
    timers.unwrap().into_iter().map(|it| it.due_at).collect()
}

async fn a_deadline_is_stored_with_all_it_has(db: &TestDatabase) {
    let mut full = deadline("c-1", 40);
    full.status = DeadlineStatus::Paused;
    full.pauses = vec![
        DeadlinePause {
            from: date("1970-01-03"),
            until: Some(date("1970-01-05")),
            reason: text("补正"),
        },
        DeadlinePause {
            from: date("1970-01-09"),
            until: None,
            reason: text("公示"),
        },
    ];
    let extension = |extension| DeadlineExtension {
        extension,
        officer: text("staff-1"),
        reason: text("疑难"),
        granted_at: 7,
    };
    full.extensions = vec![
        extension(Extension::By(Term {
            amount: 2,
            unit: Unit::WorkingDays,
        })),
        extension(Extension::Until {
            on: date("1970-02-20"),
            granted_on: date("1970-01-08"),
        }),
    ];
    full.floor_on = Some(date("1970-02-01"));
    full.moved_at = Some(9);
    put(db, 1, &[full.clone()]).await;
    let found = query::get(&db.database, &tenant(), "cooling_off", "c-1").await;
    assert_eq!(found.unwrap(), Some(full.clone()));
    let mut closed = full;
    closed.status = DeadlineStatus::Closed;
    closed.closed_at = Some(11);
    closed.close_reason = Some(text("已领证"));
    put(db, 2, &[closed.clone()]).await;
    let found = query::of_records(&db.database, &tenant(), "divorce_case", &[text("c-1")]).await;
    assert_eq!(found.unwrap(), [closed]);
    let mut work = db.begin(3);
    work.remove_deadline("cooling_off", "c-1").await.unwrap();
    assert_eq!(work.deadline("cooling_off", "c-1").await.unwrap(), None);
    commit(work).await;
    let found = query::get(&db.database, &tenant(), "cooling_off", "c-1").await;
    assert_eq!(found.unwrap(), None);
}

/// An instance that waits with a timer of its own and one bound to the deadline of a record.
async fn waiting(db: &TestDatabase, record_id: &str) {
    let mut process = Process::new(1);
    let mut events = process.created("k", 1);
    events.push(timer(2, 1, 5 * DAY));
    events.push(bound_timer(3, 1, "cooling_off", record_id));
    let (state, events) = process.apply(events);
    let mut work = db.begin(1);
    work.put_instance(process.id, state, events).await.unwrap();
    commit(work).await;
}

async fn a_timer_follows_its_deadline(db: &TestDatabase) {
    put(db, 1, &[deadline("c-1", 40)]).await;
    waiting(db, "c-1").await;
    assert_eq!(timers(db).await, [5 * DAY, 41 * DAY]);
    // Moved, stopped, going on, ended: the row follows, and the instance is not touched.
    put(db, 2, &[deadline("c-1", 50)]).await;
    assert_eq!(timers(db).await, [5 * DAY, 51 * DAY]);
    let mut changed = deadline("c-1", 50);
    changed.status = DeadlineStatus::Paused;
    put(db, 3, &[changed.clone()]).await;
    assert_eq!(timers(db).await, [5 * DAY, NEVER]);
    assert_eq!(
        wait::due_timers(&db.database, &wait::Share::Whole, NEVER - 1, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    changed.status = DeadlineStatus::Open;
    put(db, 4, &[changed.clone()]).await;
    assert_eq!(timers(db).await, [5 * DAY, 51 * DAY]);
    changed.status = DeadlineStatus::Closed;
    put(db, 5, &[changed]).await;
    assert_eq!(timers(db).await, [5 * DAY, NEVER]);
}

async fn a_timer_waits_for_a_deadline_that_is_set_later(db: &TestDatabase) {
    waiting(db, "c-1").await;
    assert_eq!(timers(db).await, [5 * DAY, NEVER]);
    put(db, 2, &[deadline("c-2", 10), deadline("c-1", 40)]).await;
    assert_eq!(timers(db).await, [5 * DAY, 41 * DAY]);
    // Within one group: the timer is armed by a deadline that the database has not seen.
    let mut work = db.begin(3);
    work.put_deadline(&deadline("c-3", 60)).await.unwrap();
    let mut process = Process::new(2);
    let mut events = process.created("k2", 3);
    events.push(bound_timer(2, 1, "cooling_off", "c-3"));
    let (state, events) = process.apply(events);
    work.put_instance(process.id, state, events).await.unwrap();
    work.put_deadline(&deadline("c-3", 70)).await.unwrap();
    commit(work).await;
    let timers = wait::timers(&db.database, &tenant(), ProcessInstanceId(2)).await;
    assert_eq!(timers.unwrap()[0].due_at, 71 * DAY);
}

async fn deadlines_are_listed_by_due_day_and_lamp(db: &TestDatabase) {
    let mut closed = deadline("c-4", 5);
    closed.status = DeadlineStatus::Closed;
    let mut provisional = deadline("c-2", 20);
    provisional.end.provisional = true;
    put(
        db,
        1,
        &[
            deadline("c-1", 30),
            provisional,
            deadline("c-3", 10),
            closed,
        ],
    )
    .await;
    let ids = async |filter: DeadlineFilter, first| {
        let page = PageRequest::first(first);
        let page = query::list(&db.database, &tenant(), &filter, &page)
            .await
            .unwrap();
        let ids: Vec<String> = page
            .edges
            .iter()
            .map(|it| it.node.record_id.to_string())
            .collect();
        (ids.join(" "), page.has_next_page)
    };
    let open = DeadlineFilter {
        statuses: vec![DeadlineStatus::Open],
        ..DeadlineFilter::default()
    };
    assert_eq!(ids(open.clone(), 2).await, ("c-3 c-2".to_owned(), true));
    let with = |change: fn(&mut DeadlineFilter)| {
        let mut filter = open.clone();
        change(&mut filter);
        filter
    };
    let cases = [
        (with(|it| it.due_before = Some(25 * DAY)), "c-3 c-2"),
        (with(|it| it.due_from = Some(21 * DAY)), "c-2 c-1"),
        (with(|it| it.provisional = Some(true)), "c-2"),
        (with(|it| it.lamp = Some((Light::Red, 10 * DAY))), "c-3"),
        (with(|it| it.lamp = Some((Light::Yellow, 19 * DAY))), "c-2"),
        (
            with(|it| it.lamp = Some((Light::Green, 10 * DAY))),
            "c-2 c-1",
        ),
        (with(|it| it.key = Some("other".into())), ""),
    ];
    for (filter, expected) in cases {
        assert_eq!(ids(filter.clone(), 10).await.0, expected, "{filter:?}");
    }
}

async fn declare(db: &TestDatabase) {
    let mut work = db.begin(0);
    let none = |_: &str| tongban_store::row::record::Columns::new();
    work.declare_record_kind(&record::kind(), &none)
        .await
        .unwrap();
    commit(work).await;
}

async fn a_page_of_deadlines_is_reckoned_with_timers_and_records(db: &TestDatabase) {
    declare(db).await;
    let mut work = db.begin(1);
    for id in ["c-1", "c-2", "c-3"] {
        let mut new = record::put(id, &format!("couple-{id}"), true);
        new.body = text(r#"{"z":1,"acceptedOn":"2026-03-05","a":{"b":true}}"#);
        work.put_record(new).await.unwrap();
    }
    commit(work).await;
    put(
        db,
        1,
        &[
            deadline("c-1", 30),
            deadline("c-2", 40),
            deadline("c-3", 50),
        ],
    )
    .await;
    waiting(db, "c-2").await;

    // The second page moves the second deadline by ten days.
    let mut after = (text(""), text(""));
    let mut n_pages = 0;
    loop {
        let mut work = db.begin(10);
        let mut reckon = |facts: &tongban_store::unit_of_work::deadline::DeadlineFacts| {
            assert_eq!(facts.rule.rest_days, RestDays::Holidays);
            let moves = facts.end.due_at == 41 * DAY;
            let end = if moves {
                end(facts.end.due_on.add_days(10).unwrap(), 50)
            } else {
                facts.end
            };
            Some(Reckoning {
                end,
                floor_on: moves.then_some(end.due_on),
                kept: !moves,
            })
        };
        let page = work
            .reckon_deadlines((&after.0, &after.1), 1, "2026-2", &mut reckon)
            .await
            .unwrap();
        let due: Vec<_> = page
            .moved
            .iter()
            .map(|it| (it.record_id.clone(), it.end.due_on))
            .collect();
        let mirror = Mirror {
            paths: vec!["/acceptedOn".to_owned()],
            columns: vec![text("acceptedOn")],
        };
        let n_mirrored = work
            .mirror_records("divorce_case", &mirror, &due)
            .await
            .unwrap();
        assert_eq!(n_mirrored as usize, page.moved.len());
        commit(work).await;
        let Some(last) = page.last else { break };
        assert_eq!(
            (page.n_selected, page.n_kept),
            (1, u64::from(page.moved.is_empty()))
        );
        n_pages += 1;
        after = last;
    }
    assert_eq!(n_pages, 3);
    let moved = query::get(&db.database, &tenant(), "cooling_off", "c-2")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(moved.end.due_on, date("1970-02-20"));
    assert_eq!(
        (moved.moved_at, moved.floor_on),
        (Some(10), Some(date("1970-02-20")))
    );
    for id in ["c-1", "c-2", "c-3"] {
        let found = query::get(&db.database, &tenant(), "cooling_off", id)
            .await
            .unwrap();
        assert_eq!(&*found.unwrap().calendar_version, "2026-2", "{id}");
    }
    assert_eq!(timers(db).await, [5 * DAY, 51 * DAY]);
    let stale = query::count_stale(&db.database, &tenant(), "2026-2", 10)
        .await
        .unwrap();
    assert_eq!(stale, 0);

    // Body and column say the same, and a writer that has read the old version is told.
    let record = get_record(&db.database, &tenant(), "divorce_case", "c-2")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        &*record.body,
        r#"{"z":1,"acceptedOn":"1970-02-20","a":{"b":true}}"#
    );
    assert_eq!(record.version, 2);
    let by_date = RecordFilter {
        columns: vec![ColumnFilter {
            column: text("acceptedOn"),
            test: ColumnTest::Equals(ColumnValue::Date(text("1970-02-20"))),
        }],
        ..RecordFilter::default()
    };
    let page = PageRequest::first(10);
    let found = list_records(&db.database, &tenant(), "divorce_case", &by_date, &page).await;
    assert_eq!(found.unwrap().into_nodes().len(), 1);
    let mut work = db.begin(11);
    let mut stale = record::put("c-2", "couple-c-2", true);
    stale.expected = ExpectedVersion::Exactly(1);
    assert!(work.put_record(stale).await.is_err());
    work.drop_command().await.unwrap();
    work.rollback().await.unwrap();
}

async fn a_paused_or_passed_deadline_stays_as_it_is(db: &TestDatabase) {
    let mut paused = deadline("c-1", 30);
    paused.status = DeadlineStatus::Paused;
    put(db, 1, &[paused, deadline("c-2", 3)]).await;
    let mut work = db.begin(5 * DAY);
    let mut reckon =
        |_: &tongban_store::unit_of_work::deadline::DeadlineFacts| -> Option<Reckoning> {
            panic!("neither is reckoned")
        };
    let page = work
        .reckon_deadlines(("", ""), 10, "2026-2", &mut reckon)
        .await
        .unwrap();
    assert_eq!((page.n_selected, page.moved.len()), (2, 0));
    commit(work).await;
}

async fn an_edition_is_stored_with_its_progress(db: &TestDatabase) {
    let mut publication = CalendarPublication {
        number: 1,
        version: text("abc"),
        note: text("2027年"),
        published_at: 5,
        published_by: text("admin"),
        state: PublicationState::Running,
        cursor: (text("cooling_off"), text("c-7")),
        n_passes: 1,
        selected: 100,
        moved: 3,
        kept: 2,
        provisional: 1,
        ended_at: None,
    };
    let day = CalendarOverride {
        on: date("2026-07-24"),
        working: false,
        reason: text("那达慕大会"),
        document: Some(text("伊政发〔2026〕7号")),
        updated_at: 5,
        updated_by: text("admin"),
    };
    use tongban_store::query::calendar;
    let mut work = db.begin(5);
    work.put_calendar_publication(&publication).await.unwrap();
    work.put_calendar_overrides(std::slice::from_ref(&day))
        .await
        .unwrap();
    commit(work).await;
    assert_eq!(
        calendar::overrides(&db.database, &tenant()).await.unwrap(),
        std::slice::from_ref(&day)
    );
    assert_eq!(
        calendar::running_publications(&db.database).await.unwrap(),
        [(tenant(), 1)]
    );
    publication.state = PublicationState::Done;
    publication.ended_at = Some(9);
    let mut work = db.begin(9);
    work.put_calendar_publication(&publication).await.unwrap();
    work.remove_calendar_overrides(&[day.on]).await.unwrap();
    let latest = work.latest_calendar_publication().await.unwrap();
    assert_eq!(latest, Some(publication.clone()));
    commit(work).await;
    assert!(
        calendar::overrides(&db.database, &tenant())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        calendar::running_publications(&db.database)
            .await
            .unwrap()
            .is_empty()
    );
    let found = calendar::publication(&db.database, &tenant(), 1)
        .await
        .unwrap();
    assert_eq!(found, Some(publication));
}

async fn an_event_comes_once(db: &TestDatabase) {
    let event = |key: Option<&str>, operation: Option<&str>| NewTimeEvent {
        key: key.map(Arc::from),
        kind: TimeEventKind::DeadlineReminder,
        subject_kind: text("divorce_case"),
        subject_id: text("c-1"),
        deadline_key: Some(text("cooling_off")),
        detail: text("{}"),
        operation: operation.map(Arc::from),
    };
    for at in [1, 2] {
        let mut work = db.begin(at);
        let events = vec![event(Some("r-1"), Some("tell")), event(None, None)];
        work.put_time_events(events).await.unwrap();
        commit(work).await;
    }
    let filter = TimeEventFilter::default();
    let all = time_event::list(&db.database, &tenant(), &filter, &PageRequest::first(10)).await;
    assert_eq!(all.unwrap().edges.len(), 3);
    let pending = time_event::pending(&db.database, 10).await.unwrap();
    assert_eq!(pending.len(), 1);
    let mut work = db.begin(3);
    work.settle_time_event(pending[0].id, TimeEventState::Done, None)
        .await
        .unwrap();
    commit(work).await;
    assert!(
        time_event::pending(&db.database, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let mut work = db.begin(3);
    assert_eq!(work.purge_time_events(2).await.unwrap(), 2);
    commit(work).await;
}
