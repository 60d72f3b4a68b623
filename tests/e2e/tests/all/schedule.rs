//! Time, from outside: deadlines that own their dates, a calendar that is published, schedules that
//! run by the clock, tasks that wait too long.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{advance, client, code, error_code, mutate};

/// The package of the plugin that the engine's own tests drive, built once.
fn package() -> PathBuf {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    PACKAGE
        .get_or_init(|| {
            let folder = paths::repository().join("engine/runtime/tests/guests/clockwork");
            let target = paths::target().join("guests");
            let built = Command::new("cargo")
                .args(["build", "--release", "--locked", "--target-dir"])
                .arg(&target)
                .args(["--target", "wasm32-unknown-unknown"])
                .current_dir(&folder)
                .env("RUSTFLAGS", "-Clink-arg=-zstack-size=131072")
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env_remove("CARGO_TARGET_DIR")
                .status();
            assert!(built.unwrap().success());
            let module = target.join("wasm32-unknown-unknown/release/clockwork_guest.wasm");
            let package = paths::target().join("plugins/clockwork.tbp");
            let packed = Command::new(paths::binary())
                .args(["plugin", "pack"])
                .arg(folder.join("plugin"))
                .arg("--component")
                .arg(module)
                .arg("--output")
                .arg(&package)
                .status();
            assert!(packed.unwrap().success());
            package
        })
        .clone()
}

struct County {
    server: Server,
    clerk: Client,
    operator: Client,
}

fn county(now: &str) -> County {
    let mut options = Options::plain(now);
    options.arguments = vec!["--plugin".to_owned(), package().display().to_string()];
    let server = Server::start(&options).unwrap();
    let clerk = client(&server, "clerk", &["CLERK"]);
    let operator = client(&server, "li", &["OPERATOR"]);
    County {
        server,
        clerk,
        operator,
    }
}

async fn open_case(clerk: &Client, input: Value) -> String {
    let payload = mutate(clerk, "openCase", "result { caseId }", input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["result"]["caseId"].as_str().unwrap().to_owned()
}

async fn ask(client: &Client, query: &str, variables: Value) -> Value {
    client.data(query, variables).await.unwrap()
}

/// Asks again until something holds of the answer.
async fn until(
    client: &Client,
    query: &str,
    variables: Value,
    holds: impl Fn(&Value) -> bool,
) -> Value {
    for _ in 0..500 {
        let answer = ask(client, query, variables.clone()).await;
        if holds(&answer) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not happen: {query}");
}

const CASE: &str = "query ($id: ID!) { case(id: $id) { replyUntil deadlines {
    key title { zh } lawBasis { zh } status anchorOn amount unit dueOn dueAt provisional light protects
    movedAt explanation { zh en } pauses { from } extensions { officer } } } }";

