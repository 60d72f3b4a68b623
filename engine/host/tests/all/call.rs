//! Calls that go well, and the ways to say no.

use std::time::Duration;

use serde_json::json;
use tongban_host::call::{Date, Dated, Failure, Recipient, Write};

use crate::support::{World, act, plugin, request, world_of};

#[test]
fn a_call_gives_output_writes_and_usage() {
    let input =
        json!({"a": "thing-1", "b": "thing-2", "c": "absent", "applicant": {"name": "李四"}});
    let outcome = plugin().call(&request("realistic", input), Box::new(World::default()));
    let usage = outcome.usage;
    let completion = outcome.result.as_ref().unwrap();
    assert_eq!(completion.output["value"], 200);
    assert_eq!(completion.output["number"], "L150627-2026-000001");
    assert_eq!(completion.output["applicant"]["name"], "李四");
    assert_eq!(completion.writes.len(), 2);
    let Write::PutRecord(put) = &completion.writes[0] else {
        panic!("{:?}", completion.writes)
    };
    assert_eq!(
        (put.id.as_str(), put.expected_version, put.schema_version),
        ("thing-1", Some(3), 2)
    );
    assert_eq!(put.body["state"], "ACCEPTED");
    assert_eq!((usage.reads, usage.rows), (2, 3));
    assert!(usage.fuel > 1_000 && usage.memory_bytes_peak >= 65_536 && usage.output_bytes > 100);
    assert_eq!(world_of(outcome).numbers, 1);
}

#[test]
fn the_same_call_uses_the_same_fuel_and_gives_the_same_answer() {
    let input = json!({"a": "thing-1", "b": "thing-2", "c": "thing-3"});
    let call = || {
        plugin().call(
            &request("realistic", input.clone()),
            Box::new(World::default()),
        )
    };
    let (first, second) = (call(), call());
    assert_eq!(first.usage.fuel, second.usage.fuel);
    assert_eq!(first.result.unwrap(), second.result.unwrap());
}

#[test]
fn nothing_of_a_call_survives_in_the_next() {
    for _ in 0..5 {
        assert_eq!(act("remember").result.unwrap().output["value"], 0);
    }
}

#[test]
fn a_new_record_gets_its_id_from_the_call() {
    let completion = act("write-new").result.unwrap();
    let Write::PutRecord(put) = &completion.writes[0] else {
        panic!("{completion:?}")
    };
    assert_eq!((put.id.as_str(), put.expected_version), ("c-17-0", None));
    let completion = act("write-derived-id").result.unwrap();
    let Write::PutRecord(put) = &completion.writes[1] else {
        panic!("{completion:?}")
    };
    assert_eq!(put.id, "c-17-1");
}

#[test]
fn every_declared_write_passes_in_its_order() {
    let writes = act("every-write").result.unwrap().writes;
    assert!(matches!(
        writes.as_slice(),
        [
            Write::PutRecord(_),
            Write::RemoveRecord(_),
            Write::StartProcess(_),
            Write::PublishMessage(_)
        ]
    ));
}

#[test]
fn the_snapshot_holds_the_declared_record_or_says_that_there_is_none() {
    for (input, expected) in [
        (json!({"do": "snapshot", "thingId": "1"}), 11),
        (json!({"do": "snapshot", "thingId": "absent"}), 10),
        (json!({"do": "snapshot"}), 10),
    ] {
        let outcome = plugin().call(&request("act", input), Box::new(World::default()));
        assert_eq!(outcome.result.unwrap().output["value"], expected);
    }
}

#[test]
fn records_are_found_and_counted_by_declared_filters() {
    assert_eq!(act("find").result.unwrap().output["value"], 207);
}

#[test]
fn a_stored_answer_is_judged_fresh_by_the_instant_of_the_command() {
    assert_eq!(act("lookup").result.unwrap().output["value"], 1);
    let mut late = request("act", json!({"do": "lookup"}));
    late.envelope.now_us += 2 * 3_600_000_000;
    let outcome = plugin().call(&late, Box::new(World::default()));
    assert_eq!(outcome.result.unwrap().output["value"], 0);
}

#[test]
fn a_declared_decision_is_made_and_tells_why_not() {
    assert_eq!(act("decide").result.unwrap().output["value"], 7);
    assert_eq!(act("decision-bad-input").result.unwrap().output["value"], 1);
    let Err(Failure::Failed { message }) = act("decision-none").result else {
        panic!()
    };
    assert_eq!(message, "fee: no version holds on that day");
}

#[test]
fn a_date_that_does_not_exist_is_refused_with_a_typed_error() {
    assert_eq!(act("bad-date").result.unwrap().output["value"], 1);
}

#[test]
fn parameters_come_with_their_defaults_and_nothing_undeclared() {
    assert_eq!(
        act("configuration").result.unwrap().output,
        json!({"days": 5, "since": "2026-01-01"})
    );
    let mut set = request("act", json!({"do": "configuration"}));
    set.envelope.configuration = [
        ("days".to_owned(), vec![json!(7).into()]),
        ("other".to_owned(), vec![json!(1).into()]),
    ]
    .into();
    let outcome = plugin().call(&set, Box::new(World::default()));
    assert_eq!(outcome.result.unwrap().output["days"], 7);
}

