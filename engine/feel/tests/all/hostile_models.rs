//! Whatever file comes in: no panic, no overflow of the stack, an end in bounded time.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tongban_feel::dmn::{Limits, Model, Source};
use tongban_feel::environment::{Budget, Environment};
use tongban_feel::value::{Context, Value};

/// Far more than any of the files below takes, far less than work that grows without bound.
const LONG: Duration = Duration::from_secs(60);

/// Bytes of the stack on which files are read and evaluated.
const STACK_BYTES: usize = 2_000_000;

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

/// Reads a file in both ways and evaluates what it offers; tells whether it was taken, and the codes
/// of the problems and warnings.
fn exercise(bytes: &[u8], others: &[Source<'_>], inputs: &Context) -> (bool, Vec<&'static str>) {
    let source = Source {
        file: "m.dmn",
        bytes,
    };
    let strict = Model::parse_with_imports(source, others, &Limits::default());
    let codes = match &strict {
        Ok(model) => model.warnings().iter().map(|it| it.code).collect(),
        Err(problems) => problems.iter().map(|it| it.code).collect(),
    };
    let lenient = Model::parse_leniently(source, others, &Limits::default());
    for model in strict.iter().chain(&lenient) {
        let decisions = model.decisions().iter().map(|it| &it.id);
        let invocables = model.invocables().iter().map(|it| &it.id);
        for target in decisions.chain(invocables).take(200) {
            let plain = model.evaluate(target, inputs, &small_budget());
            let (traced, trace) = model.evaluate_traced(target, inputs, &small_budget());
            assert_eq!(
                plain.is_ok(),
                traced.is_ok(),
                "a trace changes nothing in {target}"
            );
            let _ = trace.to_json().to_string();
        }
    }
    (strict.is_ok(), codes)
}

/// The same on a small stack, within the time.
fn bounded(what: &str, file: String) -> (bool, Vec<&'static str>) {
    let started = Instant::now();
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || exercise(file.as_bytes(), &[], &Context::new()))
        .unwrap();
    let outcome = thread.join().expect("no panic");
    let took = started.elapsed();
    assert!(took < LONG, "{what} took {took:.1?}");
    outcome
}

const HEAD: &str = "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='m' name='m' namespace='urn:m'>";

fn definitions(body: impl AsRef<str>) -> String {
    format!("{HEAD}{}</definitions>", body.as_ref())
}

fn many(count: usize, part: impl FnMut(usize) -> String) -> String {
    (0..count).map(part).collect()
}

fn decision(name: &str, requires: &[String], logic: &str) -> String {
    let requires: String = requires
        .iter()
        .map(|it| {
            format!(
                "<informationRequirement><requiredDecision href='#{it}'/></informationRequirement>"
            )
        })
        .collect();
    format!("<decision id='{name}' name='{name}'>{requires}{logic}</decision>")
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text><![CDATA[{text}]]></text></literalExpression>")
}

#[test]
fn many_decisions_are_read_in_time() {
    let body = many(8_000, |n| {
        decision(&format!("d{n}"), &[], &literal("unknown + 1"))
    });
    bounded("many decisions", definitions(body));
}

#[test]
fn a_decision_that_requires_thousands_is_read_in_time() {
    let names: Vec<String> = (0..4_000).map(|n| format!("d{n}")).collect();
    let body = many(4_000, |n| decision(&names[n], &[], &literal("1")));
    let all = decision("all", &names, &literal("d0 + d3999"));
    bounded(
        "a decision that requires thousands",
        definitions(body + &all),
    );
}

#[test]
fn a_long_way_of_requirements_does_not_end_the_stack() {
    for count in [250, 20_000] {
        let body = many(count, |n| {
            let below: Vec<String> = (0..n).rev().take(1).map(|it| format!("d{it}")).collect();
            decision(&format!("d{n}"), &below, &literal("1"))
        });
        bounded("a long way of requirements", definitions(body));
    }
}

