//! XML as a bounded tree with places.
//!
//! It knows namespaces and bounds, not BPMN's rules. Document types are refused, so that there are
//! no entities beyond the five predefined ones. Start from [`read`].

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use crate::diagnostic::{Argument, At, Place, Problems, code};
use crate::limit::Limits;

/// The namespaces the crate knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    /// `http://www.omg.org/spec/BPMN/20100524/MODEL`
    Bpmn,
    /// `http://camunda.org/schema/zeebe/1.0`
    Zeebe,
    /// `http://www.w3.org/2001/XMLSchema-instance`
    SchemaInstance,
    /// Diagram interchange (shapes, edges, bounds) and what modelers note for themselves.
    Diagram,
    /// No namespace (usual for attributes).
    None,
    /// Any other, by its URI.
    Foreign(String),
}

impl Space {
    fn of(uri: &str) -> Space {
        match uri {
            "http://www.omg.org/spec/BPMN/20100524/MODEL" => Space::Bpmn,
            "http://camunda.org/schema/zeebe/1.0" => Space::Zeebe,
            "http://www.w3.org/2001/XMLSchema-instance" => Space::SchemaInstance,
            "http://www.omg.org/spec/BPMN/20100524/DI"
            | "http://www.omg.org/spec/DD/20100524/DI"
            | "http://www.omg.org/spec/DD/20100524/DC"
            | "http://camunda.org/schema/modeler/1.0"
            | "http://bpmn.io/schema/bpmn/biocolor/1.0"
            | "http://www.omg.org/spec/BPMN/non-normative/color/1.0" => Space::Diagram,
            other => Space::Foreign(other.to_owned()),
        }
    }
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attribute {
    pub(crate) space: Space,
    pub(crate) local: String,
    pub(crate) value: String,
}

/// One element with all that is within.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) space: Space,
    /// The name without its prefix.
    pub(crate) local: String,
    pub(crate) place: Place,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Node>,
    /// The text directly within, joined.
    pub(crate) text: String,
}

impl Node {
    /// The attribute without a namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|it| it.space == Space::None && it.local == name);
        found.map(|it| it.value.as_str())
    }

    /// The `id`, which names the element in findings.
    pub(crate) fn id(&self) -> Option<&str> {
        self.attribute("id").filter(|it| !it.is_empty())
    }

    /// Where findings about this element belong.
    pub(crate) fn at(&self) -> At<'_> {
        At {
            place: self.place,
            element_id: self.id(),
        }
    }

    /// Whether this is the BPMN element `local`.
    pub(crate) fn is_bpmn(&self, local: &str) -> bool {
        self.space == Space::Bpmn && self.local == local
    }

    /// The child elements in BPMN's namespace with this name.
    pub(crate) fn bpmn<'a>(&'a self, local: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |it| it.is_bpmn(local))
    }
}

/// Reads a file; nothing if it is not well-formed or exceeds a bound, which has been reported.
pub(crate) fn read(bytes: &[u8], limits: &Limits, problems: &mut Problems) -> Option<Node> {
    let top = At {
        place: Place { line: 1, column: 1 },
        element_id: None,
    };
    if bytes.len() > limits.file_bytes_max {
        let found = [bytes.len().into(), limits.file_bytes_max.into()];
        problems.report(&code::FILE_TOO_LARGE, top, &found);
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        problems.report(&code::NOT_UTF8, top, &[]);
        return None;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tree = Tree {
        lines: Lines::new(text),
        limits,
        open: Vec::new(),
        root: None,
        nodes: 0,
    };
    match tree.read(text) {
        Ok(()) => tree.root,
        Err(refusal) => {
            let at = At {
                place: refusal.place,
                element_id: None,
            };
            problems.report(refusal.code, at, &refusal.arguments);
            None
        }
    }
}

/// Why reading stopped; what follows in the file cannot be trusted, so it is a single finding.
struct Refusal {
    code: &'static crate::diagnostic::CodeText,
    place: Place,
    arguments: Vec<Argument>,
}

struct Tree<'a> {
    lines: Lines<'a>,
    limits: &'a Limits,
    open: Vec<Node>,
    root: Option<Node>,
    nodes: usize,
}

