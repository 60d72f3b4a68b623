//! Every function is listed once, named so that it is recognised, documented, and does what its
//! examples say.

use super::*;
use crate::expression::{Expression, Names};
use crate::time::{DateTime, Zone};
use crate::workday::tests::calendar;

#[test]
fn every_function_is_listed_once_and_its_name_is_recognised() {
    assert_eq!(all().count(), BY_NAME.len());
    for name in BY_NAME.keys() {
        let words = lex::name_words(name).unwrap();
        assert!(words.len() <= WORDS_MAX, "{name}");
        assert_eq!(by_words(&lex::join_words(&words)).unwrap().name, *name);
    }
}

/// The value of an expression as text, on a day of the national calendar of 2026.
#[track_caller]
fn shown(source: &str) -> String {
    let calendar = calendar();
    let now = DateTime::parse("2026-03-05T09:30:00+08:00").unwrap();
    let environment = Environment::new(
        now.to_timestamp(&Zone::utc()).unwrap(),
        Zone::named("Asia/Shanghai").unwrap(),
        &calendar,
    );
    let expression = Expression::compile(source, &Names::default())
        .unwrap_or_else(|errors| panic!("{source}: {}", errors[0]));
    let value = expression.evaluate(&Context::new(), &environment).unwrap();
    let shown = crate::eval::text_of(&Value::list(vec![value]));
    shown[1..shown.len() - 1].to_owned()
}

#[test]
fn working_day_functions_take_moments_of_any_zone_and_refuse_what_is_none() {
    for (source, expected) in [
        // A moment with a zone is read on the clock of the county.
        (
            "receiving day(@\"2026-03-06T09:30:00Z\", @\"17:30:00\")",
            "2026-03-06",
        ),
        (
            "receiving day(@\"2026-03-06T09:30:01Z\", @\"17:30:00\")",
            "2026-03-09",
        ),
        (
            "receiving day(@\"2026-03-06T23:00:00Z\", @\"17:30:00\")",
            "2026-03-09",
        ),
        (
            "receiving day(@\"2026-03-05T23:00:00Z\", @\"17:30:00\")",
            "2026-03-06",
        ),
        (
            "receiving day(moment: now(), cut off: @\"09:30:00\")",
            "2026-03-05",
        ),
        ("receiving day(now(), @\"09:29:59\")", "2026-03-06"),
        ("receiving day(@\"2026-03-06\", @\"17:30:00\")", "null"),
        ("is working day(@\"2026-02-28T23:59:59\")", "true"),
        ("is rest day(@\"2026-02-16\")", "true"),
        ("is rest day(\"next week\")", "null"),
        ("is statutory holiday(null)", "null"),
        ("add working days(@\"2026-02-13\", 2)", "2026-02-24"),
        ("add working days(@\"2026-02-13\", 1.5)", "null"),
        ("add working days(@\"2026-02-14\", 0)", "2026-02-14"),
        (
            "add working days(date: @\"2026-02-24\", days: -2)",
            "2026-02-13",
        ),
        (
            "working days between(@\"2026-02-24\", @\"2026-02-13\")",
            "-2",
        ),
        ("roll forward to working day(@\"2026-10-01\")", "2026-10-08"),
        ("roll back to working day(@\"2026-10-07\")", "2026-09-30"),
        (
            "corresponding day(date: @\"2026-05-31\", months: -3)",
            "2026-02-28",
        ),
        ("anniversary(@\"2004-02-29\", 22, \"FEB_30\")", "null"),
        (
            "anniversary(date: @\"2004-03-01\", years: 22, policy: \"FEB_28\")",
            "2026-03-01",
        ),
    ] {
        assert_eq!(shown(source), expected, "{source}");
    }
}

/// Money is counted in fen: whole numbers of any size in use are reckoned without rounding.
#[test]
fn whole_numbers_are_reckoned_exactly() {
    for (source, expected) in [
        (
            "9999999999999999999999999999999999 - 1",
            "9999999999999999999999999999999998",
        ),
        (
            "4999999999999999999999999999999999 + 5000000000000000000000000000000000",
            "9999999999999999999999999999999999",
        ),
        (
            "99999999999999999 * 99999999999999999",
            "9999999999999999800000000000000001",
        ),
        (
            "sum(for i in 1..10000 return 10000000000000000000000001)",
            "100000000000000000000000010000",
        ),
        (
            "1234567890123456789012345678901234 - 1234567890123456789012345678901233",
            "1",
        ),
        ("floor(100000000000000001 / 3)", "33333333333333333"),
        ("modulo(100000000000000001, 3)", "2"),
        ("0.1 + 0.2 = 0.3", "true"),
        ("count(for i in 1..1e2 return i)", "100"),
        ("1.10 * 3", "3.3"),
    ] {
        assert_eq!(shown(source), expected, "{source}");
    }
}

#[test]
fn every_function_is_documented_and_does_what_its_examples_say() {
    for builtin in all() {
        assert!(
            !builtin.doc.is_empty(),
            "{} has no description",
            builtin.name
        );
        assert!(
            !builtin.examples.is_empty(),
            "{} has no example",
            builtin.name
        );
        for (source, expected) in builtin.examples {
            assert_eq!(shown(source), *expected, "{source}");
        }
    }
}
