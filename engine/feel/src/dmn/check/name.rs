//! Ids and names that are given twice.

use std::collections::BTreeSet;

use crate::diagnostic;
use crate::dmn::read::Reader;
use crate::dmn::xml::Element;

pub(in crate::dmn) fn names(reader: &mut Reader<'_>, root: &Element) {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Element> = vec![root];
    while let Some(element) = open.pop() {
        if element.namespace != root.namespace {
            continue;
        }
        if let Some(id) = element.attribute("id")
            && !seen.insert(id)
        {
            let message = format!("the id {id:?} is given twice");
            reader.error(diagnostic::DMN_DUPLICATE_ID, element, message);
        }
        open.extend(element.children.iter().rev());
    }
    let mut seen = BTreeSet::new();
    for element in &root.children {
        let is_named = matches!(
            element.name.as_str(),
            "inputData" | "decision" | "businessKnowledgeModel" | "decisionService"
        );
        let name = element.attribute("name").unwrap_or_default();
        if is_named && !name.is_empty() && !seen.insert(name) {
            let message = format!("the name {name:?} is given twice");
            reader.error(diagnostic::DMN_DUPLICATE_NAME, element, message);
        }
    }
}
