//! Where names end: the longest that is in scope wins.

use std::sync::Arc;

use super::scope::Members;
use super::{Parsed, Parser};
use crate::builtin;
use crate::lex;
use crate::types::Type;

/// Properties of ranges, dates and times that consist of several words.
const PROPERTIES: &[&str] = &["start included", "end included", "time offset"];

impl Parser<'_> {
    /// A name of any words up to a sign that follows it.
    pub(super) fn key_before(&mut self, sign: &str) -> Parsed<Arc<str>> {
        match self.key_end(sign) {
            Some((key, end)) => {
                self.at = end;
                Ok(key)
            }
            None => self.unexpected(&format!("a name and {sign:?}")),
        }
    }

    pub(super) fn key_end(&mut self, sign: &str) -> Option<(Arc<str>, usize)> {
        self.space();
        let start = self.at;
        let first = self.rest().chars().next()?;
        if !lex::is_name_start(first) {
            return None;
        }
        let mut at = start;
        for _ in 0..lex::NAME_WORDS_MAX {
            let Some((_, end)) = lex::next_word(self.source, at) else {
                break;
            };
            at = end;
            let next = lex::skip_space(self.source, at);
            if self.source[next..].starts_with(sign) {
                return Some((spaced_once(&self.source[start..at]), at));
            }
        }
        None
    }

    /// The name at this place: the longest that is in scope, else one identifier.
    pub(super) fn name(&mut self) -> Option<(Arc<str>, usize)> {
        self.name_known(0, |parser, words| {
            parser
                .frames
                .find(words)
                .or_else(|| parser.names.get(words).cloned())
                .or_else(|| parser.names.member(words).cloned())
                .or_else(|| builtin::by_words(words).map(|it| Arc::from(it.name)))
        })
    }

    /// The member after a dot: the longest name that the subject's type has or else the model
    /// knows, else one identifier.
    pub(super) fn member(&mut self, of: &Type) -> Parsed<Arc<str>> {
        let members = Members::of(of);
        let found = self.name_known(members.words_max, |_, words| members.find(words));
        if let Some((name, end)) = found.filter(|(name, _)| members.knows(name)) {
            self.at = end;
            return Ok(name);
        }
        let found = self.name_known(0, |parser, words| {
            let property = PROPERTIES
                .iter()
                .find(|it| lex::name_words(it).is_some_and(|it| lex::join_words(&it) == words));
            parser
                .names
                .member(words)
                .or_else(|| parser.names.get(words))
                .cloned()
                .or_else(|| property.map(|name| Arc::from(*name)))
                .or_else(|| parser.frames.find(words))
        });
        match found {
            Some((name, end)) => {
                self.at = end;
                Ok(name)
            }
            None => self.unexpected("a name"),
        }
    }

    fn name_known(
        &mut self,
        words_min: usize,
        known: impl Fn(&Self, &str) -> Option<Arc<str>>,
    ) -> Option<(Arc<str>, usize)> {
        self.space();
        let first = self.rest().chars().next()?;
        if !lex::is_name_start(first) {
            return None;
        }
        let mut longest = None;
        let mut joined = String::new();
        let mut at = self.at;
        let words_max = self
            .names
            .words_max()
            .max(self.frames.words_max())
            .max(builtin::WORDS_MAX)
            .max(words_min);
        for count in 0..words_max {
            let Some((word, end)) = lex::next_word(self.source, at) else {
                break;
            };
            lex::push_word(&mut joined, word);
            at = end;
            match known(self, &joined) {
                Some(name) => longest = Some((name, at)),
                None if count == 0 => longest = Some((Arc::from(word), at)),
                None => {}
            }
        }
        longest
    }
}

/// The name with one space wherever it has any.
pub(super) fn spaced_once(name: &str) -> Arc<str> {
    let words: Vec<&str> = name
        .split(lex::is_space)
        .filter(|word| !word.is_empty())
        .collect();
    Arc::from(words.join(" "))
}
