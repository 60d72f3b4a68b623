//! The DMN TCK: decisions with inputs and the results they are to have.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
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

use crate::expected::Expected;
use crate::files;
use crate::report::{Outcome, Report};

/// The moment of all evaluations.
const NOW_US: i64 = 1_772_674_200_000_000;

pub(crate) fn run(folder: &Path, expected: &Expected, report: &mut Report) -> anyhow::Result<()> {
    let mut n_strict = 0;
    for level in ["compliance-level-2", "compliance-level-3"] {
        let Ok(entries) = std::fs::read_dir(folder.join(level)) else {
            continue;
        };
        let mut folders = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        folders.sort();
        for path in folders {
            n_strict += run_folder(&path, &files::name(folder, &path), expected, report)?;
        }
    }
    report.notes.push(format!(
        "{n_strict} test files have a model that a deployment refuses"
    ));
    Ok(())
}

/// The files directly in a folder.
fn files_of(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = files::under(folder, extension)?;
    found.retain(|it| it.parent() == Some(folder));
    Ok(found)
}

/// Runs the cases of a folder; says how many of its models a deployment would refuse, as it has no
/// lenient reader.
fn run_folder(
    folder: &Path,
    name: &str,
    expected: &Expected,
    report: &mut Report,
) -> anyhow::Result<usize> {
    let mut n_strict = 0;
    let mut models: Vec<(String, Vec<u8>)> = Vec::new();
    for file in files_of(folder, "dmn")? {
        models.push((files::name(folder, &file), files::read(&file)?));
    }
    for file in files_of(folder, "xml")? {
        let text = String::from_utf8(files::read(&file)?)?;
        let test = read_tree(&text).with_context(|| format!("{} is not XML", file.display()))?;
        let model_name = test.child("modelName").map_or("", |it| it.text.trim());
        let (own, others): (Vec<_>, Vec<_>) = models.iter().partition(|it| it.0 == model_name);
        let others: Vec<Source<'_>> = others
            .iter()
            .map(|(file, bytes)| Source { file, bytes })
            .collect();
        if let Some((file, bytes)) = own.first()
            && Model::parse_with_imports(Source { file, bytes }, &others, &Limits::default())
                .is_err()
        {
            n_strict += 1;
        }
        let model = match own.first() {
            Some((file, bytes)) => {
                Model::parse_leniently(Source { file, bytes }, &others, &Limits::default())
                    .map_err(|problems| problems[0].to_string())
            }
            None => Err(format!("there is no file {model_name:?}")),
        };
        for case in test.children.iter().filter(|it| it.name == "testCase") {
            run_case(case, &model, name, expected, report);
        }
    }
    Ok(n_strict)
}

fn run_case(
    case: &Tree,
    model: &Result<Model, String>,
    folder: &str,
    expected: &Expected,
    report: &mut Report,
) {
    let inputs = case.children.iter().filter(|it| it.name == "inputNode");
    let inputs: Result<Context, String> = inputs
        .map(|it| Ok((it.attribute("name"), value_of(it)?)))
        .collect();
    for result in case.children.iter().filter(|it| it.name == "resultNode") {
        let node = result.attribute("name");
        let name = format!("{folder} {} {node}", case.attribute("id"));
        let outcome = if expected.skips(report.suite, &name) {
            Outcome::Skipped
        } else {
            match (model, &inputs) {
                (Ok(model), Ok(inputs)) => judge(case, result, &node, model, inputs),
                (Ok(_), Err(unread)) => Outcome::Failed(unread.clone()),
                (Err(problem), _) => Outcome::Refused(problem.clone()),
            }
        };
        report.add(name, outcome);
    }
}

fn judge(case: &Tree, result: &Tree, node: &str, model: &Model, inputs: &Context) -> Outcome {
    let expected = result.child("expected");
    let expected = expected.ok_or_else(|| "the case expects nothing".to_owned());
    let expected = match expected.and_then(value_of) {
        Ok(expected) => expected,
        // What is expected and not understood is not null.
        Err(unread) => return Outcome::Failed(unread),
    };
    let found = evaluate(case, node, model, inputs);
    let passed = match &found {
        Ok(value) => same(value, &expected),
        Err(_) => expected.is_null(),
    };
    if passed {
        Outcome::Passed
    } else {
        Outcome::Failed(format!("expected {expected:?}, found {found:?}"))
    }
}

