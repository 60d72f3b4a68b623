//! The expression among the children of a node, such as a condition, of which there is one at most.

use crate::diagnostic::code;
use crate::parse::Parse;
use crate::xml::Node;
use tongban_feel::expression::Expression;

/// Reads the child of this name; `owner` is the element that findings name. The outer option is empty
/// if it is broken, the inner if there is none.
pub(crate) fn read(
    parse: &mut Parse<'_>,
    owner: &Node,
    node: &Node,
    name: &str,
) -> Option<Option<Expression>> {
    let mut conditions = node.bpmn(name);
    let Some(condition) = conditions.next() else {
        return Some(None);
    };
    if let Some(second) = conditions.next() {
        let found = [name.into(), node.local.as_str().into()];
        parse.report(&code::UNKNOWN_ELEMENT, second.at(), &found);
        return None;
    }
    parse.check_language(condition);
    parse.feel(owner.at(), name, &condition.text).map(Some)
}
