//! Which rule holds when, and what staff may not change.

use tongban_core::schedule::Opening;
use tongban_feel::time::{DateTime, Timestamp};
use tongban_feel::workday::Weekends;
use tongban_host::manifest::Manifest;

use super::*;

/// The manifest of the plugin of the tests.
fn manifest() -> Manifest {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/guests/clockwork/plugin/plugin.toml"
    );
    Manifest::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn at(text: &str) -> i64 {
    let local = DateTime::parse(&format!("{text}:00")).unwrap();
    local.to_timestamp(&zone()).unwrap().microseconds()
}

fn shown(at: Instant) -> String {
    let local = DateTime::from_timestamp(Timestamp::from_microseconds(at.0), zone());
    local.to_string()[..16].to_owned()
}

fn rule(version: i32, effective_on: &str, change: ScheduleChange) -> Rule {
    Rule {
        version,
        effective_on: day(effective_on),
        change,
    }
}

fn cron(cron: &str) -> ScheduleChange {
    ScheduleChange {
        cron: Some(cron.to_owned()),
        ..ScheduleChange::default()
    }
}

#[test]
fn each_day_is_reckoned_by_the_rule_of_its_day() {
    let (manifest, zone) = (manifest(), zone());
    let rules = [
        rule(1, "2026-03-03", cron("0 30 4 * * *")),
        rule(3, "2026-03-05", cron("0 0 12 * * *")),
    ];
    let scheduled = Scheduled {
        declared: manifest.schedule("recheck").unwrap(),
        rules: &rules,
        calendar: &Weekends,
        zone: &zone,
    };
    let wakes = scheduled
        .wakes(at("2026-03-01T02:00"), at("2026-03-06T13:00"), 100)
        .unwrap();
    let expected = [
        "2026-03-02T02:00",
        "2026-03-03T04:30",
        "2026-03-04T04:30",
        "2026-03-05T12:00",
        "2026-03-06T12:00",
    ];
    assert_eq!(
        wakes.at.iter().map(|it| shown(*it)).collect::<Vec<_>>(),
        expected
    );
    assert_eq!(wakes.through.0, at("2026-03-06T13:00"));
    let some = scheduled
        .wakes(at("2026-03-01T02:00"), at("2026-03-06T13:00"), 3)
        .unwrap();
    assert_eq!(some.at.len(), 3);
    assert_eq!(shown(some.through), "2026-03-04T04:30");
    let next = |after: &str| shown(Instant(scheduled.next_wake(at(after)).unwrap().unwrap()));
    assert_eq!(next("2026-03-02T01:00"), "2026-03-02T02:00");
    // The old rule would wake on the 3rd at two, but does not hold then any more.
    assert_eq!(next("2026-03-02T02:00"), "2026-03-03T04:30");
    assert_eq!(next("2026-03-04T04:30"), "2026-03-05T12:00");
    let versions: Vec<i32> = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-09"]
        .map(|it| scheduled.on(day(it)).version)
        .to_vec();
    assert_eq!(versions, [0, 1, 1, 3]);
}

#[test]
fn a_rule_changes_when_items_open() {
    let (manifest, zone) = (manifest(), zone());
    let change = ScheduleChange {
        amount: Some(6),
        lead: Some(60),
        ..ScheduleChange::default()
    };
    let rules = [rule(1, "2026-03-01", change)];
    let scheduled = Scheduled {
        declared: manifest.schedule("recheck").unwrap(),
        rules: &rules,
        calendar: &Weekends,
        zone: &zone,
    };
    let opens = |as_of: &str| -> Vec<Opening> {
        let as_of = day(as_of);
        let aim = scheduled.aim(&scheduled.on(as_of));
        aim.openings(&Weekends, (as_of, as_of), Some(day("2025-11-15")))
    };
    assert_eq!(opens("2026-02-28"), []);
    let open = opens("2026-03-16");
    assert_eq!(open[0].due_on, Some(day("2026-05-15")));
    assert_eq!(opens("2026-03-15"), []);
}

fn codes(key: &str, change: &ScheduleChange) -> Vec<(String, String)> {
    let (manifest, zone) = (manifest(), zone());
    let scheduled = Scheduled {
        declared: manifest.schedule(key).unwrap(),
        rules: &[],
        calendar: &Weekends,
        zone: &zone,
    };
    let errors = floor::check(&scheduled, change, day("2026-03-05"));
    let code = |it: crate::error::UserError| (it.code, it.field.unwrap_or_default());
    errors.into_iter().map(code).collect()
}

fn refused(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

#[test]
fn s25_what_is_weaker_than_the_law_is_refused() {
    let below = |field: &str| refused("SCH-4003", field);
    // Every half-year, and in a month that leaves a quarter out.
    assert_eq!(
        codes("quarterly", &cron("0 0 6 1 1,7 *")),
        below("/change/cron")
    );
    assert_eq!(
        codes("quarterly", &cron("0 0 6 1 1,4,7 *")),
        below("/change/cron")
    );
    assert_eq!(codes("quarterly", &cron("0 0 6 1 2,5,8,11 *")), []);
    assert_eq!(codes("quarterly", &cron("0 0 6 1 * *")), []);
    let interval = |amount| ScheduleChange {
        amount: Some(amount),
        ..ScheduleChange::default()
    };
    assert_eq!(codes("recheck", &interval(13)), below("/change/amount"));
    assert_eq!(codes("recheck", &interval(6)), []);
    let lead = |lead| ScheduleChange {
        lead: Some(lead),
        ..ScheduleChange::default()
    };
    assert_eq!(codes("recheck", &lead(29)), below("/change/lead"));
    assert_eq!(codes("recheck", &lead(90)), []);
    let stages = |stages: &[i32]| ScheduleChange {
        stages: Some(stages.to_vec()),
        ..ScheduleChange::default()
    };
    assert_eq!(
        codes("liveness", &stages(&[60, 7])),
        below("/change/stages")
    );
    assert_eq!(codes("liveness", &stages(&[60, 30, 7, 1])), []);
}

#[test]
fn what_means_nothing_or_may_not_be_changed_is_refused() {
    for bad in [
        "0 0 6 * *",
        "0 0 6 * * 1-5",
        "61 0 6 * * *",
        "R/PT1H",
        "at noon",
    ] {
        assert_eq!(
            codes("recheck", &cron(bad)),
            refused("SCH-4001", "/change/cron"),
            "{bad}"
        );
    }
    assert_eq!(
        codes("digest", &cron("0 0 6 * * *")),
        refused("SCHEDULE_NOT_ADJUSTABLE", "/change/cron")
    );
    assert_eq!(
        codes("recheck", &ScheduleChange::default()),
        refused("SCHEDULE_UNCHANGED", "")
    );
    for bad in [vec![], vec![30, 30], vec![30, 5_000]] {
        let change = ScheduleChange {
            stages: Some(bad),
            ..ScheduleChange::default()
        };
        assert_eq!(
            codes("liveness", &change),
            refused("INVALID_INPUT", "/change/stages")
        );
    }
    let change = ScheduleChange {
        amount: Some(100_000),
        lead: Some(-5_000),
        ..ScheduleChange::default()
    };
    let fields: Vec<String> = codes("recheck", &change)
        .into_iter()
        .map(|it| it.1)
        .collect();
    assert_eq!(fields, ["/change/amount", "/change/lead"]);
}
