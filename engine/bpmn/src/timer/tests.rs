//! Due dates of timers, by ISO 8601, cron and calendar.

use super::*;

fn shanghai() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

fn instant(text: &str) -> Timestamp {
    DateTime::parse(text)
        .unwrap()
        .to_timestamp(&shanghai())
        .unwrap()
}

fn text(value: &str) -> Value {
    Value::String(Arc::from(value))
}

/// Compares the instants at which a timer fires, at most five of them.
#[track_caller]
fn check(kind: TimerKind, value: &str, now: &str, expected: &[&str]) {
    let zone = shanghai();
    let mut due = Some(first_due(kind, &text(value), instant(now), &zone).unwrap());
    let mut found = Vec::new();
    while let Some(Due { at, then }) = due.take().filter(|_| found.len() < 5) {
        found.push(at);
        due = then.and_then(|it| next_due(&it, at, &zone).unwrap());
    }
    let expected: Vec<Timestamp> = expected.iter().map(|it| instant(it)).collect();
    assert_eq!(found, expected, "{value}");
}

#[track_caller]
fn refuse(kind: TimerKind, values: &[&str]) {
    for value in values {
        let found = first_due(kind, &text(value), Timestamp::EPOCH, &shanghai());
        assert!(found.is_err(), "{value}: {found:?}");
    }
}

#[test]
fn a_date_without_a_zone_is_read_on_the_countys_clock() {
    let now = "2026-01-01T00:00:00+08:00";
    check(
        TimerKind::Date,
        "2026-03-05T09:30:00",
        now,
        &["2026-03-05T09:30:00+08:00"],
    );
    check(
        TimerKind::Date,
        "2026-03-05",
        now,
        &["2026-03-05T00:00:00+08:00"],
    );
    check(
        TimerKind::Date,
        "2020-03-05T09:30:00Z",
        now,
        &["2020-03-05T17:30:00+08:00"],
    );
    refuse(TimerKind::Date, &["", "x", "2026-02-30", "P1D"]);
}

#[test]
fn months_and_days_follow_the_calendar() {
    let now = "2026-01-31T10:00:00+08:00";
    check(
        TimerKind::Duration,
        "P1M",
        now,
        &["2026-02-28T10:00:00+08:00"],
    );
    check(
        TimerKind::Duration,
        "P30D",
        now,
        &["2026-03-02T10:00:00+08:00"],
    );
    check(
        TimerKind::Duration,
        "P1Y1W",
        now,
        &["2027-02-07T10:00:00+08:00"],
    );
    check(
        TimerKind::Duration,
        "PT1H30M0.5S",
        now,
        &["2026-01-31T11:30:00.5+08:00"],
    );
    check(
        TimerKind::Duration,
        "P1DT12H",
        now,
        &["2026-02-01T22:00:00+08:00"],
    );
    check(TimerKind::Duration, "PT0S", now, &[now]);
}

#[test]
fn what_is_no_duration_is_refused() {
    refuse(
        TimerKind::Duration,
        &[
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "-P1D",
            "P-1D",
            "PT1D",
            "P1H",
            "P1D1M",
            "PT1.5H",
            "P1DT",
            "P99999999999D",
        ],
    );
    refuse(TimerKind::Duration, &["P999999999Y"]);
}

#[test]
fn a_cycle_repeats_as_often_as_it_says() {
    let now = "2026-01-31T10:00:00+08:00";
    check(
        TimerKind::Cycle,
        "R3/PT10M",
        now,
        &[
            "2026-01-31T10:10:00+08:00",
            "2026-01-31T10:20:00+08:00",
            "2026-01-31T10:30:00+08:00",
        ],
    );
    check(
        TimerKind::Cycle,
        "R1/P1D",
        now,
        &["2026-02-01T10:00:00+08:00"],
    );
    check(
        TimerKind::Cycle,
        "R2/2026-01-01T08:00:00+08:00/P1D",
        now,
        &["2026-02-01T08:00:00+08:00", "2026-02-02T08:00:00+08:00"],
    );
    check(
        TimerKind::Cycle,
        "R2/2026-01-01T00:00:00+08:00/PT7H",
        now,
        &["2026-01-31T15:00:00+08:00", "2026-01-31T22:00:00+08:00"],
    );
    check(
        TimerKind::Cycle,
        "R2/2026-03-01T00:00:00+08:00/P1M",
        now,
        &["2026-03-01T00:00:00+08:00", "2026-04-01T00:00:00+08:00"],
    );
    refuse(
        TimerKind::Cycle,
        &[
            "R0/P1D", "R/PT0S", "R/PT0.1S", "Rx/P1D", "R3", "R/", "R///", "",
        ],
    );
}

#[test]
fn cron_runs_on_the_clock_on_the_wall() {
    check(
        TimerKind::Cycle,
        "0 30 9 * * Mon-Fri",
        "2026-01-30T10:00:00+08:00",
        &[
            "2026-02-02T09:30:00+08:00",
            "2026-02-03T09:30:00+08:00",
            "2026-02-04T09:30:00+08:00",
            "2026-02-05T09:30:00+08:00",
            "2026-02-06T09:30:00+08:00",
        ],
    );
    refuse(
        TimerKind::Cycle,
        &[
            "* * * * *",
            "0 0 9 * * 1-5",
            "0 0 9 * * Foo",
            "0 0 9 30 2 *",
            "@daily",
            "0 0 9 * * * *",
        ],
    );
}

#[test]
fn feel_values_are_timers_too() {
    let zone = shanghai();
    let now = instant("2026-01-31T10:00:00+08:00");
    let due = |kind, value| first_due(kind, &value, now, &zone).map(|it| it.at);
    let date = Date::parse("2026-02-01").unwrap();
    assert_eq!(
        due(TimerKind::Date, Value::Date(date)),
        Ok(instant("2026-02-01T00:00:00"))
    );
    let duration = tongban_feel::time::DaysTimeDuration::parse("PT1H").unwrap();
    let value = Value::DaysTimeDuration(duration);
    assert_eq!(
        due(TimerKind::Duration, value.clone()),
        Ok(instant("2026-01-31T11:00:00"))
    );
    assert_eq!(
        due(TimerKind::Cycle, value.clone()).unwrap_err().code(),
        "BPMN-0099"
    );
    assert_eq!(due(TimerKind::Date, value).unwrap_err().code(), "BPMN-0097");
    let negative = Value::DaysTimeDuration(duration.negated());
    assert_eq!(
        due(TimerKind::Duration, negative).unwrap_err().code(),
        "BPMN-0098"
    );
    let months = tongban_feel::time::YearsMonthsDuration::parse("P1M").unwrap();
    let value = Value::YearsMonthsDuration(months);
    assert_eq!(
        due(TimerKind::Duration, value),
        Ok(instant("2026-02-28T10:00:00"))
    );
    assert!(due(TimerKind::Duration, Value::Null).is_err());
}
