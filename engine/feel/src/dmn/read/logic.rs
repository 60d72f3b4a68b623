//! The logic of one element: what is in its scope, and the function it becomes.

use std::sync::Arc;

use super::instance::{Draft, DraftKind, Instances};
use super::{File, Reader, variable_type};
use crate::ast::{FunctionCode, Node, Parameter};
use crate::diagnostic;
use crate::dmn::graph::Element as GraphElement;
use crate::dmn::xml::Element;
use crate::names::Names;
use crate::parse::{self, Frames};
use crate::types::Type;

/// The names of elements that hold an expression.
pub(super) const EXPRESSIONS: &[&str] = &[
    "literalExpression",
    "decisionTable",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
];

/// What an element became.
#[derive(Clone)]
pub(super) struct Compiled {
    pub(super) code: Option<Arc<FunctionCode>>,
    /// The declared type of its variable.
    pub(super) of: Type,
    /// What is known of its values.
    pub(super) inferred: Type,
}

/// What an element requires, by the names it has in the element's logic.
pub(super) struct Scope {
    required: Vec<(Arc<str>, Type)>,
    /// The names of the model that are not required.
    others: Vec<Arc<str>>,
}

/// The expression among an element's children.
pub(super) fn expression_of(element: &Element) -> Option<&Element> {
    expressions(element).next()
}

pub(super) fn expressions(element: &Element) -> impl Iterator<Item = &Element> {
    let holds = |it: &&Element| {
        it.namespace == element.namespace && EXPRESSIONS.contains(&it.name.as_str())
    };
    element.children.iter().filter(holds)
}

/// The names of a business knowledge model's parameters: those that are declared, else the input
/// expressions of its table (10.2.1.7).
pub(super) fn parameter_names(knowledge: &Element) -> Vec<Arc<str>> {
    let Some(logic) = knowledge.first("encapsulatedLogic") else {
        return Vec::new();
    };
    let declared: Vec<Arc<str>> = logic
        .all("formalParameter")
        .filter_map(|it| it.attribute("name"))
        .map(Arc::from)
        .collect();
    match logic.first("decisionTable") {
        Some(table) if declared.is_empty() => table
            .all("input")
            .filter_map(|input| input.first("inputExpression")?.expression_text())
            .map(Arc::from)
            .collect(),
        _ => declared,
    }
}

/// The names a boxed expression brings into scope behind a dot.
fn local_names<'e>(element: &'e Element, names: &mut Vec<&'e str>) {
    if let "variable" | "column" | "output" = element.name.as_str() {
        names.extend(element.attribute("name"));
    }
    for child in &element.children {
        local_names(child, names);
    }
}

fn add_members(of: &Type, names: &mut Names, left: &mut u32) {
    let Some(rest) = left.checked_sub(1) else {
        return;
    };
    *left = rest;
    match of.plain() {
        Type::Context(entries) => {
            for (name, of) in entries.iter() {
                names.add_member(name);
                add_members(of, names, left);
            }
        }
        Type::List(of) => add_members(of, names, left),
        _ => {}
    }
}

