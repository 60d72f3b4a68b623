//! P4, P5, P7, P8 and P10 of the specification (§13.1) for the smaller procedures: whatever is done
//! to a marriage in the archive, in any order and by anybody.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tongban_plugin_marriage_registration::PLUGIN;
use tongban_sdk::OperationError;
use tongban_sdk::host::{Completion, Write};
use tongban_sdk_harness::case::ActorSpec;
use tongban_sdk_harness::run::{Outcome, Session};

const NUMBERS: [&str; 2] = ["150603199602299050", "150603199807019067"];
const MARRIAGE: &str = "J150627-2021-000901";
const ACTORS: [(&str, &str); 5] = [
    ("registrar-01", "REGISTRAR"),
    ("archivist-01", "ARCHIVIST"),
    ("archivist-02", "ARCHIVIST"),
    ("reviewer-01", "REVIEWER"),
    ("approver-01", "APPROVER"),
];

/// Record kinds of the procedures and the states in which nothing more happens.
const ENDS: [(&str, &[&str]); 5] = [
    ("reissue_case", &["REFUSED", "ARCHIVED"]),
    ("court_note", &["REFERRED", "NOTED", "RETURNED_TO_COURT"]),
    ("fraud_revocation", &["REVOKED", "KEPT"]),
    ("correction_case", &["APPLIED", "REJECTED"]),
    ("record_proof", &["DENIED", "ISSUED"]),
];

fn party(woman: bool) -> Value {
    let (id, name, sex, birth, number) = if woman {
        ("person-w3", "赵知夏", "2", "1998-07-01", NUMBERS[1])
    } else {
        ("person-m3", "张弘毅", "1", "1996-02-29", NUMBERS[0])
    };
    json!({
        "personId": id, "name": name, "sex": sex, "birthDate": birth, "kind": "MAINLAND",
        "idNumber": number, "declaredMaritalStatus": "20", "mobile": "13900000008",
        "idDocs": [{ "type": "ID_CARD", "number": number, "validTo": "2040-01-01" }],
    })
}

/// The commands: an operation, the kind of record it is for (none begins a case), and its input.
fn commands() -> Vec<(&'static str, &'static str, Value)> {
    let subject = json!({ "personId": "person-w3", "name": "赵知夏", "idNumber": NUMBERS[1] });
    let judgment = json!({
        "caseNoCourt": "(2026)内0627民初88号", "court": "旗法院", "kind": "VOID", "ground": "BIGAMY",
        "effectiveDate": "2026-03-01", "judgmentScan": "s", "receivedDate": "2026-03-09",
        "targetCertNumber": MARRIAGE, "husbandName": "张弘毅", "wifeName": "赵知夏",
    });
    let finding = json!({
        "kind": "POLICE_FINDING", "no": "12", "org": "旗公安局", "date": "2026-03-01", "scanRef": "s",
    });
    let field = json!({ "path": "WIFE_NAME", "old": "赵知夏", "new": "赵之夏", "proof": "s" });
    let office = "15062701";
    let reissue = |woman: bool| {
        json!({
            "authorityCode": office, "applicants": [party(woman)], "reason": "LOST",
            "targetKind": "J", "originalNumber": MARRIAGE,
        })
    };
    let issue = json!({
        "decision": "ISSUE", "declarationSigned": true, "photoOk": true, "identityConfirmed": true,
    });
    let proof = |purpose: &str| {
        json!({
            "authorityCode": office, "subject": subject, "purpose": purpose,
            "requester": { "kind": "OWN", "name": "赵知夏" },
        })
    };
    vec![
        ("requestReissue", "", reissue(true)),
        ("requestReissue", "", reissue(false)),
        (
            "noteReissueRequirements",
            "reissue_case",
            json!({
                "competence": { "outcome": "HANDLE" }, "requiredMaterials": [],
            }),
        ),
        ("searchReissueArchive", "reissue_case", json!({})),
        ("reviewReissue", "reissue_case", issue),
        (
            "reviewReissue",
            "reissue_case",
            json!({ "decision": "REFUSE" }),
        ),
        ("noteReissueUploaded", "reissue_case", json!({})),
        (
            "archiveReissueCase",
            "reissue_case",
            json!({ "imagesComplete": true }),
        ),
        (
            "requestAnnulment",
            "",
            json!({
                "authorityCode": office, "requester": subject, "ground": "DURESS",
            }),
        ),
        (
            "receiveJudgment",
            "",
            json!({ "authorityCode": office, "judgment": judgment }),
        ),
        (
            "compareJudgment",
            "court_note",
            json!({ "decision": "NOTE", "isFinal": true }),
        ),
        (
            "compareJudgment",
            "court_note",
            json!({ "decision": "RETURN", "reason": "未生效" }),
        ),
        (
            "reportFraud",
            "",
            json!({
                "authorityCode": office, "targetCertNumber": MARRIAGE, "lead": "冒名",
                "evidence": [finding],
            }),
        ),
        (
            "proposeRevocation",
            "fraud_revocation",
            json!({ "text": "拟撤销" }),
        ),
        ("endFraudComment", "fraud_revocation", json!({})),
        (
            "decideFraudRevocation",
            "fraud_revocation",
            json!({ "revoke": true, "reason": "属实" }),
        ),
        (
            "decideFraudRevocation",
            "fraud_revocation",
            json!({ "revoke": false, "reason": "不足" }),
        ),
        (
            "requestCorrection",
            "",
            json!({
                "authorityCode": office, "targetCertNumber": MARRIAGE, "errorSource": "AUTHORITY",
                "fields": [field],
            }),
        ),
        (
            "checkCorrection",
            "correction_case",
            json!({ "clerical": true, "sourceAgrees": true }),
        ),
        (
            "checkCorrection",
            "correction_case",
            json!({ "clerical": false, "sourceAgrees": true }),
        ),
        (
            "approveCorrection",
            "correction_case",
            json!({ "approved": true }),
        ),
        (
            "rejectCorrection",
            "correction_case",
            json!({ "reason": "非笔误" }),
        ),
        ("requestRecordProof", "", proof("OWN_ARCHIVE_COPY")),
        ("requestRecordProof", "", proof("OTHER")),
        (
            "noteProofOutcome",
            "record_proof",
            json!({ "outcome": "ISSUE_COPY" }),
        ),
        (
            "noteProofOutcome",
            "record_proof",
            json!({ "outcome": "DENY" }),
        ),
        (
            "issueRecordProof",
            "record_proof",
            json!({ "sameNameChecked": true }),
        ),
    ]
}

