//! Cases written from the text of DMN 1.5, clause by clause: `expression => value`, one a line.
//!
//! The values are written as FEEL's `string` writes them. `now()` is 2026-03-05T09:30:00+08:00.

use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::time::{DateTime, Zone};
use tongban_feel::value::{Context, Value};
use tongban_feel::workday::Weekends;

/// What each clause says, then the corners of values and functions.
const TABLES: &[(&str, &str)] = &[
    ("clauses.txt", include_str!("standard/clauses.txt")),
    ("temporal.txt", include_str!("standard/temporal.txt")),
    ("numbers.txt", include_str!("standard/numbers.txt")),
    ("texts.txt", include_str!("standard/texts.txt")),
    ("lists.txt", include_str!("standard/lists.txt")),
    ("logic.txt", include_str!("standard/logic.txt")),
];

fn environment() -> Environment<'static> {
    let now = DateTime::parse("2026-03-05T09:30:00+08:00").unwrap();
    Environment::new(
        now.to_timestamp(&Zone::utc()).unwrap(),
        Zone::named("Asia/Shanghai").unwrap(),
        &Weekends,
    )
}

pub(super) fn shown(value: Value) -> String {
    let mut scope = Context::new();
    scope.insert("it", Value::list(vec![value]));
    let text = Expression::compile("string(it)", &Names::default()).unwrap();
    let text = text.evaluate(&scope, &environment()).unwrap();
    let text = text.as_str().unwrap();
    text[1..text.len() - 1].to_owned()
}

fn found(source: &str) -> String {
    match Expression::compile(source, &Names::default()) {
        Ok(expression) => shown(
            expression
                .evaluate(&Context::new(), &environment())
                .unwrap(),
        ),
        Err(errors) => format!("refused: {}", errors[0].code),
    }
}

#[test]
fn expressions_have_the_values_the_standard_gives_them() {
    let mut wrong = Vec::new();
    for (table, text) in TABLES {
        let mut count = 0;
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            count += 1;
            let (source, expected) = line.rsplit_once(" => ").expect("a case has a value");
            let found = found(source);
            if found != expected {
                let line = number + 1;
                wrong.push(format!(
                    "{table}:{line}: {source} gave {found}, not {expected}"
                ));
            }
        }
        assert!(count > 50, "{table}: {count}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
