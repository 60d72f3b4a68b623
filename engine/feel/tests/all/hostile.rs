//! Whatever text comes in: no panic, no overflow of the stack, an end within the budget.

use proptest::prelude::*;
use tongban_feel::catalogue::families;
use tongban_feel::dmn::{Limits, Model};
use tongban_feel::environment::{Budget, Environment};
use tongban_feel::expression::{Expression, Names};
use tongban_feel::value::{Context, Value};

/// Compiles and evaluates on a small stack; the code of the refusal, or the value.
fn outcome(source: &str) -> Result<Value, String> {
    let source = source.to_owned();
    let work = move || {
        let expression = Expression::compile(&source, &Names::default())
            .map_err(|errors| errors[0].code.to_owned())?;
        let (result, _) = expression.evaluate_traced(&Context::new(), &Environment::default());
        result.map_err(|error| error.code.to_owned())
    };
    let thread = std::thread::Builder::new()
        .stack_size(1_000_000)
        .spawn(work)
        .unwrap();
    thread.join().expect("no panic")
}

#[track_caller]
fn refused(source: &str, code: &str) {
    refused_by_any(source, &[code]);
}

#[track_caller]
fn refused_by_any(source: &str, codes: &[&str]) {
    match outcome(source) {
        Err(found) => assert!(codes.contains(&found.as_str()), "{found}"),
        Ok(value) => panic!("expected {codes:?}, found {}", value.type_name()),
    }
}

/// Which part of the budget ends first does not matter.
#[track_caller]
fn exhausted(source: &str) {
    refused_by_any(source, &["FEEL-0101", "FEEL-0103", "FEEL-0104"]);
}

#[test]
fn deep_nesting_is_refused_before_the_stack_ends() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a:", "}"),
        ("if ", ""),
        ("-", ""),
        ("not(", ")"),
        ("function() ", ""),
        ("some x in ", ""),
        ("1 in (", ")"),
        ("[1][", "]"),
        ("x.y(", ")"),
        ("1 + (2 * (", "))"),
        ("for x in [", "]"),
    ] {
        let source = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        refused(&source, "FEEL-0003");
        let source = open.repeat(60) + "1" + &close.repeat(60);
        let _ = outcome(&source);
    }
}

#[test]
fn deep_types_are_refused_before_the_stack_ends() {
    let source = format!(
        "1 instance of {}number{}",
        "list<".repeat(10_000),
        ">".repeat(10_000)
    );
    refused(&source, "FEEL-0003");
}

#[test]
fn huge_contexts_are_refused_before_they_take_long() {
    let entries: Vec<String> = (0..20_000).map(|n| format!("a{n}: a{n}")).collect();
    refused(&format!("{{{}}}", entries.join(", ")), "FEEL-0004");
}

#[test]
fn long_flat_chains_are_evaluated() {
    let sum = vec!["1"; 20_000].join(" + ");
    assert_eq!(outcome(&sum), Ok(Value::from(20_000)));
    let all = vec!["true"; 20_000].join(" and ");
    assert_eq!(outcome(&all), Ok(Value::from(true)));
    let branches = "if false then 1 else ".repeat(5_000) + "2";
    assert_eq!(outcome(&branches), Ok(Value::from(2)));
    let path = format!("x{}", ".a".repeat(10_000));
    refused(&path, "FEEL-0003");
}

#[test]
fn recursion_without_end_ends_in_an_error() {
    refused("{ f: function(n) f(n + 1), r: f(1) }.r", "FEEL-0102");
    refused("(function(f) f(f))(function(f) f(f))", "FEEL-0102");
    refused("{ f: function(n) [f(n)][1], r: f(1) }.r", "FEEL-0102");
    refused(
        "{ f: function(n) sort([1, 2], function(a, b) f(a) < 1), r: f(1) }.r",
        "FEEL-0102",
    );
    refused(
        "{ f: function(n) if [n][f(item) > 1] = 1 then {x: f(n)}.x + 1 else 1, r: f(1) }.r",
        "FEEL-0102",
    );
}

