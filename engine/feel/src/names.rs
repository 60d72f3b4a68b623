//! The names an expression may use that are more than one identifier.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lex;

/// The names in scope: `Monthly Fee`, `申请人 年龄`, `applicant's income`.
///
/// A name is recognised wherever its words and signs stand in this order, whatever the spaces
/// between them; the longest wins. Single identifiers need not be listed, except that only listed
/// names can be called as functions.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// From the words of the name to the name as it was given.
    by_words: BTreeMap<String, Arc<str>>,
    words_max: usize,
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
        let Some(words) = lex::name_words(name) else { return };
        self.words_max = self.words_max.max(words.len());
        self.by_words.insert(lex::join_words(&words), Arc::from(name));
    }

    /// Whether the name is listed.
    pub fn contains(&self, name: &str) -> bool {
        lex::name_words(name).is_some_and(|words| self.get(&lex::join_words(&words)).is_some())
    }

    pub(crate) fn get(&self, joined_words: &str) -> Option<&Arc<str>> {
        self.by_words.get(joined_words)
    }

    pub(crate) fn words_max(&self) -> usize {
        self.words_max
    }
}