#[test]
fn parameters_are_those_in_force_on_the_date_of_the_fact() {
    let from = |month, value| Dated {
        from: Date::new(2026, month, 1),
        value,
    };
    let versions = vec![json!(7).into(), from(2, json!(8)), from(6, json!(null))];
    // Without a date in the input it is the date of the command, 17 February 2026.
    for (on, expected) in [
        (None, 8),
        (Some("2026-01-31"), 7),
        (Some("2026-02-01"), 8),
        (Some("2026-07-01"), 5),
    ] {
        let mut input = json!({"do": "configuration"});
        if let Some(on) = on {
            input["on"] = json!(on);
        }
        let mut set = request("act", input);
        set.envelope.configuration = [("days".to_owned(), versions.clone())].into();
        let outcome = plugin().call(&set, Box::new(World::default()));
        assert_eq!(outcome.result.unwrap().output["days"], expected, "{on:?}");
    }
}

#[test]
fn notices_pass_with_their_recipients() {
    let writes = act("notices").result.unwrap().writes;
    let [Write::SendNotice(first), Write::SendNotice(second)] = writes.as_slice() else {
        panic!("{writes:?}")
    };
    assert_eq!(first.recipient, Recipient::Person("p-1".to_owned()));
    assert_eq!(
        first.record.as_ref().map(|it| it.kind.as_str()),
        Some("thing")
    );
    assert_eq!(first.arguments["day"], "2026-03-01");
    let Recipient::Role { role, division } = &second.recipient else {
        panic!("{second:?}")
    };
    assert_eq!((role.as_str(), division.as_deref()), ("CLERK", None));
}

#[test]
fn an_input_that_does_not_fit_never_reaches_the_plugin() {
    let outcome = plugin().call(
        &request("act", json!({"do": 5, "on": "2026-02-30"})),
        Box::new(World::default()),
    );
    let Err(Failure::Invalid(violations)) = &outcome.result else {
        panic!("{:?}", outcome.result)
    };
    let found: Vec<_> = violations
        .iter()
        .map(|it| (it.path.as_str(), it.code.as_str()))
        .collect();
    assert!(
        found.contains(&("/do", "HOST-0202")) && found.contains(&("/on", "HOST-0203")),
        "{found:?}"
    );
    let text = plugin().violation_text(&violations[0]);
    assert!(!text.zh.contains('{') && !text.en.contains('{'), "{text:?}");
    assert_eq!(outcome.usage.fuel, 0);
}

#[test]
fn an_input_over_the_bound_is_refused() {
    let outcome = plugin().call(
        &request("act", json!({"do": "x".repeat(2 << 20)})),
        Box::new(World::default()),
    );
    let Err(Failure::Invalid(violations)) = outcome.result else {
        panic!()
    };
    assert_eq!(violations[0].code, "HOST-0208");
}

#[test]
fn a_business_error_carries_code_arguments_and_details() {
    let Err(Failure::Business(error)) = act("business").result else {
        panic!()
    };
    assert_eq!(
        (error.code.as_str(), &error.details),
        ("TOO_EARLY", &json!({"daysLeft": 3}))
    );
    let text = plugin().text(&error.code, &error.arguments);
    assert_eq!(text.zh, "须在 2026-03-01 之后办理");
    assert_eq!(text.en, "not before 2026-03-01");
    assert!(plugin().message("TOO_EARLY").unwrap().basis.is_some());
}

#[test]
fn the_other_ways_to_say_no_are_told_apart() {
    let Err(Failure::Invalid(violations)) = act("invalid").result else {
        panic!()
    };
    assert_eq!(violations[0].path, "/do");
    let Err(Failure::Retry { after, .. }) = act("retry").result else {
        panic!()
    };
    assert_eq!(
        after,
        Duration::from_secs(86_400),
        "a plugin cannot put itself off for ever"
    );
    let Err(Failure::Failed { message }) = act("failed").result else {
        panic!()
    };
    assert_eq!(message, "cannot go on");
}

#[test]
fn a_capability_that_fails_is_not_the_plugins_fault() {
    let outcome = act("unavailable");
    let Err(Failure::Unavailable(cause)) = &outcome.result else {
        panic!("{:?}", outcome.result)
    };
    assert_eq!(cause.0.to_string(), "the database went away");
    assert_eq!(world_of(outcome).asked, 1);
}

#[test]
fn the_time_of_the_database_does_not_count_against_the_plugin() {
    // Three reads of 60 ms within a deadline of 100 ms.
    let outcome = act("slow-reads");
    outcome.result.unwrap();
    assert!(outcome.usage.capability_time >= Duration::from_millis(180));
}

#[test]
fn calls_run_side_by_side() {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    act("write-new").result.unwrap();
                }
            });
        }
    });
}
