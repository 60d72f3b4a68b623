//! The vectors of the statute and of the county's calendar, and a day-by-day oracle.

use proptest::prelude::*;
use tongban_feel::workday::CalendarTable;

use super::*;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// The sample county's table: 2025 and 2026 are published, 2027 is not.
fn calendar() -> CalendarTable {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/county-150627/holidays-cn.json"
    );
    CalendarTable::parse(&std::fs::read(path).unwrap(), "test").unwrap()
}

fn rule(amount: u32, unit: Unit, roll: Roll) -> Rule {
    Rule {
        term: Term { amount, unit },
        roll,
        rest_days: RestDays::All,
    }
}

#[track_caller]
fn check(anchor: &str, rule: Rule, due_on: &str) {
    let counted = count(&calendar(), date(anchor), &rule, &[], &[]).unwrap();
    assert_eq!(counted.due_on, date(due_on), "{anchor} {rule:?}");
}

#[test]
fn working_days_are_those_of_the_yearly_table() {
    for (start, amount, due) in [
        ("2026-02-12", 1, "2026-02-13"),
        ("2026-02-12", 3, "2026-02-24"),
        ("2026-02-13", 10, "2026-03-05"),
        ("2026-02-14", 5, "2026-02-28"),
        ("2026-04-03", 1, "2026-04-07"),
        ("2026-04-30", 5, "2026-05-11"),
        ("2026-09-18", 5, "2026-09-24"),
        ("2026-09-24", 7, "2026-10-12"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2025-01-24", 5, "2025-02-07"),
        ("2025-01-24", 10, "2025-02-13"),
        ("2025-04-25", 5, "2025-05-06"),
        ("2025-09-26", 10, "2025-10-16"),
        ("2025-12-31", 1, "2026-01-04"),
        ("2026-01-02", 2, "2026-01-05"),
        ("2026-05-20", 20, "2026-06-17"),
    ] {
        check(start, rule(amount, Unit::WorkingDays, Roll::None), due);
    }
}

#[test]
fn thirty_days_end_on_the_first_day_that_is_no_rest_day() {
    for (accepted, end) in [
        ("2026-01-05", "2026-02-04"),
        ("2026-01-15", "2026-02-14"),
        ("2026-01-16", "2026-02-24"),
        ("2026-03-02", "2026-04-01"),
        ("2026-03-05", "2026-04-07"),
        ("2026-04-01", "2026-05-06"),
        ("2026-08-21", "2026-09-20"),
        ("2026-09-01", "2026-10-08"),
        ("2026-10-21", "2026-11-20"),
    ] {
        check(accepted, rule(30, Unit::CalendarDays, Roll::Forward), end);
    }
}

/// Scenario #2 of the catalogue, and its like.
#[test]
fn months_end_on_the_corresponding_day_or_the_last_of_a_shorter_month() {
    check(
        "2025-08-31",
        rule(6, Unit::Months, Roll::None),
        "2026-02-28",
    );
    check(
        "2026-01-31",
        rule(1, Unit::Months, Roll::None),
        "2026-02-28",
    );
    check("2024-02-29", rule(1, Unit::Years, Roll::None), "2025-02-28");
    check(
        "2026-03-10",
        rule(6, Unit::Months, Roll::None),
        "2026-09-10",
    );
}

/// Scenario #12: a fixed date is not rolled, an internal one is rolled back.
#[test]
fn a_fixed_date_stays_and_an_internal_one_goes_back() {
    let on = |roll| rule(0, Unit::CalendarDays, roll);
    check("2026-05-31", on(Roll::None), "2026-05-31");
    check("2026-05-31", on(Roll::Back), "2026-05-29");
    check("2026-09-30", on(Roll::Back), "2026-09-30");
    check("2026-12-31", on(Roll::Back), "2026-12-31");
}

/// Scenarios #21 and #22.
#[test]
fn a_date_counted_over_an_unpublished_year_is_provisional_until_the_year_is_there() {
    let five = rule(5, Unit::WorkingDays, Roll::None);
    let counted = count(&calendar(), date("2026-12-29"), &five, &[], &[]).unwrap();
    assert_eq!(counted.due_on, date("2027-01-06"));
    assert!(counted.provisional);
    let file = r#"{"schema_version": 1, "years": {"2026": {"status": "confirmed"},
        "2027": {"status": "confirmed", "off_days": [
            {"date": "2027-01-01", "statutory": true}, {"date": "2027-01-04"}]}}}"#;
    let published = CalendarTable::parse(file.as_bytes(), "2").unwrap();
    let counted = count(&published, date("2026-12-29"), &five, &[], &[]).unwrap();
    assert_eq!(counted.due_on, date("2027-01-07"));
    assert!(!counted.provisional);
}

