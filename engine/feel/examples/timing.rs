//! How long evaluations take: `cargo run --release --example timing`.

#![expect(clippy::disallowed_methods, reason = "an example may read the clock")]

use std::hint::black_box;
use std::time::Instant;

use tongban_feel::dmn::{Limits, Model};
use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::value::{Context, Value};

const ROUNDS: u32 = 200_000;

const TABLE: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:m">
<decision id="fee" name="fee"><decisionTable hitPolicy="FIRST">
<input><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
<input><inputExpression typeRef="string"><text>level</text></inputExpression></input>
<output name="fee" typeRef="number"/>
<rule><inputEntry><text>&lt; 100</text></inputEntry><inputEntry><text>-</text></inputEntry><outputEntry><text>0</text></outputEntry></rule>
<rule><inputEntry><text>[100..1000]</text></inputEntry><inputEntry><text>"A","B"</text></inputEntry><outputEntry><text>10</text></outputEntry></rule>
<rule><inputEntry><text>&gt; 1000</text></inputEntry><inputEntry><text>"A"</text></inputEntry><outputEntry><text>20</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></inputEntry><outputEntry><text>50</text></outputEntry></rule>
</decisionTable></decision></definitions>"#;

fn main() {
    let mut variables = Context::new();
    variables.insert("amount", Value::from(1200));
    variables.insert("level", Value::from("A"));
    variables.insert("金额", Value::from(1200));
    variables.insert("numbers", Value::list((0..100).map(Value::from).collect()));
    let environment = Environment::default();
    for source in [
        "1 + 2 * 3",
        "amount > 1000 and level = \"A\"",
        "金额 > 1000 and level = \"A\"",
        "if amount > 1000 then \"high\" else \"low\"",
        "upper case(substring(level + \"bc\", 2))",
        "amount / 7 * 1.13",
        "date(\"2026-03-05\") + duration(\"P30D\")",
        "some x in numbers satisfies x > 98",
        "sum(for x in numbers return x * 2)",
        "numbers[item > 50][1]",
        "sum(for i in 1..10000 return i)",
    ] {
        let started = Instant::now();
        let expression = Expression::compile(source, &Names::default()).expect("compiles");
        let compiling = started.elapsed();
        let rounds = if source.contains("10000") {
            100
        } else {
            ROUNDS
        };
        let started = Instant::now();
        for _ in 0..rounds {
            black_box(
                expression
                    .evaluate(black_box(&variables), &environment)
                    .expect("in budget"),
            );
        }
        let each = started.elapsed() / rounds;
        println!("{each:>10.0?}  {source}  (compiled in {compiling:.1?})");
    }
    let started = Instant::now();
    let model = Model::parse("fee.dmn", TABLE.as_bytes(), &Limits::default()).expect("a model");
    let reading = started.elapsed();
    let started = Instant::now();
    for _ in 0..ROUNDS {
        black_box(
            model
                .evaluate("fee", black_box(&variables), &environment)
                .expect("in budget"),
        );
    }
    println!(
        "{:>10.0?}  decision table of 4 rules  (read in {reading:.1?})",
        started.elapsed() / ROUNDS
    );
}