impl Reader<'_> {
    /// What an element's logic may name.
    pub(super) fn scope(
        &mut self,
        draft: &Draft<'_>,
        drafts: &[Draft<'_>],
        instances: &Instances,
        elements: &[Option<GraphElement>],
    ) -> Scope {
        let type_of = |place: usize| match &elements[place] {
            Some(element) => element.inferred.clone(),
            None => Type::Any,
        };
        let imports = &instances[draft.instance].imports;
        let name_of = |place: usize| {
            let other = &drafts[place];
            let import = imports.iter().find(|(_, it)| *it == other.instance);
            match import {
                Some((import, _)) if !import.is_empty() => {
                    Arc::from(format!("{import}.{}", other.name))
                }
                _ => other.name.clone(),
            }
        };
        let required = draft.requires.iter();
        let required = required.map(|it| (name_of(*it), type_of(*it))).collect();
        let others = drafts
            .iter()
            .enumerate()
            .filter(|(place, it)| it.instance == draft.instance && !draft.requires.contains(place))
            .map(|(_, it)| it.name.clone())
            .collect();
        Scope { required, others }
    }

    /// The names that all elements of a file share: its types and the entries of contexts.
    fn shared_names(&mut self, file: &File) -> Names {
        let mut names = Names::default();
        let types = self.types.clone();
        for (name, of) in types.iter() {
            names.add_type(name, of.clone());
            add_members(of, &mut names, &mut 10_000);
        }
        let mut locals = Vec::new();
        for child in &file.root.children {
            if child.name != "inputData" {
                local_names(child, &mut locals);
            }
        }
        for local in locals {
            names.add_member(local);
        }
        // A model that declares no input takes whatever it is given.
        let declares = |name: &str| file.root.first(name).is_some();
        if declares("inputData") || declares("import") {
            names.close();
        }
        names
    }

    /// Compiles the logic of an element; what is wrong gives `null`.
    pub(super) fn compiled(
        &mut self,
        draft: &Draft<'_>,
        scope: Scope,
        is_circular: bool,
        files: &[File],
    ) -> Compiled {
        let file = &files[draft.file];
        self.enclosing = Some(draft.id.to_string());
        self.names = self.names_of(draft.file, file);
        self.subject = draft.name.clone();
        let declared = variable_type(draft.element).map(|it| self.type_named(it, draft.element));
        self.declared = super::any_if_missing(declared.clone());
        let compiled = match draft.kind {
            DraftKind::Input => {
                let of = super::any_if_missing(declared);
                Compiled {
                    code: None,
                    inferred: of.clone(),
                    of,
                }
            }
            DraftKind::Service(_) => Compiled {
                code: None,
                of: super::any_if_missing(declared),
                inferred: Type::AnyFunction,
            },
            DraftKind::Decision | DraftKind::Knowledge => {
                self.function_of(draft, scope, declared, is_circular)
            }
        };
        self.enclosing = None;
        compiled
    }

    fn names_of(&mut self, place: usize, file: &File) -> Arc<Names> {
        if let Some((known, names)) = &self.names_of_file
            && *known == place
        {
            return names.clone();
        }
        let names = Arc::new(self.shared_names(file));
        self.names_of_file = Some((place, names.clone()));
        names
    }

    fn function_of(
        &mut self,
        draft: &Draft<'_>,
        scope: Scope,
        declared: Option<Type>,
        is_circular: bool,
    ) -> Compiled {
        self.frames = Frames::closed(self.names.is_closed());
        self.not_required = scope.others;
        let mut parameters = Vec::new();
        for (name, of) in &scope.required {
            self.frames.declare(name, of.clone());
            parameters.push(Parameter {
                name: name.clone(),
                of: Type::Any,
            });
        }
        let is_knowledge = matches!(draft.kind, DraftKind::Knowledge);
        let body = match (is_circular, is_knowledge) {
            (true, _) => null("it requires itself"),
            (false, true) => self.knowledge(draft, declared.clone()),
            (false, false) => self.decision(draft),
        };
        let of = parse::type_in(&mut self.frames, &body);
        if let Some(declared) = declared.as_ref().filter(|_| !is_knowledge) {
            self.check_type(draft.element, &body, declared);
        }
        self.check_usage(draft, &scope.required);
        let code = FunctionCode {
            parameters: parameters.into(),
            frame_size: self.frames.size(),
            body,
            result: of.clone(),
        };
        let declared = declared.filter(|it| !is_knowledge && !it.is_any());
        Compiled {
            code: Some(Arc::new(code)),
            inferred: declared.clone().unwrap_or(of),
            of: super::any_if_missing(declared),
        }
    }

    fn decision(&mut self, draft: &Draft<'_>) -> Node {
        match expression_of(draft.element) {
            Some(expression) => self.boxed(expression),
            None => {
                let message = format!("the decision {:?} has no logic and gives null", draft.name);
                self.warning(diagnostic::DMN_MISSING, draft.element, message);
                null("the decision has no logic")
            }
        }
    }

    /// A function. The type of the variable, if it is that of no function, is that of the result.
    fn knowledge(&mut self, draft: &Draft<'_>, declared: Option<Type>) -> Node {
        let Some(logic) = draft.element.first("encapsulatedLogic") else {
            let message = format!("the function {:?} has no logic", draft.name);
            self.warning(diagnostic::DMN_MISSING, draft.element, message);
            return null("the business knowledge model has no logic");
        };
        let result = match declared.as_ref().map(Type::plain) {
            Some(Type::Function(signature)) => signature.result.clone(),
            Some(Type::AnyFunction) | None => Type::Any,
            Some(_) => super::any_if_missing(declared),
        };
        let implicit = match logic.first("formalParameter") {
            Some(_) => Vec::new(),
            None => parameter_names(draft.element),
        };
        self.function(logic, Some(&draft.name), result, &implicit)
    }

    /// What is required but not used.
    fn check_usage(&mut self, draft: &Draft<'_>, required: &[(Arc<str>, Type)]) {
        let used = self.frames.used().clone();
        for (slot, (name, _)) in required.iter().enumerate() {
            if !used.contains(&(slot as u32)) {
                let message = format!("{name:?} is required but not used");
                self.warning(diagnostic::DMN_REQUIREMENT, draft.element, message);
            }
        }
    }

    /// Reports the names in a text that led to nothing.
    pub(super) fn note_unknown(&mut self, element: &Element) {
        let mut unknown = self.frames.take_unknown();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            let (code, message) = match self.not_required.contains(&name) {
                true => (
                    diagnostic::DMN_REQUIREMENT,
                    format!("{name:?} is used but not required"),
                ),
                false => (
                    diagnostic::UNKNOWN_NAME,
                    format!("{name:?} is neither an input nor a required decision"),
                ),
            };
            self.warning(code, element, message);
        }
    }
}

/// What gives `null`, and why.
pub(super) fn null(why: &str) -> Node {
    Node::Null(Arc::from(why))
}
