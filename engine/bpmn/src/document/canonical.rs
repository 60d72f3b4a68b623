//! A form of a model that does not depend on the tool that wrote it.
//!
//! Prefixes become those everybody uses, references lose theirs, attributes are sorted and left out
//! where they say what is meant anyway, numbers are written in one way, elements whose order means
//! nothing are sorted by kind and id, and what tools number for themselves (the ids of shapes) is
//! left out. Everything else is there: elements, names, references, extensions, diagram. Two files
//! of one model give the same lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Document, Element, Item, local};
use crate::standard::metamodel::{self, Kind, Type};

const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Namespaces and the prefixes they have here, whatever the file calls them.
const PREFIXES: [(&str, &str); 11] = [
    (BPMN, "bpmn"),
    ("http://www.omg.org/spec/BPMN/20100524/DI", "bpmndi"),
    ("http://www.omg.org/spec/DD/20100524/DI", "di"),
    ("http://www.omg.org/spec/DD/20100524/DC", "dc"),
    ("http://camunda.org/schema/zeebe/1.0", "zeebe"),
    ("http://camunda.org/schema/modeler/1.0", "modeler"),
    ("http://camunda.org/schema/1.0/bpmn", "camunda"),
    ("http://bpmn.io/schema/bpmn/biocolor/1.0", "bioc"),
    (
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "color",
    ),
    (INSTANCE, "xsi"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
];

/// The lines by which two files of one model can be compared.
pub fn canonical(document: &Document) -> String {
    let mut lines = String::new();
    let root = node(
        document.root(),
        &BTreeMap::new(),
        metamodel::get().by_tag("definitions"),
    );
    print(&mut lines, &root, 0);
    lines
}

type Bindings = BTreeMap<String, String>;

/// An element in its canonical form.
struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Node>,
}

impl Node {
    fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(it, _)| it == name);
        found.map_or("", |(_, value)| value)
    }

    /// By what elements are sorted whose order means nothing.
    fn key(&self) -> (String, String, String) {
        let id = self.attribute("id").to_owned();
        let named = self.attribute("bpmnElement").to_owned() + self.attribute("name");
        (self.name.clone(), id, named + &self.text)
    }
}

fn node(element: &Element, outer: &Bindings, of: Option<&'static Type>) -> Node {
    let mut bindings = outer.clone();
    for (name, value) in &element.attributes {
        if name == "xmlns" {
            bindings.insert(String::new(), value.clone());
        } else if let Some(prefix) = name.strip_prefix("xmlns:") {
            bindings.insert(prefix.to_owned(), value.clone());
        }
    }
    let space = space(&bindings, &element.name, true);
    let of = of.filter(|_| space == BPMN);
    let name = format!("{}{}", prefix(&space), local(&element.name));
    let text = text(element, &space, of, &bindings);
    let mut children: Vec<Node> = element
        .children()
        .map(|child| {
            let child_of = of.and_then(|of| {
                let (_, _, child_of) = metamodel::get().child(of, child.local())?;
                child_of
            });
            node(child, &bindings, child_of)
        })
        .collect();
    if !is_ordered(&name) {
        children.sort_by_key(Node::key);
    }
    Node {
        attributes: attributes(element, &space, of, &bindings),
        name,
        text,
        children,
    }
}

/// Whether the order of the children means something: of points, of mappings and listeners, and of
/// whatever foreign elements hold.
fn is_ordered(name: &str) -> bool {
    let sorted = name.starts_with("bpmn:") || name.starts_with("bpmndi:BPMN");
    let has_order = [
        "bpmndi:BPMNEdge",
        "bpmn:documentation",
        "bpmn:dataInputAssociation",
        "bpmn:dataOutputAssociation",
    ];
    !sorted || has_order.contains(&name)
}

fn space(bindings: &Bindings, name: &str, is_element: bool) -> String {
    let prefix = name.split_once(':').map(|(prefix, _)| prefix);
    match prefix {
        Some("xml") => "http://www.w3.org/XML/1998/namespace".to_owned(),
        Some(prefix) => bindings.get(prefix).cloned().unwrap_or_default(),
        None if is_element => bindings.get("").cloned().unwrap_or_default(),
        None => String::new(),
    }
}

