//! A file as elements of the metamodel, with its references found. Start from [`File::read`].

use std::collections::BTreeMap;

use super::metamodel::{self, Kind, Target, Type, What};
use crate::diagnostic::{At, Problems, code};
use crate::xml::{Node, Space};

/// Position of an element in [`File::elements`].
pub(super) type Idx = usize;

/// The elements of a file in its order; the first is `definitions`.
pub(super) struct File<'a> {
    pub(super) elements: Vec<Element<'a>>,
    by_id: BTreeMap<&'a str, Idx>,
    /// Prefixes of namespaces that are not the file's own.
    foreign_prefixes: Vec<&'a str>,
}

/// An element whose type is known.
pub(super) struct Element<'a> {
    pub(super) node: &'a Node,
    pub(super) of: &'static Type,
    pub(super) parent: Option<Idx>,
    pub(super) children: Vec<Idx>,
    pub(super) references: Vec<Reference<'a>>,
    /// How often each child of the type is there.
    pub(super) counts: Vec<usize>,
}

/// A reference of an element.
pub(super) struct Reference<'a> {
    /// The attribute or the child that holds it.
    pub(super) name: &'static str,
    /// As written.
    pub(super) value: &'a str,
    /// Where it stands.
    pub(super) node: &'a Node,
    pub(super) target: &'static Target,
    /// What it leads to.
    pub(super) found: Option<Idx>,
    /// Whether it leads out of the file.
    pub(super) is_foreign: bool,
}

impl<'a> File<'a> {
    /// Reads the tree under `definitions`; parts that BPMN does not know are reported and left out.
    pub(super) fn read(problems: &mut Problems, root: &'a Node) -> File<'a> {
        let own = root.attribute("targetNamespace").unwrap_or_default();
        let foreign = root.bindings.iter().filter(|(_, uri)| uri != own);
        let mut file = File {
            elements: Vec::new(),
            by_id: BTreeMap::new(),
            foreign_prefixes: foreign.map(|(prefix, _)| prefix.as_str()).collect(),
        };
        let definitions = metamodel::get().by_tag("definitions");
        file.add(
            problems,
            root,
            definitions.expect("the metamodel has definitions"),
            None,
        );
        file.resolve();
        file
    }

    fn add(
        &mut self,
        problems: &mut Problems,
        node: &'a Node,
        of: &'static Type,
        parent: Option<Idx>,
    ) -> Idx {
        let idx = self.elements.len();
        self.elements.push(Element {
            node,
            of,
            parent,
            children: Vec::new(),
            references: Vec::new(),
            counts: vec![0; of.children.len()],
        });
        if let Some(id) = node.id() {
            self.by_id.entry(id).or_insert(idx);
        }
        for attribute in &of.attributes {
            let Kind::Reference(target) = &attribute.kind else {
                continue;
            };
            let value = node.attribute(attribute.name).map(str::trim);
            if let Some(value) = value.filter(|it| !it.is_empty()) {
                self.refer(idx, attribute.name, value, node, target);
            }
        }
        // Whatever may stand in an opaque element is nobody's business here.
        if of.name == "Opaque" || of.name == "Documentation" || of.name == "Text" {
            return idx;
        }
        for child in node.children.iter().filter(|it| it.space == Space::Bpmn) {
            self.add_child(problems, idx, child);
        }
        idx
    }

    fn add_child(&mut self, problems: &mut Problems, idx: Idx, child: &'a Node) {
        let parent = &self.elements[idx];
        let (of, node) = (parent.of, parent.node);
        let Some((position, part, child_of)) = metamodel::get().child(of, &child.local) else {
            let at = At {
                place: child.place,
                element_id: child.id().or_else(|| node.id()),
            };
            let found = [child.local.as_str().into(), node.local.as_str().into()];
            if !problems.has(child.place, &[code::REFUSED_ELEMENT.code]) {
                problems.report_once(&code::UNKNOWN_ELEMENT, at, &found);
            }
            return;
        };
        self.elements[idx].counts[position] += 1;
        if let What::Reference(name, target) = &part.what {
            let value = child.text.trim();
            if !value.is_empty() {
                self.refer(idx, name, value, child, target);
            }
            return;
        }
        if let Some(child_of) = child_of {
            let child_idx = self.add(problems, child, child_of, Some(idx));
            self.elements[idx].children.push(child_idx);
        }
    }

    fn refer(
        &mut self,
        idx: Idx,
        name: &'static str,
        value: &'a str,
        node: &'a Node,
        target: &'static Target,
    ) {
        let prefix = value.split_once(':').map(|(prefix, _)| prefix);
        let is_foreign = prefix.is_some_and(|it| self.foreign_prefixes.contains(&it));
        self.elements[idx].references.push(Reference {
            name,
            value,
            node,
            target,
            found: None,
            is_foreign,
        });
    }

    fn resolve(&mut self) {
        for element in &mut self.elements {
            for reference in &mut element.references {
                if !reference.is_foreign {
                    let id = crate::parse::reference(reference.value);
                    reference.found = self.by_id.get(id).copied();
                }
            }
        }
    }

    /// The element at a position.
    pub(super) fn at(&self, idx: Idx) -> &Element<'a> {
        &self.elements[idx]
    }

