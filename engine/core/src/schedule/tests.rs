//! Numbers of scenarios are those of the catalogue of scheduled work (§5).

use proptest::prelude::*;
use tongban_feel::time::{Date, DateTime, Zone};
use tongban_feel::workday::{Calendar, CalendarTable, Weekends, is_working_day};

use super::*;
use crate::deadline::{Roll, Term, Unit, date_of};
use crate::id::Instant;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

fn at(text: &str) -> Instant {
    let local = DateTime::parse(&format!("{text}:00")).unwrap();
    Instant(local.to_timestamp(&zone()).unwrap().microseconds())
}

fn text(at: Instant) -> String {
    let zone = zone();
    let timestamp = tongban_feel::time::Timestamp::from_microseconds(at.0);
    let local = DateTime::from_timestamp(timestamp, zone).to_string();
    local[..16].to_owned()
}

/// The years 2025 and 2026 as they were published.
fn published() -> CalendarTable {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/county-150627/holidays-cn.json"
    );
    CalendarTable::parse(&std::fs::read(path).unwrap(), "1").unwrap()
}

fn wakes(cron: &str, days: Days, after: &str, until: &str) -> Vec<String> {
    let (calendar, zone) = (published(), zone());
    let rhythm = Rhythm {
        cron,
        days,
        calendar: &calendar,
        zone: &zone,
    };
    let wakes = rhythm.between(at(after), at(until), 1_000).unwrap();
    assert_eq!(wakes.through, at(until));
    wakes.at.into_iter().map(text).collect()
}

fn aim(due: Option<Due>, period: Period) -> Aim {
    Aim {
        due,
        lead: Lead {
            before: 0,
            working: false,
        },
        stages: Vec::new(),
        stages_working: false,
        by_date: true,
        period,
    }
}

fn months(amount: u32) -> Option<Due> {
    Some(Due::After {
        term: Term {
            amount,
            unit: Unit::Months,
        },
        roll: Roll::None,
    })
}

/// What is open in a run that stands for one day: due day, stage, period.
fn open(aim: &Aim, as_of: &str, anchor: Option<&str>) -> Vec<(String, Option<i32>, String)> {
    let as_of = day(as_of);
    let openings = aim.openings(&published(), (as_of, as_of), anchor.map(day));
    let opening = |it: Opening| {
        let due_on = it.due_on.map(|it| it.to_string()).unwrap_or_default();
        (due_on, it.stage, it.period)
    };
    openings.into_iter().map(opening).collect()
}

#[test]
fn cron_only_wakes_and_the_calendar_says_on_which_days_it_runs() {
    // #29: Saturday 14 February works, Monday 16 February rests.
    let digest = wakes(
        "0 30 8 * * *",
        Days::WorkingDays,
        "2026-02-13T09:00",
        "2026-02-24T12:00",
    );
    assert_eq!(digest, ["2026-02-14T08:30", "2026-02-24T08:30"]);
    let first = wakes(
        "0 0 6 * * *",
        Days::FirstWorkingDayOfMonth,
        "2025-12-31T12:00",
        "2026-12-31T12:00",
    );
    let days: Vec<&str> = first.iter().map(|it| &it[5..10]).collect();
    let expected = [
        "01-04", "02-02", "03-02", "04-01", "05-06", "06-01", "07-01", "08-03", "09-01", "10-08",
        "11-02", "12-01",
    ];
    assert_eq!(days, expected);
    let last = wakes(
        "0 0 6 * * *",
        Days::LastWorkingDayOfMonth,
        "2026-01-31T12:00",
        "2026-05-31T12:00",
    );
    let days: Vec<&str> = last.iter().map(|it| &it[5..10]).collect();
    assert_eq!(days, ["02-28", "03-31", "04-30", "05-29"]);
}

