//! Texts with values in them: `编号：{{ number }}`, `{{ amount | money-upper }}`.

use std::collections::BTreeSet;

use tongban_feel::expression::{Expression, Names};

use super::reader::Table;
use crate::problem::{EXPRESSION, NAME_UNKNOWN, Problem, WRONG};
use crate::value::FORMS;

/// A text with values in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(pub(crate) Vec<Piece>);

/// A part of a text.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(String),
    Value {
        expression: Expression,
        form: Option<&'static str>,
    },
    /// The number of the page.
    Page,
    /// How many pages there are.
    Pages,
}

/// What the expressions of a template may name.
pub(super) struct Scope<'n> {
    names: Names,
    known: BTreeSet<&'n str>,
    has_pages: bool,
}

impl<'n> Scope<'n> {
    pub(super) fn new(names: &Names, data: &'n [String]) -> Scope<'n> {
        Scope {
            names: names.clone(),
            known: data.iter().map(String::as_str).collect(),
            has_pages: false,
        }
    }

    /// The same, for what is written once for each row.
    pub(super) fn of_rows(&self) -> Scope<'n> {
        let mut known = self.known.clone();
        known.extend(["row", "position"]);
        Scope {
            names: self.names.clone(),
            known,
            has_pages: false,
        }
    }

    /// The same, for running heads and feet.
    pub(super) fn of_pages(&self) -> Scope<'n> {
        Scope {
            names: self.names.clone(),
            known: self.known.clone(),
            has_pages: true,
        }
    }

    /// The text under a key that was read.
    pub(super) fn text(&self, table: &Table<'_>, key: &str, source: &str) -> Text {
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some((before, behind)) = rest.split_once("{{") {
            push_literal(&mut pieces, before);
            let Some((inside, after)) = behind.split_once("}}") else {
                table.report(key, |path| {
                    Problem::new(EXPRESSION, path).with("reason", "{{ without }}")
                });
                return Text(pieces);
            };
            pieces.extend(self.piece(table, key, inside.trim()));
            rest = after;
        }
        push_literal(&mut pieces, rest);
        Text(pieces)
    }

    fn piece(&self, table: &Table<'_>, key: &str, inside: &str) -> Option<Piece> {
        match inside {
            "page" if self.has_pages => return Some(Piece::Page),
            "pages" if self.has_pages => return Some(Piece::Pages),
            _ => {}
        }
        let (source, form) = match inside.rsplit_once('|') {
            // Within a text or a list the bar belongs to FEEL.
            Some((source, form)) if !form.contains(['"', ']', '}', ')']) => {
                (source.trim(), Some(form.trim()))
            }
            _ => (inside, None),
        };
        let form = match form {
            None => None,
            Some(name) => match FORMS.iter().copied().find(|it| *it == name) {
                Some(known) => Some(known),
                None => {
                    table.report(key, |path| {
                        Problem::new(WRONG, path)
                            .with("expected", FORMS.join(", "))
                            .with("found", name)
                    });
                    return None;
                }
            },
        };
        let expression = self.expression(table, key, source)?;
        Some(Piece::Value { expression, form })
    }

    /// An expression that stands under a key.
    pub(super) fn expression(
        &self,
        table: &Table<'_>,
        key: &str,
        source: &str,
    ) -> Option<Expression> {
        let wrong = |reason: String| {
            table.report(key, |path| {
                Problem::new(EXPRESSION, path).with("reason", reason)
            });
        };
        let expression = match Expression::compile(source, &self.names) {
            Ok(expression) => expression,
            Err(errors) => {
                let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
                wrong(format!("{source}: {}", reasons.join("; ")));
                return None;
            }
        };
        for name in expression.variables() {
            if !self.known.contains(&*name) {
                let known: Vec<&str> = self.known.iter().copied().collect();
                table.report(key, |path| {
                    Problem::new(NAME_UNKNOWN, path)
                        .with("name", &*name)
                        .with("known", known.join(", "))
                });
            }
        }
        Some(expression)
    }

    /// The expression under a key, if it is there.
    pub(super) fn optional(&self, table: &Table<'_>, key: &str) -> Option<Expression> {
        let source = table.text(key)?;
        self.expression(table, key, &source)
    }
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Literal(text.to_owned()));
    }
}

/// A text without its values, for lists.
pub(super) fn label(source: &str) -> String {
    let mut label = String::new();
    let mut rest = source;
    while let Some((before, behind)) = rest.split_once("{{") {
        label += before;
        rest = behind.split_once("}}").map_or("", |it| it.1);
    }
    label += rest;
    label.trim().to_owned()
}