#[test]
fn requirements_that_meet_again_are_evaluated_once() {
    let body = many(200, |n| {
        let below: Vec<String> = match n {
            0 | 1 => Vec::new(),
            n => {
                let layer = (n / 2 - 1) * 2;
                vec![format!("d{layer}"), format!("d{}", layer + 1)]
            }
        };
        let sum = if below.is_empty() {
            "1".to_owned()
        } else {
            below.join(" + ")
        };
        decision(&format!("d{n}"), &below, &literal(&sum))
    });
    let file = definitions(body);
    let model = Model::parse("m.dmn", file.as_bytes(), &Limits::default()).unwrap();
    let result = model
        .evaluate("d199", &Context::new(), &Environment::default())
        .unwrap();
    let two = tongban_feel::number::Number::from(2);
    let expected = (0..99).fold(tongban_feel::number::Number::from(1), |product, _| {
        product.checked_mul(two).unwrap()
    });
    assert_eq!(result.value, Value::from(expected));
}

/// A service is evaluated anew at each call: calls that double from layer to layer end with their
/// budget.
#[test]
fn services_that_call_services_use_up_their_budget() {
    let body = many(25, |n| {
        let (requires, logic) = match n {
            0 => (String::new(), literal("1")),
            n => (
                format!(
                    "<knowledgeRequirement><requiredKnowledge href='#s{}'/></knowledgeRequirement>",
                    n - 1
                ),
                literal(&format!("s{0}() + s{0}()", n - 1)),
            ),
        };
        format!(
            "<decision id='d{n}' name='d{n}'>{requires}{logic}</decision>\
             <decisionService id='s{n}' name='s{n}'><outputDecision href='#d{n}'/></decisionService>"
        )
    });
    let file = definitions(body);
    bounded("services", file.clone());
    let model = Model::parse("m.dmn", file.as_bytes(), &Limits::default()).unwrap();
    let result = model.evaluate("s24", &Context::new(), &Environment::default());
    assert!(["FEEL-0101", "FEEL-0102"].contains(&result.unwrap_err().code));
    let result = model.evaluate("s5", &Context::new(), &Environment::default());
    assert_eq!(result.unwrap().value, Value::from(32));
}

#[test]
fn functions_that_require_each_other_in_a_circle_are_refused() {
    let knowledge = |n: usize, other: usize| {
        format!(
            "<businessKnowledgeModel id='k{n}' name='k{n}'><encapsulatedLogic>{}</encapsulatedLogic>\
             <knowledgeRequirement><requiredKnowledge href='#k{other}'/></knowledgeRequirement></businessKnowledgeModel>",
            literal(&format!("k{other}()"))
        )
    };
    let (taken, codes) = bounded(
        "functions in a circle",
        definitions(knowledge(0, 1) + &knowledge(1, 0)),
    );
    assert!(!taken && codes.contains(&"DMN-0008"), "{codes:?}");
}

#[test]
fn large_tables_are_read_in_time() {
    let inputs = many(10, |n| {
        format!("<input><inputExpression><text>x{n}</text></inputExpression></input>")
    });
    for policy in ["UNIQUE", "ANY", "FIRST", "COLLECT", "PRIORITY"] {
        let rules = many(400, |n| {
            let entries = many(10, |column| {
                let from = (n * 7 + column * 13) % 1_000;
                format!(
                    "<inputEntry><text>[{from}..{}]</text></inputEntry>",
                    from + n % 90
                )
            });
            format!("<rule>{entries}<outputEntry><text>{n}</text></outputEntry></rule>")
        });
        let table = format!(
            "<decisionTable hitPolicy='{policy}'>{inputs}<output><outputValues><text>1, 2, 3</text></outputValues></output>{rules}</decisionTable>"
        );
        bounded("a large table", definitions(decision("d", &[], &table)));
    }
}

