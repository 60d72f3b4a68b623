//! A plugin with cases whose deadlines run, and with schedules that visit them.

wit_bindgen::generate!({
    path: "../../../../../schemas/wit/tongban-plugin@0.1.0",
    world: "plugin",
});

use exports::tongban::plugin::operations::{Call, Completion, Guest};
use serde_json::{Value, json};
use tongban::plugin::types::*;
use tongban::plugin::{deadlines, log, records};

struct Clockwork;
export!(Clockwork);

type Answer = Result<Completion, OperationError>;

impl Guest for Clockwork {
    fn handle(envelope: Envelope, call: Call) -> Answer {
        std::panic::set_hook(Box::new(|info| {
            let (file, line) = info.location().map_or(("", 0), |it| (it.file(), it.line()));
            log::panicked(info.payload_as_str().unwrap_or("?"), file, line);
        }));
        let input: Value = serde_json::from_slice(&call.input).unwrap();
        match call.operation.as_str() {
            "openCase" => open_case(&envelope, &input),
            "changeClock" => change_clock(&envelope, &input),
            "touchCase" => touch_case(&input),
            "readClock" => read_clock(&input),
            "startClock" => start_clock(&envelope, &input),
            "noteMoved" => note_moved(&input),
            "visitCase" => visit_case(&envelope, &input),
            "tick" => tick(&envelope),
            other => Err(OperationError::Failed(format!("unknown: {other}"))),
        }
    }
}

fn finish(output: Value, writes: Vec<Write>) -> Answer {
    let output = output.to_string().into_bytes();
    Ok(Completion { output, writes, warnings: Vec::new() })
}

fn failed(text: impl std::fmt::Debug) -> OperationError {
    OperationError::Failed(format!("{text:?}"))
}

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input[name].as_str().unwrap_or_default()
}

fn date_of(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Some(Date { year, month, day })
}

