//! How long reading and evaluating take: `cargo run --release --example timing`.
//!
//! Each line is the median of many samples, so that a busy machine disturbs little.

#![expect(clippy::disallowed_methods, reason = "an example may read the clock")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tongban_feel::dmn::{Limits, Model};
use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::value::{Context, Value};

const SAMPLES: usize = 51;
/// How long a sample should take at least.
const SAMPLE: Duration = Duration::from_micros(500);

const SMALL_TABLE: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:m">
<decision id="fee" name="fee"><decisionTable hitPolicy="FIRST">
<input><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
<input><inputExpression typeRef="string"><text>level</text></inputExpression></input>
<output name="fee" typeRef="number"/>
<rule><inputEntry><text>&lt; 100</text></inputEntry><inputEntry><text>-</text></inputEntry><outputEntry><text>0</text></outputEntry></rule>
<rule><inputEntry><text>[100..1000]</text></inputEntry><inputEntry><text>"A","B"</text></inputEntry><outputEntry><text>10</text></outputEntry></rule>
<rule><inputEntry><text>&gt; 1000</text></inputEntry><inputEntry><text>"A"</text></inputEntry><outputEntry><text>20</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></inputEntry><outputEntry><text>50</text></outputEntry></rule>
</decisionTable></decision></definitions>"#;

/// The median time of one call.
fn median(mut call: impl FnMut()) -> Duration {
    let started = Instant::now();
    call();
    let once = started.elapsed().max(Duration::from_nanos(20));
    let rounds = (SAMPLE.as_nanos() / once.as_nanos()).clamp(1, 20_000) as u32;
    let mut samples: Vec<Duration> = (0..SAMPLES)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..rounds {
                call();
            }
            started.elapsed() / rounds
        })
        .collect();
    samples.sort();
    samples[SAMPLES / 2]
}

fn report(what: &str, took: Duration) {
    println!("{:>12} {what}", format!("{took:.1?}"));
}

fn expressions(variables: &Context, environment: &Environment<'_>) {
    for source in [
        "1 + 2 * 3",
        "amount > 1000 and level = \"A\"",
        "金额 > 1000 and level = \"A\"",
        "if amount > 1000 then \"high\" else \"low\"",
        "upper case(substring(level + \"bc\", 2))",
        "amount / 7 * 1.13",
        "date(\"2026-03-05\") + duration(\"P30D\")",
        "matches(level, \"^[A-C]$\")",
        "people[age > 60]",
        "people[age > 60].name",
        "sum(people.age)",
        "some x in numbers satisfies x > 98",
        "sum(for x in numbers return x * 2)",
        "numbers[item > 50][1]",
        "sort(numbers, function(x, y) x > y)",
        "sum(for i in 1..1000 return i * 2)",
        "sum(for i in 1..10000 return i * 2)",
        "sum(for i in 1..100000 return i * 2)",
        "count(distinct values(for i in 1..10000 return i))",
    ] {
        let names = Names::default();
        let compile = || Expression::compile(source, &names).expect("compiles");
        let reading = median(|| drop(black_box(compile())));
        let expression = compile();
        let took = median(|| {
            let value = expression.evaluate(black_box(variables), environment);
            black_box(value.expect("in budget"));
        });
        report(&format!("{source}   (compiled in {reading:.1?})"), took);
    }
}

/// A table of ten inputs, of which each rule tests all: numbers, texts and truth values in turn.
fn large_table(rules: usize) -> String {
    let mut file = String::from(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:m">
<decision id="fee" name="fee"><decisionTable hitPolicy="COLLECT">"#,
    );
    for input in 0..10 {
        write!(
            file,
            "<input><inputExpression><text>x{input}</text></inputExpression></input>"
        )
        .expect("a text takes everything");
    }
    file.push_str("<output name='fee'/>");
    for rule in 0..rules {
        file.push_str("<rule>");
        for input in 0..10 {
            let test = match input % 3 {
                0 => format!("[{}..{}]", rule, rule + 50),
                1 => format!("\"k{}\", \"k{}\"", rule % 7, rule % 5),
                _ => ["true", "false", "-"][rule % 3].to_owned(),
            };
            write!(file, "<inputEntry><text>{test}</text></inputEntry>")
                .expect("a text takes everything");
        }
        write!(
            file,
            "<outputEntry><text>{rule}</text></outputEntry></rule>"
        )
        .expect("a text takes everything");
    }
    file.push_str("</decisionTable></decision></definitions>");
    file
}

fn table(what: &str, file: &str, variables: &Context, environment: &Environment<'_>) {
    let parse = || Model::parse("fee.dmn", file.as_bytes(), &Limits::default()).expect("a model");
    let reading = median(|| drop(black_box(parse())));
    let model = parse();
    let took = median(|| {
        let result = model.evaluate("fee", black_box(variables), environment);
        black_box(result.expect("in budget"));
    });
    let traced = median(|| {
        let (result, trace) = model.evaluate_traced("fee", black_box(variables), environment);
        black_box((result.expect("in budget"), trace));
    });
    report(
        &format!("{what}   (read in {reading:.1?}; traced {traced:.1?})"),
        took,
    );
}

fn person(name: &str, age: i64) -> Value {
    let mut person = Context::new();
    person.insert("name", Value::from(name));
    person.insert("age", Value::from(age));
    Value::from(person)
}

fn main() {
    let mut variables = Context::new();
    variables.insert("amount", Value::from(1200));
    variables.insert("level", Value::from("A"));
    variables.insert("金额", Value::from(1200));
    variables.insert("numbers", Value::list((0..100).map(Value::from).collect()));
    let people = [("Li", 61), ("Wang", 35), ("Zhao", 78)];
    let people = people.map(|(name, age)| person(name, age));
    variables.insert("people", Value::list(people.into()));
    for input in 0..10 {
        let value = match input % 3 {
            0 => Value::from(120),
            1 => Value::from("k3"),
            _ => Value::Boolean(true),
        };
        variables.insert(&*format!("x{input}"), value);
    }
    let environment = Environment::default();
    expressions(&variables, &environment);
    table("table of 4 rules", SMALL_TABLE, &variables, &environment);
    for rules in [200, 1_000] {
        let what = format!("table of 10 inputs × {rules} rules");
        table(&what, &large_table(rules), &variables, &environment);
    }
}
