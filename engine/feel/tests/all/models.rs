//! Decision models as a whole: what elements see of each other, imports, services, types, the border
//! to JSON, and how a result came about.

use tongban_feel::diagnostic::Severity;
use tongban_feel::dmn::{Limits, Model, Source};
use tongban_feel::environment::Environment;
use tongban_feel::json::{context_from_json, to_json};
use tongban_feel::trace::ElementKind;
use tongban_feel::value::{Context, Value};

const XMLNS: &str = "https://www.omg.org/spec/DMN/20230324/MODEL/";

fn file(namespace: &str, body: &str) -> String {
    format!(
        "<definitions xmlns='{XMLNS}' id='m' name='m' namespace='{namespace}'>{body}</definitions>"
    )
}

fn input(name: &str, of: &str) -> String {
    format!(
        "<inputData id='{name}' name='{name}'><variable name='{name}' typeRef='{of}'/></inputData>"
    )
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text><![CDATA[{text}]]></text></literalExpression>")
}

/// A decision with requirements such as `input x`, `decision d` and `knowledge k`.
fn decision(name: &str, requires: &[&str], logic: &str) -> String {
    let requires: String = requires
        .iter()
        .map(|it| {
            let (kind, href) = it.split_once(' ').unwrap();
            let href = if href.contains('#') { href.to_owned() } else { format!("#{href}") };
            match kind {
                "input" => format!("<informationRequirement><requiredInput href='{href}'/></informationRequirement>"),
                "decision" => format!("<informationRequirement><requiredDecision href='{href}'/></informationRequirement>"),
                _ => format!("<knowledgeRequirement><requiredKnowledge href='{href}'/></knowledgeRequirement>"),
            }
        })
        .collect();
    format!(
        "<decision id='{name}' name='{name}'><variable name='{name}'/>{requires}{logic}</decision>"
    )
}

fn knowledge(name: &str, parameters: &str, logic: &str) -> String {
    format!(
        "<businessKnowledgeModel id='{name}' name='{name}'><encapsulatedLogic>{parameters}{logic}</encapsulatedLogic></businessKnowledgeModel>"
    )
}

#[track_caller]
fn parse(files: &[String]) -> Model {
    let sources: Vec<Source<'_>> = files
        .iter()
        .map(|it| Source {
            file: "m.dmn",
            bytes: it.as_bytes(),
        })
        .collect();
    match Model::parse_with_imports(sources[0], &sources[1..], &Limits::default()) {
        Ok(model) => model,
        Err(problems) => panic!("{}", problems[0]),
    }
}

fn inputs(json: &str) -> Context {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    context_from_json(json.as_object().unwrap())
}

#[track_caller]
fn check(model: &Model, target: &str, given: &str, expected: &str) {
    let result = model
        .evaluate(target, &inputs(given), &Environment::default())
        .unwrap();
    let found = to_json(&result.value).unwrap().to_string();
    assert_eq!(found, expected, "{:?}", result.warnings);
}

#[track_caller]
fn codes(body: &str) -> Vec<&'static str> {
    let file = file("urn:m", body);
    match Model::parse("m.dmn", file.as_bytes(), &Limits::default()) {
        Ok(model) => model.warnings().iter().map(|it| it.code).collect(),
        Err(problems) => {
            let errors = problems.iter().filter(|it| it.severity == Severity::Error);
            errors.map(|it| it.code).collect()
        }
    }
}

