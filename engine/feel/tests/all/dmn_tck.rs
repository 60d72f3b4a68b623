//! The DMN TCK, levels 2 and 3, where its files are at hand.
//!
//! The folder is named by `TONGBAN_CONFORMANCE`; without it the suite is looked for in a folder
//! `shared/conformance` beside the repository or above, and not run if it is not there.
//! `TONGBAN_TCK_VERBOSE` prints each result that is missed.
//!
//! `dmn_tck_folders.txt` lists the folders whose results are known; what is missed of them is listed
//! in `dmn_tck_missed.txt`, each with its reason. Folders that are not listed are run and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use tongban_feel::dmn::{Limits, Model, Source};
use tongban_feel::environment::Environment;
use tongban_feel::number::Number;
use tongban_feel::time::{
    Date, DateTime, DaysTimeDuration, Time, Timestamp, YearsMonthsDuration, Zone,
};
use tongban_feel::value::{Context, Value};
use tongban_feel::workday::Weekends;

/// Folders whose results are known, one a line.
const FOLDERS: &str = include_str!("dmn_tck_folders.txt");
/// Results of these folders that are missed: `folder case result: reason`, one a line.
const MISSED: &str = include_str!("dmn_tck_missed.txt");

#[test]
fn what_passes_goes_on_passing_and_what_is_missed_is_listed() {
    let Some(suite) = suite() else {
        println!("dmn-tck: not run");
        return;
    };
    let mut total = Tally::default();
    for level in ["compliance-level-2", "compliance-level-3"] {
        let mut tally = Tally::default();
        let Ok(folders) = std::fs::read_dir(suite.join(level)) else {
            continue;
        };
        let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        for folder in folders {
            let name = format!("{level}/{}", folder.file_name().unwrap().to_string_lossy());
            run_folder(&folder, &name, &mut tally);
        }
        let (passed, results) = (tally.passed, tally.results);
        println!("dmn-tck {level}: passed {passed} of {results}");
        total.add(tally);
    }
    let (passed, results) = (total.passed, total.results);
    println!("dmn-tck: passed {passed} of {results}");
    let listed: BTreeSet<&str> = MISSED
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(": ").expect("a result and its reason").0)
        .collect();
    let known = |missed: &&String| FOLDERS.lines().any(|folder| missed.starts_with(folder));
    let missed: BTreeSet<&str> = total
        .missed
        .keys()
        .filter(known)
        .map(String::as_str)
        .collect();
    let lost: Vec<_> = missed.difference(&listed).collect();
    assert!(lost.is_empty(), "missed, but not listed: {lost:#?}");
    let ran = |line: &&&str| total.folders.iter().any(|folder| line.starts_with(folder));
    let won: Vec<_> = listed.difference(&missed).filter(ran).collect();
    assert!(won.is_empty(), "listed as missed, but passed: {won:#?}");
}

pub(crate) fn suite() -> Option<PathBuf> {
    if let Some(root) = std::env::var_os("TONGBAN_CONFORMANCE") {
        return Some(Path::new(&root).join("dmn-tck")).filter(|it| it.is_dir());
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join("shared/conformance/dmn-tck"))
        .find(|it| it.is_dir())
}

fn verbose() -> bool {
    std::env::var_os("TONGBAN_TCK_VERBOSE").is_some()
}

#[derive(Default)]
struct Tally {
    folders: Vec<String>,
    results: usize,
    passed: usize,
    /// Why a result was missed.
    missed: BTreeMap<String, String>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.results += other.results;
        self.passed += other.passed;
        self.missed.extend(other.missed);
        self.folders.extend(other.folders);
    }

    fn miss(&mut self, result: String, why: String) {
        if verbose() {
            println!("  {result}: {why}");
        }
        self.missed.insert(result, why);
    }
}

fn files_of(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}

fn run_folder(folder: &Path, name: &str, tally: &mut Tally) {
    tally.folders.push(name.to_owned());
    let models: Vec<(String, Vec<u8>)> = files_of(folder, "dmn")
        .into_iter()
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(file).unwrap())
        })
        .collect();
    for file in files_of(folder, "xml") {
        let test = read_tree(&std::fs::read_to_string(file).unwrap());
        let model_name = test.child("modelName").map_or("", |it| it.text.trim());
        let (own, others): (Vec<_>, Vec<_>) = models.iter().partition(|it| it.0 == model_name);
        let others: Vec<Source<'_>> = others
            .iter()
            .map(|(file, bytes)| Source { file, bytes })
            .collect();
        let model = match own.first() {
            Some((file, bytes)) => {
                Model::parse_leniently(Source { file, bytes }, &others, &Limits::default())
                    .map_err(|problems| problems[0].to_string())
            }
            None => Err(format!("there is no file {model_name:?}")),
        };
        for case in test.children.iter().filter(|it| it.name == "testCase") {
            run_case(case, &model, tally, name);
        }
    }
}

fn run_case(case: &Tree, model: &Result<Model, String>, tally: &mut Tally, folder: &str) {
    let mut inputs = Context::new();
    for input in case.children.iter().filter(|it| it.name == "inputNode") {
        inputs.insert(input.attribute("name"), value_of(input));
    }
    for result in case.children.iter().filter(|it| it.name == "resultNode") {
        tally.results += 1;
        let node = result.attribute("name");
        let name = format!("{folder} {} {node}", case.attribute("id"));
        let model = match model {
            Ok(model) => model,
            Err(problem) => {
                tally.miss(name, problem.clone());
                continue;
            }
        };
        let expected = result.child("expected").map_or(Value::Null, value_of);
        let outcome = evaluate(case, &node, model, &inputs);
        let passed = match &outcome {
            Ok(value) => same(value, &expected),
            Err(_) => expected.is_null(),
        };
        if passed {
            tally.passed += 1;
        } else {
            tally.miss(name, format!("expected {expected:?}, found {outcome:?}"));
        }
    }
}

/// The value of a result: a decision's, or that of what the case calls.
fn evaluate(case: &Tree, node: &str, model: &Model, inputs: &Context) -> Result<Value, String> {
    let now = Timestamp::from_microseconds(1_772_674_200_000_000);
    let environment = Environment::new(now, Zone::utc(), &Weekends);
    let called = case.attribute("invocableName");
    let kind = case.attribute("type");
    let target = match (kind.as_str(), called.is_empty()) {
        ("bkm" | "decisionService", false) => called.as_str(),
        _ => node,
    };
    let value = match model.evaluate(target, inputs, &environment) {
        Ok(outcome) => outcome.value,
        Err(error) => return Err(error.to_string()),
    };
    let service = model.invocables().iter().find(|it| *it.name == *called);
    match (service, &value) {
        (Some(service), Value::Context(outputs)) if service.outputs.len() > 1 => {
            Ok(outputs.get(node).cloned().unwrap_or_default())
        }
        _ => Ok(value),
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