impl Tree<'_> {
    fn read(&mut self, text: &str) -> Result<(), Refusal> {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().check_comments = true;
        reader
            .resolver_mut()
            .set_max_namespace_bindings(NAMESPACE_BINDINGS_MAX);
        loop {
            let start = offset(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let position = offset(reader.error_position());
                    return Err(self.malformed(position, &error.to_string()));
                }
            };
            match event {
                Event::Start(tag) => {
                    let node = self.node(&reader, &tag, start)?;
                    self.open.push(node);
                }
                Event::Empty(tag) => {
                    let node = self.node(&reader, &tag, start)?;
                    self.close(node, start)?;
                }
                Event::End(_) => match self.open.pop() {
                    Some(node) => self.close(node, start)?,
                    None => return Err(self.malformed(start, "end tag without a start tag")),
                },
                Event::Text(text) => self.text(&text.xml10_content(), start)?,
                Event::CData(text) => self.text(&text.xml10_content(), start)?,
                Event::GeneralRef(reference) => {
                    let resolved = resolve(&reference);
                    match resolved {
                        Some(character) => self.text(character.encode_utf8(&mut [0; 4]), start)?,
                        None => {
                            let why = format!("unknown entity &{};", &*reference);
                            return Err(self.malformed(start, &why));
                        }
                    }
                }
                Event::Decl(declaration) => {
                    if let Some(encoding) = declaration.encoding() {
                        let encoding = encoding.map(|it| it.to_ascii_lowercase());
                        let is_utf8 =
                            matches!(encoding.as_deref(), Ok("utf-8" | "utf8" | "us-ascii"));
                        // In every encoding that is not wider than a byte, ASCII is ASCII.
                        if !is_utf8 && !text.is_ascii() {
                            return Err(self.refuse(&code::NOT_UTF8, start, Vec::new()));
                        }
                    }
                }
                Event::DocType(_) => {
                    return Err(self.refuse(&code::DOCUMENT_TYPE, start, Vec::new()));
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => {
                    return match (self.open.last(), &self.root) {
                        (Some(node), _) => {
                            let why = format!("the element {} is not closed", node.local);
                            Err(self.malformed(start, &why))
                        }
                        (None, None) => Err(self.malformed(start, "the file has no element")),
                        (None, Some(_)) => Ok(()),
                    };
                }
            }
        }
    }

    fn node(
        &mut self,
        reader: &NsReader<&[u8]>,
        tag: &BytesStart<'_>,
        start: usize,
    ) -> Result<Node, Refusal> {
        self.nodes += 1;
        if self.nodes > self.limits.elements_max {
            let max = vec![self.limits.elements_max.into()];
            return Err(self.refuse(&code::TOO_MANY_ELEMENTS, start, max));
        }
        if self.open.len() >= self.limits.depth_max {
            let max = vec![self.limits.depth_max.into()];
            return Err(self.refuse(&code::TOO_DEEP, start, max));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.malformed(start, "more than one root element"));
        }
        let (space, local) = reader.resolver().resolve_element(tag.name());
        let space = self.space(&space, start)?;
        let mut node = Node {
            space,
            local: local.into_inner().to_owned(),
            place: self.lines.place(start),
            attributes: Vec::new(),
            children: Vec::new(),
            text: String::new(),
        };
        self.attributes(reader, tag, start, &mut node)?;
        Ok(node)
    }

    fn attributes(
        &self,
        reader: &NsReader<&[u8]>,
        tag: &BytesStart<'_>,
        start: usize,
        node: &mut Node,
    ) -> Result<(), Refusal> {
        for (position, attribute) in tag.attributes().enumerate() {
            if position >= self.limits.attributes_max {
                let max = vec![self.limits.attributes_max.into()];
                return Err(self.refuse(&code::TOO_MANY_ATTRIBUTES, start, max));
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return Err(self.malformed(start, &error.to_string())),
            };
            if attribute.value.len() > self.limits.text_bytes_max {
                return Err(self.too_long(start));
            }
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                Err(error) => return Err(self.malformed(start, &error.to_string())),
            };
            let (space, local) = reader.resolver().resolve_attribute(attribute.key);
            let space = self.space(&space, start)?;
            let local = local.into_inner().to_owned();
            node.attributes.push(Attribute {
                space,
                local,
                value,
            });
        }
        Ok(())
    }

    fn space(&self, resolved: &ResolveResult<'_>, start: usize) -> Result<Space, Refusal> {
        match resolved {
            ResolveResult::Bound(Namespace(uri)) => Ok(Space::of(uri)),
            ResolveResult::Unbound => Ok(Space::None),
            ResolveResult::Unknown(prefix) => {
                let prefix = vec![prefix.as_str().into()];
                Err(self.refuse(&code::UNDECLARED_PREFIX, start, prefix))
            }
        }
    }

    fn close(&mut self, mut node: Node, start: usize) -> Result<(), Refusal> {
        if node.text.trim().is_empty() {
            node.text = String::new();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None if self.root.is_none() => self.root = Some(node),
            None => return Err(self.malformed(start, "more than one root element")),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, start: usize) -> Result<(), Refusal> {
        let Some(node) = self.open.last_mut() else {
            if text.trim().is_empty() {
                return Ok(());
            }
            return Err(self.malformed(start, "text outside the root element"));
        };
        node.text.push_str(text);
        if node.text.len() > self.limits.text_bytes_max {
            return Err(self.too_long(start));
        }
        Ok(())
    }

    fn too_long(&self, start: usize) -> Refusal {
        self.refuse(
            &code::TEXT_TOO_LONG,
            start,
            vec![self.limits.text_bytes_max.into()],
        )
    }

    fn malformed(&self, start: usize, why: &str) -> Refusal {
        self.refuse(&code::MALFORMED_XML, start, vec![why.into()])
    }

    fn refuse(
        &self,
        code: &'static crate::diagnostic::CodeText,
        start: usize,
        arguments: Vec<Argument>,
    ) -> Refusal {
        Refusal {
            code,
            place: self.lines.place(start),
            arguments,
        }
    }
}

/// Bindings of namespaces in force at one place; resolving walks them.
const NAMESPACE_BINDINGS_MAX: usize = 128;

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

/// Where the lines of a text begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(breaks.map(|(position, _)| position + 1))
            .collect();
        Lines { text, starts }
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line.saturating_sub(1)];
        let end = offset.min(self.text.len());
        // A file of one huge line would make counting characters quadratic.
        let within = &self.text.as_bytes()[start..end.max(start)];
        let counted = &within[within.len().saturating_sub(COLUMN_BYTES_MAX)..];
        let before = within.len() - counted.len();
        let column = before + counted.iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1;
        Place {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

/// Beyond this distance a column is counted in bytes.
const COLUMN_BYTES_MAX: usize = 512;