#[test]
fn loops_without_end_use_up_their_budget() {
    exhausted("for i in 1..1000000000 return 1");
    exhausted("some i in 1..1000000000 satisfies false");
    exhausted("for i in 1..10000, j in 1..10000 return 1");
    exhausted("for i in 1..1000000000 return for j in 1..2 return i");
    exhausted("every i in 1..100000 satisfies (for j in 1..100000 return j) = 1");
}

#[test]
fn values_that_grow_use_up_their_budget() {
    exhausted(
        "for i in 1..1000 return string join(for j in 1..1000 return \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\")",
    );
    exhausted("for i in 1..1000 return [partial]");
    exhausted("for i in 1..1000 return {a: partial[-1]}");
    exhausted("for i in 1..1000 return function() partial");
    let doubling: String = (1..60)
        .map(|n| format!(", x{n}: [x{0}, x{0}]", n - 1))
        .collect();
    exhausted(&format!("{{ x0: 1{doubling} }}"));
    exhausted(&format!("string({{ x0: \"a\"{doubling} }}.x59)"));
    exhausted("for i in 1..60 return if i = 1 then \"ab\" else partial[-1] + partial[-1]");
    exhausted(
        "{ a: string join(for i in 1..1000 return \"aaaaaaaaaa\"), b: replace(a, \"a\", a) }.b",
    );
}

#[test]
fn patterns_cannot_run_away() {
    let _ = outcome("matches(string join(for i in 1..10000 return \"a\"), \"(a*)*b\")");
    assert_eq!(
        outcome("matches(\"a\", \"(((a{1000}){1000}){1000})\")"),
        Ok(Value::Null)
    );
    assert_eq!(
        outcome(&format!(
            "matches(\"a\", \"{}a{}\")",
            "(".repeat(500),
            ")".repeat(500)
        )),
        Ok(Value::Null)
    );
    refused(
        "for i in 1..100000 return matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"(a{200}){5}b\")",
        "FEEL-0101",
    );
}

#[test]
fn numbers_at_the_end_of_their_range_do_no_harm() {
    for source in [
        "10**6000 * 10**6000",
        "10**9999999999",
        "-10**6144 * 10",
        "9**9**9**9",
        "exp(1e6)",
        "0**-1",
        "1e6144 + 1e6144",
        "1e-6176 / 10",
        "log(0)",
        "sqrt(-1)",
        "0.1**100000",
        "1.0000001**99999.5",
        "decimal(1, 7000)",
        "round up(1e-6176, -6111)",
        "modulo(1e6000, 1e-6000)",
        "number(\"1\\u0000\")",
        "@\"P999999999999999999D\"",
        "duration(\"P99999999999Y\") * 1e30",
        "@\"9999-12-31\" + @\"P1D\"",
        "@\"2026-01-01\" + duration(\"P999999999999M\")",
        "substring(\"a\", -9223372036854775807)",
        "add working days(@\"9999-12-30\", 100000)",
        "[1][9999999999999999999]",
        "for i in -9223372036854775808..-9223372036854775807 return i",
        "add working days(@\"2026-01-01\", -9223372036854775808)",
        "time(1, 2, 3, duration(\"-P24855DT3H14M8S\"))",
        "working days between(@\"-9999-01-01\", @\"9999-12-31\")",
        "anniversary(@\"2026-01-01\", -9223372036854775808, \"FEB_28\")",
        "[1][-9223372036854775808]",
        "sublist([1], -9223372036854775808, 9223372036854775807)",
        "abs(duration(\"-P768614336404564650Y7M\"))",
        "-duration(\"P768614336404564650Y7M\") - duration(\"P768614336404564650Y7M\")",
        "abs(-duration(\"P106751991167300DT15H\"))",
        "week of year(@\"-9999-01-01\")",
        "@\"23:59:59@Europe/Paris\" - @\"00:00:00Z\"",
        "date and time(\"9999-12-31T23:59:59-18:00\") = date and time(\"-9999-01-01T00:00:00+18:00\")",
    ] {
        let _ = outcome(source);
    }
}