#[test]
fn instants_come_in_bounded_portions_and_a_day_that_never_comes_is_given_up() {
    let (calendar, zone) = (published(), zone());
    let rhythm = |cron, days| Rhythm {
        cron,
        days,
        calendar: &calendar,
        zone: &zone,
    };
    let often = rhythm("0 */5 * * * *", Days::Every);
    let (after, until) = (at("2026-03-05T00:00"), at("2026-03-06T00:00"));
    let some = often.between(after, until, 10).unwrap();
    assert_eq!(some.at.len(), 10);
    assert_eq!(text(some.through), "2026-03-05T00:50");
    let all = often.between(some.through, until, 10_000).unwrap();
    assert_eq!(all.at.len(), 288 - 10);
    // The 20th is never the first working day.
    let never = rhythm("0 0 6 20 * *", Days::FirstWorkingDayOfMonth);
    assert_eq!(never.next(after).unwrap(), None);
    assert!(rhythm("0 0 6 * *", Days::Every).next(after).is_err());
}

fn planned(missed: Missed, instants: &[&str], now: &str) -> Vec<(String, u32, bool, bool)> {
    let instants: Vec<Instant> = instants.iter().map(|it| at(it)).collect();
    let runs = plan(missed, &instants, at(now), &zone());
    let run = |it: PlannedRun| {
        (
            text(it.scheduled_for),
            it.n_instants,
            it.is_late,
            it.is_skipped,
        )
    };
    runs.into_iter().map(run).collect()
}

#[test]
fn missed_runs_follow_their_policy() {
    let (three, now) = (
        ["2026-04-01T06:00", "2026-04-02T06:00", "2026-04-03T06:00"],
        "2026-04-03T06:05",
    );
    let run = |at: &str, n, late, skipped| (at.to_owned(), n, late, skipped);
    assert_eq!(
        planned(Missed::Each, &three, now),
        [
            run(three[0], 1, true, false),
            run(three[1], 1, true, false),
            run(three[2], 1, false, false),
        ]
    );
    for missed in [Missed::Once, Missed::DateDriven] {
        assert_eq!(
            planned(missed, &three, now),
            [run(three[2], 3, true, false)]
        );
        assert_eq!(planned(missed, &[], now), []);
    }
    assert_eq!(
        planned(Missed::Skip, &three, now),
        [run(three[1], 2, true, true), run(three[2], 1, false, false)]
    );
    assert_eq!(
        planned(Missed::Skip, &three, "2026-04-03T18:00"),
        [run(three[2], 3, true, true)]
    );
}

#[test]
fn items_are_late_that_a_missed_run_would_have_opened() {
    // #10: down from the 20th to the 28th.
    let instants: Vec<Instant> = (20..=28)
        .map(|it| at(&format!("2026-04-{it}T02:00")))
        .collect();
    let runs = plan(
        Missed::DateDriven,
        &instants,
        at("2026-04-28T09:00"),
        &zone(),
    );
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].missed_until, Some(day("2026-04-27")));
    assert_eq!(date_of(runs[0].first, &zone()), day("2026-04-20"));
    // On time, nothing is late; a day later, what this run was to open is.
    let run = |now: &str| plan(Missed::DateDriven, &instants[8..], at(now), &zone())[0];
    assert_eq!(run("2026-04-28T02:00").missed_until, None);
    assert!(!run("2026-04-28T02:00").is_late);
    assert_eq!(
        run("2026-04-29T01:00").missed_until,
        Some(day("2026-04-28"))
    );
}

#[test]
fn s1_s2_an_item_opens_some_days_before_it_is_due() {
    let mut recheck = aim(months(12), Period::DueDate);
    recheck.lead.before = 45;
    let due = |on: &str| vec![(on.to_owned(), None, on.to_owned())];
    assert_eq!(open(&recheck, "2026-04-30", Some("2025-06-15")), []);
    assert_eq!(
        open(&recheck, "2026-05-01", Some("2025-06-15")),
        due("2026-06-15")
    );
    // Much later it is open still, and overdue.
    assert_eq!(
        open(&recheck, "2026-09-01", Some("2025-06-15")),
        due("2026-06-15")
    );
    assert_eq!(open(&recheck, "2026-09-01", None), []);
    let mut half_yearly = aim(months(6), Period::DueDate);
    half_yearly.lead.before = 30;
    assert_eq!(
        open(&half_yearly, "2026-02-01", Some("2025-08-31")),
        due("2026-02-28")
    );
}

