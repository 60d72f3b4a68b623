//! The DMN TCK, levels 2 and 3, where its files are at hand.
//!
//! The folder is named by `TONGBAN_CONFORMANCE`; without it the suite is looked for beside the
//! repository, and not run if it is not there. `TONGBAN_TCK_VERBOSE` prints each failure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use tongban_feel::dmn::{Limits, Model};
use tongban_feel::environment::Environment;
use tongban_feel::number::Number;
use tongban_feel::time::{
    Date, DateTime, DaysTimeDuration, Time, Timestamp, YearsMonthsDuration, Zone,
};
use tongban_feel::value::{Context, Value};
use tongban_feel::workday::Weekends;

/// Folders all of whose cases pass, one a line.
const PASSING: &str = include_str!("dmn_tck_passing.txt");

#[test]
fn folders_that_pass_go_on_passing() {
    let root = std::env::var_os("TONGBAN_CONFORMANCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"),
        PathBuf::from,
    );
    let suite = root.join("dmn-tck");
    if !suite.is_dir() {
        println!("dmn-tck: not run");
        return;
    }
    let mut total = Tally::default();
    let mut whole = Vec::new();
    for level in ["compliance-level-2", "compliance-level-3"] {
        let mut folders: Vec<PathBuf> = std::fs::read_dir(suite.join(level))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        for folder in folders {
            let tally = run_folder(&folder);
            let name = format!("{level}/{}", folder.file_name().unwrap().to_string_lossy());
            if tally.passed > 0 && tally.passed + tally.not_run == tally.cases {
                whole.push(name.clone());
            }
            if verbose() && tally.passed < tally.cases {
                println!(
                    "{name}: passed {} of {}, not run {}",
                    tally.passed, tally.cases, tally.not_run
                );
            }
            total.add(&tally);
        }
    }
    let reasons: Vec<String> = total
        .reasons
        .iter()
        .map(|(reason, count)| format!("{reason} {count}"))
        .collect();
    let (passed, cases) = (total.passed, total.cases);
    println!(
        "dmn-tck: passed {passed} of {cases} (not run: {}: {})",
        total.not_run,
        reasons.join(", ")
    );
    if verbose() {
        println!("{}", whole.join("\n"));
    }
    let lost: Vec<&str> = PASSING
        .lines()
        .filter(|name| !name.is_empty() && !whole.iter().any(|it| it == name))
        .collect();
    assert!(lost.is_empty(), "no longer passing: {lost:?}");
}

fn verbose() -> bool {
    std::env::var_os("TONGBAN_TCK_VERBOSE").is_some()
}

#[derive(Default)]
struct Tally {
    cases: usize,
    passed: usize,
    not_run: usize,
    reasons: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.cases += other.cases;
        self.passed += other.passed;
        self.not_run += other.not_run;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }

    fn skip(&mut self, reason: &str) {
        self.not_run += 1;
        *self.reasons.entry(reason.to_owned()).or_default() += 1;
    }
}

fn run_folder(folder: &Path) -> Tally {
    let mut tally = Tally::default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "xml"))
    {
        let test = read_tree(&std::fs::read_to_string(file).unwrap());
        let model_name = test
            .child("modelName")
            .map_or("", |it| it.text.trim())
            .to_owned();
        let bytes = std::fs::read(folder.join(&model_name)).unwrap();
        let model = Model::parse(&model_name, &bytes, &Limits::default());
        for case in test.children.iter().filter(|it| it.name == "testCase") {
            run_case(case, &model, &mut tally, &model_name);
        }
        if let Err(problems) = &model
            && verbose()
        {
            for problem in problems.iter().take(3) {
                println!("  {problem}");
            }
        }
    }
    tally
}

fn run_case(
    case: &Tree,
    model: &Result<Model, Vec<tongban_feel::diagnostic::Diagnostic>>,
    tally: &mut Tally,
    file: &str,
) {
    let mut inputs = Context::new();
    for input in case.children.iter().filter(|it| it.name == "inputNode") {
        inputs.insert(input.attribute("name"), value_of(input));
    }
    for result in case.children.iter().filter(|it| it.name == "resultNode") {
        tally.cases += 1;
        if case
            .attributes
            .iter()
            .any(|(name, kind)| name == "type" && kind != "decision")
        {
            tally.skip("bkm or decision service called by itself");
            continue;
        }
        let model = match model {
            Ok(model) => model,
            Err(problems) => {
                let first = problems
                    .iter()
                    .find(|it| it.severity == tongban_feel::diagnostic::Severity::Error);
                tally.skip(first.map_or("", |it| it.code));
                continue;
            }
        };
        let expected = result.child("expected").map_or(Value::Null, value_of);
        let now = Timestamp::from_microseconds(1_772_674_200_000_000);
        let environment = Environment::new(now, Zone::utc(), &Weekends);
        let decision = result.attribute("name");
        let outcome = model.evaluate(&decision, &inputs, &environment);
        let passed = match &outcome {
            Ok(outcome) => same(&outcome.value, &expected),
            Err(_) => expected.is_null(),
        };
        if passed {
            tally.passed += 1;
        } else if verbose() {
            let id = case.attribute("id");
            println!("  {file} {id} {decision}: expected {expected:?}, found {outcome:?}");
        }
    }
}

