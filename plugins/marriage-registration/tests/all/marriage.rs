//! P4, P5 and P8 of the specification (§13.1): whatever desks do at the same time, a person has one
//! valid marriage, numbers have no gap, and no number of a person leaves the records.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tongban_plugin_marriage_registration::PLUGIN;
use tongban_sdk::OperationError;
use tongban_sdk::host::{Completion, Write};
use tongban_sdk_harness::run::{Outcome, Session};

/// Key, name, sex, birthday, number.
const MEN: [(&str, &str, &str, &str, &str); 3] = [
    (
        "person-m1",
        "李嘉远",
        "1",
        "2004-03-10",
        "150603200403109010",
    ),
    (
        "person-m3",
        "张弘毅",
        "1",
        "1996-02-29",
        "150603199602299050",
    ),
    (
        "person-m5",
        "周明朗",
        "1",
        "1999-09-09",
        "150603199909099096",
    ),
];
const WOMEN: [(&str, &str, &str, &str, &str); 3] = [
    (
        "person-w1",
        "刘若晴",
        "2",
        "2006-03-10",
        "150603200603109023",
    ),
    (
        "person-w3",
        "赵知夏",
        "2",
        "1998-07-01",
        "150603199807019067",
    ),
    (
        "person-w4",
        "孙婉宁",
        "2",
        "2000-05-20",
        "150603200005209083",
    ),
];

fn party((person_id, name, sex, birth_date, number): (&str, &str, &str, &str, &str)) -> Value {
    json!({
        "personId": person_id, "name": name, "sex": sex, "birthDate": birth_date, "kind": "MAINLAND",
        "idNumber": number, "idDocs": [{ "type": "ID_CARD", "number": number }],
        "declaredMaritalStatus": "10", "mobile": "13900000001",
    })
}

/// A couple on its way through the counter.
struct Couple {
    man: usize,
    woman: usize,
    case_id: Option<String>,
    n_steps: usize,
}

/// The operations of a couple in their order. The table is taken to say that all is well, so that
/// nothing but the guards stands between two marriages of one person.
const STEPS: [&str; 8] = [
    "checkInMarriage",
    "acceptMarriageApplication",
    "assessMarriageChecks",
    "noteMarriageStatus",
    "openMarriageInterview",
    "interviewMarriageParties",
    "reviewMarriageApplication",
    "registerMarriage",
];

impl Couple {
    fn input(&self, operation: &str) -> Value {
        let (man, woman) = (MEN[self.man], WOMEN[self.woman]);
        let ok = json!({ "outcome": "OK", "row": 5 });
        let declaration = |person_id: &str| {
            json!({
                "personId": person_id, "noSpouse": true, "notRelated": true, "voluntary": true,
                "illnessDutyRead": true, "signed": true,
            })
        };
        let mut input = match operation {
            "checkInMarriage" => {
                json!({ "authorityCode": "15062701", "parties": [party(man), party(woman)] })
            }
            "acceptMarriageApplication" => json!({ "decision": "ACCEPT", "noRecusalGround": true }),
            "noteMarriageStatus" => json!({ "firstStatus": ok, "secondStatus": ok }),
            "interviewMarriageParties" => json!({
                "decision": "SIGN", "declarations": [declaration(man.0), declaration(woman.0)],
            }),
            "reviewMarriageApplication" => json!({ "decision": "REGISTER", "formSigned": true }),
            _ => json!({}),
        };
        if let Some(case_id) = &self.case_id {
            input["caseId"] = json!(case_id);
        }
        input
    }

    /// Makes the next step; a refusal by a guard is written into the case as the process does it.
    fn step(&mut self, session: &mut Session<'_>) {
        let Some(operation) = STEPS.get(self.n_steps) else {
            return;
        };
        self.n_steps += 1;
        match session.call(operation, self.input(operation)).unwrap() {
            Outcome::Completed(completion) => {
                names_nobody(&completion);
                if self.case_id.is_none() {
                    let output: Value = serde_json::from_slice(&completion.output).unwrap();
                    self.case_id = Some(output["caseId"].as_str().unwrap().to_owned());
                }
            }
            Outcome::Failed(OperationError::Business(refused)) => {
                let mut input = self.input("refuseMarriageByGuard");
                input["guardCode"] = json!(refused.code);
                let refused = session.call("refuseMarriageByGuard", input).unwrap();
                assert!(matches!(refused, Outcome::Completed(_)), "{refused:?}");
            }
            other => panic!("{operation}: {other:?}"),
        }
    }
}

/// P8: what leaves the records (answers, audit, variables of processes) names no number of a person.
fn names_nobody(completion: &Completion) {
    let mut said = String::from_utf8_lossy(&completion.output).into_owned();
    for write in &completion.writes {
        if !matches!(write, Write::PutRecord { .. }) {
            said += &format!("{write:?}");
        }
    }
    for (_, _, _, _, number) in MEN.iter().chain(&WOMEN) {
        assert!(!said.contains(number), "{said}");
    }
}

fn valid_marriages(session: &Session<'_>) -> BTreeMap<String, usize> {
    let mut of_person = BTreeMap::new();
    for (_, record) in session.records("marriage_record") {
        if record["status"] == "VALID" {
            for side in ["husband", "wife"] {
                let person = record[side]["personId"].as_str().unwrap().to_owned();
                *of_person.entry(person).or_insert(0) += 1;
            }
        }
    }
    of_person
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_desks_do_a_person_has_one_valid_marriage_and_numbers_have_no_gap(
        couples in proptest::collection::vec((0..3_usize, 0..3_usize), 1..7),
        order in proptest::collection::vec(0..7_usize, 0..60),
    ) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut session = Session::open(&PLUGIN, dir, "marriage/crowd.toml").unwrap();
        let begin = |(man, woman)| Couple { man, woman, case_id: None, n_steps: 0 };
        let mut couples: Vec<Couple> = couples.into_iter().map(begin).collect();
        let n_couples = couples.len();
        for next in order {
            couples[next % n_couples].step(&mut session);
        }
        // Those that are still at the counter go on, one after the other.
        for couple in &mut couples {
            for _ in 0..STEPS.len() {
                couple.step(&mut session);
            }
        }
        // P4
        for (person, n) in valid_marriages(&session) {
            prop_assert_eq!(n, 1, "{}", person);
        }
        // P5
        let records = session.records("marriage_record");
        let mut numbers: Vec<String> =
            records.iter().map(|(_, it)| it["certNumber"].as_str().unwrap().to_owned()).collect();
        numbers.sort();
        let expected: Vec<String> =
            (1..=numbers.len()).map(|n| format!("J150627-2026-{n:06}")).collect();
        prop_assert_eq!(&numbers, &expected);
        prop_assert_eq!(session.records("certificate").len(), 2 * numbers.len());
        // Each case is decided: registered with its number, or refused because of a spouse.
        for (_, case) in session.records("marriage_case") {
            match case["state"].as_str() {
                Some("REGISTERED") => prop_assert!(case["certificateNumber"].is_string()),
                Some("REFUSED") => {
                    let code = case["refusal"]["code"].as_str().unwrap();
                    prop_assert!(matches!(code, "MR-M-03" | "MR-M-08"), "{}", code);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