/// Calendar days ask the table about their last day only.
#[test]
fn a_period_that_only_begins_in_an_unpublished_year_is_not_provisional() {
    let rule = rule(30, Unit::CalendarDays, Roll::None);
    let counted = count(&calendar(), date("2026-12-29"), &rule, &[], &[]).unwrap();
    assert!(!counted.provisional);
}

/// Scenario #23.
#[test]
fn a_county_may_lay_its_own_days_over_the_table() {
    let closed = workday::LocalOverride {
        date: date("2026-07-24"),
        kind: workday::DayKind::Rest { statutory: false },
    };
    let calendar = calendar().with_overrides(&[closed]);
    let one = rule(1, Unit::WorkingDays, Roll::None);
    let counted = count(&calendar, date("2026-07-23"), &one, &[], &[]).unwrap();
    assert_eq!(counted.due_on, date("2026-07-27"));
}

#[test]
fn days_of_a_stopped_clock_do_not_count() {
    let pause = |from, until| Pause {
        from: date(from),
        until: date(until),
    };
    let calendar = calendar();
    let count = |rule: Rule, pauses: &[Pause], extensions: &[Extension]| {
        let counted = count(&calendar, date("2026-03-02"), &rule, pauses, extensions);
        counted.unwrap().due_on.to_string()
    };
    let ten = rule(10, Unit::WorkingDays, Roll::None);
    assert_eq!(count(ten, &[], &[]), "2026-03-16");
    // Tuesday 3 March counts, 4 to 9 March do not.
    let stopped = [pause("2026-03-03", "2026-03-09")];
    assert_eq!(count(ten, &stopped, &[]), "2026-03-20");
    let thirty = rule(30, Unit::CalendarDays, Roll::None);
    assert_eq!(count(thirty, &stopped, &[]), "2026-04-07");
    // A stop after the end moves nothing.
    let after = [pause("2026-04-01", "2026-04-20")];
    assert_eq!(count(thirty, &after, &[]), "2026-04-01");
    let by_ten = [Extension::By(ten.term)];
    assert_eq!(count(ten, &stopped, &by_ten), "2026-04-03");
    let until = [Extension::Until {
        on: date("2026-04-10"),
        granted_on: date("2026-03-10"),
    }];
    assert_eq!(count(ten, &stopped, &until), "2026-04-10");
    let later = [stopped[0], pause("2026-03-12", "2026-03-13")];
    assert_eq!(count(ten, &later, &until), "2026-04-11");
}

#[test]
fn a_period_ends_at_midnight_or_at_closing_time() {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let at = |minute| due_at(date("2026-04-07"), minute, &zone).unwrap();
    assert_eq!(at(END_OF_DAY_MINUTE).to_string(), "2026-04-07T16:00:00Z");
    assert_eq!(at(17 * 60 + 30).to_string(), "2026-04-07T09:30:00Z");
    for minute in [END_OF_DAY_MINUTE, 17 * 60 + 30, 1] {
        assert_eq!(due_date_of(at(minute), &zone), date("2026-04-07"));
    }
    assert_eq!(
        date_of(at(END_OF_DAY_MINUTE), &zone),
        date("2026-04-08"),
        "the instant itself is the next day's"
    );
}

