//! P1 and P2 of the specification (§13.1), asked of the plugin as anybody may ask it, and where a
//! moment lies. The table of §7.2 is a case of its own: `tests/cases/dates/table.json`.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tongban_plugin_marriage_registration::PLUGIN;
use tongban_plugin_marriage_registration::dates::{Moment, moment};
use tongban_sdk::{Date, TimeOfDay, Weekday};
use tongban_sdk_harness::run::{Outcome, Session};

/// Rest days against the weekly rhythm in `tests/worlds/dates/holidays.toml`, and days on which the
/// counter is closed by order.
const HOLIDAYS: [&str; 16] = [
    "2026-02-15",
    "2026-02-16",
    "2026-02-17",
    "2026-02-18",
    "2026-02-19",
    "2026-02-20",
    "2026-02-21",
    "2026-02-22",
    "2026-02-23",
    "2026-04-04",
    "2026-04-05",
    "2026-04-06",
    "2026-05-01",
    "2026-05-04",
    "2026-05-05",
    "2026-04-07",
];
/// Make-up working days there.
const WORKDAYS: [&str; 3] = ["2026-02-14", "2026-02-28", "2026-05-09"];

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn is_rest(day: Date) -> bool {
    let listed = |days: &[&str]| {
        days.iter()
            .map(|it| date(it))
            .collect::<BTreeSet<_>>()
            .contains(&day)
    };
    let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    listed(&HOLIDAYS) || is_weekend && !listed(&WORKDAYS)
}

/// The dates that the plugin gives for a day of acceptance.
fn dates(accepted: Date) -> Value {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut session = Session::open(&PLUGIN, dir, "dates/holidays.toml").unwrap();
    let input = json!({ "authority": "15062701", "acceptedDate": accepted });
    match session.call("divorceDates", input).unwrap() {
        Outcome::Completed(it) => serde_json::from_slice(&it.output).unwrap(),
        other => panic!("expected dates, found {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// P1: the end is at least thirty days on, no rest day, and the first such day. P2: the window
    /// begins on the next day, and lasts thirty days or until the first working day.
    #[test]
    fn each_period_lasts_thirty_days_or_until_the_first_working_day(offset in 0..400_i32) {
        let accepted = date("2025-12-01").plus_days(offset);
        let found = dates(accepted);
        let day = |name: &str| date(found[name].as_str().unwrap());
        let cooling_off_end = day("coolingOffEnd");
        prop_assert_eq!(day("claimFrom"), cooling_off_end.plus_days(1));
        for (anchor, last) in [(accepted, cooling_off_end), (cooling_off_end, day("claimUntil"))] {
            let nominal = anchor.plus_days(30);
            prop_assert!(last >= nominal);
            prop_assert!(!is_rest(last));
            for idx in 0..nominal.days_until(last) {
                prop_assert!(is_rest(nominal.plus_days(idx)));
            }
        }
    }
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