    /// The element with an id.
    pub(super) fn find(&self, id: &str) -> Option<Idx> {
        self.by_id.get(crate::parse::reference(id)).copied()
    }

    /// All elements of a type.
    pub(super) fn all(&self, of: &'static str) -> impl Iterator<Item = Idx> + '_ {
        let elements = self.elements.iter().enumerate();
        elements
            .filter(move |(_, it)| it.of.is(of))
            .map(|(idx, _)| idx)
    }

    /// The children of a type.
    pub(super) fn children(&self, idx: Idx, of: &'static str) -> impl Iterator<Item = Idx> + '_ {
        let children = self.elements[idx].children.iter().copied();
        children.filter(move |it| self.elements[*it].of.is(of))
    }

    /// The children with a tag.
    pub(super) fn named<'f>(
        &'f self,
        idx: Idx,
        tag: &'static str,
    ) -> impl Iterator<Item = Idx> + 'f {
        let children = self.elements[idx].children.iter().copied();
        children.filter(move |it| self.elements[*it].node.local == tag)
    }

    /// Whether an element is of a type.
    pub(super) fn is(&self, idx: Idx, of: &str) -> bool {
        self.elements[idx].of.is(of)
    }

    /// What the references with this name lead to.
    pub(super) fn leads<'f>(&'f self, idx: Idx, name: &'f str) -> impl Iterator<Item = Idx> + 'f {
        let references = self.elements[idx].references.iter();
        references
            .filter(move |it| it.name == name)
            .filter_map(|it| it.found)
    }

    /// What the one reference with this name leads to.
    pub(super) fn lead(&self, idx: Idx, name: &str) -> Option<Idx> {
        let references = &self.elements[idx].references;
        references.iter().find(|it| it.name == name)?.found
    }

    /// The nearest element around this one that is of a type.
    pub(super) fn around(&self, idx: Idx, of: &str) -> Option<Idx> {
        let mut current = self.elements[idx].parent;
        while let Some(at) = current {
            if self.elements[at].of.is(of) {
                return Some(at);
            }
            current = self.elements[at].parent;
        }
        None
    }

    /// Whether an element is, or is within, a process that is executed.
    pub(super) fn is_executable(&self, idx: Idx) -> bool {
        let process = if self.is(idx, "Process") {
            Some(idx)
        } else {
            self.around(idx, "Process")
        };
        process.is_some_and(|it| self.flag(it, "isExecutable"))
    }

    /// A boolean attribute, with its default.
    pub(super) fn flag(&self, idx: Idx, name: &str) -> bool {
        let element = &self.elements[idx];
        let written = element.node.attribute(name).map(str::trim);
        let default = element.of.attribute(name).and_then(|it| it.default);
        matches!(written.or(default), Some("true" | "1"))
    }

    /// The id of an element, or its tag if it has none.
    pub(super) fn label(&self, idx: Idx) -> &'a str {
        let node = self.elements[idx].node;
        node.id().unwrap_or(&node.local)
    }

    /// Where a finding about an element belongs: an id of its own, or that of the element around.
    pub(super) fn place(&self, idx: Idx) -> At<'a> {
        let mut at = self.elements[idx].node.at();
        let mut current = self.elements[idx].parent;
        while let (None, Some(parent)) = (at.element_id, current) {
            at.element_id = self.elements[parent].node.id();
            current = self.elements[parent].parent;
        }
        at
    }
}