#[test]
fn an_element_sees_what_it_requires_and_nothing_else() {
    let body = input("x", "number")
        + &decision("a", &["input x"], &literal("x + 1"))
        + &decision("b", &["decision a"], &literal("a * 2"))
        + &decision("c", &["decision b"], &literal("[b, a, x]"))
        + &knowledge("k", "", &literal("x"))
        + &decision("d", &["input x", "knowledge k"], &literal("[x, k()]"));
    let model = parse(&[file("urn:m", &body)]);
    check(&model, "b", r#"{"x": 1}"#, "4");
    check(&model, "c", r#"{"x": 1}"#, "[4,null,null]");
    check(&model, "d", r#"{"x": 1}"#, "[1,null]");
    let warned = codes(&body);
    assert_eq!(warned, ["DMN-0016", "DMN-0016", "DMN-0016"]);
}

#[test]
fn a_model_without_declared_inputs_takes_what_it_is_given() {
    let body = decision("a", &[], &literal("amount * 2"))
        + &decision("b", &["decision a"], &literal("a + amount"));
    let model = parse(&[file("urn:m", &body)]);
    check(&model, "b", r#"{"amount": 5}"#, "15");
}

#[test]
fn locals_hide_what_is_required() {
    let context = "<context><contextEntry><variable name='x'/><literalExpression><text>10</text></literalExpression></contextEntry>\
        <contextEntry><literalExpression><text>x + 1</text></literalExpression></contextEntry></context>";
    let body = input("x", "number") + &decision("a", &["input x"], context);
    check(&parse(&[file("urn:m", &body)]), "a", r#"{"x": 1}"#, "11");
}

#[test]
fn a_knowledge_model_may_call_itself_and_others() {
    let parameter = "<formalParameter name='n' typeRef='number'/>";
    let body = knowledge(
        "fact",
        parameter,
        &literal("if n < 2 then 1 else n * fact(n - 1)"),
    ) + &format!(
        "<businessKnowledgeModel id='twice' name='twice'><encapsulatedLogic>{parameter}{}</encapsulatedLogic>\
             <knowledgeRequirement><requiredKnowledge href='#fact'/></knowledgeRequirement></businessKnowledgeModel>",
        literal("2 * fact(n)")
    ) + &decision("d", &["knowledge twice"], &literal("twice(n: 5)"));
    let model = parse(&[file("urn:m", &body)]);
    check(&model, "d", "{}", "240");
    check(&model, "twice", r#"{"n": 3}"#, "12");
    check(&model, "fact", r#"{"n": "x"}"#, "null");
    let info = &model.invocables()[1];
    assert_eq!(
        (&*info.name, info.kind),
        ("twice", ElementKind::BusinessKnowledgeModel)
    );
    assert_eq!(
        info.parameters.iter().map(|it| &**it).collect::<Vec<_>>(),
        ["n"]
    );
}

#[test]
fn the_parameters_of_a_table_that_declares_none_are_its_inputs() {
    let table = "<decisionTable><input><inputExpression><text>age</text></inputExpression></input><output/>\
        <rule><inputEntry><text>&lt; 18</text></inputEntry><outputEntry><text>\"child\"</text></outputEntry></rule>\
        <rule><inputEntry><text>&gt;= 18</text></inputEntry><outputEntry><text>\"adult\"</text></outputEntry></rule></decisionTable>";
    let body = knowledge("k", "", table)
        + &decision("d", &["knowledge k"], &literal("[k(17), k(age: 18)]"));
    check(
        &parse(&[file("urn:m", &body)]),
        "d",
        "{}",
        r#"["child","adult"]"#,
    );
}

fn service_model() -> String {
    let service = |name: &str, outputs: &[&str], more: &str| {
        let outputs: String = outputs
            .iter()
            .map(|it| format!("<outputDecision href='#{it}'/>"))
            .collect();
        format!(
            "<decisionService id='{name}' name='{name}'><variable name='{name}'/>{outputs}{more}</decisionService>"
        )
    };
    input("x", "number")
        + &input("y", "number")
        + &decision("inner", &["input x"], &literal("x * 10"))
        + &decision(
            "outer",
            &["decision inner", "input y"],
            &literal("inner + y"),
        )
        + &decision("other", &["input y"], &literal("-y"))
        + &service(
            "one",
            &["outer"],
            "<encapsulatedDecision href='#inner'/><inputData href='#x'/><inputData href='#y'/>",
        )
        + &service(
            "two",
            &["outer", "other"],
            "<inputDecision href='#inner'/><inputData href='#y'/>",
        )
        + &service("bare", &["outer"], "")
        + &decision(
            "calls",
            &["knowledge one", "knowledge two"],
            &literal("[one(1, 2), one(y: 3, x: 4), two(7, 100)]"),
        )
        + &decision(
            "passes",
            &["knowledge one"],
            &literal("{f: function(g) g(2, 3), r: f(one)}.r"),
        )
        + &decision(
            "misfits",
            &["knowledge one"],
            &literal("[one(1), one(\"a\", 2)]"),
        )
}

#[test]
fn decision_services_are_functions_of_their_inputs() {
    let model = parse(&[file("urn:m", &service_model())]);
    check(&model, "one", r#"{"x": 1, "y": 2}"#, "12");
    check(
        &model,
        "two",
        r#"{"y": 7, "inner": 100, "x": 5}"#,
        r#"{"outer":107,"other":-7}"#,
    );
    check(&model, "bare", r#"{"x": 1, "y": 2}"#, "12");
    check(
        &model,
        "calls",
        r#"{"x": 50, "y": 50}"#,
        r#"[12,43,{"outer":107,"other":-7}]"#,
    );
    check(&model, "passes", "{}", "23");
    check(&model, "misfits", "{}", "[null,null]");
    let two = model
        .invocables()
        .iter()
        .find(|it| &*it.name == "two")
        .unwrap();
    let names =
        |names: &[std::sync::Arc<str>]| names.iter().map(|it| it.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&two.parameters), ["y", "inner"]);
    assert_eq!(names(&two.outputs), ["outer", "other"]);
}

fn import(name: &str, namespace: &str) -> String {
    format!("<import name='{name}' namespace='{namespace}' importType='{XMLNS}'/>")
}

/// Two models import the same third one, each with its own inputs.
fn nested_imports() -> [String; 4] {
    let greeting = input("Person name", "string")
        + &decision(
            "Greet",
            &["input Person name"],
            &literal("\"Hello, \" + Person name"),
        );
    let say = |suffix: &str| {
        import("modelA", "urn:a")
            + &decision(
                &format!("Say{suffix}"),
                &["decision urn:a#Greet"],
                &literal(&format!("\"say{suffix}: \" + modelA.Greet")),
            )
    };
    let top = import("Model B", "urn:b")
        + &import("Model B2", "urn:b2")
        + &decision(
            "Top",
            &["decision urn:b#Say", "decision urn:b2#Say2"],
            &literal("Model B.Say + \"; \" + Model B2.Say2"),
        );
    [
        file("urn:c", &top),
        file("urn:b", &say("")),
        file("urn:b2", &say("2")),
        file("urn:a", &greeting),
    ]
}

#[test]
fn each_import_has_inputs_of_its_own() {
    let model = parse(&nested_imports());
    check(
        &model,
        "Top",
        r#"{"Model B": {"modelA": {"Person name": "John"}}, "Model B2": {"modelA": {"Person name": "Mary"}}}"#,
        r#""say: Hello, John; say2: Hello, Mary""#,
    );
    check(
        &model,
        "Top",
        r#"{"Person name": "Ann"}"#,
        r#""say: Hello, Ann; say2: Hello, Ann""#,
    );
    let top = &model.decisions()[0];
    assert_eq!(model.decisions().len(), 1);
    assert_eq!(
        top.inputs.iter().map(|it| &**it).collect::<Vec<_>>(),
        ["Model B.modelA.Person name", "Model B2.modelA.Person name"]
    );
}

#[test]
fn types_functions_and_services_are_imported() {
    let library = "<itemDefinition name='tPerson'><itemComponent name='full name'><typeRef>string</typeRef></itemComponent></itemDefinition>".to_owned()
        + &knowledge("greet", "<formalParameter name='p' typeRef='tPerson'/>", &literal("\"Hello \" + p.full name"))
        + &input("n", "number")
        + &decision("double", &["input n"], &literal("n * 2"))
        + "<decisionService id='doubling' name='doubling'><variable name='doubling'/><outputDecision href='#double'/><inputData href='#n'/></decisionService>";
    let main = import("lib", "urn:lib")
        + &input("Someone", "lib.tPerson")
        + &decision(
            "d",
            &[
                "input Someone",
                "knowledge urn:lib#greet",
                "knowledge urn:lib#doubling",
            ],
            &literal("[lib.greet(Someone), lib.doubling(21), Someone instance of lib.tPerson]"),
        );
    let model = parse(&[file("urn:m", &main), file("urn:lib", &library)]);
    check(
        &model,
        "d",
        r#"{"Someone": {"full name": "Ann"}}"#,
        r#"["Hello Ann",42,true]"#,
    );
}

#[test]
fn an_import_without_a_name_brings_its_elements_in_as_they_are() {
    let library = "<itemDefinition name='tAge'><typeRef>number</typeRef></itemDefinition>"
        .to_owned()
        + &input("age", "tAge")
        + &decision("next", &["input age"], &literal("age + 1"));
    let main = import("", "urn:lib")
        + &decision(
            "d",
            &["decision urn:lib#next", "input urn:lib#age"],
            &literal("[next, age instance of tAge]"),
        );
    let model = parse(&[file("urn:m", &main), file("urn:lib", &library)]);
    check(&model, "d", r#"{"age": 41}"#, "[42,true]");
}

#[test]
fn imports_that_lead_nowhere_or_in_a_circle_are_refused() {
    assert_eq!(codes(&import("x", "urn:nowhere")), ["DMN-0007"]);
    let circle = [
        file("urn:a", &import("b", "urn:b")),
        file("urn:b", &import("a", "urn:a")),
    ];
    let sources: Vec<Source<'_>> = circle
        .iter()
        .map(|it| Source {
            file: "m.dmn",
            bytes: it.as_bytes(),
        })
        .collect();
    let problems =
        Model::parse_with_imports(sources[0], &sources[1..], &Limits::default()).unwrap_err();
    assert_eq!(problems[0].code, "DMN-0008");
}

#[test]
fn imports_cannot_multiply_without_bound() {
    let mut files = Vec::new();
    for n in 0..10 {
        let next = format!("urn:{}", n + 1);
        let body = match n {
            9 => input("x", "number"),
            _ => import("a", &next) + &import("b", &next),
        };
        files.push(file(&format!("urn:{n}"), &body));
    }
    let sources: Vec<Source<'_>> = files
        .iter()
        .map(|it| Source {
            file: "m.dmn",
            bytes: it.as_bytes(),
        })
        .collect();
    let problems =
        Model::parse_with_imports(sources[0], &sources[1..], &Limits::default()).unwrap_err();
    assert_eq!(problems[0].code, "DMN-0002");
}

const TYPES: &str = "<itemDefinition name='tGrade'><typeRef>string</typeRef><allowedValues><text>\"A\", \"B\"</text></allowedValues></itemDefinition>\
    <itemDefinition name='tGrades' isCollection='true'><typeRef>tGrade</typeRef><typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>\
    <itemDefinition name='tPerson'><itemComponent name='name'><typeRef>string</typeRef></itemComponent>\
      <itemComponent name='born'><typeRef>date</typeRef></itemComponent>\
      <itemComponent name='grades'><typeRef>tGrades</typeRef></itemComponent></itemDefinition>\
    <itemDefinition name='tFunction'><functionItem outputTypeRef='number'><parameters name='a' typeRef='number'/></functionItem></itemDefinition>";

fn typed(name: &str, of: &str, text: &str) -> String {
    format!(
        "<decision id='{name}' name='{name}'><variable name='{name}' typeRef='{of}'/>{}</decision>",
        literal(text)
    )
}

#[test]
fn results_conform_to_their_types_or_are_null() {
    let body = TYPES.to_owned()
        + &typed("g1", "tGrade", "\"A\"")
        + &typed("g2", "tGrade", "\"C\"")
        + &typed("g3", "tGrade", "[\"B\"]")
        + &typed("l1", "tGrades", "[\"A\", \"B\"]")
        + &typed("l2", "tGrades", "[\"A\", \"C\"]")
        + &typed("l3", "tGrades", "[\"A\", \"A\", \"A\"]")
        + &typed("l4", "tGrades", "\"A\"")
        + &typed("dt", "dateTime", "@\"2026-03-05\"")
        + &typed("f1", "tFunction", "function(a: number) a + 1")
        + &decision("uses", &["decision f1"], &literal("f1(1)"))
        + &typed("f2", "tFunction", "function(a: string) a");
    let model = parse(&[file("urn:m", &body)]);
    for (target, expected) in [
        ("g1", "\"A\""),
        ("g2", "null"),
        ("g3", "\"A\"".replace('A', "B").as_str()),
        ("l1", "[\"A\",\"B\"]"),
        ("l2", "null"),
        ("l3", "null"),
        ("l4", "[\"A\"]"),
        ("dt", "\"2026-03-05T00:00:00Z\""),
        ("uses", "2"),
        ("f2", "null"),
    ] {
        check(&model, target, "{}", expected);
    }
}

#[test]
fn inputs_from_json_are_read_by_their_types() {
    let body = TYPES.to_owned()
        + &input("person", "tPerson")
        + &input("amount", "number")
        + &decision(
            "d",
            &["input person", "input amount"],
            &literal("[person.born.year, person.grades, amount + 1]"),
        );
    let model = parse(&[file("urn:m", &body)]);
    check(
        &model,
        "d",
        r#"{"person": {"name": "Ann", "born": "1996-02-29", "grades": ["A"]}, "amount": "0.1"}"#,
        r#"[1996,["A"],1.1]"#,
    );
    check(
        &model,
        "d",
        r#"{"person": {"born": "1996-02-29"}, "amount": 1}"#,
        "[1996,null,2]",
    );
    check(
        &model,
        "d",
        r#"{"person": {"born": "yesterday"}, "amount": "many"}"#,
        "[null,null,null]",
    );
}

#[test]
fn external_functions_and_other_languages_are_refused_by_name() {
    let java = "<functionDefinition kind='Java'><context/></functionDefinition>";
    assert_eq!(codes(&decision("d", &[], java)), ["FEEL-0010"]);
    let pmml = "<businessKnowledgeModel id='k' name='k'><encapsulatedLogic kind='PMML'><context/></encapsulatedLogic></businessKnowledgeModel>";
    assert_eq!(codes(pmml), ["FEEL-0010"]);
    let groovy =
        "<literalExpression expressionLanguage='groovy'><text>1</text></literalExpression>";
    assert_eq!(codes(&decision("d", &[], groovy)), ["DMN-0013"]);
}

#[test]
fn a_lenient_reader_gives_null_for_what_is_wrong() {
    let body = decision("a", &[], &literal("nowhere(1)")) + &decision("b", &[], &literal("1 + 1"));
    let file = file("urn:m", &body);
    let source = Source {
        file: "m.dmn",
        bytes: file.as_bytes(),
    };
    assert!(Model::parse_with_imports(source, &[], &Limits::default()).is_err());
    let model = Model::parse_leniently(source, &[], &Limits::default()).unwrap();
    check(&model, "a", "{}", "null");
    check(&model, "b", "{}", "2");
    assert_eq!(model.warnings()[0].code, "DMN-0012");
}

fn subsidy() -> Model {
    let table = |policy: &str, name: &str, input: &str, rules: &[(&str, &str)]| {
        let rules: String = rules
            .iter()
            .enumerate()
            .map(|(idx, (test, output))| {
                format!(
                    "<rule id='{name}-{}'><inputEntry><text><![CDATA[{test}]]></text></inputEntry>\
                     <outputEntry><text>{output}</text></outputEntry><annotationEntry><text>row {idx}</text></annotationEntry></rule>",
                    idx + 1
                )
            })
            .collect();
        format!(
            "<decisionTable id='t-{name}' {policy}><input label='Age'><inputExpression><text>{input}</text></inputExpression></input>\
             <output name='{name}'/>{rules}</decisionTable>"
        )
    };
    let parts = table(
        "hitPolicy='COLLECT' aggregation='SUM'",
        "parts",
        "age",
        &[("-", "50000"), (">= 80", "10000"), (">= 100", "20000")],
    );
    let class = table(
        "",
        "class",
        "age",
        &[("< 60", "\"none\""), (">= 60", "\"old\"")],
    );
    let total = "<context><contextEntry><variable name='Class'/>".to_owned()
        + &class
        + "</contextEntry><contextEntry><literalExpression><text>if Class = \"old\" then parts else 0</text></literalExpression></contextEntry></context>";
    let body = input("age", "number")
        + &decision("parts", &["input age"], &parts)
        + &decision("amount", &["input age", "decision parts"], &total);
    parse(&[file("urn:m", &body)])
}

#[test]
fn a_trace_explains_an_amount() {
    let model = subsidy();
    let given = inputs(r#"{"age": 85}"#);
    let (result, trace) = model.evaluate_traced("amount", &given, &Environment::default());
    assert_eq!(result.unwrap().value, Value::from(60_000));
    assert_eq!(
        model
            .evaluate("amount", &given, &Environment::default())
            .unwrap()
            .value,
        Value::from(60_000)
    );
    let [parts, amount] = &trace.elements[..] else {
        panic!("{trace:?}");
    };
    assert_eq!((&*parts.id, parts.kind), ("parts", ElementKind::Decision));
    assert_eq!(parts.inputs, [("age".into(), Value::from(85))]);
    let table = &parts.tables[0];
    assert_eq!(
        (table.hit_policy, table.aggregation),
        ("COLLECT", Some("SUM"))
    );
    assert_eq!(&*table.inputs[0].label, "Age");
    let rules: Vec<_> = table
        .rules
        .iter()
        .map(|it| {
            (
                it.rule_id.as_deref().unwrap(),
                it.rule_number,
                it.contribution.clone(),
            )
        })
        .collect();
    assert_eq!(
        rules,
        [
            ("parts-1", 1, Value::from(50_000)),
            ("parts-2", 2, Value::from(10_000))
        ]
    );
    assert_eq!(&*table.rules[1].conditions[0], ">= 80");
    assert_eq!(&*table.rules[1].annotations[0], "row 1");
    assert_eq!(table.result, Value::from(60_000));
    assert_eq!(amount.tables[0].table_id.as_deref(), Some("t-class"));
    assert_eq!(amount.value, Value::from(60_000));
    let json = trace.to_json();
    assert_eq!(
        json["elements"][0]["tables"][0]["rules"][1]["contribution"],
        10_000
    );
    assert_eq!(json["truncated"], false);
}

#[test]
fn a_trace_tells_what_was_found_before_an_error() {
    let table = "<decisionTable><input><inputExpression><text>x</text></inputExpression></input><output/>\
        <rule><inputEntry><text>&gt; 1</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>\
        <rule><inputEntry><text>&gt; 2</text></inputEntry><outputEntry><text>2</text></outputEntry></rule></decisionTable>";
    let body = input("x", "number") + &decision("d", &["input x"], table);
    let model = parse(&[file("urn:m", &body)]);
    let (result, trace) =
        model.evaluate_traced("d", &inputs(r#"{"x": 5}"#), &Environment::default());
    assert_eq!(result.unwrap_err().code, "DMN-0103");
    assert_eq!(trace.elements[0].inputs, [("x".into(), Value::from(5))]);
    assert_eq!(trace.elements[0].tables[0].rules.len(), 2);
}

#[test]
fn a_trace_has_a_bound() {
    let table = "<decisionTable><input><inputExpression><text>n</text></inputExpression></input><output/>\
        <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>n</text></outputEntry></rule></decisionTable>";
    let body = knowledge("k", "<formalParameter name='n'/>", table)
        + &decision(
            "d",
            &["knowledge k"],
            &literal("sum(for i in 1..3000 return k(i))"),
        );
    let model = parse(&[file("urn:m", &body)]);
    let (result, trace) = model.evaluate_traced("d", &Context::new(), &Environment::default());
    assert_eq!(result.unwrap().value, Value::from(4_501_500));
    assert!(trace.truncated);
    assert_eq!(trace.elements[0].tables.len(), 1_000);
}
