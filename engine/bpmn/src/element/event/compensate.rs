//! `bpmn:compensateEventDefinition`: undoes what has been completed, or asks for that
//! (BPMN 2.0, 10.7).

use std::sync::Arc;

use super::{Position, check_children, read_nothing};
use crate::diagnostic::{At, code};
use crate::graph::event::CompensateDefinition;
use crate::parse::{Parse, reference};
use crate::xml::Node;

pub(super) fn read(
    parse: &mut Parse<'_>,
    definition: &Node,
    at: At<'_>,
    position: Position,
) -> CompensateDefinition {
    parse.check_attributes(definition, &[], &["activityRef", "waitForCompletion"]);
    check_children(parse, definition, definition, &[]);
    read_nothing(parse, definition);
    let wait_for_completion = parse.boolean(definition, "waitForCompletion", true);
    let activity = definition.attribute("activityRef").map(reference);
    let activity = activity.filter(|it| !it.is_empty());
    // What is undone follows from where the handler stands.
    if let Some(activity) = activity.filter(|_| !position.throws()) {
        let remedy = (
            "remove the attribute; only what throws compensation names an activity",
            "请删除该属性；只有抛出补偿的事件才指定活动",
        );
        let found = ["activityRef".into(), activity.into(), remedy.into()];
        parse.report(&code::REFUSED_ATTRIBUTE, at, &found);
    }
    CompensateDefinition {
        activity: activity.filter(|_| position.throws()).map(Arc::from),
        wait_for_completion,
    }
}