#[test]
fn s9_the_last_day_of_a_period_is_rolled_back() {
    let mut quarterly = aim(Some(Due::EndOfPeriod { roll: Roll::Back }), Period::Quarter);
    quarterly.by_date = false;
    let rows = [
        ("2026-01-01", "2026-03-31", "2026Q1"),
        ("2026-04-01", "2026-06-30", "2026Q2"),
        ("2026-07-01", "2026-09-30", "2026Q3"),
        ("2026-10-01", "2026-12-31", "2026Q4"),
        // 31 May 2026 is a Sunday, but the quarter ends in June.
        ("2026-05-31", "2026-06-30", "2026Q2"),
    ];
    for (as_of, due_on, period) in rows {
        let expected = vec![(due_on.to_owned(), None, period.to_owned())];
        assert_eq!(open(&quarterly, as_of, None), expected);
    }
    let mut monthly = aim(Some(Due::EndOfPeriod { roll: Roll::Back }), Period::Month);
    monthly.by_date = false;
    let expected = vec![("2026-05-29".to_owned(), None, "202605".to_owned())];
    assert_eq!(open(&monthly, "2026-05-02", None), expected);
}

#[test]
fn s10_only_the_nearest_stage_of_several_is_opened_and_none_after_the_day() {
    let mut liveness = aim(
        Some(Due::After {
            term: Term {
                amount: 0,
                unit: Unit::CalendarDays,
            },
            roll: Roll::None,
        }),
        Period::DueDate,
    );
    liveness.stages = vec![60, 30, 7];
    let stage = |stage: i32| {
        vec![(
            "2026-05-01".to_owned(),
            Some(stage),
            "2026-05-01".to_owned(),
        )]
    };
    let rows = [
        ("2026-02-28", vec![]),
        ("2026-03-02", stage(60)),
        ("2026-04-01", stage(30)),
        ("2026-04-23", stage(30)),
        ("2026-04-28", stage(7)),
        ("2026-05-01", stage(7)),
        ("2026-05-02", vec![]),
    ];
    for (as_of, expected) in rows {
        assert_eq!(
            open(&liveness, as_of, Some("2026-05-01")),
            expected,
            "{as_of}"
        );
    }
    // A stage after the day is of use after it.
    liveness.stages = vec![7, -30];
    assert_eq!(open(&liveness, "2026-05-30", Some("2026-05-01")), []);
    assert_eq!(
        open(&liveness, "2026-05-31", Some("2026-05-01")),
        stage(-30)
    );
}

#[test]
fn s12_a_fixed_date_stays_and_its_reminder_comes_on_a_working_day() {
    let fixed = Due::Fixed {
        month: 5,
        day: 31,
        roll: Roll::None,
    };
    let mut annual = aim(Some(fixed), Period::Year);
    annual.stages = vec![1];
    annual.stages_working = true;
    let stage = vec![("2026-05-31".to_owned(), Some(1), "2026".to_owned())];
    assert_eq!(open(&annual, "2026-05-28", None), []);
    assert_eq!(open(&annual, "2026-05-29", None), stage);
    assert_eq!(open(&annual, "2026-05-31", None), stage);
    assert_eq!(open(&annual, "2026-06-01", None), []);
}

#[test]
fn a_common_day_opens_in_the_year_before_and_after_an_outage_over_the_turn() {
    let fixed = Due::Fixed {
        month: 1,
        day: 15,
        roll: Roll::None,
    };
    let mut annual = aim(Some(fixed), Period::Year);
    annual.lead.before = 30;
    let names = |since: &str, as_of: &str| -> Vec<String> {
        let openings = annual.openings(&published(), (day(since), day(as_of)), None);
        openings.into_iter().map(|it| it.period).collect()
    };
    assert_eq!(names("2025-12-15", "2025-12-15"), ["2025"]);
    assert_eq!(names("2025-12-16", "2025-12-16"), ["2025", "2026"]);
    assert_eq!(names("2026-03-01", "2026-03-01"), ["2026"]);
    assert_eq!(names("2024-12-20", "2026-03-01"), ["2024", "2025", "2026"]);
    // Opened after the day, in the period that follows.
    let mut late = aim(Some(Due::EndOfPeriod { roll: Roll::None }), Period::Month);
    late.lead.before = -10;
    let open = |as_of: &str| -> Vec<String> {
        let openings = late.openings(&published(), (day(as_of), day(as_of)), None);
        openings.into_iter().map(|it| it.period).collect()
    };
    assert_eq!(open("2026-02-09"), Vec::<String>::new());
    assert_eq!(open("2026-02-10"), ["202601"]);
}

