//! The message catalogues of a plugin: what a person reads when an operation says no.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use crate::manifest::Text;
use crate::problem::Problem;

/// The catalogue in Chinese.
pub const ZH_FILE: &str = "messages/zh-CN.toml";
/// The catalogue in English.
pub const EN_FILE: &str = "messages/en.toml";

/// One message in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The text; `{name}` stands for an argument.
    pub text: Text,
    /// The article on which it rests, if any.
    pub basis: Option<Text>,
}

impl Message {
    /// The text with the arguments in their places; a placeholder without an argument stays.
    pub fn filled(&self, arguments: &BTreeMap<String, String>) -> Text {
        Text {
            zh: fill(&self.text.zh, arguments),
            en: fill(&self.text.en, arguments),
        }
    }
}

/// The catalogues of one plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages(BTreeMap<String, Message>);

impl Messages {
    /// Reads both catalogues.
    pub fn parse(zh: &str, en: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let zh = entries(ZH_FILE, zh, &mut problems);
        let en = entries(EN_FILE, en, &mut problems);
        for (file, there, here) in [(EN_FILE, &zh, &en), (ZH_FILE, &en, &zh)] {
            for code in there.keys().filter(|code| !here.contains_key(*code)) {
                let message = "expected a text, since the other catalogue has one";
                problems.push(Problem::error("HOST-0040", file, message).field(code.as_str()));
            }
        }
        let mut messages = BTreeMap::new();
        for (code, zh) in zh {
            let Some(en) = en.get(&code) else { continue };
            let (expected, found) = (placeholders(&zh.text), placeholders(&en.text));
            if expected != found {
                let message =
                    format!("expected the placeholders {expected:?} of {ZH_FILE}, found {found:?}");
                let problem = Problem::error("HOST-0041", EN_FILE, message);
                problems.push(problem.at(Some(en.line), code.as_str()));
            }
            let basis = zh
                .basis
                .zip(en.basis.clone())
                .map(|(zh, en)| Text { zh, en });
            let text = Text {
                zh: zh.text,
                en: en.text.clone(),
            };
            messages.insert(code, Message { text, basis });
        }
        if problems.is_empty() {
            Ok(Self(messages))
        } else {
            Err(problems)
        }
    }

    /// The message of a code.
    pub fn get(&self, code: &str) -> Option<&Message> {
        self.0.get(code)
    }

    /// Every code with its message.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Message)> {
        self.0
            .iter()
            .map(|(code, message)| (code.as_str(), message))
    }
}

struct Entry {
    line: u32,
    text: String,
    basis: Option<String>,
}

fn entries(file: &str, source: &str, problems: &mut Vec<Problem>) -> BTreeMap<String, Entry> {
    let line_of = |offset| crate::manifest::line_of(source, offset);
    let document = match DeTable::parse(source) {
        Ok(document) => document,
        Err(error) => {
            let line = error.span().map(|span| line_of(span.start));
            let message = format!("expected TOML, found: {}", error.message());
            problems.push(Problem::error("HOST-0042", file, message).at(line, ""));
            return BTreeMap::new();
        }
    };
    let mut entries = BTreeMap::new();
    for (code, value) in document.get_ref() {
        let line = line_of(code.span().start);
        let read = match value.get_ref() {
            DeValue::String(text) => Some((text.clone().into_owned(), None)),
            DeValue::Table(table) => text_and_basis(table),
            _ => None,
        };
        match read {
            Some((text, basis)) if !text.trim().is_empty() => {
                entries.insert(
                    code.get_ref().clone().into_owned(),
                    Entry { line, text, basis },
                );
            }
            _ => {
                let message =
                    "expected a text that is not blank, or `{ text = \"…\", basis = \"…\" }`";
                let problem = Problem::error("HOST-0042", file, message);
                problems.push(problem.at(Some(line), code.get_ref().as_ref()));
            }
        }
    }
    entries
}

fn text_and_basis(table: &DeTable<'_>) -> Option<(String, Option<String>)> {
    let of = |key: &str| match table.get(key).map(toml::Spanned::get_ref) {
        Some(DeValue::String(text)) => Some(text.clone().into_owned()),
        _ => None,
    };
    let known = table
        .keys()
        .all(|key| ["text", "basis"].contains(&key.get_ref().as_ref()));
    let basis = of("basis");
    let basis_fits = basis.is_some() || table.get("basis").is_none();
    of("text")
        .filter(|_| known && basis_fits)
        .map(|text| (text, basis))
}

/// The names within braces.
pub(crate) fn placeholders(text: &str) -> BTreeSet<&str> {
    let after_braces = text.split('{').skip(1);
    after_braces
        .filter_map(|it| it.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

/// In one pass, so that an argument cannot bring a placeholder with it.
pub(crate) fn fill(text: &str, arguments: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after
            .split_once('}')
            .and_then(|(name, tail)| Some((arguments.get(name)?, tail)))
        {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_in_one_language_only_is_named() {
        let problems = Messages::parse("A = \"甲{x}\"\nB = \"乙\"", "A = \"a {y}\"").unwrap_err();
        let codes: Vec<_> = problems
            .iter()
            .map(|it| (it.code, it.field.as_str()))
            .collect();
        assert_eq!(codes, [("HOST-0040", "B"), ("HOST-0041", "A")]);
    }

    #[test]
    fn an_argument_does_not_bring_placeholders_with_it() {
        let arguments = BTreeMap::from([
            ("a".to_owned(), "{b}".to_owned()),
            ("b".to_owned(), "!".to_owned()),
        ]);
        assert_eq!(fill("{a} {b} {c} {", &arguments), "{b} ! {c} {");
    }
}
