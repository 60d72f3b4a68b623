//! `bpmn:multiInstanceLoopCharacteristics`: how often an activity is carried out.

use crate::diagnostic::code;
use crate::element::refused;
use crate::extension::{self, LoopCharacteristics};
use crate::graph::ElementIdx;
use crate::graph::multi_instance::{LoopInput, LoopOutput, MultiInstance};
use crate::parse::Parse;
use crate::xml::{Node, Space};
use tongban_feel::expression::Expression;

pub(crate) const NAME: &str = "multiInstanceLoopCharacteristics";

/// Iterations a model may ask for; the core has the same bound for computed numbers.
const ITERATIONS_MAX: u32 = 100_000;

/// Attributes that say which event is thrown at the end of an iteration.
const EVENT_ATTRIBUTES: [&str; 2] = ["oneBehaviorEventRef", "noneBehaviorEventRef"];

/// Reads the marker of an activity; what is wrong is reported and nothing answered.
pub(crate) fn read(parse: &mut Parse<'_>, activity: &Node) -> Option<MultiInstance> {
    let mut markers = activity.bpmn(NAME);
    let marker = markers.next()?;
    if let Some(second) = markers.next() {
        let found = [NAME.into(), activity.local.as_str().into()];
        parse.report(&code::UNKNOWN_ELEMENT, second.at(), &found);
    }
    check_attributes(parse, activity, marker);
    check_children(parse, activity, marker);
    let is_sequential = parse.boolean(marker, "isSequential", false);
    let extension = extension::read_of(parse, marker, activity.id(), &["loopCharacteristics"]);
    let characteristics = extension.loop_characteristics.unwrap_or_default();
    let cardinality = cardinality(parse, activity, marker);
    let completion_condition = completion_condition(parse, activity, marker);
    let input = input(parse, activity, cardinality, &characteristics);
    let output = output(parse, activity, characteristics);
    Some(MultiInstance {
        // The activity's position is derived when the graph is built.
        inner: ElementIdx::ROOT,
        is_sequential,
        input: input?,
        output: output?,
        completion_condition: completion_condition?,
    })
}

fn check_attributes(parse: &mut Parse<'_>, activity: &Node, marker: &Node) {
    let known = ["isSequential", "behavior"];
    parse.check_attributes(marker, &EVENT_ATTRIBUTES, &known);
    let remedy = (
        "remove the attribute; use completionCondition to end early",
        "请删除该属性；如需提前结束请使用 completionCondition",
    );
    for name in known.into_iter().skip(1).chain(EVENT_ATTRIBUTES) {
        let Some(value) = marker.attribute(name).map(str::trim) else {
            continue;
        };
        // All is the default: no event is thrown.
        if name != "behavior" || value != "All" {
            let found = [name.into(), value.into(), remedy.into()];
            parse.report(&code::REFUSED_ATTRIBUTE, activity.at(), &found);
        }
    }
}

fn check_children(parse: &mut Parse<'_>, activity: &Node, marker: &Node) {
    let mut seen: Vec<&str> = Vec::new();
    for child in marker.children.iter().filter(|it| it.space == Space::Bpmn) {
        let local = child.local.as_str();
        match local {
            "documentation" | "extensionElements" => {}
            "loopCardinality" | "completionCondition" if !seen.contains(&local) => {
                seen.push(local);
                parse.check_language(child);
            }
            "loopCardinality" | "completionCondition" => {
                let found = [local.into(), NAME.into()];
                parse.report(&code::UNKNOWN_ELEMENT, child.at(), &found);
            }
            _ => {
                refused::report(parse, child, activity);
            }
        }
    }
}

/// The outer option says whether there is one, the inner whether it is well.
fn cardinality(
    parse: &mut Parse<'_>,
    activity: &Node,
    marker: &Node,
) -> Option<Option<Expression>> {
    let node = marker.bpmn("loopCardinality").next()?;
    let bounds = 0..=ITERATIONS_MAX;
    Some(parse.integer_or_feel(activity.at(), "loopCardinality", &node.text, bounds))
}

/// The outer option is empty if it is broken, the inner if there is none.
fn completion_condition(
    parse: &mut Parse<'_>,
    activity: &Node,
    marker: &Node,
) -> Option<Option<Expression>> {
    match marker.bpmn("completionCondition").next() {
        None => Some(None),
        Some(node) => parse
            .feel(activity.at(), "completionCondition", &node.text)
            .map(Some),
    }
}

fn input(
    parse: &mut Parse<'_>,
    activity: &Node,
    cardinality: Option<Option<Expression>>,
    characteristics: &LoopCharacteristics,
) -> Option<LoopInput> {
    let element = characteristics.input_element.clone();
    match (cardinality, characteristics.has_input_collection) {
        (Some(cardinality), false) => {
            if element.is_some() {
                parse.report(&code::LOOP_ELEMENT, activity.at(), &[]);
            }
            cardinality.map(LoopInput::Cardinality)
        }
        (None, true) => {
            let collection = characteristics.input_collection.clone()?;
            Some(LoopInput::Collection {
                collection,
                element,
            })
        }
        (both, _) => {
            let n_found: usize = if both.is_some() { 2 } else { 0 };
            parse.report(&code::LOOP_INPUT, activity.at(), &[n_found.into()]);
            None
        }
    }
}

/// The outer option is empty if it is broken, the inner if there is none.
fn output(
    parse: &mut Parse<'_>,
    activity: &Node,
    characteristics: LoopCharacteristics,
) -> Option<Option<LoopOutput>> {
    let has_collection = characteristics.has_output_collection;
    if has_collection != characteristics.has_output_element {
        let only = if has_collection {
            "outputCollection"
        } else {
            "outputElement"
        };
        parse.report(&code::LOOP_OUTPUT, activity.at(), &[only.into()]);
        return None;
    }
    if !has_collection {
        return Some(None);
    }
    let collection = characteristics.output_collection?;
    let element = characteristics.output_element?;
    Some(Some(LoopOutput::new(&collection, element)))
}
