//! When a rung is reached, and which light it turns on.

use tongban_feel::time::{DateTime, Zone};
use tongban_feel::workday::Weekends;

use super::*;

fn at(text: &str) -> Instant {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let local = DateTime::parse(&format!("{text}:00")).unwrap();
    Instant(local.to_timestamp(&zone).unwrap().microseconds())
}

fn stands(rungs: &[Rung], created: &str, due: &str, now: &str) -> Standing {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let ladder = Ladder {
        rungs,
        calendar: &Weekends,
        zone: &zone,
    };
    let time = Time {
        created_at: at(created),
        due_at: at(due),
    };
    ladder.standing(time, at(now))
}

#[test]
fn the_default_ladder_climbs_from_half_the_time_to_ten_working_days_late() {
    // Created on a Monday, due at the end of Monday two weeks later.
    let (created, due) = ("2026-03-02T00:00", "2026-03-17T00:00");
    let rows = [
        (
            "2026-03-02T00:00",
            0,
            Light::Green,
            Some("2026-03-09T12:00"),
        ),
        (
            "2026-03-09T12:00",
            1,
            Light::Green,
            Some("2026-03-12T00:00"),
        ),
        (
            "2026-03-12T00:00",
            2,
            Light::Yellow,
            Some("2026-03-16T00:00"),
        ),
        ("2026-03-16T00:00", 3, Light::Red, Some("2026-03-23T00:00")),
        ("2026-03-23T00:00", 4, Light::Red, Some("2026-03-30T00:00")),
        ("2026-04-20T00:00", 5, Light::Red, None),
    ];
    for (now, level, light, next) in rows {
        let standing = stands(&DEFAULT, created, due, now);
        let expected = Standing {
            level,
            light,
            next_at: next.map(at),
        };
        assert_eq!(standing, expected, "{now}");
    }
}

#[test]
fn a_task_of_one_day_is_red_from_the_start_and_its_lower_rungs_never_come() {
    let standing = stands(
        &DEFAULT,
        "2026-03-02T09:00",
        "2026-03-02T17:30",
        "2026-03-02T09:00",
    );
    let expected = Standing {
        level: 3,
        light: Light::Red,
        next_at: Some(at("2026-03-09T00:00")),
    };
    assert_eq!(standing, expected);
}

#[test]
fn a_ladder_without_rungs_leaves_a_task_green() {
    let standing = stands(
        &[],
        "2026-03-02T09:00",
        "2026-03-03T00:00",
        "2026-03-09T09:00",
    );
    assert_eq!(standing, Standing::default());
}
