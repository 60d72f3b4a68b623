//! Deadlines as a plugin sees and changes them, and the schedule that calls it.

use serde_json::json;
use tongban_host::call::{Date, DeadlineChange, Extent, Failure, ScheduleRun, Write};
use tongban_host::trap::Kind;

use crate::support::{World, act, plugin, request};

#[test]
fn every_change_of_a_deadline_passes_in_its_order() {
    let writes = act("every-deadline-write").result.unwrap().writes;
    let today = Date::new(2026, 2, 17).unwrap();
    let changes: Vec<DeadlineChange> = writes
        .into_iter()
        .map(|write| match write {
            Write::Deadline(it) if it.key == "reply" && it.record_id == "thing-1" => it.change,
            other => panic!("{other:?}"),
        })
        .collect();
    let extend = |extent| DeadlineChange::Extend {
        extent,
        officer: "staff-1".to_owned(),
        reason: "疑难".to_owned(),
    };
    assert_eq!(
        changes,
        [
            DeadlineChange::Set {
                anchor: today,
                amount: Some(3)
            },
            DeadlineChange::Pause {
                on: today,
                reason: "补正".to_owned()
            },
            DeadlineChange::Resume { on: today },
            extend(Extent::Until(today)),
            extend(Extent::Amount(2)),
            DeadlineChange::Close {
                reason: "已答复".to_owned()
            },
        ]
    );
}

#[test]
fn a_deadline_is_read_and_reckoned() {
    assert_eq!(act("deadline").result.unwrap().output["value"], 7);
    assert_eq!(act("deadline-beyond").result.unwrap().output["value"], 1);
    assert_eq!(act("day-kind").result.unwrap().output["value"], 2);
}

#[test]
fn a_change_that_is_not_granted_or_makes_no_sense_is_a_trap() {
    for (what, kind, text) in [
        ("deadline-undeclared", Kind::NotGranted, "`deadlines`"),
        ("deadline-read-undeclared", Kind::NotGranted, "`deadlines`"),
        ("deadline-no-date", Kind::BadAnswer, "a date that exists"),
        ("deadline-no-reason", Kind::BadAnswer, "reason"),
        ("deadline-huge", Kind::BadAnswer, "40000"),
    ] {
        match act(what).result {
            Err(Failure::Trap(trap)) if trap.kind == kind => {
                assert!(trap.message.contains(text), "{what}: {}", trap.message);
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn the_run_of_a_schedule_comes_with_the_call() {
    let mut call = request("act", json!({"do": "schedule"}));
    call.envelope.schedule = Some(ScheduleRun {
        key: "sweep".to_owned(),
        scheduled_for_us: 1,
        as_of: Date::new(2026, 4, 28).unwrap(),
        period: "2026-05-01".to_owned(),
        due_on: Date::new(2026, 5, 1),
        stage: Some(7),
        late: true,
    });
    let outcome = plugin().call(&call, Box::new(World::default()));
    assert_eq!(outcome.result.unwrap().output["value"], 71);
}