fn prefix(space: &str) -> String {
    match PREFIXES.iter().find(|(uri, _)| *uri == space) {
        Some((_, prefix)) => format!("{prefix}:"),
        None if space.is_empty() => String::new(),
        None => format!("{{{space}}}"),
    }
}

fn is_diagram(space: &str) -> bool {
    space.contains("/spec/BPMN/20100524/DI") || space.contains("/spec/DD/20100524/")
}

fn attributes(
    element: &Element,
    element_space: &str,
    of: Option<&Type>,
    bindings: &Bindings,
) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    for (name, value) in &element.attributes {
        if name == "xmlns" || name.starts_with("xmlns:") {
            continue;
        }
        let space = space(bindings, name, false);
        let local = local(name);
        let is_own = space.is_empty() || space == element_space;
        // Where the schema lies, and what tools number for themselves.
        let is_noise = (space == INSTANCE && local == "schemaLocation")
            || (is_diagram(element_space) && local == "id");
        let known = of.filter(|_| is_own).and_then(|it| it.attribute(local));
        let value = match known.map(|it| &it.kind) {
            Some(Kind::Boolean) => boolean(value),
            Some(Kind::Reference(_)) => reference(value, bindings),
            _ if space == INSTANCE && local == "type" => reference(value, bindings),
            _ if is_diagram(element_space)
                && matches!(local, "bpmnElement" | "choreographyActivityShape") =>
            {
                reference(value, bindings)
            }
            _ if is_diagram(element_space) => number(value),
            _ => value.trim().to_owned(),
        };
        let is_default = known.and_then(|it| it.default) == Some(&value);
        let is_empty_name = is_own && local == "name" && value.is_empty();
        if !is_noise && !is_default && !is_empty_name {
            let prefix = if is_own {
                String::new()
            } else {
                prefix(&space)
            };
            attributes.push((format!("{prefix}{local}"), value));
        }
    }
    attributes.sort();
    attributes
}

fn boolean(value: &str) -> String {
    match value.trim() {
        "1" => "true".to_owned(),
        "0" => "false".to_owned(),
        other => other.to_owned(),
    }
}

/// A qualified name: of what the file calls its own only the local part counts.
fn reference(value: &str, bindings: &Bindings) -> String {
    let value = value.trim();
    match value.split_once(':') {
        Some((prefix, local)) if bindings.contains_key(prefix) => local.to_owned(),
        _ => value.to_owned(),
    }
}

/// `100.0` and `100` are one number; four places are more than a diagram shows.
fn number(value: &str) -> String {
    let value = value.trim();
    let (sign, digits) = match value.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", value),
    };
    let Some((whole, fraction)) = digits.split_once('.') else {
        return value.to_owned();
    };
    let is_plain = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(whole) || !is_plain(fraction) {
        return value.to_owned();
    }
    let fraction = fraction.get(..4).unwrap_or(fraction).trim_end_matches('0');
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

fn text(element: &Element, space: &str, of: Option<&Type>, bindings: &Bindings) -> String {
    let text = element.text();
    let text = text.trim();
    // A reference in a child: `incoming`, `sourceRef` and the like have no type of their own.
    let has_children = element
        .items
        .iter()
        .any(|it| matches!(it, Item::Element(_)));
    if space == BPMN && of.is_none() && !has_children {
        return reference(text, bindings);
    }
    text.replace("\r\n", "\n")
}

fn print(lines: &mut String, node: &Node, depth: usize) {
    let _ = write!(lines, "{:indent$}{}", "", node.name, indent = depth * 2);
    for (name, value) in &node.attributes {
        let _ = write!(lines, " {name}={value:?}");
    }
    if !node.text.is_empty() {
        let _ = write!(lines, " {:?}", node.text);
    }
    lines.push('\n');
    for child in &node.children {
        print(lines, child, depth + 1);
    }
}
