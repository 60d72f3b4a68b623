//! A plugin that does what its input asks for: mostly what a plugin must not do.

wit_bindgen::generate!({
    path: "../../../../../schemas/wit/tongban-plugin@0.1.0",
    world: "plugin",
});

use exports::tongban::plugin::operations::{Call, Completion, Guest};
use tongban::plugin::types::*;
use tongban::plugin::{calendar, checks, deadlines, decisions, log, numbering, records};

const NEW_YEAR: Date = Date { year: 2026, month: 1, day: 1 };

struct Hostile;
export!(Hostile);

impl Guest for Hostile {
    fn handle(envelope: Envelope, call: Call) -> Result<Completion, OperationError> {
        std::panic::set_hook(Box::new(|info| {
            let (file, line) = info.location().map_or(("", 0), |it| (it.file(), it.line()));
            log::panicked(&info.payload_as_str().unwrap_or("?"), file, line);
        }));
        match call.operation.as_str() {
            "noop" => complete("{}"),
            "realistic" => realistic(&envelope, &call),
            _ => {
                let input: serde_json::Value = serde_json::from_slice(&call.input).unwrap();
                act(input["do"].as_str().unwrap(), &envelope, &call)
            }
        }
    }
}

fn complete(output: &str) -> Result<Completion, OperationError> {
    finish(output.as_bytes().to_vec(), Vec::new())
}

fn finish(output: Vec<u8>, writes: Vec<Write>) -> Result<Completion, OperationError> {
    Ok(Completion { output, writes, warnings: Vec::new() })
}

fn failed(text: impl std::fmt::Debug) -> OperationError {
    OperationError::Failed(format!("{text:?}"))
}

/// Three records of the snapshot are read, three host calls made, two records written.
fn realistic(envelope: &Envelope, call: &Call) -> Result<Completion, OperationError> {
    let input: serde_json::Value = serde_json::from_slice(&call.input).unwrap();
    let mut total = 0;
    let mut writes = Vec::new();
    for entry in &call.snapshot {
        let Some(record) = &entry.value else { continue };
        let mut body: serde_json::Value = serde_json::from_slice(&record.body).unwrap();
        total += body["amount"].as_i64().unwrap_or(0);
        body["state"] = "ACCEPTED".into();
        if writes.len() < 2 {
            writes.push(Write::PutRecord(PutRecord {
                kind: record.kind.clone(),
                id: Some(record.id.clone()),
                expected_version: Some(record.version),
                body: serde_json::to_vec(&body).unwrap(),
            }));
        }
    }
    let due = calendar::add_working_days(envelope.today, 30).map_err(failed)?;
    let more = records::get("thing", "thing-9").map_err(failed)?;
    let scope = [argument("area", "150627"), argument("year", "2026")];
    let number = numbering::allocate("certificate", &scope).map_err(failed)?;
    let output = serde_json::json!({
        "value": total,
        "number": number,
        "due": format!("{}-{:02}-{:02}", due.year, due.month, due.day),
        "more": more.is_some(),
        "applicant": input["applicant"],
    });
    finish(serde_json::to_vec(&output).unwrap(), writes)
}

fn argument(name: &str, value: &str) -> Argument {
    Argument { name: name.into(), value: value.into() }
}

fn put(kind: &str, id: Option<&str>, expected_version: Option<u64>, body: &str) -> Write {
    let id = id.map(Into::into);
    Write::PutRecord(PutRecord { kind: kind.into(), id, expected_version, body: body.into() })
}

fn set_deadline(key: &str, anchor: Date) -> Write {
    Write::SetDeadline(SetDeadline {
        key: key.into(),
        record_id: "thing-1".into(),
        anchor,
        amount: None,
    })
}

fn notice(code: &str, recipient: Recipient, kind: Option<&str>) -> Write {
    Write::SendNotice(SendNotice {
        code: code.into(),
        recipient,
        subject: kind.map(|kind| RecordReference { kind: kind.into(), id: "thing-1".into() }),
        arguments: vec![argument("day", "2026-03-01")],
        dedupe_key: Some("once".into()),
    })
}

const THING: &str = r#"{"name":"a","amount":1,"state":"NEW"}"#;

fn query(kind: &str, filter: &str, value: &str) -> records::Query {
    records::Query {
        kind: kind.into(),
        conditions: vec![records::Condition {
            filter: filter.into(),
            comparison: records::Comparison::Equal,
            value: value.into(),
        }],
        order: vec![],
        limit: 10_000,
        after: None,
    }
}