#[tokio::test]
async fn a_deadline_is_shown_with_its_reasons_and_follows_a_published_calendar() {
    let it = county("2026-03-05T09:00:00+08:00");
    let opened = json!({ "name": "a", "state": "NEW", "anchor": "2026-03-05" });
    let case = open_case(&it.clerk, opened).await;
    let answer = ask(&it.clerk, CASE, json!({ "id": case })).await;
    let deadline = &answer["case"]["deadlines"][0];
    assert_eq!(answer["case"]["replyUntil"], "2026-04-07");
    for (field, expected) in [
        ("key", json!("reply")),
        ("status", json!("OPEN")),
        ("anchorOn", json!("2026-03-05")),
        ("amount", json!(30)),
        ("unit", json!("CALENDAR_DAYS")),
        ("dueOn", json!("2026-04-07")),
        ("provisional", json!(false)),
        ("light", json!("GREEN")),
        ("protects", json!("CITIZEN")),
        ("movedAt", Value::Null),
    ] {
        assert_eq!(deadline[field], expected, "{field}");
    }
    let why = deadline["explanation"]["zh"].as_str().unwrap();
    assert!(
        why.contains("顺延至2026-04-07") && why.contains("第二百零三条"),
        "{why}"
    );
    advance(&it.operator, "2026-03-31T12:00:00+08:00").await;
    let list = "query { deadlines(filter: { light: YELLOW, recordKind: \"case\" }) { nodes { recordId dueOn } } }";
    let answer = ask(&it.clerk, list, json!({})).await;
    assert_eq!(answer["deadlines"]["nodes"][0]["recordId"], json!(case));
    // Two more days of the county's own: the citizen's time grows, the record and its reminders follow.
    let edition = json!({ "note": "那达慕大会", "overrides": [
        { "date": "2026-04-07", "working": false, "reason": "那达慕大会", "document": "旗政办发〔2026〕3号" },
        { "date": "2026-04-08", "working": false, "reason": "那达慕大会" },
    ] });
    let published = mutate(
        &it.operator,
        "publishCalendar",
        "publication { number state } unchanged",
        edition.clone(),
    )
    .await;
    assert_eq!(published["userErrors"], json!([]));
    let editions = "query { calendarPublications(first: 1) { nodes { state moved selected } } }";
    let state = |it: &Value| it["calendarPublications"]["nodes"][0]["state"] == "DONE";
    let answer = until(&it.clerk, editions, json!({}), state).await;
    let progress = &answer["calendarPublications"]["nodes"][0];
    assert_eq!(
        (&progress["selected"], &progress["moved"]),
        (&json!(1), &json!(1))
    );
    let answer = ask(&it.clerk, CASE, json!({ "id": case })).await;
    assert_eq!(answer["case"]["replyUntil"], "2026-04-09");
    assert_eq!(answer["case"]["deadlines"][0]["dueOn"], "2026-04-09");
    assert!(answer["case"]["deadlines"][0]["movedAt"].is_string());
    let events = "query { timeEvents(filter: { kind: DEADLINE_MOVED }) { nodes { subjectId detail state } } }";
    let told = |it: &Value| it["timeEvents"]["nodes"][0]["state"] == "DONE";
    let answer = until(&it.operator, events, json!({}), told).await;
    let event = &answer["timeEvents"]["nodes"][0];
    assert_eq!(event["subjectId"], json!(case));
    assert_eq!(
        (&event["detail"]["was"], &event["detail"]["now"]),
        (&json!("2026-04-07"), &json!("2026-04-09"))
    );
    let days = "query { calendarDays(from: \"2026-04-06\", until: \"2026-04-09\") { date kind provisional } calendarOverrides { date reason document } }";
    let answer = ask(&it.clerk, days, json!({})).await;
    let kinds: Vec<&str> = answer["calendarDays"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["REST", "REST", "REST", "WORKING"]);
    assert_eq!(
        answer["calendarOverrides"][0]["document"],
        "旗政办发〔2026〕3号"
    );
    let again = mutate(&it.operator, "publishCalendar", "unchanged", edition).await;
    assert_eq!(again["unchanged"], true);
    let bad = json!({ "note": "x", "overrides": [{ "date": "2026-05-01", "working": true, "reason": " " }] });
    let refused = mutate(&it.operator, "publishCalendar", "unchanged", bad).await;
    assert_eq!(code(&refused), "CALENDAR_INVALID");
    assert_eq!(refused["userErrors"][0]["field"], "/overrides/0/reason");
}

const SCHEDULE: &str = "query { schedule(key: \"recheck\") { title { zh } lawBasis { en } enabled cron amount unit lead
    period missed adjustable floor ruleVersion nextRunAt rules { version state change proposedBy decidedBy }
    runs(first: 10) { nodes { id state selected created skippedDuplicate failed late requestedBy scheduledFor startedAt endedAt configVersion } } } }";

