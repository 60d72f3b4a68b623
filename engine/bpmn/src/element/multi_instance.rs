//! `bpmn:multiInstanceLoopCharacteristics`: how often an activity is carried out.

use crate::diagnostic::code;
use crate::element::{condition, data, event, refused};
use crate::extension::{self, LoopCharacteristics};
use crate::graph::multi_instance::{
    Behavior, ComplexBehavior, LoopInput, LoopOutput, MultiInstance,
};
use crate::graph::{ElementIdx, EventDefinition};
use crate::model::item;
use crate::parse::{Parse, reference};
use crate::xml::{Node, Space};
use std::sync::Arc;
use tongban_feel::expression::Expression;

pub(crate) const NAME: &str = "multiInstanceLoopCharacteristics";

/// Iterations a model may ask for; the core has the same bound for computed numbers.
const ITERATIONS_MAX: u32 = 100_000;

/// Names the event that is thrown at the end of the first iteration.
const ONE_EVENT: &str = "oneBehaviorEventRef";
/// Names the event that is thrown at the end of each iteration.
const NONE_EVENT: &str = "noneBehaviorEventRef";
/// What is gone through and gathered, by BPMN's own data (BPMN 2.0, 10.3.8).
const DATA: [&str; 4] = [
    "loopDataInputRef",
    "loopDataOutputRef",
    "inputDataItem",
    "outputDataItem",
];
/// The condition that ends it early.
const CONDITION: &str = "completionCondition";
/// Says of an event when it is thrown.
const COMPLEX: &str = "complexBehaviorDefinition";

/// Reads the marker of an activity; what is wrong is reported and nothing answered.
pub(crate) fn read(parse: &mut Parse<'_>, activity: &Node) -> Option<MultiInstance> {
    let mut markers = activity.bpmn(NAME);
    let marker = markers.next()?;
    if let Some(second) = markers.next() {
        let found = [NAME.into(), activity.local.as_str().into()];
        parse.report(&code::UNKNOWN_ELEMENT, second.at(), &found);
    }
    let known = ["isSequential", "behavior", ONE_EVENT, NONE_EVENT];
    parse.check_attributes(marker, &[], &known);
    check_children(parse, activity, marker);
    let is_sequential = parse.boolean(marker, "isSequential", false);
    let extension = extension::read_of(parse, marker, activity.id(), &["loopCharacteristics"]);
    let characteristics = extension.loop_characteristics.unwrap_or_default();
    let characteristics = with_data(parse, activity, marker, characteristics)?;
    let cardinality = cardinality(parse, activity, marker);
    let completion_condition = condition::read(parse, activity, marker, CONDITION);
    let input = input(parse, activity, cardinality, &characteristics);
    let output = output(parse, activity, characteristics);
    let behavior = behavior(parse, activity, marker);
    Some(MultiInstance {
        // The activity's position is derived when the graph is built.
        inner: ElementIdx::ROOT,
        is_sequential,
        input: input?,
        output: output?,
        completion_condition: completion_condition?,
        behavior: behavior?,
    })
}

