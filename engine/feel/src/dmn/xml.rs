//! XML as a bounded tree with places. It knows nothing of DMN.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::Limits;
use crate::diagnostic;

/// A place in the file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// An element with all that is within.
#[derive(Debug)]
pub(super) struct Element {
    /// The URI of the namespace; empty for none.
    pub(super) namespace: String,
    /// The name without its prefix.
    pub(super) name: String,
    /// Attributes without a namespace.
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
    pub(super) place: Place,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The child elements of this name in the element's own namespace.
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children
            .iter()
            .filter(move |it| it.name == name && it.namespace == self.namespace)
    }

    pub(super) fn first(&self, name: &str) -> Option<&Element> {
        self.children
            .iter()
            .find(|it| it.name == name && it.namespace == self.namespace)
    }

    /// The text of a `text` child, without the space round it.
    pub(super) fn expression_text(&self) -> Option<&str> {
        self.first("text").map(|text| text.text.trim())
    }
}

/// Why a file cannot be read at all.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) place: Place,
    pub(super) message: String,
}

/// Reads a file into a tree.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Element, Refusal> {
    let top = Place { line: 1, column: 1 };
    if bytes.len() > limits.bytes_max {
        let message = format!(
            "expected at most {} bytes, found {}",
            limits.bytes_max,
            bytes.len()
        );
        return Err(Refusal {
            code: diagnostic::DMN_TOO_LARGE,
            place: top,
            message,
        });
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let message = "expected UTF-8".to_owned();
        return Err(Refusal {
            code: diagnostic::DMN_XML,
            place: top,
            message,
        });
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reader = NsReader::from_str(text);
    let lines = Lines {
        text,
        offset: 0,
        place: top,
    };
    Tree {
        reader,
        lines,
        limits,
        open: Vec::new(),
        root: None,
        elements: 0,
    }
    .read()
}

/// Finds places by going on from the last one.
struct Lines<'t> {
    text: &'t str,
    offset: usize,
    place: Place,
}

impl Lines<'_> {
    fn place(&mut self, offset: usize) -> Place {
        let passed = self.text.get(self.offset..offset).unwrap_or("");
        for character in passed.chars() {
            if character == '\n' {
                self.place = Place {
                    line: self.place.line + 1,
                    column: 1,
                };
            } else {
                self.place.column += 1;
            }
        }
        self.offset = self.offset.max(offset);
        self.place
    }
}

struct Tree<'t> {
    reader: NsReader<&'t [u8]>,
    lines: Lines<'t>,
    limits: &'t Limits,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree<'_> {
    fn read(mut self) -> Result<Element, Refusal> {
        loop {
            let start = self.offset();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.malformed(start, error.to_string())),
            };
            match event {
                Event::Start(tag) => {
                    let element = self.element(&tag, start)?;
                    self.open.push(element);
                }
                Event::Empty(tag) => {
                    let element = self.element(&tag, start)?;
                    self.close(element, start)?;
                }
                Event::End(_) => match self.open.pop() {
                    Some(element) => self.close(element, start)?,
                    None => return Err(self.malformed(start, "an end tag too many".into())),
                },
                Event::Text(text) => self.text(&text.xml10_content(), start)?,
                Event::CData(text) => self.text(&text.xml10_content(), start)?,
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().ok().flatten();
                    let entity = resolve_xml_entity(&reference);
                    match (character, entity) {
                        (Some(character), _) => {
                            self.text(character.encode_utf8(&mut [0; 4]), start)?
                        }
                        (None, Some(text)) => self.text(text, start)?,
                        (None, None) => {
                            let message = format!("unknown entity {:?}", &*reference);
                            return Err(self.malformed(start, message));
                        }
                    }
                }
                Event::DocType(_) => {
                    let message = "expected no document type declaration".to_owned();
                    return Err(self.refuse(diagnostic::DMN_DTD, start, message));
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        let end = self.offset();
        match (self.open.is_empty(), self.root.take()) {
            (true, Some(root)) => Ok(root),
            _ => Err(self.malformed(end, "the file ends too early".into())),
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn refuse(&mut self, code: &'static str, offset: usize, message: String) -> Refusal {
        Refusal {
            code,
            place: self.lines.place(offset),
            message,
        }
    }

    fn malformed(&mut self, offset: usize, message: String) -> Refusal {
        self.refuse(diagnostic::DMN_XML, offset, message)
    }

    fn element(&mut self, tag: &BytesStart<'_>, start: usize) -> Result<Element, Refusal> {
        self.elements += 1;
        if self.elements > self.limits.elements_max || self.open.len() >= self.limits.depth_max {
            let (elements, depth) = (self.limits.elements_max, self.limits.depth_max);
            let message = format!("expected at most {elements} elements, {depth} in each other");
            return Err(self.refuse(diagnostic::DMN_TOO_LARGE, start, message));
        }
        let (space, local) = self.reader.resolver().resolve_element(tag.name());
        let namespace = match space {
            ResolveResult::Bound(Namespace(uri)) => uri.to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => {
                let message = format!("the prefix {prefix:?} is not declared");
                return Err(self.malformed(start, message));
            }
        };
        let name = local.into_inner().to_owned();
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return Err(self.malformed(start, error.to_string())),
            };
            if attribute.key.as_namespace_binding().is_some() || attribute.key.prefix().is_some() {
                continue;
            }
            match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => {
                    let key = attribute.key.local_name().into_inner().to_owned();
                    attributes.push((key, value.into_owned()));
                }
                Err(error) => return Err(self.malformed(start, error.to_string())),
            }
        }
        let place = self.lines.place(start);
        let (children, text) = (Vec::new(), String::new());
        Ok(Element {
            namespace,
            name,
            attributes,
            children,
            text,
            place,
        })
    }

    fn close(&mut self, element: Element, start: usize) -> Result<(), Refusal> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_none() => self.root = Some(element),
            None => return Err(self.malformed(start, "more than one root element".into())),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, start: usize) -> Result<(), Refusal> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(self.malformed(start, "text outside the root element".into())),
        }
        Ok(())
    }
}