#[tokio::test]
async fn a_schedule_runs_by_the_clock_and_shows_what_it_did() {
    let it = county("2026-04-29T12:00:00+08:00");
    let household = |name: &str, checked_on: &str| json!({ "name": name, "state": "A", "checkedOn": checked_on });
    let due = open_case(&it.clerk, household("a", "2025-06-15")).await;
    open_case(&it.clerk, household("bad", "2025-06-15")).await;
    open_case(&it.clerk, household("c", "2026-01-15")).await;
    let enable = json!({ "key": "recheck", "enabled": true });
    let enabled = mutate(
        &it.operator,
        "setScheduleEnabled",
        "schedule { enabled nextRunAt }",
        enable,
    )
    .await;
    assert_eq!(enabled["schedule"]["enabled"], true);
    assert_eq!(
        enabled["schedule"]["nextRunAt"],
        "2026-04-30T02:00:00+08:00"
    );
    advance(&it.operator, "2026-05-01T12:00:00+08:00").await;
    let answer = ask(&it.clerk, SCHEDULE, json!({})).await;
    let schedule = &answer["schedule"];
    assert_eq!(schedule["missed"], "DATE_DRIVEN");
    assert_eq!(schedule["floor"]["amount"], 12);
    assert_eq!(
        (&schedule["amount"], &schedule["unit"]),
        (&json!(12), &json!("MONTHS"))
    );
    let runs = schedule["runs"]["nodes"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    let counts = |run: &Value| {
        let count = |name: &str| run[name].as_i64().unwrap();
        (
            count("selected"),
            count("created"),
            count("skippedDuplicate"),
            count("failed"),
        )
    };
    assert_eq!(
        (counts(&runs[1]), counts(&runs[0])),
        ((0, 0, 0, 0), (2, 1, 0, 1))
    );
    assert_eq!(
        runs[0]["scheduledFor"], runs[0]["startedAt"],
        "at its own instant"
    );
    let detail = "query ($id: ID!) { scheduleRun(id: $id) { evidence items { nodes { key subjectId outcome message dueOn } } failed: items(outcome: FAILED) { nodes { key } } } }";
    let answer = ask(&it.clerk, detail, json!({ "id": runs[0]["id"] })).await;
    let run = &answer["scheduleRun"];
    assert_eq!(run["items"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(run["failed"]["nodes"].as_array().unwrap().len(), 1);
    let evidence = &run["evidence"];
    assert_eq!(
        (&evidence["policy"], &evidence["created"]),
        (&json!("DATE_DRIVEN"), &json!(1))
    );
    assert_eq!(evidence["configVersion"], "0.1.0/0");
    let keys: Vec<&str> = evidence["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["key"].as_str().unwrap())
        .collect();
    assert!(
        keys.contains(&format!("recheck:{due}:2026-06-15").as_str()),
        "{keys:?}"
    );
    let visits = ask(
        &it.clerk,
        "query { visits { nodes { caseId period asOf late } } }",
        json!({}),
    )
    .await;
    assert_eq!(
        visits["visits"]["nodes"],
        json!([{ "caseId": due, "period": "2026-06-15", "asOf": "2026-05-01", "late": false }])
    );
    // Once more: nothing is done twice, what failed is tried again.
    let run = mutate(
        &it.operator,
        "runSchedule",
        "run { id }",
        json!({ "key": "recheck" }),
    )
    .await;
    let detail = "query ($id: ID!) { scheduleRun(id: $id) { state selected created skippedDuplicate failed requestedBy } }";
    let done = |it: &Value| it["scheduleRun"]["state"] == "DONE";
    let answer = until(&it.clerk, detail, json!({ "id": run["run"]["id"] }), done).await;
    assert_eq!(counts(&answer["scheduleRun"]), (2, 0, 1, 1));
    assert_eq!(answer["scheduleRun"]["requestedBy"], "li");
}

#[tokio::test]
async fn a_rule_takes_two_operators_and_stays_above_the_law() {
    let it = county("2026-05-01T12:00:00+08:00");
    let propose = |change: Value| json!({ "key": "quarterly", "change": change, "note": "减轻负担", "effectiveOn": "2026-06-01" });
    let half_yearly = propose(json!({ "cron": "0 0 6 1 1,7 *" }));
    let refused = mutate(&it.operator, "proposeScheduleRule", "version", half_yearly).await;
    assert_eq!(code(&refused), "SCH-4003");
    assert_eq!(refused["userErrors"][0]["field"], "/change/cron");
    let numeric = propose(json!({ "cron": "0 0 6 * * 1" }));
    let refused = mutate(&it.operator, "proposeScheduleRule", "version", numeric).await;
    assert_eq!(code(&refused), "SCH-4001");
    let monthly = propose(json!({ "cron": "0 0 6 1 * *" }));
    let proposed = mutate(&it.operator, "proposeScheduleRule", "version", monthly).await;
    assert_eq!((code(&proposed), &proposed["version"]), ("", &json!(1)));
    let decide = json!({ "key": "quarterly", "version": 1, "approve": true });
    let own = mutate(
        &it.operator,
        "decideScheduleRule",
        "version",
        decide.clone(),
    )
    .await;
    assert_eq!(code(&own), "SCHEDULE_RULE_OWN");
    let second = client(&it.server, "zhao", &["OPERATOR"]);
    let approved = mutate(
        &second,
        "decideScheduleRule",
        "schedule { cron rules { state decidedBy } }",
        decide,
    )
    .await;
    assert_eq!(code(&approved), "");
    assert_eq!(
        approved["schedule"]["rules"][0],
        json!({ "state": "APPROVED", "decidedBy": "zhao" })
    );
    assert_eq!(
        approved["schedule"]["cron"], "0 0 6 1 1,4,7,10 *",
        "not before its day"
    );
    advance(&it.operator, "2026-06-01T12:00:00+08:00").await;
    let query =
        "query { schedule(key: \"quarterly\") { cron ruleVersion } scheduler: schedules { key } }";
    let answer = ask(&it.clerk, query, json!({})).await;
    assert_eq!(
        answer["schedule"],
        json!({ "cron": "0 0 6 1 * *", "ruleVersion": 1 })
    );
    assert_eq!(answer["scheduler"].as_array().unwrap().len(), 6);
    let scheduler = ask(
        &it.operator,
        "query { scheduler { running code } }",
        json!({}),
    )
    .await;
    assert_eq!(
        scheduler["scheduler"],
        json!({ "running": true, "code": null })
    );
    let resumed = mutate(
        &it.operator,
        "resumeScheduler",
        "scheduler { running }",
        json!({}),
    )
    .await;
    assert_eq!(code(&resumed), "SCHEDULER_NOT_STOPPED");
}

#[tokio::test]
async fn a_waiting_task_turns_yellow_and_red() {
    let it = county("2026-03-02T00:00:00+08:00");
    let opened = json!({ "name": "a", "state": "A", "anchor": "2026-03-02" });
    let case = open_case(&it.clerk, opened).await;
    let start = json!({ "processKey": "review", "variables": { "caseId": case } });
    mutate(
        &it.operator,
        "startProcess",
        "processInstance { id }",
        start,
    )
    .await;
    let tasks = "query ($light: Light) { userTasks(filter: { light: $light }) { nodes { light escalationLevel dueAt deadlines { key dueOn } } } }";
    let first = async |light: &str| {
        let answer = ask(&it.clerk, tasks, json!({ "light": light })).await;
        answer["userTasks"]["nodes"][0].clone()
    };
    let green = first("GREEN").await;
    assert_eq!(
        (&green["light"], &green["escalationLevel"]),
        (&json!("GREEN"), &json!(0))
    );
    assert_eq!(
        green["deadlines"],
        json!([{ "key": "reply", "dueOn": "2026-04-01" }])
    );
    advance(&it.operator, "2026-03-19T12:00:00+08:00").await;
    assert_eq!(first("YELLOW").await["escalationLevel"], 2);
    advance(&it.operator, "2026-03-21T12:00:00+08:00").await;
    assert_eq!(first("RED").await["escalationLevel"], 3);
    assert_eq!(first("GREEN").await, Value::Null);
    let events = "query { timeEvents(filter: { kind: TASK_ESCALATED }) { nodes { detail } } }";
    let answer = ask(&it.operator, events, json!({})).await;
    let levels: Vec<i64> = answer["timeEvents"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["detail"]["level"].as_i64().unwrap())
        .collect();
    assert_eq!(levels, [1, 2, 3]);
}

#[tokio::test]
async fn each_sees_of_time_what_his_roles_allow() {
    let it = county("2026-05-01T12:00:00+08:00");
    let case =
        json!({ "name": "a", "state": "A", "checkedOn": "2025-06-15", "anchor": "2026-05-01" });
    open_case(&it.clerk, case).await;
    mutate(
        &it.operator,
        "setScheduleEnabled",
        "schedule { key }",
        json!({ "key": "recheck", "enabled": true }),
    )
    .await;
    let run = mutate(
        &it.operator,
        "runSchedule",
        "run { id }",
        json!({ "key": "recheck" }),
    )
    .await;
    // Staff without the role that reads the records sees neither their deadlines nor items.
    let other = client(&it.server, "wu", &["SUPERVISOR"]);
    let list = ask(
        &other,
        "query { deadlines { nodes { key } } schedules { key } }",
        json!({}),
    )
    .await;
    assert_eq!(list["deadlines"]["nodes"], json!([]));
    assert!(!list["schedules"].as_array().unwrap().is_empty());
    let items = "query ($id: ID!) { scheduleRun(id: $id) { selected items { nodes { key } } } }";
    let answer = other
        .send(items, json!({ "id": run["run"]["id"] }))
        .await
        .unwrap();
    assert_eq!(error_code(&answer), "FORBIDDEN");
    let citizen = client(&it.server, "citizen", &["CITIZEN"]);
    for query in [
        "{ deadlines { nodes { key } } }",
        "{ schedules { key } }",
        "{ timeEvents { nodes { at } } }",
    ] {
        let answer = citizen.send(query, json!({})).await.unwrap();
        assert!(answer["errors"].is_array(), "{query}: {answer}");
    }
    let clerk = "mutation { runSchedule(input: { key: \"recheck\", idempotencyKey: \"k\" }) { run { id } } }";
    assert!(it.clerk.send(clerk, json!({})).await.unwrap()["errors"].is_array());
}
