//! Deadlines: the clock starts, stops, goes on, is extended and ends; the record mirrors it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, DayKind, DeadlineStatus, Extent, Nothing, OperationError, Plugin, Record,
    RecordId, operation,
};
use tongban_sdk_harness::run::{Failures, Summary};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "case", filter(name = "replyUntil", path = "/replyUntil"))]
struct Case {
    reply_until: Option<Date>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseInput {
    case_id: RecordId,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReplyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_until: Option<Date>,
    provisional: bool,
    status: String,
}

#[operation]
fn ask(ctx: &mut Context, _: Nothing) -> Result<ReplyOutput, OperationError> {
    let case = ctx.put_new(&Case { reply_until: None })?;
    let today = ctx.today();
    let reply = ctx.set_deadline("reply", &case, today)?;
    assert_eq!(ctx.reckon_deadline("reply", today)?, reply);
    assert_eq!(ctx.deadline("reply", &case)?, None, "not before the commit");
    let schedule = ctx.schedule().expect("a schedule calls");
    assert_eq!(
        (schedule.period.as_str(), schedule.stage),
        ("2026-Q2", Some(7))
    );
    let saturday: Date = "2026-03-07".parse().expect("it is a date");
    assert_eq!(ctx.calendar().day_kind(saturday)?, DayKind::Weekend);
    assert!(!ctx.calendar().is_rest_day(saturday, false)?);
    Ok(ReplyOutput {
        reply_until: Some(reply.due_on),
        provisional: reply.provisional,
        status: String::new(),
    })
}

#[operation]
fn tell(ctx: &mut Context, input: CaseInput) -> Result<ReplyOutput, OperationError> {
    let reply = ctx.deadline("reply", &input.case_id)?;
    let reply = reply.ok_or_else(|| OperationError::failed("it was set"))?;
    let case = ctx.require::<Case>(&input.case_id, "/caseId")?;
    assert_eq!(case.reply_until, reply.due_on(), "the record mirrors it");
    Ok(ReplyOutput {
        reply_until: reply.due_on(),
        provisional: reply.is_provisional(),
        status: match reply.status() {
            DeadlineStatus::Open => "open".to_owned(),
            DeadlineStatus::Paused => "paused".to_owned(),
            DeadlineStatus::Closed => "closed".to_owned(),
        },
    })
}

#[operation]
fn stop(ctx: &mut Context, input: CaseInput) -> Result<Nothing, OperationError> {
    let today = ctx.today();
    ctx.pause_deadline("reply", &input.case_id, today, "补正");
    Ok(Nothing {})
}

#[operation(name = "goOn")]
fn go_on(ctx: &mut Context, input: CaseInput) -> Result<Nothing, OperationError> {
    let today = ctx.today();
    ctx.resume_deadline("reply", &input.case_id, today);
    ctx.extend_deadline(
        "reply",
        &input.case_id,
        Extent::Amount(2),
        ("staff-1", "疑难"),
    );
    Ok(Nothing {})
}

#[operation]
fn end(ctx: &mut Context, input: CaseInput) -> Result<Nothing, OperationError> {
    ctx.close_deadline("reply", &input.case_id, "已答复");
    Ok(Nothing {})
}

tongban_sdk::plugin! {
    records: [Case],
    operations: [ask, tell, stop, go_on, end],
}

const MANIFEST: &str = r#"
[[record]]
kind = "case"
schema = "schemas/record/case.json"
filters = [{ name = "replyUntil", path = "/replyUntil" }]
[[parameter]]
key = "reply_days"
default = 10
[[deadline]]
key = "reply"
record = "case"
unit = "working-days"
amount_parameter = "reply_days"
mirror = ["/replyUntil"]
[[operation]]
name = "ask"
writes = ["case"]
deadlines = ["reply"]
[[operation]]
name = "tell"
reads = [{ kind = "case" }]
[[operation]]
name = "stop"
deadlines = ["reply"]
[[operation]]
name = "goOn"
deadlines = ["reply"]
[[operation]]
name = "end"
deadlines = ["reply"]
"#;

fn run(plugin: &Plugin, case: &str) {
    if let Err(failures) = tried(plugin, case) {
        panic!("{failures}");
    }
}

fn tried(plugin: &Plugin, case: &str) -> Result<Summary, Failures> {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("plugin.toml", MANIFEST),
        ("messages/zh-CN.toml", ""),
        ("messages/en.toml", ""),
        ("tests/cases/case.toml", case),
    ] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    tongban_sdk_harness::run::run_all(plugin, folder.path())
}

