//! Deadlines over the engine: clocks, timers, records, and a calendar that is published.

use serde_json::json;
use tongban_runtime::command::{Command, OwnDay};
use tongban_runtime::outcome::Done;
use tongban_store::query::page::PageRequest;
use tongban_store::query::time_event::TimeEventFilter;
use tongban_store::query::{calendar, deadline as query, time_event};
use tongban_store::row::calendar::PublicationState;
use tongban_store::row::deadline::DeadlineStatus;
use tongban_store::row::process_instance::Status;
use tongban_store::row::time_event::{TimeEventKind, TimeEventState};

use crate::clockwork::{at, county, postgresql, standing, world};
use crate::configuration_item::{approved, draft};
use crate::support::{World, eventually, tenant};

fn publish(years: Option<serde_json::Value>, days: &[(&str, bool)]) -> Command {
    let own_day = |(on, working): &(&str, bool)| OwnDay {
        on: (*on).into(),
        working: *working,
        reason: "那达慕大会".into(),
        document: None,
    };
    Command::PublishCalendar {
        years,
        own_days: days.iter().map(own_day).collect(),
        withdrawn: Vec::new(),
        note: "测试".into(),
    }
}

/// Publishes and waits until all deadlines are reckoned.
async fn published(world: &World, command: Command) -> i64 {
    let Done::CalendarPublished { number, .. } = world.run(command).await.unwrap().done else {
        panic!()
    };
    let database = world.handle.database();
    eventually(async || {
        let found = calendar::publication(database, &tenant(), number)
            .await
            .unwrap()
            .unwrap();
        found.state == PublicationState::Done
    })
    .await;
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_starts_and_the_record_mirrors_where_it_ends() {
    let world = world("2026-03-05T09:00").await;
    let input = json!({"name": "a", "state": "NEW", "anchor": "2026-03-05"});
    let result = world.call("openCase", input).await.unwrap();
    assert_eq!(result["dueOn"], "2026-04-07");
    let case = result["caseId"].as_str().unwrap();
    assert_eq!(world.case(case).await["replyUntil"], "2026-04-07");
    let row = world.deadline("reply", case).await;
    assert_eq!(row.end.due_at, at("2026-04-08T00:00"));
    assert_eq!(row.end.yellow_at, Some(at("2026-03-31T00:00")));
    // A writer with an old body does not undo it.
    let touch = json!({"caseId": case, "name": "b"});
    world.call("touchCase", touch).await.unwrap();
    let body = world.case(case).await;
    assert_eq!(
        (&body["name"], &body["replyUntil"]),
        (&json!("b"), &json!("2026-04-07"))
    );
    // With the record the deadline goes.
    let remove = json!({"caseId": case, "name": "b", "remove": true});
    world.call("touchCase", remove).await.unwrap();
    let found = query::get(world.handle.database(), &tenant(), "reply", case).await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_stops_goes_on_is_extended_and_ends() {
    let world = world("2026-03-05T09:00").await;
    let case = world
        .open_case(json!({"name": "a", "state": "NEW", "anchor": "2026-03-05"}))
        .await;
    world.advance("2026-03-10T09:00").await;
    world.clock(&case, json!({"do": "pause"})).await.unwrap();
    assert_eq!(world.case(&case).await.get("replyUntil"), None);
    let refused = world
        .clock(&case, json!({"do": "pause"}))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "DEADLINE_PAUSED");
    world.advance("2026-03-20T09:00").await;
    let early = json!({"do": "resume", "on": "2026-03-09"});
    assert_eq!(
        world.clock(&case, early).await.unwrap_err().code(),
        "DEADLINE_DAY_INVALID"
    );
    world.clock(&case, json!({"do": "resume"})).await.unwrap();
    // Ten days do not count: 4 April becomes 14 April, a Tuesday.
    assert_eq!(world.case(&case).await["replyUntil"], "2026-04-14");
    let shorter = json!({"do": "extend", "on": "2026-04-10"});
    assert_eq!(
        world.clock(&case, shorter).await.unwrap_err().code(),
        "DEADLINE_NOT_EXTENDED"
    );
    world
        .clock(&case, json!({"do": "extend", "amount": 4}))
        .await
        .unwrap();
    // 18 April is a Saturday.
    assert_eq!(world.case(&case).await["replyUntil"], "2026-04-20");
    let told = world
        .handle
        .query_operation(
            "150627".into(),
            crate::support::principal("wang", &["CLERK"]),
            "readClock".into(),
            json!({"caseId": case}),
        )
        .await
        .unwrap()
        .0;
    assert_eq!(told["status"], "open");
    let explanation = told["explanation"].as_str().unwrap();
    assert!(
        explanation.contains("停止计算")
            && explanation.contains("staff-1")
            && explanation.contains("顺延至2026-04-20"),
        "{explanation}"
    );
    world.clock(&case, json!({"do": "close"})).await.unwrap();
    let refused = world
        .clock(&case, json!({"do": "pause"}))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "DEADLINE_CLOSED");
    let absent = world
        .clock("nobody", json!({"do": "set"}))
        .await
        .unwrap_err();
    assert_eq!(absent.code(), "DEADLINE_RECORD_MISSING");
    let absent = world
        .clock("nobody", json!({"do": "close"}))
        .await
        .unwrap_err();
    assert_eq!(absent.code(), "DEADLINE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_fires_when_its_deadline_is_over_wherever_that_has_moved() {
    let world = world("2026-03-05T09:00").await;
    let open = json!({"name": "a", "state": "NEW", "anchor": "2026-03-05", "process": "bound"});
    let case = world.open_case(open).await;
    world.advance("2026-03-10T09:00").await;
    world.clock(&case, json!({"do": "pause"})).await.unwrap();
    world.advance("2026-05-10T09:00").await;
    assert!(
        world.open_tasks().await.is_empty(),
        "a stopped clock fires nothing"
    );
    world.clock(&case, json!({"do": "resume"})).await.unwrap();
    let due = world.deadline("reply", &case).await.end;
    assert_eq!(due.due_on.to_string(), "2026-06-04");
    world
        .clock(&case, json!({"do": "extend", "on": "2026-06-10"}))
        .await
        .unwrap();
    world.advance("2026-06-10T23:59").await;
    assert!(world.open_tasks().await.is_empty());
    world.advance("2026-06-11T00:00").await;
    let tasks = world.open_tasks().await;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].created_at, at("2026-06-11T00:00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_waits_for_a_deadline_that_is_set_later_and_a_closed_one_never_fires() {
    let world = world("2026-03-05T09:00").await;
    let case = world
        .open_case(json!({"name": "a", "state": "NEW", "process": "bound"}))
        .await;
    world.advance("2026-06-05T09:00").await;
    assert!(world.open_tasks().await.is_empty());
    world
        .clock(&case, json!({"do": "set", "amount": 3}))
        .await
        .unwrap();
    world.clock(&case, json!({"do": "close"})).await.unwrap();
    world.advance("2026-07-05T09:00").await;
    assert!(world.open_tasks().await.is_empty());
    // Set anew on a day so long ago that it is over at once.
    let anew = json!({"do": "set", "on": "2026-06-01", "amount": 3});
    world.clock(&case, anew).await.unwrap();
    eventually(async || world.open_tasks().await.len() == 1).await;
}

/// Scenarios #21 and #22.
#[tokio::test(flavor = "multi_thread")]
async fn s21_s22_a_provisional_deadline_is_reckoned_when_its_year_is_published() {
    let world = world("2026-12-29T09:00").await;
    let open = |deadline: &str| json!({"name": "a", "state": "NEW", "anchor": "2026-12-29", "deadline": deadline});
    let result = world.call("openCase", open("office_reply")).await.unwrap();
    assert_eq!(
        (&result["dueOn"], &result["provisional"]),
        (&json!("2027-01-06"), &json!(true))
    );
    let case = result["caseId"].as_str().unwrap();
    let year = json!({"schema_version": 1, "years": {"2027": {"status": "confirmed", "off_days": [
        {"date": "2027-01-01", "statutory": true}, {"date": "2027-01-04"}]}}});
    published(&world, publish(Some(year), &[])).await;
    let row = world.deadline("office_reply", case).await;
    assert_eq!(row.end.due_on.to_string(), "2027-01-07");
    assert!(!row.end.provisional);
    assert_eq!(row.end.due_at, at("2027-01-07T17:30"));
    let filter = TimeEventFilter::default();
    let page = PageRequest::first(10);
    let events = time_event::list(world.handle.database(), &tenant(), &filter, &page).await;
    let events = events.unwrap().into_nodes();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, TimeEventKind::DeadlineMoved);
    assert!(events[0].detail.contains("2027-01-06") && events[0].detail.contains("2027-01-07"));
}

