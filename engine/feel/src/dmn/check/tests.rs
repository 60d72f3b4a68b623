//! What is found in tables, on small ones by hand and on random ones against a plain count.

use proptest::prelude::*;

use crate::diagnostic;
use crate::dmn::{Limits, Model};
use crate::environment::Environment;
use crate::value::{Context, Value};

struct TableText {
    attributes: &'static str,
    /// Expression, type and allowed values.
    inputs: Vec<(&'static str, &'static str, &'static str)>,
    output_values: &'static str,
    /// Cells, then the output.
    rules: Vec<Vec<String>>,
}

impl TableText {
    fn of(attributes: &'static str, rules: &[(&str, &str)]) -> TableText {
        TableText {
            attributes,
            inputs: vec![("x", "number", "")],
            output_values: "",
            rules: rules
                .iter()
                .map(|(test, output)| vec![(*test).to_owned(), (*output).to_owned()])
                .collect(),
        }
    }

    fn file(&self) -> String {
        let text = |it: &str| format!("<text><![CDATA[{it}]]></text>");
        let values = |name: &str, it: &str| match it {
            "" => String::new(),
            it => format!("<{name}>{}</{name}>", text(it)),
        };
        let data: String = self
            .inputs
            .iter()
            .map(|(name, of, _)| {
                format!("<inputData id='{name}' name='{name}'><variable name='{name}' typeRef='{of}'/></inputData>")
            })
            .collect();
        let requires: String = self
            .inputs
            .iter()
            .map(|(name, ..)| {
                format!("<informationRequirement><requiredInput href='#{name}'/></informationRequirement>")
            })
            .collect();
        let inputs: String = self
            .inputs
            .iter()
            .map(|(name, of, allowed)| {
                let allowed = values("inputValues", allowed);
                format!(
                    "<input><inputExpression typeRef='{of}'>{}</inputExpression>{allowed}</input>",
                    text(name)
                )
            })
            .collect();
        let rules: String = self
            .rules
            .iter()
            .enumerate()
            .map(|(idx, cells)| {
                let (output, tests) = cells.split_last().unwrap();
                let tests: String = tests
                    .iter()
                    .map(|it| format!("<inputEntry>{}</inputEntry>", text(it)))
                    .collect();
                format!(
                    "\n<rule id='r{}'>{tests}<outputEntry>{}</outputEntry></rule>",
                    idx + 1,
                    text(output)
                )
            })
            .collect();
        let output_values = values("outputValues", self.output_values);
        format!(
            "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='m' name='m' namespace='urn:m'>{data}\
             <decision id='d' name='d'>{requires}<decisionTable {}>{inputs}<output name='o'>{output_values}</output>{rules}\
             </decisionTable></decision></definitions>",
            self.attributes
        )
    }

    fn model(&self) -> Model {
        let file = self.file();
        Model::parse("t.dmn", file.as_bytes(), &Limits::default())
            .unwrap_or_else(|it| panic!("{}", it[0]))
    }