#[test]
fn periods_have_names_and_ends() {
    let rows = [
        (Period::Day, "2026-06-30", "2026-06-30", "2026-06-30"),
        (Period::Week, "2026-06-30", "2026W27", "2026-07-05"),
        (Period::Week, "2027-01-03", "2026W53", "2027-01-03"),
        (Period::Month, "2026-02-10", "202602", "2026-02-28"),
        (Period::Quarter, "2026-05-10", "2026Q2", "2026-06-30"),
        (Period::Half, "2026-07-01", "2026H2", "2026-12-31"),
        (Period::Year, "2024-02-29", "2024", "2024-12-31"),
    ];
    for (period, of, name, last) in rows {
        assert_eq!(period.name_of(day(of)), name);
        assert_eq!(period.last_day_of(day(of)), Some(day(last)));
    }
    assert_eq!(
        Period::Half.first_day_of(day("2026-08-09")),
        Some(day("2026-07-01"))
    );
    assert_eq!(
        Period::Week.first_day_of(day("2026-06-30")),
        Some(day("2026-06-29"))
    );
}

/// Counts as a clerk would: day after day.
fn is_open(aim: &Aim, calendar: &dyn Calendar, as_of: Date, anchor: Date) -> bool {
    !aim.openings(calendar, (as_of, as_of), Some(anchor))
        .is_empty()
}

proptest! {
    #[test]
    fn the_span_holds_exactly_the_dates_whose_items_are_open(
        unit in prop_oneof![
            Just(Unit::CalendarDays), Just(Unit::WorkingDays), Just(Unit::Months), Just(Unit::Years)
        ],
        amount in 0_u32..30,
        lead in -40_i32..60,
        roll in prop_oneof![Just(Roll::None), Just(Roll::Forward), Just(Roll::Back)],
        working in any::<bool>(),
        stages in any::<bool>(),
        offset in 0_i64..700,
    ) {
        let calendar = published();
        let term = Term { amount, unit };
        let mut aim = aim(Some(Due::After { term, roll }), Period::DueDate);
        if stages {
            aim.stages = vec![lead.abs() + 5, lead.abs()];
            aim.stages_working = working;
        } else {
            aim.lead = Lead { before: lead, working };
        }
        let as_of = day("2025-02-01").add_days(offset).unwrap();
        let span = aim.span(&calendar, as_of).unwrap();
        for distance in -1_200_i64..100 {
            let anchor = as_of.add_days(distance * 3).unwrap();
            let from = span.from.is_none_or(|it| it <= anchor);
            let until = span.until.is_some_and(|it| anchor <= it);
            prop_assert_eq!(is_open(&aim, &calendar, as_of, anchor), from && until, "{}", anchor);
        }
    }

    #[test]
    fn the_first_working_day_is_the_one_before_which_none_lies(offset in 0_i64..700) {
        let calendar = Weekends;
        let zone = zone();
        let rhythm = Rhythm {
            cron: "0 0 6 * * *",
            days: Days::FirstWorkingDayOfMonth,
            calendar: &calendar,
            zone: &zone,
        };
        let start = day("2025-01-01").add_days(offset).unwrap();
        let after = crate::deadline::start_of(start, &zone).unwrap();
        let found = date_of(rhythm.next(after).unwrap().unwrap(), &zone);
        let mut expected = start;
        loop {
            let mut before = (1..expected.day())
                .filter_map(|it| Date::new(expected.year(), expected.month(), it));
            let is_first = !before.any(|it| is_working_day(&calendar, it));
            if is_first && is_working_day(&calendar, expected) {
                break;
            }
            expected = expected.add_days(1).unwrap();
        }
        prop_assert_eq!(found, expected);
    }
}
