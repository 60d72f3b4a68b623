//! P1 and P2 of the specification (§13.1), and the table of §7.2 over the county's own calendar.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use tongban_plugin_marriage_registration::dates::{DivorceDates, Moment, moment};
use tongban_sdk::{Date, TimeOfDay, Weekday};

const HOLIDAYS: &str = include_str!("../../../../examples/county-150627/holidays-cn.json");

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Whether a day is a rest day, by the published tables: weekends, unless the table differs.
fn calendar() -> BTreeMap<Date, bool> {
    let file: Value = serde_json::from_str(HOLIDAYS).unwrap();
    let mut days = BTreeMap::new();
    for year in file["years"].as_object().unwrap().values() {
        for (list, rests) in [("off_days", true), ("work_days", false)] {
            for day in year[list].as_array().unwrap() {
                days.insert(date(day["date"].as_str().unwrap()), rests);
            }
        }
    }
    days
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn rests(calendar: &BTreeMap<Date, bool>, day: Date) -> bool {
    calendar
        .get(&day)
        .copied()
        .unwrap_or_else(|| is_weekend(day))
}

#[test]
fn the_table_of_the_specification_holds() {
    let calendar = calendar();
    let rows = [
        ("2026-01-05", "2026-02-04", "2026-02-05", "2026-03-06"),
        ("2026-01-15", "2026-02-14", "2026-02-15", "2026-03-16"),
        ("2026-01-16", "2026-02-24", "2026-02-25", "2026-03-26"),
        ("2026-03-02", "2026-04-01", "2026-04-02", "2026-05-06"),
        ("2026-03-05", "2026-04-07", "2026-04-08", "2026-05-07"),
        ("2026-04-01", "2026-05-06", "2026-05-07", "2026-06-05"),
        ("2026-08-21", "2026-09-20", "2026-09-21", "2026-10-20"),
        ("2026-09-01", "2026-10-08", "2026-10-09", "2026-11-09"),
        ("2026-10-21", "2026-11-20", "2026-11-21", "2026-12-21"),
    ];
    for (accepted, end, from, until) in rows {
        let found = DivorceDates::compute(date(accepted), |day| Ok(rests(&calendar, day))).unwrap();
        let (accepted, cooling_off_end) = (date(accepted), date(end));
        let (claim_from, claim_until) = (date(from), date(until));
        let expected = DivorceDates {
            accepted,
            cooling_off_end,
            claim_from,
            claim_until,
        };
        assert_eq!(found, expected, "accepted on {accepted}");
    }
}

proptest! {
    /// P1: the end is at least thirty days on, no rest day, and the first such day.
    #[test]
    fn the_cooling_off_ends_on_the_first_working_day_from_day_thirty(
        offset in 0..4_000_i32,
        flips in proptest::collection::btree_set(0..200_i32, 0..40),
    ) {
        let accepted = date("2025-01-01").plus_days(offset);
        let is_rest = |day: Date| is_weekend(day) != flips.contains(&accepted.days_until(day));
        let dates = DivorceDates::compute(accepted, |day| Ok(is_rest(day))).unwrap();
        let nominal = accepted.plus_days(30);
        prop_assert!(dates.cooling_off_end >= nominal);
        prop_assert!(!is_rest(dates.cooling_off_end));
        for idx in 0..nominal.days_until(dates.cooling_off_end) {
            prop_assert!(is_rest(nominal.plus_days(idx)));
        }
    }

    /// P2: the window begins on the next day, and lasts thirty days or until the first working day.
    #[test]
    fn the_claim_window_follows_at_once_and_ends_on_a_working_day(
        offset in 0..4_000_i32,
        flips in proptest::collection::btree_set(0..200_i32, 0..40),
    ) {
        let accepted = date("2025-01-01").plus_days(offset);
        let is_rest = |day: Date| is_weekend(day) != flips.contains(&accepted.days_until(day));
        let dates = DivorceDates::compute(accepted, |day| Ok(is_rest(day))).unwrap();
        prop_assert_eq!(dates.claim_from, dates.cooling_off_end.plus_days(1));
        let nominal = dates.cooling_off_end.plus_days(30);
        prop_assert!(dates.claim_until >= nominal);
        prop_assert!(!is_rest(dates.claim_until));
        for idx in 0..nominal.days_until(dates.claim_until) {
            prop_assert!(is_rest(nominal.plus_days(idx)));
        }
    }
}

#[test]
fn a_calendar_without_working_days_is_an_error_and_not_a_loop() {
    let error = DivorceDates::compute(date("2026-03-05"), |_| Ok(true)).unwrap_err();
    assert!(error.to_string().contains("2026-04-04"), "{error}");
}

#[test]
fn the_last_day_ends_when_the_counter_closes() {
    let closes = TimeOfDay {
        hour: 17,
        minute: 0,
        second: 0,
    };
    let (first, last) = (date("2026-04-08"), date("2026-05-07"));
    let at = |day: &str, hour, minute, second| {
        moment(
            first,
            last,
            closes,
            date(day),
            TimeOfDay {
                hour,
                minute,
                second,
            },
        )
    };
    assert_eq!(at("2026-04-07", 23, 59, 59), Moment::Before);
    assert_eq!(at("2026-04-08", 0, 0, 0), Moment::Within);
    assert_eq!(at("2026-05-06", 23, 0, 0), Moment::Within);
    assert_eq!(at("2026-05-07", 17, 0, 0), Moment::Within);
    assert_eq!(at("2026-05-07", 17, 0, 1), Moment::After);
    assert_eq!(at("2026-05-08", 9, 0, 0), Moment::After);
}