/// Scenario #23.
#[tokio::test(flavor = "multi_thread")]
async fn s23_a_day_of_the_countys_own_is_laid_over_the_table() {
    let world = world("2026-07-20T09:00").await;
    published(&world, publish(None, &[("2026-07-24", false)])).await;
    let open =
        json!({"name": "a", "state": "NEW", "anchor": "2026-07-23", "deadline": "office_reply"});
    let case = world.open_case(open).await;
    let set = json!({"do": "set", "on": "2026-07-20", "amount": 1, "deadline": "office_reply"});
    world.clock(&case, set).await.unwrap();
    world.advance("2026-07-23T09:00").await;
    let set = json!({"do": "set", "amount": 1, "deadline": "office_reply"});
    world.clock(&case, set).await.unwrap();
    let row = world.deadline("office_reply", &case).await;
    assert_eq!(row.end.due_on.to_string(), "2026-07-27");
    // Taken back: the offices' own deadline comes earlier again.
    let withdrawn = Command::PublishCalendar {
        years: None,
        own_days: Vec::new(),
        withdrawn: vec!["2026-07-24".into()],
        note: String::new(),
    };
    published(&world, withdrawn).await;
    let row = world.deadline("office_reply", &case).await;
    assert_eq!(row.end.due_on.to_string(), "2026-07-24");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_calendar_moves_timers_and_records_and_tells_the_plugin() {
    let world = world("2026-03-05T09:00").await;
    let open = json!({"name": "a", "state": "NEW", "anchor": "2026-03-05", "process": "bound"});
    let case = world.open_case(open).await;
    published(&world, publish(None, &[("2026-04-07", false)])).await;
    assert_eq!(world.case(&case).await["replyUntil"], "2026-04-08");
    eventually(async || world.visits().await.len() == 1).await;
    assert_eq!(
        world.visits().await[0]["period"],
        "reply 2026-04-07 2026-04-08"
    );
    // The citizen keeps what he was given, though the day is an ordinary one again.
    let withdrawn = Command::PublishCalendar {
        years: None,
        own_days: Vec::new(),
        withdrawn: vec!["2026-04-07".into()],
        note: String::new(),
    };
    let number = published(&world, withdrawn).await;
    let row = world.deadline("reply", &case).await;
    assert_eq!(row.end.due_on.to_string(), "2026-04-08");
    assert_eq!(row.floor_on, Some(row.end.due_on));
    let edition = calendar::publication(world.handle.database(), &tenant(), number).await;
    let edition = edition.unwrap().unwrap();
    assert_eq!((edition.selected, edition.moved, edition.kept), (1, 0, 1));
    world.advance("2026-04-08T23:59").await;
    assert!(world.open_tasks().await.is_empty());
    world.advance("2026-04-09T00:00").await;
    assert_eq!(world.open_tasks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_two_persons_approve_moves_open_deadlines() {
    let world = world("2026-03-05T09:00").await;
    let open = json!({"name": "a", "state": "NEW", "anchor": "2026-03-05"});
    let case = world.open_case(open).await;
    assert_eq!(world.case(&case).await["replyUntil"], "2026-04-07");
    let mut file = county().calendar.unwrap();
    let mut year = file["years"]["2026"].take();
    let holiday = json!({"date": "2026-04-07", "name": "测试", "statutory": false});
    year["off_days"].as_array_mut().unwrap().push(holiday);
    file["years"] = json!({ "2026": year });
    let content = file.to_string();
    approved(&world, draft("calendar", "2026", Some(&content), None)).await;
    eventually(async || world.case(&case).await["replyUntil"] == "2026-04-08").await;
    eventually(async || world.visits().await.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_calendar_again_changes_nothing_and_a_broken_one_is_refused() {
    let world = world("2026-03-05T09:00").await;
    let first = world
        .run(publish(None, &[("2026-07-24", false)]))
        .await
        .unwrap();
    let again = world
        .run(publish(None, &[("2026-07-24", false)]))
        .await
        .unwrap();
    let (
        Done::CalendarPublished {
            number, unchanged, ..
        },
        Done::CalendarPublished {
            number: same,
            unchanged: is_same,
            ..
        },
    ) = (first.done, again.done)
    else {
        panic!()
    };
    assert_eq!(
        (number, unchanged),
        (2, false),
        "the county's own was the first"
    );
    assert_eq!((same, is_same), (2, true));
    let broken =
        json!({"schema_version": 1, "years": {"2027": {"off_days": [{"date": "2026-01-01"}]}}});
    let refused = world.run(publish(Some(broken), &[])).await.unwrap_err();
    assert_eq!(refused.code(), "CALENDAR_INVALID");
    let nothing = world.run(publish(None, &[])).await.unwrap_err();
    assert_eq!(nothing.code(), "CALENDAR_EMPTY");
    let no_date = world
        .run(publish(None, &[("tomorrow", false)]))
        .await
        .unwrap_err();
    assert_eq!(
        no_date.user_errors()[0].field.as_deref(),
        Some("/overrides/0/date")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reckoning_goes_on_after_an_end_without_warning() {
    let mut world = world("2026-03-05T09:00").await;
    let mut cases = Vec::new();
    for n in 0..30 {
        let open = json!({"name": format!("n{n}"), "state": "NEW", "anchor": "2026-03-05"});
        cases.push(world.open_case(open).await);
    }
    let Done::CalendarPublished { number, .. } = world
        .run(publish(None, &[("2026-04-07", false)]))
        .await
        .unwrap()
        .done
    else {
        panic!()
    };
    world.crash(standing("2026-03-05T09:00")).await;
    let database = world.handle.database();
    eventually(async || {
        let found = calendar::publication(database, &tenant(), number)
            .await
            .unwrap()
            .unwrap();
        found.state == PublicationState::Done
    })
    .await;
    for case in &cases {
        assert_eq!(world.case(case).await["replyUntil"], "2026-04-08");
    }
    eventually(async || world.visits().await.len() == 30).await;
    let pending = time_event::pending(database, 100).await.unwrap();
    assert!(pending.is_empty(), "each was told once: {pending:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_come_at_their_day_and_of_several_missed_only_the_last() {
    let mut world = world("2026-03-05T09:00").await;
    let open = json!({"name": "a", "state": "NEW", "anchor": "2026-03-05"});
    let case = world.open_case(open.clone()).await;
    let events = async |world: &World| {
        let filter = TimeEventFilter {
            kind: Some(TimeEventKind::DeadlineReminder),
            ..TimeEventFilter::default()
        };
        let page = PageRequest::first(10);
        let found = time_event::list(world.handle.database(), &tenant(), &filter, &page).await;
        found.unwrap().into_nodes()
    };
    world.advance("2026-03-30T23:59").await;
    assert!(events(&world).await.is_empty());
    world.advance("2026-04-30T00:00").await;
    let found = events(&world).await;
    let when: Vec<i64> = found.iter().map(|it| it.at).collect();
    assert_eq!(when, [at("2026-03-31T00:00"), at("2026-04-03T00:00")]);
    assert!(
        found
            .iter()
            .all(|it| it.state == TimeEventState::Done && *it.subject_id == *case)
    );

    // The server is down over both reminders of another case.
    let mut open = open;
    open["anchor"] = json!("2026-04-30");
    world.open_case(open).await;
    world.jump(standing(""), "2026-05-29T09:00").await;
    eventually(async || events(&world).await.len() == 3).await;
    let last = &events(&world).await[2];
    assert!(last.detail.contains("\"stage\":1"), "{}", last.detail);
    let filter = query::DeadlineFilter {
        statuses: vec![DeadlineStatus::Open],
        ..query::DeadlineFilter::default()
    };
    let page = PageRequest::first(10);
    let all = query::list(world.handle.database(), &tenant(), &filter, &page)
        .await
        .unwrap();
    assert!(all.into_nodes().iter().all(|it| it.end.remind_at.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_a_calendar_moves_what_commands_of_another_node_set() {
    let Some(world) = postgresql("2026-03-05T09:00").await else {
        eprintln!("not run: postgresql absent");
        return;
    };
    let other = world.beside(standing("2026-03-05T09:00")).await;
    let open = json!({"name": "a", "state": "NEW", "anchor": "2026-03-05", "process": "bound"});
    let case = world.open_case(open.clone()).await;
    published(&other, publish(None, &[("2026-04-07", false)])).await;
    assert_eq!(world.case(&case).await["replyUntil"], "2026-04-08");
    // Sooner or later the first node knows the new calendar, too.
    eventually(async || {
        let mut open = open.clone();
        open["name"] = json!("b");
        let case = world.open_case(open).await;
        world.deadline("reply", &case).await.end.due_on.to_string() == "2026-04-08"
    })
    .await;
    world.clock(&case, json!({"do": "close"})).await.unwrap();
    assert_eq!(
        other.deadline("reply", &case).await.status,
        DeadlineStatus::Closed
    );
    let instance = world.handle.database();
    let page = PageRequest::first(10);
    let filter = tongban_store::query::process_instance::ProcessInstanceFilter::default();
    let tenant = tenant();
    let all = tongban_store::query::process_instance::list(instance, &tenant, &filter, &page);
    let all = all.await.unwrap().into_nodes();
    assert!(all.iter().all(|it| it.status == Status::Active));
}
