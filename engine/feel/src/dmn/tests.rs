//! Decisions and what is wrong with models.

use super::*;

const HEAD: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="费用" namespace="urn:test">"#;

fn parse(body: &str) -> Result<Model, Vec<Diagnostic>> {
    let file = format!("{HEAD}{body}</definitions>");
    Model::parse("fee.dmn", file.as_bytes(), &Limits::default())
}

fn table(attributes: &str, rules: &[(&str, &str)]) -> String {
    let rules: String = rules
        .iter()
        .enumerate()
        .map(|(idx, (test, output))| {
            format!(
                "<rule id='r{idx}'><inputEntry><text><![CDATA[{test}]]></text></inputEntry>\
                 <outputEntry><text>{output}</text></outputEntry></rule>"
            )
        })
        .collect();
    format!(
        "<inputData id='i' name='年龄'><variable name='年龄' typeRef='number'/></inputData>\
         <decision id='fee' name='收费'><informationRequirement><requiredInput href='#i'/></informationRequirement>\
         <decisionTable {attributes}><input><inputExpression><text>年龄</text></inputExpression></input>\
         <output name='收费'/>{rules}</decisionTable></decision>"
    )
}

fn decide(model: &Model, age: i64) -> Result<DecisionResult, EvaluationError> {
    let mut inputs = Context::new();
    inputs.insert("年龄", Value::from(age));
    model.evaluate("fee", &inputs, &Environment::default())
}

const OVERLAPPING: &[(&str, &str)] = &[("< 18", "0"), (">= 16", "50"), ("[60..120]", "20")];

#[test]
fn unique_refuses_two_matching_rules() {
    let model = parse(&table("", OVERLAPPING)).unwrap();
    let result = decide(&model, 30).unwrap();
    assert_eq!(result.value, Value::from(50));
    assert_eq!(
        decide(&model, 17).unwrap_err().code,
        diagnostic::DMN_NOT_UNIQUE
    );
}

#[test]
fn first_takes_the_first_matching_rule() {
    let model = parse(&table("hitPolicy='FIRST'", OVERLAPPING)).unwrap();
    assert_eq!(decide(&model, 17).unwrap().value, Value::from(0));
    assert_eq!(decide(&model, 70).unwrap().value, Value::from(50));
}

#[test]
fn any_wants_matching_rules_to_agree() {
    let rules = &[("< 18", "0"), ("< 12", "0"), ("10", "5")];
    let model = parse(&table("hitPolicy='ANY'", rules)).unwrap();
    assert_eq!(decide(&model, 9).unwrap().value, Value::from(0));
    assert_eq!(
        decide(&model, 10).unwrap_err().code,
        diagnostic::DMN_NOT_ANY
    );
}

#[test]
fn collect_lists_or_aggregates() {
    for (attributes, expected) in [
        (
            "hitPolicy='COLLECT'",
            Value::list(vec![Value::from(50), Value::from(20)]),
        ),
        ("hitPolicy='COLLECT' aggregation='SUM'", Value::from(70)),
        ("hitPolicy='COLLECT' aggregation='MIN'", Value::from(20)),
        ("hitPolicy='COLLECT' aggregation='MAX'", Value::from(50)),
        ("hitPolicy='COLLECT' aggregation='COUNT'", Value::from(2)),
    ] {
        let model = parse(&table(attributes, OVERLAPPING)).unwrap();
        assert_eq!(decide(&model, 70).unwrap().value, expected, "{attributes}");
    }
}

#[test]
fn no_matching_rule_gives_null_and_says_so() {
    let model = parse(&table("", &[("< 18", "0")])).unwrap();
    let result = decide(&model, 20).unwrap();
    assert_eq!(result.value, Value::Null);
    assert!(!result.warnings.is_empty());
}

#[test]
fn an_input_of_the_wrong_type_is_null_and_says_so() {
    let model = parse(&table("", &[("-", "1")])).unwrap();
    let mut inputs = Context::new();
    inputs.insert("年龄", Value::from("thirty"));
    let result = model
        .evaluate("fee", &inputs, &Environment::default())
        .unwrap();
    assert!(
        result.warnings[0]
            .message
            .starts_with(diagnostic::DMN_INPUT_TYPE)
    );
}

#[test]
fn required_decisions_are_evaluated_first() {
    let model = parse(
        "<decision id='b' name='B'><informationRequirement><requiredDecision href='#a'/></informationRequirement>\
         <literalExpression><text>A first * 2</text></literalExpression></decision>\
         <decision id='a' name='A first'><literalExpression><text>x + 1</text></literalExpression></decision>",
    )
    .unwrap();
    let mut inputs = Context::new();
    inputs.insert("x", Value::from(20));
    let result = model
        .evaluate("b", &inputs, &Environment::default())
        .unwrap();
    assert_eq!(result.value, Value::from(42));
    let unknown = model
        .evaluate("c", &inputs, &Environment::default())
        .unwrap_err();
    assert_eq!(unknown.code, diagnostic::DMN_UNKNOWN_DECISION);
}

#[test]
fn boxed_expressions_and_functions_are_evaluated() {
    let model = parse(
        "<businessKnowledgeModel id='k' name='fact'><encapsulatedLogic><formalParameter name='n'/>\
         <literalExpression><text>if n = 0 then 1 else n * fact(n - 1) // recursion</text></literalExpression>\
         </encapsulatedLogic></businessKnowledgeModel>\
         <decision id='a' name='A'><knowledgeRequirement><requiredKnowledge href='#k'/></knowledgeRequirement>\
         <context><contextEntry><variable name='the n'/><literalExpression><text>5</text></literalExpression></contextEntry>\
         <contextEntry><invocation><literalExpression><text>fact</text></literalExpression>\
         <binding><parameter name='n'/><literalExpression><text>the n</text></literalExpression></binding></invocation>\
         </contextEntry></context></decision>",
    )
    .unwrap();
    let result = model
        .evaluate("a", &Context::new(), &Environment::default())
        .unwrap();
    assert_eq!(result.value, Value::from(120), "{:?}", result.warnings);
}

