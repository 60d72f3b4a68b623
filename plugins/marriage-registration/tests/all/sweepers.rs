//! P3 and P10 of the specification (§13.1): however often and however late the nights of a divorce
//! are swept, by schedule or by the timer of the process, the case stands where its dates put it, and
//! a claim is taken within the window alone.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tongban_plugin_marriage_registration::PLUGIN;
use tongban_sdk::{Date, OperationError};
use tongban_sdk_harness::run::{Outcome, Session};

/// The dates of the couple in `divorce/accepted.json`.
const COOLING_OFF_END: &str = "2026-04-07";
const CLAIM_UNTIL: &str = "2026-05-07";
const SWEEPERS: [&str; 2] = ["repairClaimWindow", "repairDeemedWithdrawal"];

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Whether the operation was done; a refusal moves nothing.
fn call(session: &mut Session<'_>, operation: &str, day: Date, time: &str, input: Value) -> bool {
    session.context().now = Some(format!("{day}T{time}+08:00").parse().unwrap());
    match session.call(operation, input).unwrap() {
        Outcome::Completed(completion) => {
            let output: Value = serde_json::from_slice(&completion.output).unwrap();
            output["done"] != false
        }
        Outcome::Failed(OperationError::Invalid(_) | OperationError::Business(_)) => false,
        other => panic!("{operation}: {other:?}"),
    }
}

fn state(session: &Session<'_>) -> String {
    let cases = session.records("divorce_case");
    cases[0].1["state"].as_str().unwrap().to_owned()
}

/// What the dates say of a case that nobody has touched.
fn expected(day: Date) -> &'static str {
    if day <= date(COOLING_OFF_END) {
        "COOLING_OFF"
    } else if day <= date(CLAIM_UNTIL) {
        "CLAIMABLE"
    } else {
        "DEEMED_WITHDRAWN"
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn sweepers_agree_however_often_and_late_they_run(
        mut nights in proptest::collection::vec((0..60_i32, 0..2_usize), 0..20),
        last in 0..60_i32,
    ) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut session = Session::open(&PLUGIN, dir, "divorce/accepted.json").unwrap();
        let case_id = session.records("divorce_case")[0].0.clone();
        nights.retain(|it| it.0 <= last);
        nights.sort_unstable();
        // On the last night both, as the schedules do, the opener first.
        nights.extend([(last, 0), (last, 1)]);
        let begin = date("2026-03-25");
        for (offset, sweeper) in nights {
            let (day, operation) = (begin.plus_days(offset), SWEEPERS[sweeper]);
            let input = json!({ "caseId": case_id });
            call(&mut session, operation, day, "00:05:00", input.clone());
            let once = state(&session);
            prop_assert!(!call(&mut session, operation, day, "00:06:00", input), "{}", operation);
            prop_assert_eq!(state(&session), once);
        }
        prop_assert_eq!(state(&session), expected(begin.plus_days(last)));
    }

    #[test]
    fn a_claim_is_taken_within_the_window_alone(
        offset in 0..60_i32,
        swept in any::<bool>(),
        minute in 0..1440_u32,
    ) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut session = Session::open(&PLUGIN, dir, "divorce/accepted.json").unwrap();
        let case_id = session.records("divorce_case")[0].0.clone();
        let day = date("2026-03-25").plus_days(offset);
        if swept {
            for operation in SWEEPERS {
                let input = json!({ "caseId": case_id });
                call(&mut session, operation, day, "00:00:00", input);
            }
        }
        let claim = json!({
            "caseId": case_id, "authorityCode": "15062701",
            "personIds": ["person-m3", "person-w3"],
        });
        let time = format!("{:02}:{:02}:00", minute / 60, minute % 60);
        let taken = call(&mut session, "checkInDivorceClaim", day, &time, claim);
        let in_window = expected(day) == "CLAIMABLE";
        prop_assert!(!taken || in_window, "{} {}", day, time);
        prop_assert_eq!(taken, state(&session) == "CLAIM_RECEIVED");
        // At the counter's hours of a working day within the window nobody is turned away.
        if day == date(CLAIM_UNTIL) && swept && (510..=1020).contains(&minute) {
            prop_assert!(taken, "{} {}", day, time);
        }
    }
}