#[test]
fn what_cannot_be_counted_is_nothing() {
    let calendar = calendar();
    let too_long = rule(AMOUNT_MAX + 1, Unit::CalendarDays, Roll::None);
    assert_eq!(
        count(&calendar, date("2026-01-01"), &too_long, &[], &[]),
        None
    );
    let beyond = rule(9_999, Unit::Years, Roll::None);
    assert_eq!(
        count(&calendar, date("2026-01-01"), &beyond, &[], &[]),
        None
    );
}

/// The rules once more, day by day and without a thought for speed.
mod oracle {
    use super::*;

    pub(super) fn due_on(
        calendar: &dyn Calendar,
        anchor: Date,
        rule: &Rule,
        pauses: &[Pause],
    ) -> Date {
        let stopped = |day: Date| pauses.iter().any(|it| it.from < day && day <= it.until);
        let mut day = anchor;
        let mut left = rule.term.amount;
        match rule.term.unit {
            Unit::CalendarDays | Unit::WorkingDays => {
                while left > 0 {
                    day = day.add_days(1).unwrap();
                    let counts = rule.term.unit == Unit::CalendarDays
                        || calendar.day(day) == workday::DayKind::Working;
                    left -= u32::from(counts && !stopped(day));
                }
            }
            Unit::Months | Unit::Years => {
                let months = rule.term.amount * if rule.term.unit == Unit::Years { 12 } else { 1 };
                let target = i64::from(anchor.year()) * 12
                    + i64::from(anchor.month() - 1)
                    + i64::from(months);
                loop {
                    let here = i64::from(day.year()) * 12 + i64::from(day.month() - 1);
                    let is_last = day.day() == day.days_in_month();
                    if here == target && (day.day() == anchor.day() || is_last) {
                        break;
                    }
                    day = day.add_days(1).unwrap();
                }
                let mut walked = anchor;
                while walked < day {
                    walked = walked.add_days(1).unwrap();
                    if stopped(walked) {
                        day = day.add_days(1).unwrap();
                    }
                }
            }
        }
        let rests = |day: Date| match rule.rest_days {
            RestDays::All => calendar.day(day) != workday::DayKind::Working,
            RestDays::Holidays => calendar.is_holiday(day),
        };
        let step = match rule.roll {
            Roll::None => return day,
            Roll::Forward => 1,
            Roll::Back => -1,
        };
        while rests(day) {
            day = day.add_days(step).unwrap();
        }
        day
    }
}

proptest! {
    #[test]
    fn every_period_ends_where_a_walk_from_day_to_day_ends(
        offset in 0i64..1_000,
        amount in 0u32..80,
        kind in 0usize..4,
        roll in 0usize..3,
        weekends in any::<bool>(),
        gaps in proptest::collection::vec((0i64..40, 0i64..20), 0..3),
    ) {
        let calendar = calendar();
        let anchor = date("2025-01-01").add_days(offset).unwrap();
        let unit = [Unit::CalendarDays, Unit::WorkingDays, Unit::Months, Unit::Years][kind];
        let amount = match unit {
            Unit::Years => amount % 4,
            Unit::Months => amount % 30,
            Unit::CalendarDays | Unit::WorkingDays => amount,
        };
        let rule = Rule {
            term: Term { amount, unit },
            roll: [Roll::None, Roll::Forward, Roll::Back][roll],
            rest_days: if weekends { RestDays::All } else { RestDays::Holidays },
        };
        let mut from = anchor;
        let mut pauses = Vec::new();
        for (gap, length) in gaps {
            from = from.add_days(gap).unwrap();
            let until = from.add_days(length).unwrap();
            pauses.push(Pause { from, until });
            from = until;
        }
        let counted = count(&calendar, anchor, &rule, &pauses, &[]).unwrap();
        prop_assert_eq!(counted.due_on, oracle::due_on(&calendar, anchor, &rule, &pauses));
    }
}
