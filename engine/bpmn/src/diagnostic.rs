//! What is wrong with a model, and where.
//!
//! Every finding has a stable code, registered once in [`code`] with its texts. A text names what
//! was expected and what was found; the remedy says what to do instead.

use std::fmt::Write as _;

pub mod code;

/// One finding about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, `BPMN-0012`.
    pub code: &'static str,
    /// Whether it prevents the deployment.
    pub severity: Severity,
    /// The file it is in.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The XML id of the element, if it has one.
    pub element_id: Option<String>,
    /// What was expected and what was found, in English.
    pub message: String,
    /// The same in Chinese (zh-CN).
    pub message_zh: String,
    /// What to do instead, in English.
    pub remedy: String,
    /// The same in Chinese (zh-CN).
    pub remedy_zh: String,
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{}:{}: {} ",
            self.file, self.line, self.column, self.code
        )?;
        if self.severity == Severity::Warning {
            f.write_str("(warning) ")?;
        }
        if let Some(element_id) = &self.element_id {
            write!(f, "[{element_id}] ")?;
        }
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// Whether a finding prevents the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The model cannot be deployed.
    Error,
    /// The model can be deployed; something in it has no effect or may surprise.
    Warning,
}

/// The registration of a code. `{0}`, `{1}` stand for the particulars of a finding.
#[derive(Debug, Clone, Copy)]
pub struct CodeText {
    /// The stable code.
    pub code: &'static str,
    /// Whether it prevents the deployment.
    pub severity: Severity,
    /// What was expected and found, in Chinese.
    pub zh: &'static str,
    /// What was expected and found, in English.
    pub en: &'static str,
    /// What to do instead, in Chinese.
    pub help_zh: &'static str,
    /// What to do instead, in English.
    pub help: &'static str,
}

/// All codes of this crate, in their order.
pub static CODES: &[CodeText] = code::ALL;

/// Where something stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: u32,
    /// From 1, in characters.
    pub(crate) column: u32,
}

/// Where a finding belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) place: Place,
    pub(crate) element_id: Option<&'a str>,
}

/// A particular of a finding, put into its texts.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    /// The same in every language: ids, names, values.
    Plain(String),
    /// A phrase.
    Phrase { en: &'static str, zh: &'static str },
}

impl From<&str> for Argument {
    fn from(value: &str) -> Argument {
        Argument::Plain(shorten(value))
    }
}

impl From<usize> for Argument {
    fn from(value: usize) -> Argument {
        Argument::Plain(value.to_string())
    }
}

impl From<(&'static str, &'static str)> for Argument {
    fn from((en, zh): (&'static str, &'static str)) -> Argument {
        Argument::Phrase { en, zh }
    }
}

/// Quoted input is cut, so that a hostile file cannot make a huge answer.
fn shorten(value: &str) -> String {
    const CHARS_MAX: usize = 120;
    match value.char_indices().nth(CHARS_MAX) {
        Some((position, _)) => format!("{}…", &value[..position]),
        None => value.to_owned(),
    }
}

/// Collects the findings of one reading.
#[derive(Debug)]
pub(crate) struct Problems {
    file: String,
    max: usize,
    list: Vec<Diagnostic>,
    errors: usize,
    cut_off: bool,
}

impl Problems {
    pub(crate) fn new(file: &str, max: usize) -> Problems {
        let file = file.to_owned();
        Problems {
            file,
            max,
            list: Vec::new(),
            errors: 0,
            cut_off: false,
        }
    }

    /// Notes a finding.
    pub(crate) fn report(&mut self, text: &'static CodeText, at: At<'_>, arguments: &[Argument]) {
        if text.severity == Severity::Error {
            self.errors += 1;
        }
        if self.list.len() >= self.max {
            self.cut_off = true;
            return;
        }
        self.list.push(self.diagnostic(text, at, arguments));
    }

    fn diagnostic(&self, text: &CodeText, at: At<'_>, arguments: &[Argument]) -> Diagnostic {
        Diagnostic {
            code: text.code,
            severity: text.severity,
            file: self.file.clone(),
            line: at.place.line,
            column: at.place.column,
            element_id: at.element_id.map(shorten),
            message: fill(text.en, arguments, Language::En),
            message_zh: fill(text.zh, arguments, Language::Zh),
            remedy: fill(text.help, arguments, Language::En),
            remedy_zh: fill(text.help_zh, arguments, Language::Zh),
        }
    }

    /// Notes a finding that another check may have noted already.
    pub(crate) fn report_once(
        &mut self,
        text: &'static CodeText,
        at: At<'_>,
        arguments: &[Argument],
    ) {
        if !self.has(at.place, &[text.code]) {
            self.report(text, at, arguments);
        }
    }

    /// Whether a finding with one of these codes was noted at a place.
    pub(crate) fn has(&self, place: Place, codes: &[&str]) -> bool {
        let mut here = self
            .list
            .iter()
            .filter(|it| (it.line, it.column) == (place.line, place.column));
        here.any(|it| codes.contains(&it.code))
    }

    /// Drops what was noted with a code at a place, where another finding says it better.
    pub(crate) fn supersede(&mut self, place: Place, codes: &[&str]) {
        let errors = &mut self.errors;
        self.list.retain(|it| {
            let is_here = (it.line, it.column) == (place.line, place.column);
            let drops = is_here && codes.contains(&it.code);
            *errors -= usize::from(drops && it.severity == Severity::Error);
            !drops
        });
    }

    /// Whether an error was noted.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The findings in the order of the file.
    pub(crate) fn into_list(mut self) -> Vec<Diagnostic> {
        if self.cut_off {
            let at = At {
                place: Place {
                    line: u32::MAX,
                    column: 1,
                },
                element_id: None,
            };
            let more = self.diagnostic(&code::TOO_MANY_PROBLEMS, at, &[self.max.into()]);
            self.list.push(more);
        }
        self.list.sort_by_key(|it| (it.line, it.column));
        if let Some(last) = self.list.last_mut().filter(|it| it.line == u32::MAX) {
            (last.line, last.column) = (1, 1);
        }
        self.list
    }
}

#[derive(Clone, Copy)]
enum Language {
    En,
    Zh,
}

fn fill(template: &str, arguments: &[Argument], language: Language) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('}') else {
            break;
        };
        let position: Option<usize> = rest[open + 1..open + close].parse().ok();
        match position.and_then(|it| arguments.get(it)) {
            Some(Argument::Plain(value)) => filled.push_str(value),
            Some(Argument::Phrase { en, zh }) => filled.push_str(match language {
                Language::En => en,
                Language::Zh => zh,
            }),
            None => {
                let _ = write!(filled, "{}", &rest[open..=open + close]);
            }
        }
        rest = &rest[open + close + 1..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_registered_once_with_all_its_texts() {
        let mut seen = BTreeSet::new();
        for text in CODES {
            assert!(seen.insert(text.code), "{} is registered twice", text.code);
            assert!(
                text.code.starts_with("BPMN-") && text.code.len() == 9,
                "{}",
                text.code
            );
            for part in [text.zh, text.en, text.help, text.help_zh] {
                assert!(!part.is_empty(), "{} lacks a text", text.code);
            }
            assert!(
                !text.en.ends_with('.') && !text.help.ends_with('.'),
                "{}",
                text.code
            );
        }
    }

    #[test]
    fn particulars_are_filled_in_by_language() {
        let arguments = ["a".into(), ("yes", "是").into()];
        assert_eq!(
            fill("{0}: {1}, {2}", &arguments, Language::Zh),
            "a: 是, {2}"
        );
        assert_eq!(fill("{1}", &arguments, Language::En), "yes");
    }
}
