//! The elements of the standard: their attributes, children and references, read from
//! `metamodel.txt`. It knows what may be written where, not what it means. Start from [`get`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What may be written, by the standard's XML schema.
static TEXT: &str = include_str!("metamodel.txt");

static METAMODEL: LazyLock<Metamodel> = LazyLock::new(|| Metamodel::read(TEXT));

/// The metamodel.
pub(crate) fn get() -> &'static Metamodel {
    &METAMODEL
}

/// All types by their names.
#[derive(Debug, Default)]
pub(crate) struct Metamodel {
    types: BTreeMap<&'static str, Type>,
    /// Tag to the name of its type; only of types that have elements.
    tags: BTreeMap<String, &'static str>,
    groups: BTreeMap<&'static str, Vec<&'static str>>,
}

/// One type of element.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) name: &'static str,
    /// The type itself and all that it is derived from.
    is: Vec<&'static str>,
    /// Its own and those it inherits.
    pub(crate) attributes: Vec<Attribute>,
    /// See `attributes`.
    pub(crate) children: Vec<Child>,
}

impl Type {
    /// Whether it is this type or derived from it.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.is.contains(&name)
    }

    /// The attribute with this name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|it| it.name == name)
    }
}

/// An attribute of a type.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
    /// What it means to leave it out.
    pub(crate) default: Option<&'static str>,
}

/// What an attribute may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Id,
    Boolean,
    Integer,
    Uri,
    Mime,
    OneOf(Vec<&'static str>),
    Reference(Target),
}

/// What a reference may lead to: an element of one of these types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// As the metamodel writes it, for messages.
    pub(crate) text: &'static str,
    pub(crate) types: Vec<&'static str>,
}

/// A child of a type.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    pub(crate) what: What,
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
}

/// Which elements a child may be.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// The element `name`, of this type.
    Element(&'static str, &'static str),
    /// The element `name`, whose text refers to something.
    Reference(&'static str, Target),
    /// Any element whose type is derived from this one.
    Any(&'static str),
}

impl What {
    /// For messages: the name of the element or of the group.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            What::Element(name, _) | What::Reference(name, _) | What::Any(name) => name,
        }
    }
}

impl Metamodel {
    /// The type with this name.
    pub(crate) fn type_of(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    /// The type of an element by its tag.
    pub(crate) fn by_tag(&self, tag: &str) -> Option<&Type> {
        self.types.get(*self.tags.get(tag)?)
    }

    /// Which child of `parent` an element is, and its type; a reference has none.
    pub(crate) fn child<'a>(
        &'a self,
        parent: &'a Type,
        tag: &str,
    ) -> Option<(usize, &'a Child, Option<&'a Type>)> {
        let children = || parent.children.iter().enumerate();
        let named = children().find_map(|(position, child)| match &child.what {
            What::Element(name, of) if *name == tag => Some((position, child, self.type_of(of))),
            What::Reference(name, _) if *name == tag => Some((position, child, None)),
            What::Element(..) | What::Reference(..) | What::Any(_) => None,
        });
        if named.is_some() {
            return named;
        }
        let of = self.by_tag(tag)?;
        let (position, child) =
            children().find(|(_, it)| matches!(it.what, What::Any(base) if of.is(base)))?;
        Some((position, child, Some(of)))
    }

