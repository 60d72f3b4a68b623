//! The rules of the divorce procedure for 2026, and a day-by-day oracle.

use proptest::prelude::*;

use super::*;

/// The days of the notice of 2025-11-04: rest from day to day, and make-up working days.
pub(crate) fn calendar() -> CalendarTable {
    let rest = [
        ("01-01", 3),
        ("02-15", 9),
        ("04-04", 3),
        ("05-01", 5),
        ("06-19", 3),
        ("09-25", 3),
        ("10-01", 7),
    ];
    let mut off_days = Vec::new();
    for (start, count) in rest {
        let first = Date::parse(&format!("2026-{start}")).unwrap();
        for offset in 0..count {
            let date = first.add_days(offset).unwrap();
            let statutory = matches!(
                (date.month(), date.day()),
                (10, 1..=3) | (5, 1 | 2) | (1, 1)
            );
            off_days.push(serde_json::json!({ "date": date.to_string(), "statutory": statutory }));
        }
    }
    let work_days: Vec<_> = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
        .map(|day| serde_json::json!({ "date": format!("2026-{day}") }))
        .into();
    let file = serde_json::json!({
        "schema_version": 1,
        "weekend_iso_weekdays": [6, 7],
        "years": {
            "2026": { "status": "confirmed", "off_days": off_days, "work_days": work_days },
            "2027": { "status": "unconfirmed", "off_days": [], "work_days": [] },
        },
    });
    CalendarTable::parse(file.to_string().as_bytes(), "2026-1").unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

#[test]
fn the_divorce_dates_of_2026_are_those_of_the_statute() {
    let calendar = calendar();
    for (accepted, cooling_off_end, claim_until) in [
        ("2026-01-05", "2026-02-04", "2026-03-06"),
        ("2026-01-15", "2026-02-14", "2026-03-16"),
        ("2026-01-16", "2026-02-24", "2026-03-26"),
        ("2026-03-02", "2026-04-01", "2026-05-06"),
        ("2026-03-05", "2026-04-07", "2026-05-07"),
        ("2026-04-01", "2026-05-06", "2026-06-05"),
        ("2026-08-21", "2026-09-20", "2026-10-20"),
        ("2026-09-01", "2026-10-08", "2026-11-09"),
        ("2026-10-21", "2026-11-20", "2026-12-21"),
    ] {
        let day_30 = date(accepted).add_days(30).unwrap();
        let end = next_working_day(&calendar, day_30).unwrap();
        assert_eq!(end, date(cooling_off_end), "accepted {accepted}");
        let until = next_working_day(&calendar, end.add_days(30).unwrap()).unwrap();
        assert_eq!(until, date(claim_until), "accepted {accepted}");
    }
}

#[test]
fn an_unconfirmed_year_rests_on_weekends_and_fixed_statutory_days() {
    let calendar = calendar();
    assert!(is_statutory_holiday(&calendar, date("2027-10-01")));
    assert!(is_statutory_holiday(&calendar, date("2030-05-02")));
    assert!(!is_working_day(&calendar, date("2027-11-20")));
    assert!(is_working_day(&calendar, date("2027-02-08")));
    assert!(is_provisional(
        &calendar,
        date("2026-12-20"),
        date("2027-01-10")
    ));
    assert!(!is_provisional(
        &calendar,
        date("2026-01-01"),
        date("2026-12-31")
    ));
}

#[test]
fn what_arrives_after_the_cut_off_or_on_a_rest_day_is_received_on_the_next_working_day() {
    let calendar = calendar();
    for (arrival, before_cut_off, expected) in [
        ("2026-03-06", true, "2026-03-06"),
        ("2026-03-06", false, "2026-03-09"),
        ("2026-03-07", true, "2026-03-09"),
        ("2026-03-07", false, "2026-03-09"),
        // A Saturday on which the offices work to make up for the holiday, and the holiday.
        ("2026-02-14", true, "2026-02-14"),
        ("2026-02-14", false, "2026-02-24"),
        ("2026-02-15", true, "2026-02-24"),
        ("2026-12-31", false, "2027-01-04"),
    ] {
        let received = receiving_day(&calendar, date(arrival), before_cut_off);
        assert_eq!(received, Some(date(expected)), "{arrival}");
    }
}

#[test]
fn a_period_of_thousands_of_years_is_provisional() {
    struct Confirmed;
    impl Calendar for Confirmed {
        fn day(&self, _date: Date) -> DayKind {
            DayKind::Working
        }
        fn is_confirmed(&self, _year: i32) -> bool {
            true
        }
        fn version(&self) -> &str {
            "confirmed"
        }
    }
    let (first, last) = (date("-999999999-01-01"), date("999999999-12-31"));
    assert!(is_provisional(&Confirmed, first, last));
    assert!(is_provisional(&Confirmed, last, first));
    assert!(!is_provisional(
        &Confirmed,
        date("1026-01-01"),
        date("2026-01-01")
    ));
}

#[test]
fn a_corresponding_day_is_clamped_to_its_month() {
    for (from, months, expected) in [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-05-15", 12, "2027-05-15"),
        ("2026-02-28", 1, "2026-03-28"),
    ] {
        let found = corresponding_day(date(from), months);
        assert_eq!(found, Some(date(expected)), "{from} {months}");
    }
    assert_eq!(corresponding_day(date("2026-01-31"), i64::MAX), None);
}

#[test]
fn an_anniversary_of_a_leap_day_follows_the_policy() {
    let birth = date("2004-02-29");
    assert_eq!(
        anniversary(birth, 22, LeapPolicy::March1),
        Some(date("2026-03-01"))
    );
    assert_eq!(
        anniversary(birth, 22, LeapPolicy::February28),
        Some(date("2026-02-28"))
    );
    assert_eq!(
        anniversary(birth, 24, LeapPolicy::February28),
        Some(date("2028-02-29"))
    );
    assert_eq!(anniversary(birth, i64::MAX, LeapPolicy::March1), None);
}

#[test]
fn a_local_closure_is_laid_over_the_table() {
    let closed = LocalOverride {
        date: date("2026-05-07"),
        kind: DayKind::Rest { statutory: false },
    };
    let calendar = calendar().with_overrides(&[closed]);
    assert_eq!(
        next_working_day(&calendar, date("2026-05-07")),
        Some(date("2026-05-08"))
    );
}

#[test]
fn a_weekend_is_a_rest_day_or_not_as_the_county_reads_the_statute() {
    let calendar = calendar();
    let roll = |day, rest_days| roll_off_rest_days(&calendar, date(day), rest_days, 1);
    // A plain Saturday, a make-up Saturday, a Saturday within a holiday.
    assert_eq!(roll("2026-03-07", RestDays::All), Some(date("2026-03-09")));
    assert_eq!(
        roll("2026-03-07", RestDays::Holidays),
        Some(date("2026-03-07"))
    );
    for rest_days in [RestDays::All, RestDays::Holidays] {
        assert_eq!(roll("2026-02-14", rest_days), Some(date("2026-02-14")));
        assert_eq!(roll("2026-10-03", rest_days), Some(date("2026-10-08")));
    }
    assert_eq!(
        roll_off_rest_days(&calendar, date("2026-10-03"), RestDays::All, -1),
        Some(date("2026-09-30"))
    );
}

#[test]
fn local_days_may_be_written_with_their_reason() {
    let file = r#"{"schema_version": 1, "years": {"2026": {"status": "confirmed"}},
        "local_overrides": [{"date": "2026-07-24", "working": false, "reason": "那达慕", "doc": "1"},
                            {"date": "2026-07-25", "working": true}]}"#;
    let calendar = CalendarTable::parse(file.as_bytes(), "1").unwrap();
    assert_eq!(
        add_working_days(&calendar, date("2026-07-23"), 1),
        Some(date("2026-07-25"))
    );
    assert!(calendar.is_holiday(date("2026-07-24")));
}