#[inline(never)]
#[expect(unconditional_recursion, reason = "exhausting the stack is what this guest is for")]
fn recurse(depth: u64) -> u64 {
    let mut frame = [depth; 64];
    std::hint::black_box(&mut frame);
    recurse(depth + 1).wrapping_add(frame[(depth % 64) as usize])
}

fn act(what: &str, envelope: &Envelope, call: &Call) -> Result<Completion, OperationError> {
    let none = Vec::new();
    match what {
        "panic" => panic!("boom: {}", 7),
        "index" => {
            let list = std::hint::black_box(vec![1]);
            complete(&list[list.len() + 3].to_string())
        }
        "loop" => loop {
            std::hint::black_box(0);
        },
        "allocate" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
                std::hint::black_box(&hoard);
            }
        }
        "recurse" => complete(&recurse(0).to_string()),
        "bad-utf8" => finish(b"{\"a\":\"\xff\"}".to_vec(), none),
        "bad-utf8-string" => {
            // SAFETY: none; the host must cope with it.
            Err(OperationError::Failed(unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe]) }))
        }
        "bad-json" => complete("{\"a\":"),
        "no-object" => complete("[1]"),
        "deep-json" => {
            let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
            complete(&deep)
        }
        "schema-breach" => complete(r#"{"value":"not a number"}"#),
        "huge-output" => complete(&format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20))),
        "log-flood" => {
            for n in 0..10_000 {
                log::emit(log::Level::Info, &format!("line {n} {}", "x".repeat(100)), &[]);
            }
            complete("{}")
        }
        "read-undeclared" => records::get("secret", "1").map(|_| ()).map_err(failed).and_then(|()| complete("{}")),
        "read-undeclared-and-swallow" => {
            let _ = records::get("secret", "1");
            complete("{}")
        }
        "find-undeclared" => records::find(&query("secret", "name", "\"a\"")).map_err(failed).and_then(|_| complete("{}")),
        "check-undeclared" => checks::lookup("X-OTHER", "1", 1).map_err(failed).and_then(|_| complete("{}")),
        "decision-undeclared" => decisions::decide("other", NEW_YEAR, b"{}").map_err(failed).and_then(|_| complete("{}")),
        "decision-bad-input" => match decisions::decide("fee", NEW_YEAR, b"[]") {
            Err(decisions::DecisionError::BadInput(_)) => complete(r#"{"value":1}"#),
            other => Err(failed(other.is_ok())),
        },
        "decision-none" => match decisions::decide("fee", Date { year: 1999, ..NEW_YEAR }, b"{}") {
            Err(decisions::DecisionError::Undecided(text)) => Err(OperationError::Failed(text)),
            other => Err(failed(other.is_ok())),
        },
        "decision-flood" => {
            for _ in 0..200 {
                let _ = decisions::decide("fee", NEW_YEAR, b"{}");
            }
            complete("{}")
        }
        "decide" => {
            let decided = decisions::decide("fee", NEW_YEAR, br#"{"value":7}"#).map_err(failed)?;
            finish(decided.output, Vec::new())
        }
        "number-undeclared" => numbering::allocate("other", &[]).map_err(failed).and_then(|_| complete("{}")),
        "number-bad-scope" => match numbering::allocate("certificate", &[argument("year", "2026")]) {
            Err(numbering::NumberError::BadScope(_)) => complete(r#"{"value":1}"#),
            other => Err(failed(other)),
        },
        "read-flood" => {
            for n in 0..200 {
                let _ = records::get("thing", &n.to_string());
            }
            complete("{}")
        }
        "row-flood" => {
            let ids: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
            records::get_many("thing", &ids).map_err(failed).and_then(|_| complete("{}"))
        }
        "byte-flood" => {
            for n in 0..40 {
                let _ = records::get("thing", &format!("large-{n}"));
            }
            complete("{}")
        }
        "slow-reads" => {
            for n in 0..3 {
                let _ = records::get("thing", &format!("slow-{n}"));
            }
            complete("{}")
        }
        "unavailable" => {
            let _ = records::get("thing", "unavailable");
            complete("{}")
        }
        "bad-filter" => match records::find(&query("thing", "unknown", "1")) {
            Err(records::ReadError::BadQuery(text)) => Err(OperationError::Failed(text)),
            other => Err(failed(other.is_ok())),
        },
        "bad-filter-value" => match records::find(&query("thing", "amount", "\"x\"")) {
            Err(records::ReadError::BadQuery(text)) => Err(OperationError::Failed(text)),
            other => Err(failed(other.is_ok())),
        },
        "find" => {
            let page = records::find(&query("thing", "amount", "1")).map_err(failed)?;
            let count = records::count(&query("thing", "amount", "1")).map_err(failed)?;
            complete(&format!("{{\"value\":{}}}", page.items.len() as u64 * 100 + count))
        }
        "bad-date" => match calendar::is_working_day(Date { year: 2026, month: 2, day: 30 }) {
            Err(calendar::CalendarError::InvalidDate) => complete("{\"value\":1}"),
            other => Err(failed(other)),
        },
        "lookup" => {
            let answer = checks::lookup("X-MARRIAGE", "somebody", 24).map_err(failed)?;
            let answer = answer.ok_or_else(|| failed("absent"))?;
            complete(&format!("{{\"value\":{}}}", u8::from(answer.fresh)))
        }
        "write-new" => finish(b"{}".to_vec(), vec![put("thing", None, None, THING)]),
        "write-derived-id" => {
            let id = format!("{}-1", envelope.call_id);
            let note = Write::NoteAudit(NoteAudit { code: "A".into(), text: "b".into() });
            finish(b"{}".to_vec(), vec![note, put("thing", Some(&id), None, THING)])
        }
        "write-forged-id" => finish(b"{}".to_vec(), vec![put("thing", Some("mine"), None, THING)]),
        "write-version-without-id" => finish(b"{}".to_vec(), vec![put("thing", None, Some(1), THING)]),
        "write-twice" => finish(
            b"{}".to_vec(),
            vec![put("thing", Some("1"), Some(1), THING), put("thing", Some("1"), Some(1), THING)],
        ),
        "write-undeclared" => finish(b"{}".to_vec(), vec![put("secret", None, None, "{}")]),
        "write-read-only" => finish(b"{}".to_vec(), vec![put("fixed", None, None, "{}")]),
        "write-bad-body" => finish(b"{}".to_vec(), vec![put("thing", None, None, r#"{"name":1}"#)]),
        "write-flood" => finish(b"{}".to_vec(), (0..500).map(|_| put("thing", None, None, THING)).collect()),
        "start-undeclared" => finish(
            b"{}".to_vec(),
            vec![Write::StartProcess(StartProcess {
                process_key: "other".into(),
                business_key: None,
                variables: b"{}".to_vec(),
            })],
        ),
        "publish-undeclared" => finish(
            b"{}".to_vec(),
            vec![Write::PublishMessage(PublishMessage {
                name: "OTHER".into(),
                correlation_key: "1".into(),
                variables: b"{}".to_vec(),
            })],
        ),
        "notice-undeclared" => {
            let to = Recipient::Staff("s-1".into());
            finish(b"{}".to_vec(), vec![notice("OTHER_NOTICE", to, None)])
        }
        "notice-wrong-audience" => {
            let to = Recipient::Staff("s-1".into());
            finish(b"{}".to_vec(), vec![notice("THING_READY", to, Some("thing"))])
        }
        "notice-about-nothing" => {
            let to = Recipient::Person("p-1".into());
            finish(b"{}".to_vec(), vec![notice("THING_READY", to, None)])
        }
        "notice-nobody" => {
            let to = Recipient::Person(String::new());
            finish(b"{}".to_vec(), vec![notice("THING_READY", to, Some("thing"))])
        }
        "notices" => {
            let role = RoleRecipient { role: "CLERK".into(), division: None };
            let sent = [Recipient::Person("p-1".into()), Recipient::Role(role)];
            let sent = sent.into_iter().map(|to| notice("THING_READY", to, Some("thing")));
            finish(b"{}".to_vec(), sent.collect())
        }
        "every-write" => finish(
            b"{}".to_vec(),
            vec![
                put("thing", Some("thing-1"), Some(3), THING),
                Write::RemoveRecord(RemoveRecord {
                    kind: "thing".into(),
                    id: "thing-2".into(),
                    expected_version: 1,
                    reason: "expired".into(),
                }),
                Write::StartProcess(StartProcess {
                    process_key: "some-process".into(),
                    business_key: Some("k".into()),
                    variables: b"{\"a\":1}".to_vec(),
                }),
                Write::PublishMessage(PublishMessage {
                    name: "SOMETHING".into(),
                    correlation_key: "1".into(),
                    variables: b"{}".to_vec(),
                }),
            ],
        ),
        "every-deadline-write" => finish(
            b"{}".to_vec(),
            vec![
                Write::SetDeadline(SetDeadline {
                    key: "reply".into(),
                    record_id: "thing-1".into(),
                    anchor: envelope.today,
                    amount: Some(3),
                }),
                Write::PauseDeadline(PauseDeadline {
                    key: "reply".into(),
                    record_id: "thing-1".into(),
                    on: envelope.today,
                    reason: "补正".into(),
                }),
                Write::ResumeDeadline(ResumeDeadline {
                    key: "reply".into(),
                    record_id: "thing-1".into(),
                    on: envelope.today,
                }),
                Write::ExtendDeadline(ExtendDeadline {
                    key: "reply".into(),
                    record_id: "thing-1".into(),
                    extent: Extent::Until(envelope.today),
                    officer: "staff-1".into(),
                    reason: "疑难".into(),
                }),
                Write::ExtendDeadline(ExtendDeadline {
                    key: "reply".into(),
                    record_id: "thing-1".into(),
                    extent: Extent::Amount(2),
                    officer: "staff-1".into(),
                    reason: "疑难".into(),
                }),
                Write::CloseDeadline(CloseDeadline {
                    key: "reply".into(),
                    record_id: "thing-1".into(),
                    reason: "已答复".into(),
                }),
            ],
        ),
        "deadline-undeclared" => finish(b"{}".to_vec(), vec![set_deadline("secret_reply", envelope.today)]),
        "deadline-no-date" => {
            finish(b"{}".to_vec(), vec![set_deadline("reply", Date { year: 2026, month: 2, day: 30 })])
        }
        "deadline-no-reason" => finish(
            b"{}".to_vec(),
            vec![Write::CloseDeadline(CloseDeadline {
                key: "reply".into(),
                record_id: "thing-1".into(),
                reason: " ".into(),
            })],
        ),
        "deadline-huge" => finish(
            b"{}".to_vec(),
            vec![Write::SetDeadline(SetDeadline {
                key: "reply".into(),
                record_id: "thing-1".into(),
                anchor: envelope.today,
                amount: Some(u32::MAX),
            })],
        ),
        "deadline" => {
            let found = deadlines::get("reply", "thing-1").map_err(failed)?;
            let absent = deadlines::get("reply", "absent").map_err(failed)?;
            let reckoned = deadlines::reckon("reply", envelope.today, None).map_err(failed)?;
            let found = found.ok_or_else(|| failed("absent"))?;
            let is_paused = matches!(found.status, deadlines::Status::Paused) && found.due_on.is_none();
            let value = u8::from(is_paused) + 2 * u8::from(absent.is_none()) + 4 * u8::from(reckoned.provisional);
            complete(&format!("{{\"value\":{value}}}"))
        }
        "deadline-read-undeclared" => {
            deadlines::get("secret_reply", "1").map_err(failed).and_then(|_| complete("{}"))
        }
        "deadline-beyond" => match deadlines::reckon("reply", envelope.today, Some(9)) {
            Err(records::ReadError::BadQuery(_)) => complete("{\"value\":1}"),
            other => Err(failed(other.is_ok())),
        },
        "day-kind" => {
            let kind = calendar::day_kind_of(envelope.today).map_err(failed)?;
            complete(&format!("{{\"value\":{}}}", kind as u8))
        }
        "schedule" => {
            let run = envelope.schedule.as_ref().ok_or_else(|| failed("absent"))?;
            let value = run.stage.unwrap_or(0) * 10 + i32::from(run.late);
            complete(&format!("{{\"value\":{value}}}"))
        }
        "business" => Err(OperationError::Business(BusinessError {
            code: "TOO_EARLY".into(),
            arguments: vec![argument("day", "2026-03-01")],
            details: b"{\"daysLeft\":3}".to_vec(),
        })),
        "invalid" => Err(OperationError::Invalid(vec![Violation {
            path: "/do".into(),
            code: "TOO_EARLY".into(),
            arguments: vec![argument("day", "2026-03-01")],
        }])),
        "invalid-empty" => Err(OperationError::Invalid(vec![])),
        "retry" => Err(OperationError::Retry(RetryHint { after_ms: u64::MAX, reason: "later".into() })),
        "failed" => Err(OperationError::Failed("cannot go on".into())),
        "configuration" => finish(envelope.configuration.clone(), none),
        "remember" => {
            use std::sync::atomic::{AtomicU32, Ordering};
            static CALLS: AtomicU32 = AtomicU32::new(0);
            complete(&format!("{{\"value\":{}}}", CALLS.fetch_add(1, Ordering::Relaxed)))
        }
        "snapshot" => {
            let found = call.snapshot.iter().filter(|it| it.value.is_some()).count();
            complete(&format!("{{\"value\":{}}}", call.snapshot.len() * 10 + found))
        }
        other => Err(OperationError::Failed(format!("unknown: {other}"))),
    }
}