    fn read(text: &'static str) -> Metamodel {
        let mut metamodel = Metamodel::default();
        let mut open: Option<Type> = None;
        for line in text.lines() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with(' ') {
                let open = open.as_mut().expect("a type is open before its parts");
                metamodel.part(open, line.trim());
                continue;
            }
            metamodel.close(open.take());
            if let Some((name, group)) = line.split_once(" = ") {
                metamodel.groups.insert(name, group.split('|').collect());
            } else {
                open = Some(metamodel.open(line));
            }
        }
        metamodel.close(open);
        metamodel
    }

    fn open(&mut self, line: &'static str) -> Type {
        let (head, is_abstract) = match line.strip_suffix(" abstract") {
            Some(head) => (head, true),
            None => (line, false),
        };
        let (name, base) = match head.split_once(" < ") {
            Some((name, base)) => (name, Some(base)),
            None => (head, None),
        };
        let base = base.map(|it| self.types.get(it).expect("a base precedes what is derived"));
        let mut open = match base {
            Some(base) => base.clone(),
            None => Type {
                name,
                is: Vec::new(),
                attributes: Vec::new(),
                children: Vec::new(),
            },
        };
        open.name = name;
        open.is.push(name);
        if !is_abstract {
            self.tags.insert(tag_of(name), name);
        }
        open
    }

    fn close(&mut self, open: Option<Type>) {
        if let Some(it) = open {
            self.types.insert(it.name, it);
        }
    }

    fn part(&self, open: &mut Type, line: &'static str) {
        if let Some(attribute) = line.strip_prefix('@') {
            let attribute = self.attribute(attribute);
            open.attributes.retain(|it| it.name != attribute.name);
            open.attributes.push(attribute);
        } else {
            open.children.push(self.read_child(line));
        }
    }

    fn attribute(&self, line: &'static str) -> Attribute {
        let (line, default) = match line.split_once(" = ") {
            Some((line, default)) => (line, Some(default)),
            None => (line, None),
        };
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        let required = rest.starts_with('!');
        let rest = rest.trim_start_matches('!').trim();
        let kind = match rest {
            "" => Kind::Text,
            "id" => Kind::Id,
            "bool" => Kind::Boolean,
            "int" => Kind::Integer,
            "uri" => Kind::Uri,
            "mime" => Kind::Mime,
            _ => match rest.strip_prefix("-> ") {
                Some(target) => Kind::Reference(self.target(target)),
                None => Kind::OneOf(rest.split('/').collect()),
            },
        };
        Attribute {
            name,
            required,
            kind,
            default,
        }
    }

    fn read_child(&self, line: &'static str) -> Child {
        let (line, (min, max)) = often(line);
        let what = if let Some(base) = line.strip_prefix('<') {
            What::Any(base.trim_end_matches('>'))
        } else if let Some((name, of)) = line.split_once(" : ") {
            What::Element(name, of)
        } else {
            let (name, target) = line.split_once(" -> ").expect("a child has a type");
            What::Reference(name, self.target(target))
        };
        Child { what, min, max }
    }

    fn target(&self, text: &'static str) -> Target {
        let types = match self.groups.get(text) {
            Some(group) => group.clone(),
            None => text.split('|').collect(),
        };
        Target { text, types }
    }
}

/// How often a child may be there.
fn often(line: &'static str) -> (&'static str, (usize, Option<usize>)) {
    for (mark, bounds) in [
        (" ?", (0, Some(1))),
        (" *", (0, None)),
        (" 2+", (2, None)),
        (" +", (1, None)),
    ] {
        if let Some(line) = line.strip_suffix(mark) {
            return (line, bounds);
        }
    }
    (line, (1, Some(1)))
}

fn tag_of(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|it| it.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_named_is_there() {
        let metamodel = get();
        let exists = |name: &str| {
            assert!(metamodel.type_of(name).is_some(), "there is no type {name}");
        };
        for it in metamodel.types.values() {
            for attribute in &it.attributes {
                if let Kind::Reference(target) = &attribute.kind {
                    target.types.iter().for_each(|it| exists(it));
                }
            }
            for child in &it.children {
                match &child.what {
                    What::Element(_, of) | What::Any(of) => exists(of),
                    What::Reference(_, target) => target.types.iter().for_each(|it| exists(it)),
                }
            }
        }
    }

    #[test]
    fn types_inherit_and_children_are_found_by_tag() {
        let metamodel = get();
        let task = metamodel.by_tag("userTask").unwrap();
        assert!(task.is("Task") && task.is("Activity") && task.is("FlowNode"));
        assert!(!task.is("Event"));
        assert_eq!(task.attribute("startQuantity").unwrap().default, Some("1"));
        let process = metamodel.by_tag("process").unwrap();
        let (_, child, of) = metamodel.child(process, "userTask").unwrap();
        assert_eq!(child.what.name(), "FlowElement");
        assert_eq!(of.unwrap().name, "UserTask");
        let (_, child, of) = metamodel.child(task, "incoming").unwrap();
        assert!(of.is_none() && child.max.is_none());
        assert!(metamodel.child(process, "conditionExpression").is_none());
        assert!(metamodel.by_tag("flowNode").is_none());
    }
}
