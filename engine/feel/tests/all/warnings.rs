//! What is found in a text before it is evaluated: calls and comparisons that can only give `null`,
//! and values that are never of the type a model declares.

use tongban_feel::diagnostic::Severity;
use tongban_feel::dmn::{Limits, Model};
use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::value::{Context, Value};

/// The codes of the warnings, in their order.
fn warned(source: &str) -> Vec<&'static str> {
    let expression = Expression::compile(source, &Names::default()).unwrap();
    expression.warnings().iter().map(|it| it.code).collect()
}

/// Texts that are warned of once, and whose value is `null`.
const NULL: &[(&str, &str)] = &[
    ("1 = \"1\"", "FEEL-0012"),
    ("1 < \"1\"", "FEEL-0012"),
    ("[1] < [2]", "FEEL-0012"),
    ("true >= false", "FEEL-0012"),
    ("1 + \"1\"", "FEEL-0012"),
    ("\"a\" - \"b\"", "FEEL-0012"),
    ("@\"2026-01-01\" + @\"2026-01-02\"", "FEEL-0012"),
    ("@\"2026-01-01\" = @\"2026-01-01T00:00:00\"", "FEEL-0012"),
    ("@\"P1D\" + @\"P1M\"", "FEEL-0012"),
    ("10 * true", "FEEL-0012"),
    ("{a: 1}.b", "FEEL-0013"),
    ("@\"2026-01-01\".hours", "FEEL-0013"),
    ("sqrt()", "FEEL-0007"),
    ("sqrt(1, 2)", "FEEL-0007"),
    ("sqrt(n: 1)", "FEEL-0007"),
    ("sqrt(\"1\")", "FEEL-0007"),
    ("substring(\"abc\", \"1\")", "FEEL-0007"),
    ("{f: function(a: number) a, r: f()}.r", "FEEL-0007"),
    ("{f: function(a: number) a, r: f(1, 2)}.r", "FEEL-0007"),
    ("{f: function(a: number) a, r: f(b: 1)}.r", "FEEL-0007"),
    ("{f: function(a: number) a, r: f(\"1\")}.r", "FEEL-0012"),
    ("{f: function(a: number) a, r: f(a: true)}.r", "FEEL-0012"),
    ("(function(a) a)()", "FEEL-0007"),
];

#[test]
fn what_can_only_be_null_is_said_so_and_is_null() {
    for (source, code) in NULL {
        assert_eq!(warned(source), [*code], "{source}");
        let expression = Expression::compile(source, &Names::default()).unwrap();
        let value = expression.evaluate(&Context::new(), &Environment::default());
        assert_eq!(value, Ok(Value::Null), "{source}");
    }
}

/// Texts of which a part never has a value, although the whole may have one.
const PARTS: &[(&str, &str)] = &[
    ("if 1 then 2 else 3", "FEEL-0012"),
    ("true or 1", "FEEL-0012"),
    ("1 in (\"a\", 1)", "FEEL-0012"),
    ("[1, 2][\"a\"]", "FEEL-0012"),
    ("for d in [@\"2026-01-01\"] return d + 1", "FEEL-0012"),
    ("some x in [1, 2] satisfies x = \"1\"", "FEEL-0012"),
];

#[test]
fn a_part_without_a_value_is_said_so() {
    for (source, code) in PARTS {
        assert_eq!(warned(source), [*code], "{source}");
    }
}

/// Texts about whose values nothing is certain.
const FINE: &[&str] = &[
    "a = 1",
    "a + \"x\"",
    "null = 1",
    "null + 1",
    "[1][1] + 1",
    "if a then 1 else \"x\"",
    "(if a then 1 else \"x\") + 1",
    "@\"2026-01-01\" + @\"P1M\"",
    "sqrt([4])",
    "sum(1, 2, 3)",
    "count(\"a\")",
    "{f: function(a: number) a, r: f(null)}.r",
    "{f: function(a: number) a, r: f([1])}.r",
    "{f: function(a: list<number>) a, r: f(1)}.r",
    "{f: function(a) f(a, a), r: f(1)}.r",
    "1 in [1, \"a\"]",
    "\"a\" in [\"a\", \"b\"]",
    "5 in [1..10]",
    "a.b.c",
    "{a: null}.a.b",
    "string(1) + \"a\"",
];

