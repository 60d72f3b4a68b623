//! A plugin that traps, loops, hoards, lies, or reaches for what it did not declare: each ends
//! in the right kind of trap, the capabilities come back, and the next call goes well.

use std::time::Duration;

use tongban_host::call::Failure;
use tongban_host::host::{Host, Options};
use tongban_host::limit::Limits;
use tongban_host::trap::{Kind, Trap};

use crate::support::{World, act, package, plugin, request, world_of};

fn trap(what: &str) -> Trap {
    let outcome = act(what);
    let trap = match &outcome.result {
        Err(Failure::Trap(trap)) => trap.clone(),
        other => panic!("{what}: {other:?}"),
    };
    world_of(outcome);
    act("write-new").result.unwrap();
    trap
}

#[track_caller]
fn check(what: &str, kind: Kind, text: &str) {
    let trap = trap(what);
    assert_eq!(trap.kind, kind, "{what}: {trap}");
    assert!(trap.message.contains(text), "{what}: {trap}");
}

#[test]
fn a_panic_is_told_with_text_file_and_line() {
    let trap = trap("panic");
    assert_eq!(
        (trap.kind, trap.message.as_str()),
        (Kind::Panic, "panicked: boom: 7")
    );
    let location = trap.location.clone().unwrap();
    assert!(
        location.file.ends_with("src/lib.rs") && location.line > 100,
        "{location:?}"
    );
    assert!(
        trap.backtrace.iter().any(|it| it.contains("act")),
        "{:?}",
        trap.backtrace
    );
    check("index", Kind::Panic, "index out of bounds");
}

#[test]
fn an_endless_loop_uses_up_its_fuel() {
    // With the fuel of the default the loop may also meet the deadline on a busy machine.
    let limits = Limits {
        fuel_max: 1_000_000,
        ..Limits::default()
    };
    let host = Host::new(Options {
        limits,
        ..Options::default()
    })
    .unwrap();
    let plugin = host.load(&package()).unwrap();
    let looping = request("act", serde_json::json!({"do": "loop"}));
    let outcome = plugin.call(&looping, Box::new(World::default()));
    let Err(Failure::Trap(trap)) = outcome.result else {
        panic!()
    };
    assert_eq!(trap.kind, Kind::Fuel);
    assert_eq!(outcome.usage.fuel, 1_000_000);
}

#[test]
fn a_call_that_takes_too_long_meets_its_deadline_and_may_be_tried_again() {
    let limits = Limits {
        fuel_max: u64::MAX / 2,
        deadline: Duration::from_millis(30),
        ..Limits::default()
    };
    let host = Host::new(Options {
        limits,
        ..Options::default()
    })
    .unwrap();
    let plugin = host.load(&package()).unwrap();
    let looping = request("act", serde_json::json!({"do": "loop"}));
    let outcome = plugin.call(&looping, Box::new(World::default()));
    let Err(Failure::Trap(trap)) = outcome.result else {
        panic!()
    };
    assert_eq!(trap.kind, Kind::Deadline);
    assert!(trap.kind.is_transient());
    assert!(outcome.usage.guest_time >= Duration::from_millis(30));
}

#[test]
fn hoarding_memory_is_told_from_a_panic() {
    check("allocate", Kind::Memory, "32 MiB");
}

#[test]
fn deep_recursion_is_told_from_other_traps() {
    check("recurse", Kind::Stack, "stack overflowed");
}

#[test]
fn nonsense_is_a_bad_answer() {
    check("bad-utf8", Kind::BadAnswer, "UTF-8");
    check("bad-utf8-string", Kind::BadAnswer, "utf-8");
    check("bad-json", Kind::BadAnswer, "JSON");
    check("no-object", Kind::BadAnswer, "JSON object");
    check("deep-json", Kind::BadAnswer, "recursion limit");
    check("schema-breach", Kind::BadAnswer, "/value");
    check("invalid-empty", Kind::BadAnswer, "violation");
    check("write-bad-body", Kind::BadAnswer, "/name");
}

#[test]
fn ids_that_a_plugin_makes_up_are_refused() {
    check("write-forged-id", Kind::BadAnswer, "`c-17-0`");
    check("write-version-without-id", Kind::BadAnswer, "needs the id");
    check("write-twice", Kind::BadAnswer, "twice");
}