fn text_of(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

fn put_new(kind: &str, body: &Value) -> Write {
    let body = body.to_string().into_bytes();
    Write::PutRecord(PutRecord { kind: kind.into(), id: None, expected_version: None, body })
}

fn set_deadline(key: &str, record_id: &str, anchor: Date, amount: Option<u32>) -> Write {
    Write::SetDeadline(SetDeadline {
        key: key.into(),
        record_id: record_id.into(),
        anchor,
        amount,
    })
}

/// A case; with an anchor its clock starts.
fn open_case(envelope: &Envelope, input: &Value) -> Answer {
    let mut body = json!({ "name": input["name"], "state": input["state"] });
    for name in ["checkedOn", "aliveUntil", "bornOn"] {
        if let Some(day) = input[name].as_str() {
            body[name] = day.into();
        }
    }
    let id = format!("{}-0", envelope.call_id);
    let mut writes = vec![put_new("case", &body)];
    let mut output = json!({ "caseId": id });
    if let Some(anchor) = input["anchor"].as_str().and_then(date_of) {
        let key = input["deadline"].as_str().unwrap_or("reply");
        let reckoned = deadlines::reckon(key, anchor, None).map_err(failed)?;
        output["dueOn"] = text_of(reckoned.due_on).into();
        output["provisional"] = reckoned.provisional.into();
        writes.push(set_deadline(key, &id, anchor, None));
    }
    if let Some(process) = input["process"].as_str() {
        writes.push(Write::StartProcess(StartProcess {
            process_key: process.into(),
            business_key: None,
            variables: json!({ "caseId": id }).to_string().into_bytes(),
        }));
    }
    finish(output, writes)
}

fn change_clock(envelope: &Envelope, input: &Value) -> Answer {
    let (key, record_id) = (text(input, "deadline").to_owned(), text(input, "caseId").to_owned());
    let key = if key.is_empty() { "reply".to_owned() } else { key };
    let on = input["on"].as_str().and_then(date_of).unwrap_or(envelope.today);
    let amount = input["amount"].as_u64().map(|it| it as u32);
    let (officer, reason) = ("staff-1".to_owned(), "测试".to_owned());
    let write = match text(input, "do") {
        "set" => set_deadline(&key, &record_id, on, amount),
        "pause" => Write::PauseDeadline(PauseDeadline { key, record_id, on, reason }),
        "resume" => Write::ResumeDeadline(ResumeDeadline { key, record_id, on }),
        "extend" => {
            let extent = amount.map_or(Extent::Until(on), Extent::Amount);
            Write::ExtendDeadline(ExtendDeadline { key, record_id, extent, officer, reason })
        }
        "close" => Write::CloseDeadline(CloseDeadline { key, record_id, reason }),
        other => return Err(OperationError::Failed(format!("unknown: {other}"))),
    };
    finish(json!({}), vec![write])
}

/// Writes a case back as an old reader would: with a mirrored day that is not true.
fn touch_case(input: &Value) -> Answer {
    let id = text(input, "caseId");
    let record = records::get("case", id).map_err(failed)?.ok_or_else(|| failed("absent"))?;
    let mut body: Value = serde_json::from_slice(&record.body).unwrap();
    body["name"] = input["name"].clone();
    body["replyUntil"] = "1999-01-01".into();
    if let Some(day) = input["checkedOn"].as_str() {
        body["checkedOn"] = day.into();
    }
    let put = if input["remove"].as_bool() == Some(true) {
        Write::RemoveRecord(RemoveRecord {
            kind: "case".into(),
            id: id.into(),
            expected_version: record.version,
            reason: "test".into(),
        })
    } else {
        Write::PutRecord(PutRecord {
            kind: "case".into(),
            id: Some(id.into()),
            expected_version: Some(record.version),
            body: body.to_string().into_bytes(),
        })
    };
    finish(json!({}), vec![put])
}

fn read_clock(input: &Value) -> Answer {
    let key = input["deadline"].as_str().unwrap_or("reply");
    let found = deadlines::get(key, text(input, "caseId")).map_err(failed)?;
    let output = match found {
        None => json!({ "status": "absent" }),
        Some(found) => json!({
            "status": match found.status {
                deadlines::Status::Open => "open",
                deadlines::Status::Paused => "paused",
                deadlines::Status::Closed => "closed",
            },
            "dueOn": found.due_on.map(text_of).unwrap_or_default(),
            "provisional": found.provisional,
            "explanation": found.explanation_zh,
        }),
    };
    finish(output, Vec::new())
}

/// A service task that starts the clock of a case.
fn start_clock(envelope: &Envelope, input: &Value) -> Answer {
    let id = text(input, "caseId");
    finish(json!({}), vec![set_deadline("reply", id, envelope.today, None)])
}

fn note_moved(input: &Value) -> Answer {
    let body = json!({
        "caseId": input["recordId"],
        "period": format!("{} {} {}", text(input, "deadline"), text(input, "was"), text(input, "now")),
    });
    finish(json!({}), vec![put_new("visit", &body)])
}

fn visit_of(envelope: &Envelope) -> Value {
    let run = envelope.schedule.as_ref().expect("a schedule calls");
    let mut visit = json!({
        "schedule": run.key,
        "period": run.period,
        "asOf": text_of(run.as_of),
        "late": run.late,
    });
    if let Some(due_on) = run.due_on {
        visit["dueOn"] = text_of(due_on).into();
    }
    if let Some(stage) = run.stage {
        visit["stage"] = stage.into();
    }
    visit
}

/// Visits a case; one named `bad` refuses, one named `trap` breaks down.
fn visit_case(envelope: &Envelope, input: &Value) -> Answer {
    let id = text(input, "caseId");
    let record = records::get("case", id).map_err(failed)?.ok_or_else(|| failed("absent"))?;
    let body: Value = serde_json::from_slice(&record.body).unwrap();
    match text(&body, "name") {
        "bad" => return Err(OperationError::Failed("it cannot be visited".into())),
        "trap" => panic!("boom"),
        "busy" => return Err(OperationError::Retry(RetryHint { after_ms: 1, reason: "later".into() })),
        _ => {}
    }
    let mut visit = visit_of(envelope);
    visit["caseId"] = id.into();
    let mut writes = vec![put_new("visit", &visit)];
    if text(&body, "name") == "review" {
        writes.push(Write::StartProcess(StartProcess {
            process_key: "review".into(),
            business_key: None,
            variables: json!({ "caseId": id }).to_string().into_bytes(),
        }));
    }
    finish(json!({}), writes)
}

fn tick(envelope: &Envelope) -> Answer {
    finish(json!({}), vec![put_new("visit", &visit_of(envelope))])
}