fn builtin_names() -> Vec<&'static str> {
    let families = families();
    let functions = families.iter().flat_map(|family| &family.functions);
    functions.map(|function| function.name).collect()
}

/// Pieces of the language, so that many texts get past the parser.
fn pieces() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-c]".prop_map(|it| it),
        "[0-9]{1,3}(\\.[0-9]{1,2})?".prop_map(|it| it),
        Just("\"x\"".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("item".to_owned()),
        Just("partial".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("@\"2026-03-05\"".to_owned()),
        Just("@\"P1Y\"".to_owned()),
        Just("@\"-P3DT5H\"".to_owned()),
        Just("@\"-999999999-01-01\"".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("\"a,(b)*\"".to_owned()),
        Just("function(x, y) x < y".to_owned()),
        Just("[1..10)".to_owned()),
        Just("{a: 1, b: [2]}".to_owned()),
        Just("@\"09:00:00@Asia/Shanghai\"".to_owned()),
        Just("date and time(\"2026-03-05T00:00:00Z\")".to_owned()),
        Just("today()".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let two = (inner.clone(), inner.clone());
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            (
                two.clone(),
                prop_oneof![
                    Just("+"),
                    Just("-"),
                    Just("*"),
                    Just("/"),
                    Just("**"),
                    Just("="),
                    Just("!="),
                    Just("<"),
                    Just(">="),
                    Just("and"),
                    Just("or"),
                    Just("in")
                ]
            )
                .prop_map(|((a, b), sign)| format!("({a} {sign} {b})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            three
                .clone()
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
            two.clone()
                .prop_map(|(a, b)| format!("for a in {a} return {b}")),
            two.clone()
                .prop_map(|(a, b)| format!("(for a in {a}..{b} return partial)")),
            two.clone()
                .prop_map(|(a, b)| format!("some b in {a} satisfies {b}")),
            two.clone().prop_map(|(a, b)| format!("[{a}][{b}]")),
            two.clone().prop_map(|(a, b)| format!("[{a}, {b}]")),
            two.clone().prop_map(|(a, b)| format!("{{a: {a}, b: {b}}}")),
            two.clone().prop_map(|(a, b)| format!("[{a}..{b})")),
            two.clone()
                .prop_map(|(a, b)| format!("(function(a) {a})({b})")),
            inner.clone().prop_map(|a| format!("({a}).a.year")),
            three.prop_map(|(a, b, c)| format!("({a} between {b} and {c})")),
            (
                prop::sample::select(builtin_names()),
                prop::collection::vec(inner, 0..4)
            )
                .prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", "))),
        ]
    })
}