#[test]
fn a_table_of_thousands_of_inputs_is_read_in_time() {
    let inputs = many(3_000, |_| {
        "<input><inputExpression><text>x</text></inputExpression></input>".to_owned()
    });
    let entries = many(3_000, |n| {
        format!("<inputEntry><text>{n}</text></inputEntry>")
    });
    let rules = many(10, |_| {
        format!("<rule>{entries}<outputEntry><text>1</text></outputEntry></rule>")
    });
    let table = format!("<decisionTable>{inputs}<output/>{rules}</decisionTable>");
    bounded("a wide table", definitions(decision("d", &[], &table)));
    let inputs = inputs.repeat(10);
    let entries = "<inputEntry><text>1</text></inputEntry>".repeat(30_000);
    let rule = format!("<rule>{entries}<outputEntry><text>1</text></outputEntry></rule>");
    let table = format!("<decisionTable>{inputs}<output/>{rule}</decisionTable>");
    bounded("a very wide table", definitions(decision("d", &[], &table)));
}

#[test]
fn a_table_of_thousands_of_rules_is_read_in_time() {
    let rules = many(20_000, |n| {
        format!(
            "<rule><inputEntry><text>{n}</text></inputEntry><outputEntry><text>{n}</text></outputEntry></rule>"
        )
    });
    for policy in ["UNIQUE", "FIRST"] {
        let table = format!(
            "<decisionTable hitPolicy='{policy}'><input><inputExpression><text>x</text></inputExpression></input><output/>{rules}</decisionTable>"
        );
        bounded("a long table", definitions(decision("d", &[], &table)));
    }
}

#[test]
fn boxed_expressions_nested_in_each_other_are_bounded() {
    let nests: &[(&str, &str)] = &[
        ("<list>", "</list>"),
        (
            "<context><contextEntry><variable name='a'/>",
            "</contextEntry></context>",
        ),
        (
            "<functionDefinition><formalParameter name='a'/>",
            "</functionDefinition>",
        ),
        (
            "<conditional><if><literalExpression><text>true</text></literalExpression></if><then><literalExpression><text>1</text></literalExpression></then><else>",
            "</else></conditional>",
        ),
        (
            "<for iteratorVariable='a'><in><literalExpression><text>1..3</text></literalExpression></in><return>",
            "</return></for>",
        ),
        (
            "<filter><in>",
            "</in><match><literalExpression><text>true</text></literalExpression></match></filter>",
        ),
        ("<invocation>", "</invocation>"),
    ];
    for (open, close) in nests {
        for depth in [12, 5_000] {
            let logic = open.repeat(depth) + &literal("1") + &close.repeat(depth);
            bounded(open, definitions(decision("d", &[], &logic)));
        }
    }
}

#[test]
fn long_contexts_lists_and_relations_are_read_in_time() {
    let entries = many(20_000, |n| {
        format!(
            "<contextEntry><variable name='e{n}'/>{}</contextEntry>",
            literal("1")
        )
    });
    bounded(
        "a long context",
        definitions(decision("d", &[], &format!("<context>{entries}</context>"))),
    );
    let items = many(40_000, |_| literal("1"));
    bounded(
        "a long list",
        definitions(decision("d", &[], &format!("<list>{items}</list>"))),
    );
    let columns = many(200, |n| format!("<column name='c{n}'/>"));
    let cells = many(200, |_| literal("1"));
    let rows = many(200, |_| format!("<row>{cells}</row>"));
    bounded(
        "a relation",
        definitions(decision(
            "d",
            &[],
            &format!("<relation>{columns}{rows}</relation>"),
        )),
    );
}

#[test]
fn types_by_the_thousand_are_read_in_time() {
    let flat = many(10_000, |n| {
        format!(
            "<itemDefinition name='t{n}'><typeRef>number</typeRef><allowedValues><text>[0..{n}]</text></allowedValues></itemDefinition>"
        )
    });
    bounded(
        "flat types",
        definitions(flat + &decision("d", &[], &literal("1"))),
    );
    let way = many(10_000, |n| match n {
        0 => "<itemDefinition name='t0'><typeRef>number</typeRef></itemDefinition>".to_owned(),
        n => format!(
            "<itemDefinition name='t{n}'><typeRef>t{}</typeRef></itemDefinition>",
            n - 1
        ),
    });
    let deep = format!(
        "<decision id='d' name='d'><variable name='d' typeRef='t9999'/>{}</decision>",
        literal("1")
    );
    bounded(
        "types that are defined by each other",
        definitions(way + &deep),
    );
    let wide = many(5_000, |n| {
        format!("<itemComponent name='c{n}'><typeRef>number</typeRef></itemComponent>")
    });
    let wide = format!("<itemDefinition name='t'>{wide}</itemDefinition>")
        + &many(200, |n| {
            format!(
                "<decision id='d{n}' name='d{n}'><variable name='d{n}' typeRef='t'/>{}</decision>",
                literal("{c1: 1}.c1")
            )
        });
    bounded("a wide type", definitions(wide));
}

