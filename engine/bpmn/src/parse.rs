//! What every parser of an element shares: findings, limits, declarations, expressions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_feel::expression::Expression;

use crate::diagnostic::{Argument, At, CodeText, Problems, code};
use crate::expression;
use crate::limit::Limits;
use crate::model::correlation::Correlation;
use crate::model::declaration::{
    ErrorDeclaration, EscalationDeclaration, MessageDeclaration, SignalDeclaration,
};
use crate::model::item::Item;
use crate::model::item_definition::ItemDefinition;
use crate::timer::{self, TimerKind};
use crate::xml::{Node, Space};

/// The state of one reading.
pub(crate) struct Parse<'a> {
    pub(crate) problems: Problems,
    pub(crate) limits: &'a Limits,
    pub(crate) messages: BTreeMap<String, MessageDeclaration>,
    pub(crate) signals: BTreeMap<String, SignalDeclaration>,
    pub(crate) errors: BTreeMap<String, ErrorDeclaration>,
    pub(crate) escalations: BTreeMap<String, EscalationDeclaration>,
    /// Event definitions beside the processes, which events may refer to.
    pub(crate) event_definitions: BTreeMap<String, Arc<Node>>,
    pub(crate) correlation: Correlation,
    /// What data associations refer to.
    pub(crate) items: BTreeMap<String, Item>,
    /// What typed data refer to.
    pub(crate) item_definitions: BTreeMap<String, ItemDefinition>,
    /// Global tasks, which call activities refer to by id.
    pub(crate) global_tasks: BTreeMap<String, Arc<Node>>,
    /// The ids of the executable processes of the file.
    pub(crate) process_ids: BTreeSet<String>,
    foreign: BTreeSet<String>,
}

