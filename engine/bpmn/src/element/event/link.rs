//! `bpmn:linkEventDefinition`: one end of a link, whose ends have one name (BPMN 2.0, 10.5.5).

use super::{check_children, read_nothing};
use crate::diagnostic::{At, code};
use crate::graph::event::LinkDefinition;
use crate::parse::Parse;
use crate::xml::Node;

pub(super) fn read(parse: &mut Parse<'_>, definition: &Node, at: At<'_>) -> Option<LinkDefinition> {
    parse.check_attributes(definition, &[], &[]);
    // The names decide; the references to the other ends repeat what they say.
    check_children(parse, definition, definition, &["source", "target"]);
    read_nothing(parse, definition);
    let name = parse.name(definition);
    if name.is_none() {
        parse.report(&code::LINK_WITHOUT_NAME, at, &[]);
    }
    Some(LinkDefinition { name: name? })
}