#[test]
fn what_may_have_a_value_is_left_alone() {
    for source in FINE {
        assert_eq!(warned(source), [""; 0], "{source}");
    }
}

const HEAD: &str = "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='m' name='m' namespace='urn:m'>\
    <itemDefinition name='level'><typeRef>string</typeRef><allowedValues><text>\"A\", \"B\"</text></allowedValues></itemDefinition>\
    <inputData id='age' name='age'><variable name='age' typeRef='number'/></inputData>";

/// Codes and element ids of the warnings about a decision `d` of the type that requires `age`.
fn of_decision(of: &str, logic: &str) -> Vec<(&'static str, Option<String>)> {
    let file = format!(
        "{HEAD}<decision id='d' name='d'><variable name='d' typeRef='{of}'/>\
         <informationRequirement><requiredInput href='#age'/></informationRequirement>{logic}</decision></definitions>"
    );
    let model = Model::parse("m.dmn", file.as_bytes(), &Limits::default());
    let model = model.unwrap_or_else(|problems| panic!("{}", problems[0]));
    let warnings = model.warnings().iter();
    warnings
        .inspect(|it| assert_eq!(it.severity, Severity::Warning))
        .map(|it| (it.code, it.element_id.clone()))
        .collect()
}

fn table(rules: &str, default: &str) -> String {
    format!(
        "<decisionTable id='t'><input id='i'><inputExpression id='e' typeRef='number'><text>age</text></inputExpression></input>\
         <output id='o' typeRef='number'>{default}</output>{rules}</decisionTable>"
    )
}

fn rule(id: &str, test: &str, output: &str) -> String {
    format!(
        "<rule id='{id}'><inputEntry id='{id}i'><text><![CDATA[{test}]]></text></inputEntry>\
         <outputEntry id='{id}o'><text>{output}</text></outputEntry></rule>"
    )
}

#[test]
fn values_that_are_never_of_the_declared_type_are_found() {
    let found = |of: &str, logic: &str| of_decision(of, logic);
    let literal =
        |text: &str| format!("<literalExpression id='l'><text>{text}</text></literalExpression>");
    let at = |code: &'static str, id: &str| vec![(code, Some(id.to_owned()))];
    assert_eq!(found("number", &literal("age + 1")), []);
    assert_eq!(found("string", &literal("age + 1")), at("FEEL-0012", "d"));
    assert_eq!(found("level", &literal("age + 1")), at("FEEL-0012", "d"));
    assert_eq!(found("level", &literal("string(age)")), []);
    assert_eq!(found("string", &literal("[string(age)]")), []);
    let typed = "<literalExpression id='l' typeRef='date'><text>age</text></literalExpression>";
    assert_eq!(found("date", typed), at("FEEL-0012", "l"));
}

#[test]
fn cells_and_outputs_of_other_types_are_found() {
    let rules = rule("r1", "< 18", "1") + &rule("r2", ">= 18", "2");
    assert_eq!(of_decision("number", &table(&rules, "")), []);
    let rules = rule("r1", "< 18", "1") + &rule("r2", ">= 18", "\"two\"");
    let output = ("FEEL-0012", Some("r2o".to_owned()));
    assert_eq!(of_decision("number", &table(&rules, "")), [output]);
    let rules = rule("r1", "\"young\"", "1");
    let default = "<defaultOutputEntry id='do'><text>\"none\"</text></defaultOutputEntry>";
    let found = of_decision("number", &table(&rules, default));
    let ids: Vec<_> = found
        .iter()
        .filter(|(code, _)| *code == "FEEL-0012")
        .filter_map(|(_, id)| id.as_deref())
        .collect();
    assert_eq!(ids, ["do", "r1i"]);
}