#[test]
fn budgets_end_a_call() {
    check("huge-output", Kind::Budget, "1048576");
    check("read-flood", Kind::Budget, "all 50 used");
    check("decision-flood", Kind::Budget, "all 50 used");
    check("row-flood", Kind::Budget, "2000 records");
    check("byte-flood", Kind::Budget, "bytes");
    check("write-flood", Kind::Budget, "200 writes");
}

#[test]
fn a_flood_of_log_lines_is_cut_and_counted() {
    let outcome = act("log-flood");
    outcome.result.unwrap();
    let bytes: usize = outcome.logs.iter().map(|line| line.message.len()).sum();
    assert!(bytes < 66_000, "{bytes}");
    assert!(
        outcome
            .logs
            .last()
            .unwrap()
            .message
            .contains("were dropped")
    );
}

#[test]
fn what_an_operation_does_not_declare_is_refused_whatever_it_answers() {
    check("read-undeclared", Kind::NotGranted, "record kind `secret`");
    check(
        "read-undeclared-and-swallow",
        Kind::NotGranted,
        "record kind `secret`",
    );
    check("find-undeclared", Kind::NotGranted, "record kind `secret`");
    check("check-undeclared", Kind::NotGranted, "check `X-OTHER`");
    check("decision-undeclared", Kind::NotGranted, "decision `other`");
    check(
        "number-undeclared",
        Kind::NotGranted,
        "number series `other`",
    );
    check("write-undeclared", Kind::NotGranted, "record kind `secret`");
    check("write-read-only", Kind::NotGranted, "record kind `fixed`");
    check("start-undeclared", Kind::NotGranted, "process `other`");
    check("publish-undeclared", Kind::NotGranted, "message `OTHER`");
    check(
        "notice-undeclared",
        Kind::NotGranted,
        "notice `OTHER_NOTICE`",
    );
}

#[test]
fn a_notice_is_sent_to_whom_and_about_what_it_is_declared() {
    check(
        "notice-wrong-audience",
        Kind::BadAnswer,
        "not declared for Staff",
    );
    check("notice-about-nothing", Kind::BadAnswer, "declared about");
    check("notice-nobody", Kind::BadAnswer, "recipient");
}

#[test]
fn an_undeclared_read_never_reaches_the_capability() {
    assert_eq!(world_of(act("read-undeclared")).asked, 0);
}

#[test]
fn a_query_over_unknown_filters_is_refused_with_those_that_exist() {
    let Err(Failure::Failed { message }) = act("bad-filter").result else {
        panic!()
    };
    assert!(message.contains("amount, name"), "{message}");
    let Err(Failure::Failed { message }) = act("bad-filter-value").result else {
        panic!()
    };
    assert!(message.contains("a whole number"), "{message}");
}

#[test]
fn a_number_needs_its_whole_scope() {
    assert_eq!(act("number-bad-scope").result.unwrap().output["value"], 1);
}

#[test]
fn an_operation_that_does_not_exist_is_refused() {
    let outcome = plugin().call(
        &request("other", serde_json::json!({})),
        Box::new(World::default()),
    );
    let Err(Failure::Trap(trap)) = outcome.result else {
        panic!()
    };
    assert_eq!(trap.kind, Kind::NotGranted);
}

#[test]
fn a_full_pool_is_not_the_plugins_fault() {
    let host = Host::new(Options {
        calls_max: 1,
        ..Options::default()
    })
    .unwrap();
    let plugin = host.load(&package()).unwrap();
    let looping = request("act", serde_json::json!({"do": "loop"}));
    let writing = request("act", serde_json::json!({"do": "write-new"}));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| plugin.call(&looping, Box::new(World::default())));
        let mut refused = false;
        while !running.is_finished() {
            let outcome = plugin.call(&writing, Box::new(World::default()));
            refused |= matches!(outcome.result, Err(Failure::Unavailable(_)));
        }
        // Whichever of the two came second was refused.
        let looped = running.join().unwrap();
        assert!(refused || matches!(looped.result, Err(Failure::Unavailable(_))));
    });
    plugin
        .call(&writing, Box::new(World::default()))
        .result
        .unwrap();
}
