//! P4, P5 and P10: whatever the desks do and the bank answers, and however often, nobody is paid twice and the sums
//! of a batch are those of its lines.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tongban_plugin_funeral_subsidy::PLUGIN;
use tongban_sdk_harness::case::ActorSpec;
use tongban_sdk_harness::run::{Outcome, Session};

const CASES: [&str; 4] = ["case-1", "case-2", "case-3", "case-4"];
const CARDS: [&str; 2] = ["6217000000000000012", "6228480000000000026"];

/// What somebody does next; the number says of which case.
#[derive(Debug, Clone, Copy)]
enum Act {
    Add(usize),
    Remove(usize),
    Lock,
    Release,
    Send,
    Cancel,
    Import(usize, &'static str, Option<&'static str>),
    Note(usize),
    NewCard(usize, usize),
}

fn act() -> impl Strategy<Value = Act> {
    let case = || 0..CASES.len();
    prop_oneof![
        4 => case().prop_map(Act::Add),
        1 => case().prop_map(Act::Remove),
        2 => Just(Act::Lock),
        2 => Just(Act::Release),
        2 => Just(Act::Send),
        1 => Just(Act::Cancel),
        3 => case().prop_map(|it| Act::Import(it, "PAID", None)),
        2 => case().prop_map(|it| Act::Import(it, "FAILED", Some("CLOSED"))),
        1 => case().prop_map(|it| Act::Import(it, "FAILED", Some("SYSTEM"))),
        1 => case().prop_map(|it| Act::Import(it, "UNKNOWN", None)),
        4 => case().prop_map(Act::Note),
        2 => (case(), 0..CARDS.len()).prop_map(|(it, card)| Act::NewCard(it, card)),
    ]
}

struct Bureau<'a>(Session<'a>);

