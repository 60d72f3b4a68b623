//! A BPMN file with everything in it, to be changed and written again.
//!
//! Reading for execution keeps what is executed; this keeps what is written: diagrams, extensions of
//! all namespaces, documentation, comments, processing instructions, the order of attributes, the
//! white space between elements. It does not know BPMN. Start from [`Document::read`];
//! [`canonical()`] is a form by which two files of one model can be compared.
//!
//! ```
//! use tongban_bpmn::document::Document;
//! use tongban_bpmn::limit::Limits;
//!
//! let file = "<a b='1'><!-- why --><c/></a>";
//! let document = Document::read("a.bpmn", file.as_bytes(), &Limits::default()).expect("it is XML");
//! assert_eq!(document.write(), "<a b=\"1\"><!-- why --><c/></a>");
//! ```

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::diagnostic::{At, Diagnostic, Place, Problems, code};
use crate::limit::Limits;
use crate::xml;

mod canonical;
mod write;

pub use canonical::canonical;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The declaration, comments, and the one root element, in their order.
    pub items: Vec<Item>,
}

/// What stands in a file or in an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An element.
    Element(Element),
    /// Text, with its references resolved.
    Text(String),
    /// A `CDATA` section.
    CData(String),
    /// A comment, without its brackets.
    Comment(String),
    /// A processing instruction, without its brackets.
    Instruction(String),
    /// The XML declaration, without its brackets.
    Declaration(String),
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// The name as written, with its prefix.
    pub name: String,
    /// The attributes as written, namespace declarations among them.
    pub attributes: Vec<(String, String)>,
    /// What is within.
    pub items: Vec<Item>,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// If it is not well-formed XML in UTF-8, or exceeds a bound.
    pub fn read(
        file_name: &str,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Document, Vec<Diagnostic>> {
        let mut problems = Problems::new(file_name, limits.diagnostics_max);
        // The reader for execution judges; what it lets pass is only taken down here.
        if xml::read(bytes, limits, &mut problems).is_none() {
            return Err(problems.into_list());
        }
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match items(text) {
            Ok(items) => Ok(Document { items }),
            Err(why) => {
                let at = At {
                    place: Place { line: 1, column: 1 },
                    element_id: None,
                };
                problems.report(&code::MALFORMED_XML, at, &[why.as_str().into()]);
                Err(problems.into_list())
            }
        }
    }

    /// The file again: read, it is the same document.
    pub fn write(&self) -> String {
        write::document(self)
    }

    /// The root element.
    ///
    /// # Panics
    /// If it has been removed.
    pub fn root(&self) -> &Element {
        let mut items = self.items.iter();
        items
            .find_map(|it| match it {
                Item::Element(element) => Some(element),
                _ => None,
            })
            .expect("a document has a root element")
    }

    /// The root element, to be changed.
    ///
    /// # Panics
    /// If it has been removed.
    pub fn root_mut(&mut self) -> &mut Element {
        let mut items = self.items.iter_mut();
        items
            .find_map(|it| match it {
                Item::Element(element) => Some(element),
                _ => None,
            })
            .expect("a document has a root element")
    }
}

impl Element {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        local(&self.name)
    }

    /// The attribute with this name as written.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Sets an attribute, at its place if it is there already.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(it, _)| it == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Takes an attribute away.
    pub fn remove(&mut self, name: &str) {
        self.attributes.retain(|(it, _)| it != name);
    }

    /// The elements directly within.
    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.items.iter().filter_map(|it| match it {
            Item::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The elements directly within, to be changed.
    pub fn children_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        self.items.iter_mut().filter_map(|it| match it {
            Item::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The text directly within, joined.
    pub fn text(&self) -> String {
        let texts = self.items.iter().filter_map(|it| match it {
            Item::Text(text) | Item::CData(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn items(text: &str) -> Result<Vec<Item>, String> {
    let mut reader = Reader::from_str(text);
    let mut done: Vec<Item> = Vec::new();
    let mut open: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let item = match event {
            Event::Start(tag) => {
                open.push(element(&tag)?);
                continue;
            }
            Event::Empty(tag) => Item::Element(element(&tag)?),
            Event::End(_) => {
                let closed = open.pop().ok_or("end tag without a start tag")?;
                Item::Element(closed)
            }
            Event::Text(text) => Item::Text(text.xml10_content().into_owned()),
            Event::CData(text) => Item::CData(text.xml10_content().into_owned()),
            Event::GeneralRef(reference) => {
                let resolved = xml::resolve(&reference);
                Item::Text(resolved.ok_or("unknown entity")?.to_string())
            }
            Event::Comment(text) => Item::Comment(text.xml10_content().into_owned()),
            Event::PI(text) => Item::Instruction((*text).to_owned()),
            Event::Decl(text) => Item::Declaration((*text).to_owned()),
            Event::DocType(_) => return Err("a document type".to_owned()),
            Event::Eof => break,
        };
        push(open.last_mut().map_or(&mut done, |it| &mut it.items), item);
    }
    if open.is_empty() {
        Ok(done)
    } else {
        Err("an element is not closed".to_owned())
    }
}

/// Text that comes in pieces, between references, is one text.
fn push(items: &mut Vec<Item>, item: Item) {
    if let Item::Text(text) = &item {
        if text.is_empty() {
            return;
        }
        if let Some(Item::Text(before)) = items.last_mut() {
            before.push_str(text);
            return;
        }
    }
    items.push(item);
}

fn element(tag: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|error| error.to_string())?;
        attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    Ok(Element {
        name: tag.name().into_inner().to_owned(),
        attributes,
        items: Vec::new(),
    })
}
