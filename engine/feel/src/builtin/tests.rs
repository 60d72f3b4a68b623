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

#[test]
fn every_function_is_documented_and_does_what_its_examples_say() {
    let calendar = calendar();
    let now = DateTime::parse("2026-03-05T09:30:00+08:00").unwrap();
    let environment = Environment::new(
        now.to_timestamp(&Zone::utc()).unwrap(),
        Zone::named("Asia/Shanghai").unwrap(),
        &calendar,
    );
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
            let expression = Expression::compile(source, &Names::default())
                .unwrap_or_else(|errors| panic!("{source}: {}", errors[0]));
            let value = expression.evaluate(&Context::new(), &environment).unwrap();
            let shown = crate::eval::text_of(&Value::list(vec![value]));
            assert_eq!(&shown[1..shown.len() - 1], *expected, "{source}");
        }
    }
}