#[test]
fn files_that_are_no_models_are_refused_in_time() {
    for file in [
        "<a>".repeat(100_000),
        "<a/>".repeat(100_000),
        format!("<definitions {}/>", many(50_000, |n| format!("a{n}='x' "))),
        format!(
            "<definitions {}/>",
            many(50_000, |n| format!("xmlns:p{n}='urn:{n}' "))
        ),
        definitions("x".repeat(3_000_000)),
        definitions("&amp;".repeat(500_000)),
        definitions("&#65;".repeat(500_000)),
        definitions("<![CDATA[x]]>".repeat(200_000)),
        definitions("<!-- x -->".repeat(200_000)),
        definitions("<?x y?>".repeat(200_000)),
        "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><d>&b;</d>"
            .to_owned(),
        "\u{feff}".to_owned() + &definitions(""),
        "x".repeat(5 << 20),
        String::new(),
        "\0".repeat(1_000),
    ] {
        let start: String = file.chars().take(30).collect();
        bounded(&start, file);
    }
}

/// A model in which everything that DMN can say occurs.
const RICH: &str = include_str!("rich.dmn");

/// Whole files: the model above and those of the conformance suite, if it is at hand.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![RICH.as_bytes().to_vec(); 3];
    if let Some(suite) = suite() {
        let mut files = Vec::new();
        collect(&suite, &mut files);
        files.sort();
        let small = files.iter().filter_map(|path| std::fs::read(path).ok());
        seeds.extend(small.filter(|bytes| bytes.len() < 60_000));
    }
    seeds
}

/// The DMN TCK, in the folder that `TONGBAN_CONFORMANCE` names or beside the repository.
fn suite() -> Option<PathBuf> {
    if let Some(root) = std::env::var_os("TONGBAN_CONFORMANCE") {
        return Some(Path::new(&root).join("dmn-tck")).filter(|it| it.is_dir());
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join("shared/conformance/dmn-tck"))
        .find(|it| it.is_dir())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "dmn") {
            files.push(path);
        }
    }
}

#[test]
fn the_rich_model_has_the_values_it_should_have() {
    let model = Model::parse("rich.dmn", RICH.as_bytes(), &Limits::default());
    let model = model.unwrap_or_else(|problems| panic!("{}", problems[0]));
    let warnings: Vec<String> = model.warnings().iter().map(ToString::to_string).collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
    let result = model
        .evaluate("summary", &rich_inputs(), &Environment::default())
        .unwrap();
    let found = tongban_feel::json::to_json(&result.value)
        .unwrap()
        .to_string();
    let expected = r#"{"amount":1560,"grade":"A","lists":[3,[2,4],true],"names":["Li","Wang"],"service":1561}"#;
    assert_eq!(found, expected, "{:?}", result.warnings);
}

fn rich_inputs() -> Context {
    let json = serde_json::json!({
        "applicant": {"name": "Li", "age": 72, "born": "1954-01-02", "household": [{"name": "Li"}, {"name": "Wang"}]},
        "level": "A",
    });
    tongban_feel::json::context_from_json(json.as_object().unwrap())
}

/// What is written over a place of a file, or put into it.
const SNIPPETS: &[&str] = &[
    "<",
    ">",
    "'",
    "\"",
    "&",
    "]]>",
    "<![CDATA[",
    "-",
    "0",
    "9999999999999999999999",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "..",
    "null",
    " for i in 1..1000000 return i ",
    " partial ",
    " item ",
    " function(x) x ",
    " and ",
    " in ",
    " instance of ",
    "typeRef='string'",
    "typeRef='tPerson'",
    "isCollection='true'",
    "hitPolicy='PRIORITY'",
    "aggregation='COUNT'",
    "href='#amount'",
    "href='#'",
    "name=''",
    "id='amount'",
    "<rule/>",
    "<list/>",
    "<text/>",
    "<decision/>",
    "<import/>",
    "<itemDefinition/>",
    "\u{0}",
    "\u{feff}",
    "年",
    "𝒳",
];

