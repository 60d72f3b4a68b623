//! Which names stand for what while a text is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{Node, Slot};
use crate::lex;

/// A name or a filter in scope.
struct Entry {
    /// The name's words joined; empty for a filter.
    words: String,
    name: Arc<str>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Slot(Slot),
    /// The entries of the item in this slot can be named without saying `item`.
    Filter(Slot),
    /// The function whose body is being read.
    CurrentFunction,
}

/// The frame of one function, or of the expression itself.
#[derive(Default)]
struct Frame {
    entries: Vec<Entry>,
    slots: u32,
    captures: Vec<(String, Node)>,
}

/// The frames of the functions round the place that is being read, the expression's own first.
pub(super) struct Frames {
    frames: Vec<Frame>,
    variables: Vec<Arc<str>>,
    variable_idx: BTreeMap<Arc<str>, u32>,
    words_max: usize,
}

impl Default for Frames {
    fn default() -> Frames {
        Frames {
            frames: vec![Frame::default()],
            variables: Vec::new(),
            variable_idx: BTreeMap::new(),
            words_max: 1,
        }
    }
}

impl Frames {
    fn current(&mut self) -> &mut Frame {
        self.frames
            .last_mut()
            .expect("the expression's own frame is never left")
    }

    fn push(&mut self, name: &str, place: Place) {
        let words = lex::name_words(name).unwrap_or_else(|| vec![name]);
        self.words_max = self.words_max.max(words.len());
        let words = lex::join_words(&words);
        self.current().entries.push(Entry {
            words,
            name: Arc::from(name),
            place,
        });
    }

    /// A new slot that no name leads to.
    pub(super) fn reserve(&mut self) -> Slot {
        let frame = self.current();
        frame.slots += 1;
        frame.slots - 1
    }

    /// Brings a name into scope.
    pub(super) fn declare(&mut self, name: &str) -> Slot {
        let slot = self.reserve();
        self.push(name, Place::Slot(slot));
        slot
    }

    /// Brings a name into scope that stands for a slot.
    pub(super) fn declare_at(&mut self, name: &str, slot: Slot) {
        self.push(name, Place::Slot(slot));
    }

    /// Brings the entries of a filter's item into scope.
    pub(super) fn declare_filter(&mut self, slot: Slot) {
        self.current().entries.push(Entry {
            words: String::new(),
            name: Arc::from(""),
            place: Place::Filter(slot),
        });
    }

    /// Where names stand now, to come back to.
    pub(super) fn mark(&mut self) -> usize {
        self.current().entries.len()
    }

    /// Takes the names declared since the mark out of scope.
    pub(super) fn reset(&mut self, mark: usize) {
        self.current().entries.truncate(mark);
    }

    /// Enters the body of a function, which may know itself by a name.
    pub(super) fn enter_function(&mut self, own_name: Option<&str>) {
        self.frames.push(Frame::default());
        if let Some(name) = own_name {
            self.push(name, Place::CurrentFunction);
        }
    }

    /// Leaves the body: the size of its frame, and what it captures.
    pub(super) fn leave_function(&mut self) -> (u32, Box<[Node]>) {
        let frame = self.frames.pop().expect("a function was entered");
        (
            frame.slots,
            frame.captures.into_iter().map(|(_, node)| node).collect(),
        )
    }

    /// The slots of the current frame.
    pub(super) fn size(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.slots)
    }

    pub(super) fn into_variables(self) -> Vec<Arc<str>> {
        self.variables
    }

    /// How many names are in scope.
    pub(super) fn count(&self) -> usize {
        self.frames.iter().map(|frame| frame.entries.len()).sum()
    }

    pub(super) fn words_max(&self) -> usize {
        self.words_max
    }

    /// The name with these words, if it is in scope.
    pub(super) fn find(&self, words: &str) -> Option<Arc<str>> {
        let entries = self
            .frames
            .iter()
            .rev()
            .flat_map(|frame| frame.entries.iter().rev());
        entries
            .filter(|it| !it.words.is_empty())
            .find(|it| it.words == words)
            .map(|it| it.name.clone())
    }

    /// Whether a local or a function has this name.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        let mut entries = self.frames.iter().flat_map(|frame| &frame.entries);
        entries.any(|it| &*it.name == name && !it.words.is_empty())
    }

    /// What a name stands for here: a local, a captured value, or a free variable; inside filters
    /// the items' entries come first.
    pub(super) fn resolve(&mut self, name: &str) -> Node {
        let top = self.frames.len() - 1;
        let mut items = Vec::new();
        let found = self.resolve_in(top, name, &mut items);
        if items.is_empty() {
            return found;
        }
        Node::ItemEntry {
            name: Arc::from(name),
            items: items.into(),
            fallback: Box::new(found),
        }
    }

    fn resolve_in(&mut self, level: usize, name: &str, items: &mut Vec<Node>) -> Node {
        let mut found = None;
        for entry in self.frames[level].entries.iter().rev() {
            match entry.place {
                Place::Filter(slot) => items.push(Node::Local(slot)),
                Place::Slot(slot) if &*entry.name == name => found = Some(Node::Local(slot)),
                Place::CurrentFunction if &*entry.name == name => {
                    found = Some(Node::CurrentFunction);
                }
                Place::Slot(_) | Place::CurrentFunction => continue,
            }
            if found.is_some() {
                break;
            }
        }
        if let Some(found) = found {
            return found;
        }
        if level == 0 {
            return Node::Variable(self.variable(name));
        }
        let mut outer_items = Vec::new();
        let outer = self.resolve_in(level - 1, name, &mut outer_items);
        for item in outer_items {
            let key = format!("\u{2}{item:?}");
            items.push(self.capture(level, key, item));
        }
        self.capture(level, name.to_owned(), outer)
    }

    fn capture(&mut self, level: usize, key: String, node: Node) -> Node {
        let captures = &mut self.frames[level].captures;
        let idx = captures
            .iter()
            .position(|(known, _)| *known == key)
            .unwrap_or_else(|| {
                captures.push((key, node));
                captures.len() - 1
            });
        Node::Captured(idx as u32)
    }

    fn variable(&mut self, name: &str) -> u32 {
        if let Some(idx) = self.variable_idx.get(name) {
            return *idx;
        }
        let idx = self.variables.len() as u32;
        let name: Arc<str> = Arc::from(name);
        self.variables.push(name.clone());
        self.variable_idx.insert(name, idx);
        idx
    }
}
