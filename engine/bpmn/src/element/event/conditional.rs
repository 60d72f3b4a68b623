//! `bpmn:conditionalEventDefinition`: waits until a condition becomes true (BPMN 2.0, 10.5.5).

use super::check_children;
use crate::diagnostic::{At, code};
use crate::extension;
use crate::graph::event::ConditionalDefinition;
use crate::parse::Parse;
use crate::xml::Node;

pub(super) fn read(
    parse: &mut Parse<'_>,
    definition: &Node,
    at: At<'_>,
) -> Option<ConditionalDefinition> {
    parse.check_attributes(definition, &[], &[]);
    let extension = extension::read_of(parse, definition, at.element_id, &["conditionalFilter"]);
    check_children(parse, definition, definition, &["condition"]);
    let mut conditions = definition.bpmn("condition");
    let (Some(condition), None) = (conditions.next(), conditions.next()) else {
        let found = definition.bpmn("condition").count();
        parse.report(&code::CONDITION_MISSING, at, &[found.into()]);
        return None;
    };
    parse.check_language(condition);
    let condition = parse.feel(at, "condition", &condition.text)?;
    let mut definition = ConditionalDefinition::new(condition);
    if let Some(variables) = extension.condition_variables {
        definition.variables = variables;
    }
    Some(definition)
}
