//! What data associations refer to, each with the variable that holds it (BPMN 2.0, 10.4).
//!
//! A data object, a property, a data input or output is a variable, named by its `name` if that is
//! the name of a variable that FEEL can read, else by its `id`. A reference to a data object is the object; one to a
//! data store is a variable that holds what leads there, since the store lies outside the process.

use std::sync::Arc;

use crate::expression;
use crate::parse::{Parse, reference};
use crate::xml::Node;

/// Everything that has a value of its own.
const ITEMS: [&str; 8] = [
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "property",
    "dataInput",
    "dataOutput",
    "inputDataItem",
    "outputDataItem",
];

/// What a modeler puts where the standard needs a target and nothing is meant.
const PLACEHOLDER: &str = "__targetRef_placeholder";

/// Something that has a value.
#[derive(Debug)]
pub(crate) struct Item {
    /// Absent if neither its name nor its id is the name of a variable.
    variable: Option<Arc<str>>,
    /// The data object it refers to.
    object: Option<String>,
    /// Whether it is there for the drawing only.
    pub(crate) is_placeholder: bool,
}

/// Notes an element that has a value; all of the file are known before the first is referred to.
pub(crate) fn note(parse: &mut Parse<'_>, node: &Node) {
    if !ITEMS.contains(&node.local.as_str()) {
        return;
    }
    let Some(id) = node.id() else { return };
    let object = node.attribute("dataObjectRef").map(reference);
    let item = Item {
        variable: variable(node),
        object: object.map(ToOwned::to_owned),
        is_placeholder: node.attribute("name") == Some(PLACEHOLDER),
    };
    parse.items.insert(id.to_owned(), item);
}

/// The variable of an element that has a value. It can be read, so that a keyword is none.
pub(crate) fn variable(node: &Node) -> Option<Arc<str>> {
    let names = [node.attribute("name"), node.id()];
    let mut names = names.into_iter().flatten().map(str::trim);
    names.find(|it| expression::is_readable(it)).map(Arc::from)
}

/// The variable that an id refers to.
pub(crate) fn variable_of(parse: &Parse<'_>, id: &str) -> Option<Arc<str>> {
    let item = parse.items.get(id)?;
    match &item.object {
        Some(object) => parse.items.get(object)?.variable.clone(),
        None => item.variable.clone(),
    }
}