#[test]
fn a_clock_starts_stops_goes_on_is_extended_and_ends() {
    run(
        &PLUGIN,
        r#"
description = "the clock of a reply"
[context]
now = 2026-03-02T10:00:00+08:00
schedule = { key = "ask", period = "2026-Q2", stage = 7 }
[calendar]
confirmed = [2026]

[[call]]
operation = "ask"
[call.expect]
output = { replyUntil = "2026-03-16", provisional = false, status = "" }
write = [
    { put_record = { kind = "case", id = "call-1-0" } },
    { set_deadline = { key = "reply", record_id = "call-1-0", anchor = "2026-03-02" } },
]

[[call]]
operation = "stop"
input = { caseId = "call-1-0" }
context = { now = 2026-03-03T10:00:00+08:00 }
[call.expect]
output = {}
write = [{ pause_deadline = { key = "reply", on = "2026-03-03", reason = "补正" } }]

[[call]]
operation = "tell"
input = { caseId = "call-1-0" }
[call.expect]
output = { provisional = false, status = "paused" }

[[call]]
operation = "goOn"
input = { caseId = "call-1-0" }
context = { now = 2026-03-09T10:00:00+08:00 }
[call.expect]
output = {}
write = [
    { resume_deadline = { key = "reply", on = "2026-03-09" } },
    { extend_deadline = { key = "reply", amount = 2, officer = "staff-1", reason = "疑难" } },
]

[[call]]
operation = "tell"
input = { caseId = "call-1-0" }
[call.expect]
output = { replyUntil = "2026-03-24", provisional = false, status = "open" }

[[call]]
operation = "end"
input = { caseId = "call-1-0" }
[call.expect]
output = {}
any_writes = true

[[call]]
operation = "tell"
input = { caseId = "call-1-0" }
[call.expect]
output = { replyUntil = "2026-03-24", provisional = false, status = "closed" }
"#,
    );
}

#[test]
fn a_stored_clock_counts_by_the_parameters_and_over_unpublished_years() {
    run(
        &PLUGIN,
        r#"
description = "a stored clock"
parameters = { reply_days = 5 }
[calendar]
confirmed = [2026]
holidays = ["2027-01-01"]
[[record]]
kind = "case"
id = "c-1"
body = { replyUntil = "2027-01-06" }
[[deadline]]
key = "reply"
record_id = "c-1"
anchor = "2026-12-29"

[[call]]
operation = "tell"
input = { caseId = "c-1" }
[call.expect]
output = { replyUntil = "2027-01-06", provisional = true, status = "open" }
"#,
    );
}

#[test]
fn what_the_server_would_refuse_is_refused() {
    let failures = tried(
        &PLUGIN,
        r#"
description = "stopped twice"
[[record]]
kind = "case"
id = "c-1"
body = {}
[[deadline]]
key = "reply"
record_id = "c-1"
anchor = "2025-12-29"
paused_on = "2025-12-30"

[[call]]
operation = "stop"
input = { caseId = "c-1" }
[call.expect]
output = {}
any_writes = true
"#,
    )
    .unwrap_err();
    assert!(
        failures
            .to_string()
            .contains("its clock is stopped already"),
        "{failures}"
    );
}
