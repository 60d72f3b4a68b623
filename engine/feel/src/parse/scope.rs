//! Which names stand for what while a text is read.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ast::{Node, Slot};
use crate::lex;
use crate::types::Type;

/// A name or a filter in scope.
#[derive(Debug)]
struct Entry {
    /// The name's words joined; empty for a filter.
    words: String,
    name: Arc<str>,
    place: Place,
    /// The entries that the items of a filter are known to have, by their words.
    members: Vec<(String, Arc<str>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Slot(Slot),
    /// The entries of the item in this slot can be named without saying `item`.
    Filter(Slot),
    /// The function whose body is being read.
    CurrentFunction,
}

/// The frame of one function, or of the expression itself.
#[derive(Debug, Default)]
struct Frame {
    entries: Vec<Entry>,
    /// The types of the slots, as far as they are known.
    slots: Vec<Type>,
    captures: Vec<(String, Node, Type)>,
}

/// The frames of the functions round the place that is being read, the expression's own first.
#[derive(Debug)]
pub(crate) struct Frames {
    frames: Vec<Frame>,
    variables: BTreeSet<Arc<str>>,
    words_max: usize,
    /// How often `?` was resolved to an input.
    input_uses: u32,
    /// A name that is no local is `null`.
    closed: bool,
    /// The slots of the outermost frame that a name led to.
    used: BTreeSet<Slot>,
    /// Names that led to nothing.
    unknown: Vec<Arc<str>>,
}

impl Default for Frames {
    fn default() -> Frames {
        Frames {
            frames: vec![Frame::default()],
            variables: BTreeSet::new(),
            words_max: 1,
            input_uses: 0,
            closed: false,
            used: BTreeSet::new(),
            unknown: Vec::new(),
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
            members: Vec::new(),
        });
    }

    /// No frames beyond that of a text whose unknown names are `null`.
    pub(crate) fn closed(closed: bool) -> Frames {
        Frames {
            closed,
            ..Frames::default()
        }
    }

    /// A new slot that no name leads to.
    pub(crate) fn reserve(&mut self, of: Type) -> Slot {
        let slots = &mut self.current().slots;
        slots.push(of);
        (slots.len() - 1) as Slot
    }

    /// Brings a name into scope.
    pub(crate) fn declare(&mut self, name: &str, of: Type) -> Slot {
        let slot = self.reserve(of);
        self.push(name, Place::Slot(slot));
        slot
    }

    /// Brings a name into scope that stands for a slot.
    pub(crate) fn declare_at(&mut self, name: &str, slot: Slot) {
        self.push(name, Place::Slot(slot));
    }

    /// The type of a slot of the current frame.
    pub(super) fn slot_type(&self, slot: Slot) -> Type {
        let frame = self.frames.last();
        frame
            .and_then(|frame| frame.slots.get(slot as usize))
            .cloned()
            .unwrap_or(Type::Any)
    }

    /// The type of a value the current function captured.
    pub(super) fn captured_type(&self, idx: u32) -> Type {
        let frame = self.frames.last();
        frame
            .and_then(|frame| frame.captures.get(idx as usize))
            .map_or(Type::Any, |(_, _, of)| of.clone())
    }

    /// The slots of the outermost frame that a name led to so far.
    pub(crate) fn used(&self) -> &BTreeSet<Slot> {
        &self.used
    }

