//! Data associations, properties and data objects, compiled into mappings of variables
//! (BPMN 2.0, 10.4).
//!
//! What flows into an activity or a throwing event becomes input mappings, what flows out of an
//! activity or a catching event output mappings; they come before those of `zeebe:ioMapping`. An
//! output whose source has no value is not copied. What only draws an arrow is noted.

use std::sync::Arc;

use crate::diagnostic::code;
use crate::expression;
use crate::graph::Mapping;
use crate::graph::data_type::DataDeclaration;
use crate::model::{item, item_definition};
use crate::parse::{Parse, reference};
use crate::xml::{Node, Space};
use tongban_feel::expression::Expression;

/// Data that flows in.
pub(crate) const INPUT: &str = "dataInputAssociation";
/// Data that flows out.
pub(crate) const OUTPUT: &str = "dataOutputAssociation";

/// The mappings that follow from an element's data.
#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) inputs: Vec<Mapping>,
    pub(crate) outputs: Vec<Mapping>,
    pub(crate) declared: Vec<DataDeclaration>,
}

/// Reads the data of an element. What belongs to a whole multi-instance, in `taken`, is not mapped
/// for each iteration.
pub(crate) fn read(parse: &mut Parse<'_>, node: &Node, taken: &[&str]) -> Data {
    let mut data = Data {
        inputs: own_variables(node),
        outputs: Vec::new(),
        declared: item_definition::declared(parse, node),
    };
    check_specification(parse, node);
    let mut is_drawn = false;
    for child in node.children.iter().filter(|it| it.space == Space::Bpmn) {
        let direction = match child.local.as_str() {
            INPUT => Direction::In,
            OUTPUT => Direction::Out,
            _ => continue,
        };
        let ends = ends(child);
        if ends.iter().any(|it| taken.contains(it)) {
            continue;
        }
        if is_drawing(parse, child) {
            is_drawn = true;
            continue;
        }
        let mappings = association(parse, node, child, direction).unwrap_or_default();
        match direction {
            Direction::In => data.inputs.extend(mappings),
            Direction::Out => data.outputs.extend(mappings),
        }
    }
    if is_drawn {
        let name = ("a data association", "数据关联").into();
        parse.report(&code::DATA_NOT_EXECUTED, node.at(), &[name]);
    }
    data
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// Properties, and the data objects of a sub-process, live as long as it: they are local.
fn own_variables(node: &Node) -> Vec<Mapping> {
    const PLACEHOLDER: &str = "__targetRef_placeholder";
    let own = node.bpmn("property").chain(node.bpmn("dataObject"));
    let own = own.filter(|it| it.attribute("name") != Some(PLACEHOLDER));
    let own = own.filter_map(item::variable);
    own.map(|target| Mapping {
        source: constant_null(),
        target,
    })
    .collect()
}

fn constant_null() -> Expression {
    expression::compile("null").expect("null is FEEL")
}

/// Reads the variable of an item.
pub(crate) fn variable(name: &str) -> Expression {
    expression::compile(name).expect("FEEL can read the variable of an item")
}

/// The ids that an association refers to.
fn ends(association: &Node) -> Vec<&str> {
    let sources = association.bpmn("sourceRef");
    let ends = sources.chain(association.bpmn("targetRef"));
    ends.map(|it| reference(&it.text)).collect()
}

/// Whether an association moves nothing: a modeler draws an arrow without saying from or to what.
fn is_drawing(parse: &Parse<'_>, association: &Node) -> bool {
    let computes = association.bpmn("assignment").next().is_some()
        || association.bpmn("transformation").next().is_some();
    let has_source = association.bpmn("sourceRef").next().is_some();
    let is_placeholder = |it: &&str| parse.items.get(*it).is_some_and(|it| it.is_placeholder);
    (!computes && !has_source) || ends(association).iter().any(is_placeholder)
}

fn association(
    parse: &mut Parse<'_>,
    owner: &Node,
    association: &Node,
    direction: Direction,
) -> Option<Vec<Mapping>> {
    parse.check_attributes(association, &[], &[]);
    let sources: Vec<&Node> = association.bpmn("sourceRef").collect();
    let sources: Vec<Option<Arc<str>>> = sources
        .into_iter()
        .map(|it| resolve(parse, owner, reference(&it.text)))
        .collect();
    let target = association.bpmn("targetRef").next();
    let target = target.map_or("", |it| reference(&it.text));
    let target = resolve(parse, owner, target)?;
    let sources: Option<Vec<Arc<str>>> = sources.into_iter().collect();
    let sources = sources?;
    let mut mappings = Vec::new();
    if let Some(transformation) = association.bpmn("transformation").next() {
        parse.check_language(transformation);
        mappings.push(Mapping {
            source: parse.feel(owner.at(), "transformation", &transformation.text)?,
            target: target.clone(),
        });
    }
    for assignment in association.bpmn("assignment") {
        mappings.push(self::assignment(parse, owner, assignment, &target)?);
    }
    if mappings.is_empty() {
        let [source] = sources.as_slice() else {
            parse.report(&code::DATA_SOURCES, owner.at(), &[sources.len().into()]);
            return None;
        };
        mappings.push(copy(source, target, direction));
    }
    Some(mappings)
}

/// What has no value is not there to be copied, and what it would replace stays.
fn copy(source: &str, target: Arc<str>, direction: Direction) -> Mapping {
    let source = match direction {
        Direction::In => variable(source),
        Direction::Out => {
            let text = format!("if {source} = null then {target} else {source}");
            expression::compile(&text).expect("FEEL can read the variables of items")
        }
    };
    Mapping { source, target }
}

/// `from` is an expression, `to` the target or a path into it.
fn assignment(
    parse: &mut Parse<'_>,
    owner: &Node,
    assignment: &Node,
    target: &Arc<str>,
) -> Option<Mapping> {
    let part = |name| assignment.bpmn(name).next();
    let (Some(from), Some(to)) = (part("from"), part("to")) else {
        let found = ["assignment".into(), "from, to".into()];
        parse.report(&code::MISSING_ATTRIBUTE, owner.at(), &found);
        return None;
    };
    parse.check_language(from);
    parse.check_language(to);
    let source = parse.feel(owner.at(), "from", &from.text)?;
    let path = to.text.trim().trim_start_matches('=').trim();
    if !expression::is_path(path) {
        parse.report(
            &code::INVALID_VARIABLE,
            owner.at(),
            &["to".into(), path.into()],
        );
        return None;
    }
    let is_whole = path.split('.').next() == Some(&**target);
    let target = if is_whole {
        Arc::from(path)
    } else {
        Arc::from(format!("{target}.{path}"))
    };
    Some(Mapping { source, target })
}

fn resolve(parse: &mut Parse<'_>, owner: &Node, id: &str) -> Option<Arc<str>> {
    let variable = item::variable_of(parse, id);
    if variable.is_none() {
        parse.report(&code::DANGLING_DATA, owner.at(), &[id.into()]);
    }
    variable
}

/// Sets of inputs and outputs name what the specification declares.
fn check_specification(parse: &mut Parse<'_>, node: &Node) {
    const REFERENCES: [&str; 6] = [
        "dataInputRefs",
        "optionalInputRefs",
        "whileExecutingInputRefs",
        "dataOutputRefs",
        "optionalOutputRefs",
        "whileExecutingOutputRefs",
    ];
    for specification in node.bpmn("ioSpecification") {
        let is_set = |it: &&Node| it.is_bpmn("inputSet") || it.is_bpmn("outputSet");
        for set in specification.children.iter().filter(is_set) {
            for name in REFERENCES {
                for dangling in set.bpmn(name).map(|it| reference(&it.text)) {
                    if !parse.items.contains_key(dangling) {
                        parse.report(&code::DANGLING_DATA, node.at(), &[dangling.into()]);
                    }
                }
            }
        }
        // Which of several sets is there would decide when the activity begins.
        for name in ["inputSet", "outputSet"] {
            if specification.bpmn(name).count() > 1 {
                parse.report(&code::DATA_NOT_EXECUTED, node.at(), &[name.into()]);
            }
        }
    }
}