#[track_caller]
fn refused(body: &str, expected: &[(&str, u32)]) {
    let found = parse(body).unwrap_err();
    let found: Vec<(&str, u32)> = found
        .iter()
        .filter(|it| it.severity == crate::diagnostic::Severity::Error)
        .map(|it| (it.code, it.line))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn all_problems_are_reported_with_code_and_line() {
    refused(
        "\n<decision id='a' name='A'><literalExpression><text>1 +</text></literalExpression></decision>\
         \n<decision id='a' name='A'><decisionTable hitPolicy='LUCKY'><output/></decisionTable></decision>\
         \n<decision name='C'><literalExpression expressionLanguage='javascript'><text>1</text></literalExpression></decision>\
         \n<decision id='d1' name='D'><informationRequirement><requiredInput href='#nowhere'/></informationRequirement></decision>\
         \n<decision id='e' name='E'><list><decisionTable/></list></decision>",
        &[
            (diagnostic::DMN_EXPRESSION, 2),
            (diagnostic::DMN_DUPLICATE_ID, 3),
            (diagnostic::DMN_DUPLICATE_NAME, 3),
            (diagnostic::DMN_HIT_POLICY, 3),
            (diagnostic::DMN_MISSING, 4),
            (diagnostic::DMN_LANGUAGE, 4),
            (diagnostic::DMN_UNRESOLVED, 5),
            (diagnostic::DMN_MISSING, 6),
        ],
    );
}

#[test]
fn a_circle_of_requirements_is_refused() {
    refused(
        "<decision id='a' name='A'><informationRequirement><requiredDecision href='#b'/></informationRequirement>\
         <literalExpression><text>B</text></literalExpression></decision>\n\
         <decision id='b' name='B'><informationRequirement><requiredDecision href='#a'/></informationRequirement>\
         <literalExpression><text>A</text></literalExpression></decision>",
        &[(diagnostic::DMN_CYCLE, 1), (diagnostic::DMN_CYCLE, 2)],
    );
}

#[test]
fn files_that_are_no_models_are_refused() {
    let limits = Limits {
        bytes_max: 2000,
        depth_max: 20,
        ..Limits::default()
    };
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    let long = format!("<a>{}</a>", " ".repeat(3000));
    for (file, code) in [
        ("", diagnostic::DMN_XML),
        ("<a", diagnostic::DMN_XML),
        ("<a></b>", diagnostic::DMN_XML),
        ("<a/><b/>", diagnostic::DMN_XML),
        ("<x:a/>", diagnostic::DMN_XML),
        ("<a>&e;</a>", diagnostic::DMN_XML),
        (
            "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            diagnostic::DMN_DTD,
        ),
        ("<definitions/>", diagnostic::DMN_NAMESPACE),
        (&deep, diagnostic::DMN_TOO_LARGE),
        (&long, diagnostic::DMN_TOO_LARGE),
    ] {
        let found = Model::parse("x.dmn", file.as_bytes(), &limits).unwrap_err();
        assert_eq!(found[0].code, code, "{file} {}", found[0]);
    }
    assert!(Model::parse("x.dmn", b"\xff\xfe<\0a", &limits).is_err());
}

#[test]
fn types_that_define_themselves_are_refused() {
    refused(
        "<itemDefinition name='t'><typeRef>u</typeRef></itemDefinition>\
         <itemDefinition name='u'><typeRef>t</typeRef></itemDefinition>",
        &[(diagnostic::DMN_TYPE, 1)],
    );
}

#[test]
fn types_that_share_their_parts_do_not_grow_without_bound() {
    let types: String = (0..30)
        .map(|n| {
            let next = if n == 29 { "string".to_owned() } else { format!("t{}", n + 1) };
            format!(
                "<itemDefinition name='t{n}'><itemComponent name='a'><typeRef>{next}</typeRef></itemComponent>\
                 <itemComponent name='b'><typeRef>{next}</typeRef></itemComponent></itemDefinition>"
            )
        })
        .collect();
    let decision = "<decision id='a' name='A'><variable name='A' typeRef='t0'/>\
        <literalExpression><text>{a: 1} instance of t0</text></literalExpression></decision>";
    let model = parse(&format!("{types}{decision}")).unwrap();
    let result = model
        .evaluate("a", &Context::new(), &Environment::default())
        .unwrap();
    assert_eq!(result.value, Value::Null);
}

#[test]
fn priority_goes_by_the_order_of_the_output_values() {
    let body = table(
        "hitPolicy='PRIORITY'",
        &[("&gt; 0", "10"), ("&gt; 1", "30"), ("&gt; 2", "20")],
    );
    let body = body.replace(
        "<output name='收费'/>",
        "<output name='收费'><outputValues><text>30, 20, 10</text></outputValues></output>",
    );
    let body = body.replace("<![CDATA[", "").replace("]]>", "");
    let model = parse(&body).unwrap();
    assert_eq!(decide(&model, 5).unwrap().value, Value::from(30));
    let model = parse(&body.replace("PRIORITY", "OUTPUT ORDER")).unwrap();
    let ordered = Value::list(vec![Value::from(30), Value::from(20), Value::from(10)]);
    assert_eq!(decide(&model, 5).unwrap().value, ordered);
}