#[derive(Clone, Debug)]
enum Edit {
    Flip(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
    Swap(prop::sample::Index, prop::sample::Index),
    Put(prop::sample::Index, prop::sample::Index),
    /// Takes out a whole element, or another one's end.
    Tag(prop::sample::Index, prop::sample::Index),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    use prop::sample::Index;
    let edit = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, with)| Edit::Flip(at, with)),
        (any::<Index>(), 1usize..60).prop_map(|(at, count)| Edit::Remove(at, count)),
        (any::<Index>(), any::<Index>(), 1usize..400)
            .prop_map(|(from, to, count)| Edit::Copy(from, to, count)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Edit::Swap(one, other)),
        (any::<Index>(), any::<Index>()).prop_map(|(at, what)| Edit::Put(at, what)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Edit::Tag(one, other)),
    ];
    prop::collection::vec(edit, 1..6)
}

/// Where tags begin, with their ends.
fn tags(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes[at..]
        .iter()
        .position(|it| *it == b'<')
        .map(|it| it + at)
    {
        let Some(end) = bytes[start..]
            .iter()
            .position(|it| *it == b'>')
            .map(|it| it + start + 1)
        else {
            break;
        };
        tags.push((start, end));
        at = end;
    }
    tags
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    if bytes.is_empty() {
        return;
    }
    let count = bytes.len();
    match edit {
        Edit::Flip(at, with) => bytes[at.index(count)] = *with,
        Edit::Remove(at, length) => {
            let at = at.index(count);
            bytes.drain(at..(at + length).min(count));
        }
        Edit::Copy(from, to, length) => {
            let from = from.index(count);
            let copy = bytes[from..(from + length).min(count)].to_vec();
            let to = to.index(count);
            bytes.splice(to..to, copy);
        }
        Edit::Swap(one, other) => bytes.swap(one.index(count), other.index(count)),
        Edit::Put(at, what) => {
            let at = at.index(count);
            bytes.splice(at..at, SNIPPETS[what.index(SNIPPETS.len())].bytes());
        }
        Edit::Tag(one, other) => {
            let tags = tags(bytes);
            if tags.is_empty() {
                return;
            }
            let (from, to) = tags[one.index(tags.len())];
            let (start, end) = tags[other.index(tags.len())];
            let copy = bytes[from..to].to_vec();
            bytes.splice(start..end, copy);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_file_that_was_tampered_with_does_harm(pick in any::<prop::sample::Index>(), edits in edits()) {
        thread_local! {
            static SEEDS: Vec<Vec<u8>> = seeds();
        }
        let mut bytes = SEEDS.with(|seeds| seeds[pick.index(seeds.len())].clone());
        for edit in &edits {
            apply(&mut bytes, edit);
        }
        let started = Instant::now();
        exercise(&bytes, &[Source { file: "o.dmn", bytes: RICH.as_bytes() }], &rich_inputs());
        prop_assert!(started.elapsed() < LONG);
    }

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        exercise(&bytes, &[], &Context::new());
        let mut within = HEAD.as_bytes().to_vec();
        within.extend(bytes);
        exercise(&within, &[], &Context::new());
    }

    #[test]
    fn no_text_in_a_cell_does_harm(test in "([a-c]|[0-9]|[-+*/().,\\[\\]<>=!?\"]|\\.\\.|not|null|true|in|date|item|年){0,12}", output in "\\PC{0,12}") {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let (test, output) = (escape(&test), escape(&output));
        let rules = format!("<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>").repeat(2);
        let table = format!("<decisionTable hitPolicy='ANY'><input><inputExpression><text>a</text></inputExpression></input><output/>{rules}</decisionTable>");
        let inputs: Context = [("a", Value::from(3))].into_iter().collect();
        exercise(definitions(decision("d", &[], &table)).as_bytes(), &[], &inputs);
    }
}