/// What leaves the records: answers, audit, notices, variables of processes.
fn names_nobody(completion: &Completion) {
    let mut said = String::from_utf8_lossy(&completion.output).into_owned();
    for write in &completion.writes {
        if !matches!(write, Write::PutRecord { .. }) {
            said += &format!("{write:?}");
        }
    }
    for number in NUMBERS {
        assert!(!said.contains(number), "{said}");
    }
}

/// One command by somebody, for the case that `pick` chooses. Whether it was done.
fn act(session: &mut Session<'_>, (command, actor, pick): (usize, usize, usize)) -> bool {
    let commands = commands();
    let (operation, kind, mut input) = commands[command % commands.len()].clone();
    let (id, role) = ACTORS[actor % ACTORS.len()];
    session.context().actor = Some(ActorSpec {
        id: id.into(),
        roles: vec![role.into()],
    });
    if !kind.is_empty() {
        let cases = session.records(kind);
        let Some((case_id, _)) = cases.get(pick % cases.len().max(1)) else {
            return false;
        };
        input["caseId"] = json!(case_id);
    }
    match session.call(operation, input).unwrap() {
        Outcome::Completed(completion) => {
            names_nobody(&completion);
            true
        }
        // Refused with violations: nothing has moved.
        Outcome::Failed(OperationError::Invalid(_) | OperationError::Business(_)) => false,
        other => panic!("{operation}: {other:?}"),
    }
}

/// P7: a case that has come to its end says when, how and by which paper.
fn ends_are_told(session: &Session<'_>) {
    for (kind, ends) in ENDS {
        for (id, case) in session.records(kind) {
            let state = case["state"].as_str().unwrap();
            if !ends.contains(&state) {
                continue;
            }
            let course = &case["course"];
            let history = course["history"].as_array().unwrap();
            let last = history.iter().filter(|it| it["to"] == state).count();
            assert!(last > 0, "{kind} {id}: no entry for {state}: {course}");
            let papers = course["documents"].as_array().map_or(0, Vec::len);
            // The authority's own copy of the record is the paper of a correction.
            assert!(
                papers > 0 || kind == "correction_case",
                "{kind} {id} {state}: no document"
            );
        }
    }
}