impl Bureau<'_> {
    /// A call in the name of somebody: refused or done, but never broken.
    fn call(&mut self, person: &str, operation: &str, input: Value) {
        self.0.context().actor = Some(ActorSpec {
            id: person.to_owned(),
            roles: vec!["FINANCE".to_owned(), "COUNTY_APPROVER".to_owned()],
        });
        let outcome = self.0.call(operation, input).unwrap();
        let sound = matches!(outcome, Outcome::Completed(_) | Outcome::Failed(_));
        assert!(sound, "{operation}: {outcome:?}");
    }

    /// The latest line of a case.
    fn line(&self, case: &str) -> Option<Value> {
        let lines = self.0.records("funeral_payment").into_iter();
        let of_case = lines.map(|(_, it)| it).filter(|it| it["caseId"] == case);
        of_case.max_by_key(|it| it["no"].as_str().unwrap().to_owned())
    }

    fn latest_batch(&self) -> Option<(String, Value)> {
        let batches = self.0.records("funeral_batch").into_iter();
        batches.max_by_key(|(_, it)| it["no"].as_str().unwrap().to_owned())
    }

    fn act(&mut self, act: Act) {
        let batch = self.latest_batch();
        let batch_id = batch.as_ref().map(|(id, _)| json!({ "batchId": id }));
        match (act, batch_id) {
            (Act::Add(case), _) => {
                self.call("system", "addFuneralLine", json!({ "caseId": CASES[case] }));
            }
            (Act::Remove(case), _) => {
                if let Some(line) = self.line(CASES[case]) {
                    let input = json!({ "paymentNo": line["no"], "reason": "重复" });
                    self.call("finance-01", "removeFuneralLine", input);
                }
            }
            (Act::Lock, Some(id)) => self.call("finance-01", "lockFuneralBatch", id),
            (Act::Release, Some(id)) => self.call("approver-01", "releaseFuneralBatch", id),
            (Act::Send, Some(mut id)) => {
                id["treasuryVoucher"] = json!("CZ-1");
                self.call("finance-01", "sendFuneralBatch", id);
            }
            (Act::Cancel, Some(_)) => {
                let no = batch.map(|(_, it)| it["no"].clone());
                let input = json!({ "batchNo": no, "reason": "有误" });
                self.call("approver-01", "cancelFuneralBatch", input);
            }
            (Act::Import(case, outcome, code), _) => {
                if let Some(line) = self.line(CASES[case]) {
                    let row =
                        json!({ "paymentNo": line["no"], "outcome": outcome, "failCode": code });
                    let input = json!({ "batchNo": line["batchNo"], "rows": [row.clone(), row] });
                    self.call("finance-01", "importBankResult", input);
                }
            }
            (Act::Note(case), _) => self.note(CASES[case]),
            (Act::NewCard(case, card), _) => {
                let payee = json!({
                    "name": "何志远", "bankCode": "ICBC", "cardNo": CARDS[card], "cardKind": "ONE_CARD",
                });
                let input = json!({ "caseId": CASES[case], "payee": payee });
                self.call("finance-01", "updateFuneralPayee", input);
                let input = json!({ "caseId": CASES[case] });
                self.call("system", "verifyFuneralPayee", input);
            }
            (_, None) => {}
        }
    }

    /// The message of the line reaches its case, as the process does it.
    fn note(&mut self, case: &str) {
        let Some(line) = self.line(case) else {
            return;
        };
        let result = match line["state"].as_str().unwrap() {
            "PAID" => "PAID",
            "FAILED" => "FAILED",
            "REMOVED" => "REMOVED",
            "HELD" => "UNKNOWN",
            _ => return,
        };
        let input = json!({ "caseId": case, "lineResult": result, "failCode": line["failCode"] });
        self.call("system", "noteFuneralLine", input);
        let input = json!({ "caseId": case });
        self.call("system", "verifyFuneralPayee", input);
    }

    /// P4
    fn nobody_is_paid_twice(&self) {
        let mut live = BTreeMap::new();
        for (_, line) in self.0.records("funeral_payment") {
            if line["live"] == true {
                let of_whom = format!("{} {}", line["deceasedKey"], line["exclusionGroup"]);
                *live.entry(of_whom).or_insert(0) += 1;
            }
        }
        assert!(live.values().all(|it| *it == 1), "{live:?}");
    }

    /// P5
    fn the_sums_agree(&self) {
        let lines: Vec<_> = self.0.records("funeral_payment");
        for (_, batch) in self.0.records("funeral_batch") {
            let of_batch = || lines.iter().filter(|(_, it)| it["batchNo"] == batch["no"]);
            let sum = |states: &[&str]| {
                let chosen = of_batch().filter(|(_, it)| states.iter().any(|s| it["state"] == *s));
                chosen.fold((0, 0), |(n, fen), (_, it)| {
                    (n + 1, fen + it["amountFen"].as_i64().unwrap())
                })
            };
            let stored = |count: &str, fen: &str| {
                (batch[count].as_i64().unwrap(), batch[fen].as_i64().unwrap())
            };
            let all = sum(&["IN_BATCH", "PAID", "FAILED", "HELD"]);
            assert_eq!(all, stored("count", "totalFen"), "{batch}");
            assert_eq!(sum(&["PAID"]), stored("paidCount", "paidFen"), "{batch}");
            assert_eq!(
                sum(&["FAILED"]),
                stored("failedCount", "failedFen"),
                "{batch}"
            );
            assert_eq!(
                sum(&["HELD"]).0,
                batch["heldCount"].as_i64().unwrap(),
                "{batch}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_done_nobody_is_paid_twice_and_the_sums_agree(
        acts in proptest::collection::vec(act(), 0..60),
    ) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut bureau = Bureau(Session::open(&PLUGIN, dir, "payments.json").unwrap());
        for act in acts {
            bureau.act(act);
            bureau.nobody_is_paid_twice();
            bureau.the_sums_agree();
        }
    }
}

/// That the acts above can come to an end at all.
#[test]
fn a_line_is_paid_after_a_failure_of_the_bank() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut bureau = Bureau(Session::open(&PLUGIN, dir, "payments.json").unwrap());
    let pay = [Act::Lock, Act::Release, Act::Send];
    bureau.act(Act::Add(0));
    bureau.act(Act::Add(1));
    pay.into_iter().for_each(|it| bureau.act(it));
    bureau.act(Act::Import(0, "PAID", None));
    bureau.act(Act::Import(1, "FAILED", Some("SYSTEM")));
    bureau.act(Act::Note(0));
    bureau.act(Act::Note(1));
    let states: Vec<_> = bureau
        .0
        .records("funeral_case")
        .into_iter()
        .take(2)
        .collect();
    assert_eq!(states[0].1["state"], "PAID");
    assert_eq!(states[1].1["state"], "PAY_READY");
    bureau.the_sums_agree();
}
