//! The names an expression may use that are more than one identifier.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lex;
use crate::types::Type;

/// The names in scope: `Monthly Fee`, `申请人 年龄`, `applicant's income`.
///
/// A name is recognised wherever its words and signs stand in this order, whatever the spaces
/// between them; the longest wins. Single identifiers need not be listed, except that only listed
/// names can be called as functions.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// From the words of the name to the name as it was given.
    by_words: BTreeMap<String, Arc<str>>,
    /// Names of entries, recognised behind a dot and in filters but standing for nothing alone.
    members: BTreeMap<String, Arc<str>>,
    words_max: usize,
    /// From the words of a type's name to the type.
    types: BTreeMap<String, Type>,
    /// A name that is neither listed nor a local is `null`, and is looked up nowhere.
    closed: bool,
}

impl Names {
    /// These names.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Names {
        let mut all = Names::default();
        for name in names {
            all.add(name);
        }
        all
    }

    /// Adds a name.
    pub fn add(&mut self, name: &str) {
        let Some(words) = lex::name_words(name) else {
            return;
        };
        self.words_max = self.words_max.max(words.len());
        self.by_words
            .insert(lex::join_words(&words), Arc::from(name));
    }

    /// Whether the name is listed.
    pub fn contains(&self, name: &str) -> bool {
        lex::name_words(name).is_some_and(|words| self.get(&lex::join_words(&words)).is_some())
    }

    /// Adds the name of a context's entry.
    pub fn add_member(&mut self, name: &str) {
        let Some(words) = lex::name_words(name) else {
            return;
        };
        self.words_max = self.words_max.max(words.len());
        self.members
            .insert(lex::join_words(&words), Arc::from(name));
    }

    pub(crate) fn member(&self, joined_words: &str) -> Option<&Arc<str>> {
        self.members.get(joined_words)
    }

    /// Adds a type, so that `instance of` and parameters can name it.
    pub(crate) fn add_type(&mut self, name: &str, of: Type) {
        let Some(words) = lex::name_words(name) else {
            return;
        };
        self.words_max = self.words_max.max(words.len());
        self.types.insert(lex::join_words(&words), of);
    }

    pub(crate) fn type_of(&self, joined_words: &str) -> Option<&Type> {
        self.types.get(joined_words)
    }

    /// Lets unknown names be `null`, as in a model that declares its inputs.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn get(&self, joined_words: &str) -> Option<&Arc<str>> {
        self.by_words.get(joined_words)
    }

    pub(crate) fn words_max(&self) -> usize {
        self.words_max
    }
}

/// Whether two names consist of the same words, whatever the spaces between them.
pub(crate) fn same_name(left: &str, right: &str) -> bool {
    left == right
        || match (lex::name_words(left), lex::name_words(right)) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        }
}