fn count_of(session: &Session<'_>, kind: &str, path: &str, value: &str) -> usize {
    let records = session.records(kind);
    records.iter().filter(|(_, it)| it[path] == value).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_done_to_a_marriage_its_file_stays_whole(
        acts in proptest::collection::vec((0..64_usize, 0..5_usize, 0..4_usize), 1..60),
    ) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut session = Session::open(&PLUGIN, dir, "file/worked_on.toml").unwrap();
        for it in acts {
            act(&mut session, it);
            // P4, and no record is ever removed.
            prop_assert_eq!(session.records("marriage_record").len(), 1);
            prop_assert!(count_of(&session, "marriage_record", "status", "VALID") <= 1);
            // One certificate of a kind in the hands of each.
            for person in ["person-m3", "person-w3"] {
                let held = session.records("certificate").into_iter().filter(|(_, it)| {
                    it["holder"]["personId"] == person && it["status"] == "ISSUED"
                });
                prop_assert!(held.count() <= 1, "{}", person);
            }
        }
        // P5
        let mut numbers: Vec<String> = session
            .records("reissue_case")
            .iter()
            .filter_map(|(_, it)| it["certificateNumber"].as_str().map(str::to_owned))
            .collect();
        numbers.sort();
        let expected: Vec<String> =
            (1..=numbers.len()).map(|n| format!("BJ150627-2026-{n:06}")).collect();
        prop_assert_eq!(numbers, expected);
        ends_are_told(&session);
    }

    /// P10: what the clock does is the same once, twice, or days later.
    #[test]
    fn a_slot_never_holds_more_than_its_places(
        acts in proptest::collection::vec((0..6_usize, 0..6_usize, 0..4_i64), 1..50),
    ) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut session = Session::open(&PLUGIN, dir, "file/slot.toml").unwrap();
        for (what, which, days) in acts {
            booking(&mut session, what, which, days);
            let places = session.records("slot_capacity");
            let taken = places[0].1["taken"].as_u64().unwrap();
            let capacity = places[0].1["capacity"].as_u64().unwrap();
            let all = session.records("appointment");
            let held = all.iter().filter(|(_, it)| {
                ["BOOKED", "OFFERED", "CHECKED_IN", "DONE", "NO_SHOW"]
                    .contains(&it["state"].as_str().unwrap())
            });
            prop_assert!(taken <= capacity, "{} of {}", taken, capacity);
            prop_assert_eq!(held.count() as u64, taken);
        }
    }
}

const COUPLES: [(&str, &str); 3] = [
    ("person-m1", "person-w1"),
    ("person-m3", "person-w3"),
    ("person-m5", "person-w4"),
];

/// Something that happens to the bookings of one slot; the process settles each at once.
fn booking(session: &mut Session<'_>, what: usize, which: usize, days: i64) {
    let all = session.records("appointment");
    let picked = all.get(which % all.len().max(1)).map(|(id, _)| id.clone());
    let (man, woman) = COUPLES[which % COUPLES.len()];
    let call = |session: &mut Session<'_>, operation: &str, input: Value| match session
        .call(operation, input)
        .unwrap()
    {
        Outcome::Completed(completion) => {
            Some(serde_json::from_slice::<Value>(&completion.output).unwrap())
        }
        Outcome::Failed(OperationError::Invalid(_)) => None,
        other => panic!("{operation}: {other:?}"),
    };
    session.context().actor = Some(ActorSpec {
        id: man.into(),
        roles: vec!["CITIZEN".into()],
    });
    let Some(id) = picked.filter(|_| what > 0) else {
        let wanted = json!({
            "authorityCode": "15062701", "procedure": "MARRY",
            "slotStart": "2026-03-12T09:00:00+08:00", "wait": true,
            "persons": [
                { "personId": man, "name": "甲", "idNumber": "1" },
                { "personId": woman, "name": "乙", "idNumber": "2" },
            ],
        });
        let booked = call(session, "bookAppointment", wanted);
        if let Some(booked) = booked {
            let settled = json!({
                "appointmentId": booked["appointmentId"], "booking": { "outcome": "BOOK" },
            });
            call(session, "settleBooking", settled);
        }
        return;
    };
    let input = json!({ "appointmentId": id });
    match what {
        1 => {
            call(session, "cancelAppointment", input);
        }
        2 => {
            call(session, "confirmAppointment", input);
        }
        _ => {
            let at = [
                "2026-03-10T10:00:00+08:00",
                "2026-03-10T13:00:00+08:00",
                "2026-03-12T10:15:00+08:00",
                "2026-03-14T10:15:00+08:00",
            ];
            let at = at[usize::try_from(days).unwrap()];
            let before = session.context().now.replace(at.parse().unwrap());
            session.context().actor = None;
            call(session, "sweepAppointment", input.clone());
            let again = call(session, "sweepAppointment", input).unwrap();
            assert_eq!(again["done"], false, "swept twice");
            session.context().now = before;
        }
    }
}