    /// The codes that are found with the rules they are told of, and the messages.
    fn found(&self) -> Vec<(&'static str, String, String)> {
        let model = self.model();
        let warnings = model.warnings().iter();
        let mut found: Vec<_> = warnings
            .map(|it| {
                (
                    it.code,
                    it.element_id.clone().unwrap_or_default(),
                    it.message.clone(),
                )
            })
            .collect();
        found.sort();
        found
    }
}

#[track_caller]
fn check(table: &TableText, expected: &[(&str, &str, &str)]) {
    let found = table.found();
    let found: Vec<_> = found
        .iter()
        .map(|(code, id, message)| (*code, id.as_str(), message.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_complete_table_of_distinct_rules_is_fine() {
    check(
        &TableText::of("", &[("< 18", "1"), ("[18..60)", "2"), (">= 60", "3")]),
        &[],
    );
    check(
        &TableText::of("", &[("null", "0"), ("not(null)", "1")]),
        &[],
    );
}

#[test]
fn overlapping_rules_of_a_unique_table_are_told_with_an_example() {
    check(
        &TableText::of("", &[("< 18", "1"), (">= 17", "2")]),
        &[(
            diagnostic::DMN_OVERLAP,
            "r2",
            "rules 1 and 2 both match, as for x = 17",
        )],
    );
    check(
        &TableText::of("", &[("<= 18", "1"), ("> 17", "2")]),
        &[(
            diagnostic::DMN_OVERLAP,
            "r2",
            "rules 1 and 2 both match, as for x = 17.5",
        )],
    );
    check(
        &TableText::of("hitPolicy='ANY'", &[("< 18", "1"), (">= 17", "1")]),
        &[],
    );
    check(
        &TableText::of("hitPolicy='ANY'", &[("< 18", "1"), (">= 17", "2")]),
        &[(
            diagnostic::DMN_OVERLAP,
            "r2",
            "rules 1 and 2 both match, as for x = 17",
        )],
    );
    check(
        &TableText::of("hitPolicy='FIRST'", &[("< 18", "1"), ("-", "2")]),
        &[],
    );
}

#[test]
fn what_no_rule_covers_is_told_with_an_example() {
    check(
        &TableText::of("", &[("< 18", "1"), ("> 18", "2")]),
        &[(diagnostic::DMN_GAP, "d", "no rule matches for x = 18")],
    );
    check(
        &TableText::of(
            "",
            &[("[1..10]", "1"), ("[11..20]", "2"), ("< 1, > 20", "3")],
        ),
        &[(
            diagnostic::DMN_FRACTION_GAP,
            "d",
            "no rule matches for x = 10.5",
        )],
    );
    check(&TableText::of("hitPolicy='COLLECT'", &[("< 18", "1")]), &[]);
    let mut dates = TableText::of("", &[]);
    dates.inputs = vec![("on", "date", "")];
    dates.rules = [
        ("<= date(\"2026-01-31\")", "1"),
        (">= @\"2026-02-01\"", "2"),
    ]
    .iter()
    .map(|(test, output)| vec![(*test).to_owned(), (*output).to_owned()])
    .collect();
    check(&dates, &[]);
    dates.rules[1][0] = ">= @\"2026-02-02\"".to_owned();
    check(
        &dates,
        &[(
            diagnostic::DMN_GAP,
            "d",
            "no rule matches for on = 2026-02-01",
        )],
    );
}

#[test]
fn allowed_values_bound_what_has_to_be_covered() {
    let mut table = TableText::of("", &[("\"A\"", "1"), ("\"B\"", "2")]);
    table.inputs = vec![("level", "string", "\"A\", \"B\"")];
    check(&table, &[]);
    table.inputs = vec![("level", "string", "\"A\", \"B\", \"C\"")];
    check(
        &table,
        &[(
            diagnostic::DMN_GAP,
            "d",
            "no rule matches for level = \"C\"",
        )],
    );
    table.inputs = vec![("level", "string", "\"A\"")];
    check(
        &table,
        &[(
            diagnostic::DMN_INPUT_NOT_ALLOWED,
            "r2",
            "rule 2 never matches: no allowed value of \"level\" fits \"B\"",
        )],
    );
    table.inputs = vec![("level", "string", "")];
    check(
        &table,
        &[(diagnostic::DMN_GAP, "d", "no rule matches for level = \"\"")],
    );
}

#[test]
fn several_inputs_are_looked_at_together() {
    let mut table = TableText::of("", &[]);
    table.inputs = vec![("age", "number", ""), ("local", "boolean", "")];
    let rule = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    table.rules = vec![
        rule(["< 60", "-", "0"]),
        rule([">= 60", "true", "100"]),
        rule([">= 80", "false", "50"]),
    ];
    check(
        &table,
        &[(
            diagnostic::DMN_GAP,
            "d",
            "no rule matches for age = 60, local = false",
        )],
    );
    table.rules[2] = rule([">= 60", "false", "50"]);
    check(&table, &[]);
}

#[test]
fn rules_that_are_never_taken_are_told() {
    check(
        &TableText::of(
            "hitPolicy='FIRST'",
            &[("< 10", "1"), (">= 5", "2"), ("[3..20]", "3")],
        ),
        &[(
            diagnostic::DMN_UNREACHABLE,
            "r3",
            "rule 3 is never taken: other rules are taken wherever it matches",
        )],
    );
    let mut table = TableText::of(
        "hitPolicy='PRIORITY'",
        &[("> 0", "\"low\""), ("-", "\"high\"")],
    );
    table.output_values = "\"high\", \"low\"";
    check(
        &table,
        &[(
            diagnostic::DMN_UNREACHABLE,
            "r1",
            "rule 1 is never taken: other rules are taken wherever it matches",
        )],
    );
    table.rules[0][1] = "\"medium\"".to_owned();
    assert_eq!(table.found()[0].0, diagnostic::DMN_UNREACHABLE);
    assert_eq!(table.found()[1].0, diagnostic::DMN_OUTPUT_NOT_ALLOWED);
}

#[test]
fn of_conditions_that_are_no_constants_nothing_is_claimed() {
    check(&TableText::of("", &[("? > 3", "1"), ("? <= 3", "2")]), &[]);
    check(
        &TableText::of("", &[("modulo(?, 2) = 0", "1"), ("> 10", "2")]),
        &[],
    );
}

#[test]
fn a_table_that_takes_too_long_is_unknown() {
    // Which of the pairs are half true on the way is different for each combination.
    const PAIRS: usize = 24;
    let mut table = TableText::of("hitPolicy='FIRST'", &[]);
    let name = |n: usize| -> &'static str { format!("x{n}").leak() };
    table.inputs = (0..=2 * PAIRS).map(|n| (name(n), "boolean", "")).collect();
    let rule = |truths: &[usize], last: &str| {
        let mut cells: Vec<String> = (0..2 * PAIRS)
            .map(|column| {
                if truths.contains(&column) {
                    "true"
                } else {
                    "-"
                }
                .to_owned()
            })
            .collect();
        cells.extend([last.to_owned(), "1".to_owned()]);
        cells
    };
    for pair in 0..PAIRS {
        table.rules.push(rule(&[pair, pair + PAIRS], "-"));
    }
    table.rules.push(rule(&[], "true"));
    table.rules.push(rule(&[], "false"));
    let codes: Vec<&str> = table.found().iter().map(|it| it.0).collect();
    assert_eq!(codes, [diagnostic::DMN_UNDECIDED]);
}

#[test]
fn a_large_table_is_checked_in_short_time() {
    let mut table = TableText::of("", &[]);
    table.inputs = vec![("x", "number", ""), ("y", "number", "")];
    for row in 0..200 {
        let low = row * 10;
        let test = format!("[{low}..{})", low + 10);
        table
            .rules
            .push(vec![test.clone(), "< 5".to_owned(), "1".to_owned()]);
        table
            .rules
            .push(vec![test, ">= 5".to_owned(), "2".to_owned()]);
    }
    table.rules.push(vec!["< 0".into(), "-".into(), "3".into()]);
    table
        .rules
        .push(vec!["> 2000".into(), "-".into(), "4".into()]);
    check(
        &table,
        &[(
            diagnostic::DMN_GAP,
            "d",
            "no rule matches for x = 2000, y = 4",
        )],
    );
}

/// A cell over small whole numbers, and what it holds for.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("-".to_owned()),
        (0i32..6).prop_map(|n| n.to_string()),
        (0i32..6).prop_map(|n| format!("< {n}")),
        (0i32..6).prop_map(|n| format!(">= {n}")),
        (0i32..6, 0i32..6).prop_map(|(a, b)| format!("[{}..{}]", a.min(b), a.max(b))),
        (0i32..6, 0i32..6).prop_map(|(a, b)| format!("{a}, {b}")),
        (0i32..6).prop_map(|n| format!("not({n})")),
        (0i32..6, 0i32..6).prop_map(|(a, b)| format!("({}..{})", a.min(b), a.max(b) + 1)),
    ]
}

/// Halves, so that what lies between whole numbers is looked at too, and no value at all.
fn points() -> impl Iterator<Item = (Value, Value)> {
    let values = || (-2..14).map(half).chain([Value::Null]);
    values().flat_map(move |x| values().map(move |y| (x.clone(), y)))
}

fn half(value: i64) -> Value {
    let number = crate::number::Number::from(value);
    let two = crate::number::Number::from(2);
    Value::Number(number.checked_div(two).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_in_random_tables_is_what_a_plain_count_finds(
        cells in prop::collection::vec((cell(), cell()), 1..6)
    ) {
        let mut table = TableText::of("hitPolicy='COLLECT'", &[]);
        table.inputs = vec![("x", "number", ""), ("y", "number", "")];
        table.rules = cells
            .iter()
            .enumerate()
            .map(|(idx, (x, y))| vec![x.clone(), y.clone(), (idx + 1).to_string()])
            .collect();
        // The rules that match at each point, by evaluation.
        let collecting = table.model();
        let matching: Vec<(bool, Vec<i64>)> = points()
            .map(|(x, y)| {
                let is_given = !x.is_null() && !y.is_null();
                let inputs: Context = [("x", x), ("y", y)].into_iter().collect();
                let value = collecting.evaluate("d", &inputs, &Environment::default()).unwrap().value;
                let items = value.as_list().map(|items| items.to_vec()).unwrap_or_default();
                (is_given, items.iter().filter_map(|it| it.as_number()?.to_i64()).collect())
            })
            .collect();
        table.attributes = "";
        let found = table.found();
        let codes: Vec<&str> = found.iter().map(|it| it.0).collect();
        let has_gap = matching.iter().any(|(is_given, it)| *is_given && it.is_empty());
        let told_gap = codes.contains(&diagnostic::DMN_GAP) || codes.contains(&diagnostic::DMN_FRACTION_GAP);
        prop_assert_eq!(has_gap, told_gap);
        let overlapping = |first: i64, second: i64| {
            matching.iter().any(|(_, it)| it.contains(&first) && it.contains(&second))
        };
        let count = cells.len() as i64;
        let pairs = (1..=count).flat_map(|a| (a + 1..=count).map(move |b| (a, b)));
        let expected = pairs.filter(|(a, b)| overlapping(*a, *b)).count();
        let told = codes.iter().filter(|it| **it == diagnostic::DMN_OVERLAP).count();
        prop_assert_eq!(expected, told);
        table.attributes = "hitPolicy='FIRST'";
        let found = table.found();
        let never: Vec<String> = (1..=count)
            .filter(|rule| !matching.iter().any(|(_, it)| it.first() == Some(rule)))
            .map(|rule| format!("r{rule}"))
            .collect();
        let told: Vec<String> = found
            .iter()
            .filter(|it| it.0 == diagnostic::DMN_UNREACHABLE)
            .map(|it| it.1.clone())
            .collect();
        prop_assert_eq!(never, told);
    }
}