#[test]
fn a_broken_file_lists_all_its_problems() {
    let file = r#"{"schema_version": 2, "weekend_iso_weekdays": [9],
        "years": {"x": {}, "2026": {"off_days": [{"date": "2026-13-01"}, {"date": "2025-01-01"}]}}}"#;
    let errors = CalendarTable::parse(file.as_bytes(), "1").unwrap_err();
    assert_eq!(errors.len(), 5, "{errors:?}");
    assert!(CalendarTable::parse(b"not json", "1").is_err());
}

#[test]
fn a_calendar_without_working_days_ends_the_search() {
    struct Never;
    impl Calendar for Never {
        fn day(&self, _date: Date) -> DayKind {
            DayKind::Rest { statutory: false }
        }
        fn is_confirmed(&self, _year: i32) -> bool {
            true
        }
        fn version(&self) -> &str {
            "never"
        }
    }
    assert_eq!(next_working_day(&Never, date("2026-01-01")), None);
    assert_eq!(add_working_days(&Never, date("2026-01-01"), 5), None);
}

/// Counts one day after the other, the way a clerk does on a wall calendar.
fn oracle_add(calendar: &CalendarTable, from: Date, count: i64) -> Date {
    let mut day = from;
    let mut left = count.abs();
    while left > 0 {
        day = day.add_days(count.signum()).unwrap();
        if is_working_day(calendar, day) {
            left -= 1;
        }
    }
    day
}

proptest! {
    #[test]
    fn added_working_days_agree_with_the_wall_calendar(offset in 0i64..730, count in -60i64..60) {
        let calendar = calendar();
        let from = date("2026-01-01").add_days(offset).unwrap();
        let to = add_working_days(&calendar, from, count).unwrap();
        prop_assert_eq!(to, oracle_add(&calendar, from, count));
        if count > 0 {
            prop_assert_eq!(working_days_between(&calendar, from, to), Some(count));
        }
    }

    #[test]
    fn rolling_skips_only_rest_days(offset in 0i64..730) {
        let calendar = calendar();
        let from = date("2026-01-01").add_days(offset).unwrap();
        let rolled = next_working_day(&calendar, from).unwrap();
        prop_assert!(rolled >= from && is_working_day(&calendar, rolled));
        let mut day = from;
        while day < rolled {
            prop_assert!(!is_working_day(&calendar, day));
            day = day.add_days(1).unwrap();
        }
        let back = previous_working_day(&calendar, from).unwrap();
        prop_assert!(back <= from && is_working_day(&calendar, back));
    }
}