fn same(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let scale: Number = "1e-8".parse().unwrap();
            let bound = expected.abs().max(Number::ONE).checked_mul(scale).unwrap();
            found
                .checked_sub(*expected)
                .is_some_and(|difference| difference.abs() <= bound)
        }
        (Value::List(found), Value::List(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected.iter())
                    .all(|(found, expected)| same(found, expected))
        }
        (Value::Context(found), Value::Context(expected)) => {
            found.len() == expected.len()
                && expected.iter().all(|(name, expected)| {
                    found.get(name).is_some_and(|found| same(found, expected))
                })
        }
        (found, expected) => found == expected,
    }
}

/// The value an `inputNode`, `expected`, `item` or `component` holds.
fn value_of(holder: &Tree) -> Value {
    let is_nil = |it: &Tree| it.attribute("nil") == "true";
    if is_nil(holder) {
        return Value::Null;
    }
    if let Some(list) = holder.child("list") {
        if is_nil(list) {
            return Value::Null;
        }
        let items = list.children.iter().filter(|it| it.name == "item");
        return Value::list(items.map(value_of).collect());
    }
    let components: Vec<&Tree> = holder
        .children
        .iter()
        .filter(|it| it.name == "component")
        .collect();
    if !components.is_empty() {
        let entries = components
            .iter()
            .map(|it| (it.attribute("name"), value_of(it)));
        return Value::from(entries.collect::<Context>());
    }
    match holder.child("value") {
        Some(value) if !is_nil(value) => scalar(&value.attribute("type"), &value.text),
        Some(_) | None => Value::Null,
    }
}

fn scalar(of: &str, text: &str) -> Value {
    let trimmed = text.trim();
    match of.rsplit(':').next().unwrap_or("") {
        "decimal" | "double" | "integer" | "int" | "long" | "float" => {
            trimmed.parse().map_or(Value::Null, Value::Number)
        }
        "boolean" => Value::Boolean(trimmed == "true"),
        "date" => Date::parse(trimmed).map_or(Value::Null, Value::Date),
        "time" => Time::parse(trimmed).map_or(Value::Null, Value::Time),
        "dateTime" => DateTime::parse(trimmed).map_or(Value::Null, Value::DateTime),
        "duration" | "dayTimeDuration" | "yearMonthDuration" => YearsMonthsDuration::parse(trimmed)
            .map(Value::YearsMonthsDuration)
            .or_else(|| DaysTimeDuration::parse(trimmed).map(Value::DaysTimeDuration))
            .unwrap_or_default(),
        _ => Value::from(text),
    }
}

#[derive(Default)]
struct Tree {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Tree>,
    text: String,
}

impl Tree {
    fn child(&self, name: &str) -> Option<&Tree> {
        self.children.iter().find(|it| it.name == name)
    }

    fn attribute(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    }
}

fn read_tree(text: &str) -> Tree {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open = vec![Tree::default()];
    let start = |tag: &BytesStart<'_>| Tree {
        name: tag.local_name().into_inner().to_owned(),
        attributes: tag
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
                (
                    attribute.key.local_name().into_inner().to_owned(),
                    value.into_owned(),
                )
            })
            .collect(),
        ..Tree::default()
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(start(&tag)),
            Event::Empty(tag) => open.last_mut().unwrap().children.push(start(&tag)),
            Event::End(_) => {
                let element = open.pop().unwrap();
                open.last_mut().unwrap().children.push(element);
            }
            Event::Text(text) => open
                .last_mut()
                .unwrap()
                .text
                .push_str(&text.xml10_content()),
            Event::CData(text) => open
                .last_mut()
                .unwrap()
                .text
                .push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().unwrap().map(String::from);
                let entity = quick_xml::escape::resolve_xml_entity(&reference).map(str::to_owned);
                open.last_mut()
                    .unwrap()
                    .text
                    .push_str(&character.or(entity).unwrap());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.pop().unwrap().children.pop().unwrap()
}