/// The value of a result: a decision's, or that of what the case calls.
fn evaluate(case: &Tree, node: &str, model: &Model, inputs: &Context) -> Result<Value, String> {
    let now = Timestamp::from_microseconds(NOW_US);
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
            let scale: Option<Number> = "1e-8".parse().ok();
            let largest = expected.abs().max(Number::ONE);
            let bound = scale.and_then(|it| largest.checked_mul(it));
            found
                .checked_sub(*expected)
                .is_some_and(|difference| bound.is_some_and(|it| difference.abs() <= it))
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

/// The value an `inputNode`, `expected`, `item` or `component` holds; why it cannot be read.
fn value_of(holder: &Tree) -> Result<Value, String> {
    let is_nil = |it: &Tree| it.attribute("nil") == "true";
    if is_nil(holder) {
        return Ok(Value::Null);
    }
    if let Some(list) = holder.child("list") {
        if is_nil(list) {
            return Ok(Value::Null);
        }
        let items = list.children.iter().filter(|it| it.name == "item");
        let items: Result<Vec<Value>, String> = items.map(value_of).collect();
        return items.map(Value::list);
    }
    let components: Vec<&Tree> = holder
        .children
        .iter()
        .filter(|it| it.name == "component")
        .collect();
    if !components.is_empty() {
        let entries = components.iter();
        let entries: Result<Context, String> = entries
            .map(|it| Ok((it.attribute("name"), value_of(it)?)))
            .collect();
        return entries.map(Value::from);
    }
    match holder.child("value") {
        Some(value) if !is_nil(value) => {
            let of = value.attribute("type");
            let read = scalar(&of, &value.text);
            read.ok_or_else(|| format!("the suite's {of} {:?} cannot be read", value.text))
        }
        Some(_) | None => Ok(Value::Null),
    }
}

fn scalar(of: &str, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    match of.rsplit(':').next().unwrap_or("") {
        "decimal" | "double" | "integer" | "int" | "long" | "float" => {
            trimmed.parse().ok().map(Value::Number)
        }
        "boolean" => match trimmed {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        "date" => Date::parse(trimmed).map(Value::Date),
        "time" => Time::parse(trimmed).map(Value::Time),
        "dateTime" => DateTime::parse(trimmed).map(Value::DateTime),
        "duration" | "dayTimeDuration" | "yearMonthDuration" => YearsMonthsDuration::parse(trimmed)
            .map(Value::YearsMonthsDuration)
            .or_else(|| DaysTimeDuration::parse(trimmed).map(Value::DaysTimeDuration)),
        "string" | "" | "anySimpleType" => Some(Value::from(text)),
        _ => None,
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

/// Reads well-formed XML; the files are not hostile.
fn read_tree(text: &str) -> anyhow::Result<Tree> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open = vec![Tree::default()];
    loop {
        let event = reader.read_event()?;
        let top = open.last_mut().context("an element is closed twice")?;
        match event {
            Event::Start(tag) => open.push(start(&tag)?),
            Event::Empty(tag) => top.children.push(start(&tag)?),
            Event::End(_) => {
                let element = open.pop().context("an element is closed twice")?;
                let parent = open.last_mut().context("an element is closed twice")?;
                parent.children.push(element);
            }
            Event::Text(text) => top.text.push_str(&text.xml10_content()),
            Event::CData(text) => top.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref()?.map(String::from);
                let entity = quick_xml::escape::resolve_xml_entity(&reference).map(str::to_owned);
                let resolved = character.or(entity).context("an unknown entity")?;
                top.text.push_str(&resolved);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut document = open.pop().context("there is no element")?;
    document.children.pop().context("there is no element")
}

fn start(tag: &BytesStart<'_>) -> anyhow::Result<Tree> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        let name = attribute.key.local_name().into_inner().to_owned();
        attributes.push((name, value.into_owned()));
    }
    Ok(Tree {
        name: tag.local_name().into_inner().to_owned(),
        attributes,
        ..Tree::default()
    })
}