fn check_children(parse: &mut Parse<'_>, activity: &Node, marker: &Node) {
    let mut n_cardinalities = 0;
    for child in marker.children.iter().filter(|it| it.space == Space::Bpmn) {
        let local = child.local.as_str();
        match local {
            "documentation" | "extensionElements" | CONDITION | COMPLEX => {}
            _ if DATA.contains(&local) => {}
            "loopCardinality" if n_cardinalities == 0 => {
                n_cardinalities += 1;
                parse.check_language(child);
            }
            "loopCardinality" => {
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

/// What the iterations throw when they come to their end (BPMN 2.0, table 10.30).
fn behavior(parse: &mut Parse<'_>, activity: &Node, marker: &Node) -> Option<Behavior> {
    let name = marker.attribute("behavior").map_or("All", str::trim);
    check_mixed(parse, activity, marker, name);
    match name {
        "All" => Some(Behavior::All),
        "One" => referred(parse, activity, marker, (name, ONE_EVENT)).map(Behavior::One),
        "None" => referred(parse, activity, marker, (name, NONE_EVENT)).map(Behavior::None),
        "Complex" => complex(parse, activity, marker).map(Behavior::Complex),
        other => {
            let expected = ("All, One, None or Complex", " All、One、None 或 Complex");
            let found = ["behavior".into(), other.into(), expected.into()];
            parse.report(&code::INVALID_ATTRIBUTE, activity.at(), &found);
            None
        }
    }
}

/// What belongs to another behavior would be passed over.
fn check_mixed(parse: &mut Parse<'_>, activity: &Node, marker: &Node, behavior: &str) {
    let given = [
        (ONE_EVENT, "One", marker.attribute(ONE_EVENT).is_some()),
        (NONE_EVENT, "None", marker.attribute(NONE_EVENT).is_some()),
        (COMPLEX, "Complex", marker.bpmn(COMPLEX).next().is_some()),
    ];
    for (name, of, is_given) in given {
        if is_given && of != behavior {
            let found = [name.into(), behavior.into()];
            parse.report(&code::BEHAVIOR_MIXED, activity.at(), &found);
        }
    }
}

/// The event definition that an attribute names.
fn referred(
    parse: &mut Parse<'_>,
    activity: &Node,
    marker: &Node,
    (behavior, attribute): (&str, &str),
) -> Option<EventDefinition> {
    let id = marker.attribute(attribute).map(reference);
    let found = id.and_then(|it| parse.event_definitions.get(it)).cloned();
    let Some(definition) = found else {
        let id = id.map_or(("none", "无").into(), Into::into);
        let found = [behavior.into(), attribute.into(), id];
        parse.report(&code::BEHAVIOR_EVENT, activity.at(), &found);
        return None;
    };
    event::read_implicit(parse, activity, &definition)
}

fn complex(parse: &mut Parse<'_>, activity: &Node, marker: &Node) -> Option<Vec<ComplexBehavior>> {
    let definitions: Vec<&Node> = marker.bpmn(COMPLEX).collect();
    if definitions.is_empty() {
        let found = [("none", "无").into()];
        parse.report(&code::COMPLEX_BEHAVIOR, activity.at(), &found);
        return None;
    }
    let read: Vec<_> = definitions
        .into_iter()
        .map(|it| complex_one(parse, activity, it))
        .collect();
    read.into_iter().collect()
}

fn complex_one(
    parse: &mut Parse<'_>,
    activity: &Node,
    definition: &Node,
) -> Option<ComplexBehavior> {
    parse.check_attributes(definition, &[], &[]);
    let condition = definition.bpmn("condition").next();
    let event = definition.bpmn("event").next();
    let (Some(condition), Some(event)) = (condition, event) else {
        let found = [("a part of it alone", "缺少其中一部分").into()];
        parse.report(&code::COMPLEX_BEHAVIOR, activity.at(), &found);
        return None;
    };
    parse.check_language(condition);
    let condition = parse.feel(activity.at(), "condition", &condition.text);
    let event = event::read_implicit_event(parse, activity, event);
    Some(ComplexBehavior {
        condition: condition?,
        event: event?,
    })
}

/// The ids of data that belongs to the whole of a multi-instance, not to each iteration.
pub(crate) fn data_of_the_whole(activity: &Node) -> Vec<&str> {
    let markers = activity.bpmn(NAME);
    let refs = markers.flat_map(|marker| {
        let inputs = marker.bpmn("loopDataInputRef");
        inputs.chain(marker.bpmn("loopDataOutputRef"))
    });
    refs.map(|it| reference(&it.text)).collect()
}

/// Adds what BPMN's own data says of the collections; both ways at once are too many.
fn with_data(
    parse: &mut Parse<'_>,
    activity: &Node,
    marker: &Node,
    mut characteristics: LoopCharacteristics,
) -> Option<LoopCharacteristics> {
    let part = |name: &'static str| marker.bpmn(name).next();
    if let Some(input) = part("loopDataInputRef") {
        if characteristics.has_input_collection {
            parse.report(&code::LOOP_INPUT, activity.at(), &[2_usize.into()]);
            return None;
        }
        let collection = collection(parse, activity, data::INPUT, input)?;
        characteristics.has_input_collection = true;
        characteristics.input_collection = Some(data::variable(&collection));
        characteristics.input_element = part("inputDataItem").and_then(item::variable);
    }
    if let Some(output) = part("loopDataOutputRef") {
        if characteristics.has_output_collection {
            let found = ["loopDataOutputRef, outputCollection".into()];
            parse.report(&code::LOOP_OUTPUT, activity.at(), &found);
            return None;
        }
        characteristics.output_collection =
            Some(collection(parse, activity, data::OUTPUT, output)?);
        characteristics.has_output_collection = true;
        let item = part("outputDataItem").and_then(item::variable);
        characteristics.has_output_element = item.is_some();
        characteristics.output_element = item.as_deref().map(data::variable);
    }
    Some(characteristics)
}

/// The variable of a collection: what an association connects with the named data of the activity,
/// or that data itself.
fn collection(
    parse: &mut Parse<'_>,
    activity: &Node,
    association: &str,
    named: &Node,
) -> Option<Arc<str>> {
    let id = reference(&named.text);
    let (own, other) = match association {
        data::INPUT => ("targetRef", "sourceRef"),
        _ => ("sourceRef", "targetRef"),
    };
    let end = |it: &Node, name: &str| {
        let end = it.bpmn(name).next();
        end.map(|end| reference(&end.text).to_owned())
    };
    let mut associations = activity.bpmn(association);
    let connected = associations.find(|it| end(it, own).as_deref() == Some(id));
    let outside = connected.and_then(|it| end(it, other));
    let id = outside.unwrap_or_else(|| id.to_owned());
    let variable = item::variable_of(parse, &id);
    if variable.is_none() {
        parse.report(&code::DANGLING_DATA, activity.at(), &[id.as_str().into()]);
    }
    variable
}