fn small_budget() -> Environment<'static> {
    let budget = Budget {
        steps: 20_000,
        bytes: 1 << 20,
        ..Budget::default()
    };
    Environment {
        budget,
        ..Environment::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(source in "\\PC{0,80}") {
        let _ = Expression::compile(&source, &Names::of(["a b", "c-d"]));
        let _ = Expression::compile_unary_tests(&source, &Names::default());
    }

    #[test]
    fn no_text_of_feel_signs_makes_the_parser_panic(
        source in "([a-c]|[0-9]|[-+*/().,\\[\\]{}<>=!?:@\"' \\\\]|if|then|else|for|in|return|some|satisfies|function|not|and|or|between|instance of|date|\\.\\.|\\\\u0041|年){0,40}"
    ) {
        let names = Names::of(["a b", "c-d", "a", "b.c"]);
        for compiled in [Expression::compile(&source, &names), Expression::compile_unary_tests(&source, &names)].into_iter().flatten() {
            let _ = compiled.evaluate(&Context::new(), &small_budget());
        }
    }

    #[test]
    fn no_pattern_does_harm(
        pattern in "([a-c年]|[-.*+?|^$()\\[\\]{},0-3]|\\\\[dDwWsSiIcCpPnrt1-3]|\\[\\^a-|\\{[LN]u?\\}|&&){0,14}",
        text in "[a-c年0-2 \\n]{0,20}",
        flags in "[smixq]{0,3}",
        replacement in "(\\$[0-3]|\\\\|[ab]){0,4}",
    ) {
        let mut variables = Context::new();
        variables.insert("p", Value::from(pattern));
        variables.insert("t", Value::from(text));
        variables.insert("f", Value::from(flags));
        variables.insert("r", Value::from(replacement));
        for source in ["matches(t, p, f)", "replace(t, p, r, f)", "split(t, p)"] {
            let expression = Expression::compile(source, &Names::default()).unwrap();
            let _ = expression.evaluate(&variables, &small_budget());
        }
    }

    #[test]
    fn no_expression_makes_the_evaluator_panic(source in pieces()) {
        if let Ok(expression) = Expression::compile(&source, &Names::default()) {
            let mut variables = Context::new();
            variables.insert("a", Value::from(3));
            variables.insert("b", Value::list(vec![Value::from("b"), Value::Null]));
            let (first, _) = expression.evaluate_traced(&variables, &small_budget());
            let second = expression.evaluate(&variables, &small_budget());
            prop_assert_eq!(first.is_ok(), second.is_ok());
        }
    }
}

const MODEL: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:m">
<itemDefinition name="t"><itemComponent name="a b"><typeRef>number</typeRef><allowedValues><text>[0..9]</text></allowedValues></itemComponent></itemDefinition>
<inputData id="i" name="x"><variable name="x" typeRef="t"/></inputData>
<businessKnowledgeModel id="k" name="f"><encapsulatedLogic><formalParameter name="n"/><literalExpression><text>n + 1</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<decisionTable hitPolicy="COLLECT" aggregation="SUM"><input><inputExpression><text>x.a b</text></inputExpression></input><output name="o"/>
<rule id="r"><inputEntry><text>&lt; 5, ? = 7</text></inputEntry><outputEntry><text>1 + 2</text></outputEntry></rule></decisionTable></decision>
<decision id="e" name="e"><informationRequirement><requiredDecision href="#d"/></informationRequirement><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
<context><contextEntry><variable name="v"/><invocation><literalExpression><text>f</text></literalExpression><binding><parameter name="n"/><literalExpression><text>d</text></literalExpression></binding></invocation></contextEntry></context></decision>
</definitions>"##;

#[test]
fn the_model_that_is_mutated_below_works() {
    let model = Model::parse("m.dmn", MODEL.as_bytes(), &Limits::default()).unwrap();
    let input: Context = [("a b", Value::from(3))].into_iter().collect();
    let inputs: Context = [("x", Value::from(input))].into_iter().collect();
    let result = model
        .evaluate("e", &inputs, &Environment::default())
        .unwrap();
    let expected: Context = [("v", Value::from(4))].into_iter().collect();
    assert_eq!(result.value, Value::from(expected));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_file_makes_the_model_reader_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..3), 1..6)
    ) {
        let mut text: Vec<char> = MODEL.chars().collect();
        for (from, to, kind) in edits {
            let (from, to) = (from.index(text.len()), to.index(text.len()));
            match kind {
                0 => text.swap(from, to),
                1 => { text.drain(from.min(to)..(from.min(to) + 12).min(text.len())); }
                _ => {
                    let copy = text[from..(from + 30).min(text.len())].to_vec();
                    text.splice(to..to, copy);
                }
            }
        }
        let text: String = text.into_iter().collect();
        if let Ok(model) = Model::parse("m.dmn", text.as_bytes(), &Limits::default()) {
            for decision in model.decisions() {
                let _ = model.evaluate(&decision.id, &Context::new(), &small_budget());
            }
        }
    }
}