    /// The names that led to nothing since they were last taken.
    pub(crate) fn take_unknown(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.unknown)
    }

    /// How often `?` was used so far.
    pub(super) fn input_uses(&self) -> u32 {
        self.input_uses
    }

    /// Brings the entries of a filter's item into scope.
    pub(crate) fn declare_filter(&mut self, slot: Slot) {
        let members = Members::of(&self.slot_type(slot));
        self.words_max = self.words_max.max(members.words_max);
        self.current().entries.push(Entry {
            words: String::new(),
            name: Arc::from(""),
            place: Place::Filter(slot),
            members: members.by_words,
        });
    }

    /// Where names stand now, to come back to.
    pub(crate) fn mark(&mut self) -> usize {
        self.current().entries.len()
    }

    /// Takes the names declared since the mark out of scope.
    pub(crate) fn reset(&mut self, mark: usize) {
        self.current().entries.truncate(mark);
    }

    /// Enters the body of a function, which may know itself by a name.
    pub(crate) fn enter_function(&mut self, own_name: Option<&str>) {
        self.frames.push(Frame::default());
        if let Some(name) = own_name {
            self.push(name, Place::CurrentFunction);
        }
    }

    /// Leaves the body: the size of its frame, and what it captures.
    pub(crate) fn leave_function(&mut self) -> (u32, Box<[Node]>) {
        let frame = self.frames.pop().expect("a function was entered");
        let captures = frame.captures.into_iter();
        (
            frame.slots.len() as u32,
            captures.map(|(_, node, _)| node).collect(),
        )
    }

    /// The slots of the current frame.
    pub(crate) fn size(&self) -> u32 {
        self.frames
            .last()
            .map_or(0, |frame| frame.slots.len() as u32)
    }

    /// The free variables met so far.
    pub(crate) fn into_variables(self) -> BTreeSet<Arc<str>> {
        self.variables
    }

    /// How many names are in scope.
    pub(crate) fn count(&self) -> usize {
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
            .flat_map(|it| {
                let own = (!it.words.is_empty()).then_some((&it.words, &it.name));
                let members = it.members.iter().map(|(words, name)| (words, name));
                own.into_iter().chain(members)
            })
            .find(|(it, _)| *it == words)
            .map(|(_, name)| name.clone())
    }

    /// Whether a local or a function has this name.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        let mut entries = self.frames.iter().flat_map(|frame| &frame.entries);
        entries.any(|it| &*it.name == name && !it.words.is_empty())
    }

    /// What a name stands for here: a local, a captured value, or a free variable; inside filters
    /// the items' entries come first.
    pub(super) fn resolve(&mut self, name: &str) -> Node {
        if name == "?" {
            self.input_uses += 1;
        }
        let top = self.frames.len() - 1;
        let mut items = Vec::new();
        let unknown = self.unknown.len();
        let found = self.resolve_in(top, name, &mut items);
        if items.is_empty() {
            return found;
        }
        // What nothing defines may be an entry of the items, unless all of them are known.
        if items
            .iter()
            .any(|it| may_have(&self.type_in(top, it), name))
        {
            self.unknown.truncate(unknown);
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
            if let (0, Node::Local(slot)) = (level, &found) {
                self.used.insert(*slot);
            }
            return found;
        }
        if level == 0 {
            return self.free(name);
        }
        let mut outer_items = Vec::new();
        let outer = self.resolve_in(level - 1, name, &mut outer_items);
        for item in outer_items {
            let key = format!("\u{2}{item:?}");
            items.push(self.capture(level, key, item));
        }
        match outer {
            // What nothing defines is missed where it is asked for.
            Node::Null(_) => outer,
            outer => self.capture(level, name.to_owned(), outer),
        }
    }

    /// A name that is no local.
    fn free(&mut self, name: &str) -> Node {
        if self.closed && crate::builtin::by_name(name).is_none() {
            self.unknown.push(Arc::from(name));
            return Node::Null(Arc::from(format!("there is no variable {name:?}")));
        }
        let name: Arc<str> = Arc::from(name);
        self.variables.insert(name.clone());
        Node::Variable(name)
    }

    fn capture(&mut self, level: usize, key: String, node: Node) -> Node {
        let of = self.type_in(level - 1, &node);
        let captures = &mut self.frames[level].captures;
        let idx = captures
            .iter()
            .position(|(known, _, _)| *known == key)
            .unwrap_or_else(|| {
                captures.push((key, node, of));
                captures.len() - 1
            });
        Node::Captured(idx as u32)
    }

    fn type_in(&self, level: usize, node: &Node) -> Type {
        let frame = &self.frames[level];
        match node {
            Node::Local(slot) => frame.slots.get(*slot as usize).cloned(),
            Node::Captured(idx) => frame.captures.get(*idx as usize).map(|it| it.2.clone()),
            Node::CurrentFunction => Some(Type::AnyFunction),
            _ => None,
        }
        .unwrap_or(Type::Any)
    }
}

/// Whether a value of the type may have an entry of this name.
fn may_have(of: &Type, name: &str) -> bool {
    match of.plain() {
        Type::Context(entries) => entries.iter().any(|(it, _)| **it == *name),
        Type::Any | Type::AnyContext => true,
        _ => false,
    }
}

/// The entries of a context's type, or of the items of a list's, by their words.
pub(super) struct Members {
    pub(super) by_words: Vec<(String, Arc<str>)>,
    pub(super) words_max: usize,
}

impl Members {
    pub(super) fn of(of: &Type) -> Members {
        let of = of.item();
        let mut members = Members {
            by_words: Vec::new(),
            words_max: 0,
        };
        if let Type::Context(context) = of.plain() {
            for (name, _) in context.iter() {
                let words = lex::name_words(name).unwrap_or_default();
                members.words_max = members.words_max.max(words.len());
                let words = lex::join_words(&words);
                members.by_words.push((words, name.clone()));
            }
        }
        members
    }

    pub(super) fn find(&self, words: &str) -> Option<Arc<str>> {
        let mut members = self.by_words.iter();
        members
            .find(|(it, _)| it == words)
            .map(|(_, name)| name.clone())
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.by_words.iter().any(|(_, it)| **it == *name)
    }
}