impl<'a> Parse<'a> {
    pub(crate) fn new(problems: Problems, limits: &'a Limits) -> Parse<'a> {
        Parse {
            problems,
            limits,
            messages: BTreeMap::new(),
            signals: BTreeMap::new(),
            errors: BTreeMap::new(),
            escalations: BTreeMap::new(),
            event_definitions: BTreeMap::new(),
            items: BTreeMap::new(),
            item_definitions: BTreeMap::new(),
            global_tasks: BTreeMap::new(),
            process_ids: BTreeSet::new(),
            correlation: Correlation::default(),
            foreign: BTreeSet::new(),
        }
    }

    pub(crate) fn report(&mut self, text: &'static CodeText, at: At<'_>, arguments: &[Argument]) {
        self.problems.report(text, at, arguments);
    }

    /// Notes content of another namespace, once for each.
    pub(crate) fn note_foreign(&mut self, uri: &str, at: At<'_>) {
        const XML: &str = "http://www.w3.org/XML/1998/namespace";
        const CAMUNDA_7: &str = "http://camunda.org/schema/1.0/bpmn";
        if uri == XML || !self.foreign.insert(uri.to_owned()) {
            return;
        }
        if uri == CAMUNDA_7 {
            self.report(&code::CAMUNDA_SEVEN, at, &[]);
        } else {
            self.report(&code::FOREIGN_CONTENT, at, &[uri.into()]);
        }
    }

    /// Reports attributes that BPMN does not know on this element. `inherited` and `own` are
    /// known; `id` and `name` always are.
    pub(crate) fn check_attributes(&mut self, node: &Node, inherited: &[&str], own: &[&str]) {
        for attribute in &node.attributes {
            let local = attribute.local.as_str();
            match &attribute.space {
                Space::None | Space::Bpmn => {
                    let known = ["id", "name"].contains(&local)
                        || inherited.contains(&local)
                        || own.contains(&local);
                    if !known {
                        let element = node.local.as_str().into();
                        self.report(
                            &code::UNKNOWN_ATTRIBUTE,
                            node.at(),
                            &[local.into(), element],
                        );
                    }
                }
                Space::Zeebe => {
                    // What the modeler keeps about the element template it was made from.
                    if !local.starts_with("modelerTemplate") {
                        self.report(&code::UNKNOWN_EXTENSION, node.at(), &[local.into()]);
                    }
                }
                Space::Foreign(uri) => self.note_foreign(uri, node.at()),
                Space::SchemaInstance | Space::Diagram => {}
            }
        }
    }

    /// The name, with its length checked.
    pub(crate) fn name(&mut self, node: &Node) -> Option<std::sync::Arc<str>> {
        let name = node.attribute("name").filter(|it| !it.trim().is_empty())?;
        let length = name.chars().count();
        if length > self.limits.name_chars_max {
            let found = [length.into(), self.limits.name_chars_max.into()];
            self.report(&code::NAME_TOO_LONG, node.at(), &found);
        }
        Some(std::sync::Arc::from(name))
    }

    /// The id, which must be there.
    pub(crate) fn id(&mut self, node: &Node) -> Option<std::sync::Arc<str>> {
        let id = node.id();
        if id.is_none() {
            self.report(&code::MISSING_ID, node.at(), &[node.local.as_str().into()]);
        }
        id.map(std::sync::Arc::from)
    }

    /// An attribute of XML's boolean type.
    pub(crate) fn boolean(&mut self, node: &Node, name: &str, default: bool) -> bool {
        match node.attribute(name).map(str::trim) {
            None => default,
            Some("true" | "1") => true,
            Some("false" | "0") => false,
            Some(other) => {
                let expected = ("true or false", " true 或 false");
                let found = [name.into(), other.into(), expected.into()];
                self.report(&code::INVALID_ATTRIBUTE, node.at(), &found);
                default
            }
        }
    }

    /// An attribute that must be there and not be empty.
    pub(crate) fn required<'n>(
        &mut self,
        node: &'n Node,
        at: At<'_>,
        name: &str,
    ) -> Option<&'n str> {
        let value = node.attribute(name).filter(|it| !it.trim().is_empty());
        if value.is_none() {
            self.report(
                &code::MISSING_ATTRIBUTE,
                at,
                &[name.into(), node.local.as_str().into()],
            );
        }
        value
    }

    /// FEEL, which begins with `=`.
    pub(crate) fn feel(&mut self, at: At<'_>, what: &str, text: &str) -> Option<Expression> {
        let text = text.trim();
        if text.is_empty() {
            self.report(&code::EMPTY_EXPRESSION, at, &[what.into()]);
            return None;
        }
        let Some(source) = text.strip_prefix('=') else {
            self.report(&code::NOT_AN_EXPRESSION, at, &[what.into(), text.into()]);
            return None;
        };
        if source.trim().is_empty() {
            self.report(&code::EMPTY_EXPRESSION, at, &[what.into()]);
            return None;
        }
        match expression::compile(source) {
            Ok(expression) => Some(expression),
            Err(errors) => {
                for error in errors {
                    // Counted in the text as it stands in the model, with its `=`.
                    let before = source.get(..error.offset).unwrap_or(source);
                    let position = before.chars().count() + 2;
                    let reason = format!("{} ({})", error.message, error.code);
                    let found = [
                        what.into(),
                        position.into(),
                        reason.as_str().into(),
                        text.into(),
                    ];
                    self.report(&code::SYNTAX_ERROR, at, &found);
                }
                None
            }
        }
    }

    /// FEEL, or a static text.
    pub(crate) fn text_or_feel(
        &mut self,
        at: At<'_>,
        what: &str,
        text: &str,
    ) -> Option<Expression> {
        if text.trim().starts_with('=') {
            return self.feel(at, what, text);
        }
        if text.trim().is_empty() {
            self.report(&code::EMPTY_EXPRESSION, at, &[what.into()]);
            return None;
        }
        Some(expression::constant_text(text.trim()))
    }

    /// FEEL, or static texts separated by commas.
    pub(crate) fn list_or_feel(
        &mut self,
        at: At<'_>,
        what: &str,
        text: &str,
    ) -> Option<Expression> {
        if text.trim().starts_with('=') {
            return self.feel(at, what, text);
        }
        let items = || {
            text.split([',', '，'])
                .map(str::trim)
                .filter(|it| !it.is_empty())
        };
        if items().next().is_none() {
            self.report(&code::EMPTY_EXPRESSION, at, &[what.into()]);
            return None;
        }
        Some(expression::constant_list(items()))
    }

    /// FEEL, or a static integer.
    pub(crate) fn integer_or_feel(
        &mut self,
        at: At<'_>,
        what: &str,
        text: &str,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> Option<Expression> {
        if text.trim().starts_with('=') {
            return self.feel(at, what, text);
        }
        match text.trim().parse::<u32>() {
            Ok(value) if bounds.contains(&value) => Some(expression::constant_integer(value)),
            _ => {
                let (min, max) = (bounds.start().to_string(), bounds.end().to_string());
                let found = [
                    what.into(),
                    min.as_str().into(),
                    max.as_str().into(),
                    text.trim().into(),
                ];
                self.report(&code::INVALID_INTEGER, at, &found);
                None
            }
        }
    }

    /// FEEL, or a static text in the form of one kind of timer.
    pub(crate) fn timer_or_feel(
        &mut self,
        at: At<'_>,
        what: &str,
        text: &str,
        kind: TimerKind,
    ) -> Option<Expression> {
        let expression = self.text_or_feel(at, what, text)?;
        if text.trim().starts_with('=') {
            return Some(expression);
        }
        match timer::check(kind, text) {
            Ok(()) => Some(expression),
            Err(error) => {
                self.report_timer(at, kind, text.trim(), &error);
                None
            }
        }
    }

    fn report_timer(&mut self, at: At<'_>, kind: TimerKind, text: &str, error: &timer::Error) {
        match kind {
            TimerKind::Date => self.report(&code::INVALID_DATE, at, &[text.into()]),
            TimerKind::Duration => self.report(&code::INVALID_DURATION, at, &[text.into()]),
            TimerKind::Cycle => {
                let why = match error {
                    timer::Error::NotACycle { why, .. } => why.clone(),
                    other => other.to_string(),
                };
                self.report(
                    &code::INVALID_CYCLE,
                    at,
                    &[text.into(), why.as_str().into()],
                );
            }
        }
    }

    /// The name of a variable.
    pub(crate) fn variable(&mut self, at: At<'_>, what: &str, text: &str) -> bool {
        let valid = expression::is_variable(text);
        if !valid {
            self.report(&code::INVALID_VARIABLE, at, &[what.into(), text.into()]);
        }
        valid
    }

    /// A language attribute of an expression may only name FEEL.
    pub(crate) fn check_language(&mut self, node: &Node) {
        for name in ["language", "evaluatesToTypeRef"] {
            let Some(language) = node.attribute(name) else {
                continue;
            };
            if name == "language" && !language.to_ascii_lowercase().contains("feel") {
                self.report(&code::OTHER_LANGUAGE, node.at(), &[language.into()]);
            }
        }
    }
}

/// A reference may carry a prefix of the target namespace, `tns:order`.
pub(crate) fn reference(text: &str) -> &str {
    let text = text.trim();
    text.rsplit_once(':').map_or(text, |(_, local)| local)
}
