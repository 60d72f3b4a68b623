//! Item definitions, and which data of an element they type (BPMN 2.0, 8.4.10).

use std::sync::Arc;

use crate::diagnostic::code;
use crate::graph::data_type::{DataDeclaration, DataRole, DataType, ExternalType};
use crate::model::item;
use crate::parse::{Parse, reference};
use crate::xml::Node;

/// An `itemDefinition`.
#[derive(Debug)]
pub(crate) struct ItemDefinition {
    /// As written; absent if it says nothing of the structure.
    structure: Option<String>,
    is_collection: bool,
}

/// Notes an item definition; all of the file are known before the first is referred to.
pub(crate) fn note(parse: &mut Parse<'_>, node: &Node) {
    if node.local != "itemDefinition" {
        return;
    }
    let Some(id) = node.id() else { return };
    let structure = node.attribute("structureRef").map(str::trim);
    let structure = structure.filter(|it| !it.is_empty());
    let definition = ItemDefinition {
        structure: structure.map(ToOwned::to_owned),
        is_collection: is_collection(node),
    };
    parse.item_definitions.insert(id.to_owned(), definition);
}

/// Whether an `import` brings in a JSON schema that is deployed with the process.
pub(crate) fn is_schema_import(node: &Node) -> bool {
    let of = node.attribute("importType").unwrap_or_default();
    let location = node.attribute("location").unwrap_or_default();
    of.contains("json-schema") && ExternalType::is_schema(location.trim())
}

/// What the data of an element are declared to hold: its properties, data objects, data inputs and
/// outputs, and the item of its multi-instance.
pub(crate) fn declared(parse: &mut Parse<'_>, node: &Node) -> Vec<DataDeclaration> {
    let of_process = node.local == "process";
    let mut items: Vec<(&Node, DataRole)> = Vec::new();
    let mut loops = node.bpmn("multiInstanceLoopCharacteristics");
    let item_of_loop = loops.next().and_then(|it| it.bpmn("inputDataItem").next());
    items.extend(item_of_loop.map(|it| (it, DataRole::Local)));
    for holder in std::iter::once(node).chain(node.bpmn("ioSpecification")) {
        for child in &holder.children {
            let role = match child.local.as_str() {
                "property" | "dataObject" | "dataInput" => DataRole::Local,
                // What a process gives is a variable of it until its end.
                "dataOutput" if of_process => DataRole::Local,
                "dataOutput" => DataRole::Output,
                _ => continue,
            };
            items.push((child, role));
        }
    }
    let declare = |(node, role)| declaration(parse, node, role);
    items.into_iter().filter_map(declare).collect()
}

fn declaration(parse: &mut Parse<'_>, node: &Node, role: DataRole) -> Option<DataDeclaration> {
    let definition = reference(node.attribute("itemSubjectRef")?);
    let definition = parse.item_definitions.get(definition)?;
    let structure = definition.structure.as_deref()?;
    let is_list = definition.is_collection || is_collection(node);
    let of = DataType::read(structure);
    let Ok(of) = of else {
        let name = node.attribute("name").or(node.id()).unwrap_or_default();
        let found = [name.into(), structure.into()];
        let text = &code::DATA_TYPE_UNKNOWN;
        parse.problems.report(text, node.at(), &found);
        return None;
    };
    let of = match (is_list, of) {
        (true, of) => DataType::List(of.map(Box::new)),
        (false, of) => of?,
    };
    Some(DataDeclaration {
        item_id: Arc::from(node.id()?),
        variable: item::variable(node)?,
        of,
        role,
    })
}

fn is_collection(node: &Node) -> bool {
    matches!(
        node.attribute("isCollection").map(str::trim),
        Some("true" | "1")
    )
}
