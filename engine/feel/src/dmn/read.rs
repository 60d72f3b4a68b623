//! From the tree of a file to a compiled model, with all problems on the way.

mod item;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::boxed::{expression_of, local_names};
use super::item::{ItemType, ItemTypes};
use super::requirements;
use super::xml::{self, Element, Place};
use super::{CompiledModel, Input, Limits, Logic, Node};
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::expression::{Expression, Names};
use crate::types::Type;

/// The namespaces of DMN 1.1 to 1.6.
const NAMESPACES: &[&str] = &[
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
];

/// Decisions and business knowledge models of one file.
const NODES_MAX: usize = 2_000;

/// Reads a model while it collects problems.
pub(super) struct Reader<'f> {
    file: &'f str,
    limits: &'f Limits,
    diagnostics: Vec<Diagnostic>,
    types: ItemTypes,
    /// Types and entries, which all decisions share.
    base: Arc<Names>,
    /// The names in scope of the decision that is being read.
    names: Names,
    /// The id of the decision that is being read.
    enclosing: Option<String>,
}

/// Reads a file; the model with its warnings, or all problems.
pub(super) fn read(
    file: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<CompiledModel, Vec<Diagnostic>> {
    let mut reader = Reader {
        file,
        limits,
        diagnostics: Vec::new(),
        types: ItemTypes::new(),
        base: Arc::default(),
        names: Names::default(),
        enclosing: None,
    };
    let root = match xml::read(bytes, limits) {
        Ok(root) => root,
        Err(refusal) => {
            reader.report(
                Severity::Error,
                refusal.code,
                refusal.place,
                None,
                refusal.message,
            );
            return Err(reader.diagnostics);
        }
    };
    let mut model = reader.model(&root);
    if reader
        .diagnostics
        .iter()
        .any(|it| it.severity == Severity::Error)
    {
        return Err(reader.diagnostics);
    }
    model.warnings = reader.diagnostics;
    Ok(model)
}

/// A decision or business knowledge model before it is compiled.
struct Draft<'e> {
    element: &'e Element,
    id: Arc<str>,
    name: Arc<str>,
    is_knowledge: bool,
    requires: Vec<usize>,
    inputs: Vec<usize>,
}

impl<'f> Reader<'f> {
    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: Place,
        element_id: Option<String>,
        message: String,
    ) {
        if self.diagnostics.len() >= self.limits.diagnostics_max {
            return;
        }
        self.diagnostics.push(Diagnostic {
            code,
            severity,
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            element_id,
            message,
            remedy: diagnostic::help(code).to_owned(),
        });
    }

    fn id_of(&self, element: &Element) -> Option<String> {
        element
            .attribute("id")
            .map(str::to_owned)
            .or_else(|| self.enclosing.clone())
    }

    pub(super) fn error(&mut self, code: &'static str, element: &Element, message: String) {
        let id = self.id_of(element);
        self.report(Severity::Error, code, element.place, id, message);
    }

    fn warning(&mut self, code: &'static str, element: &Element, message: String) {
        let id = self.id_of(element);
        self.report(Severity::Warning, code, element.place, id, message);
    }

    pub(super) fn unsupported(&mut self, element: &Element, where_: &str) {
        let message = format!(
            "found {:?} {where_}, which is not executed yet",
            element.name
        );
        self.error(diagnostic::DMN_UNSUPPORTED, element, message);
    }

    pub(super) fn check_language(&mut self, element: &Element) {
        let Some(language) = element.attribute("expressionLanguage") else {
            return;
        };
        if !language.is_empty() && !language.to_lowercase().contains("feel") {
            let message = format!("expected FEEL, found the expression language {language:?}");
            self.error(diagnostic::DMN_LANGUAGE, element, message);
        }
    }

    /// Compiles a text by itself, only to report what is wrong with it.
    pub(super) fn check_part(&mut self, element: &Element, text: &str) {
        let result = Expression::compile(text, &self.names);
        self.note_expression(element, text, result);
    }

    fn compile(&mut self, element: &Element, text: &str) -> Option<Expression> {
        let result = Expression::compile(text, &self.names);
        self.note_expression(element, text, result)
    }

    fn compile_tests(&mut self, element: &Element, text: &str) -> Option<Expression> {
        let result = Expression::compile_unary_tests(text, &self.names);
        self.note_expression(element, text, result)
    }

    fn note_expression(
        &mut self,
        element: &Element,
        text: &str,
        result: Result<Expression, Vec<diagnostic::SyntaxError>>,
    ) -> Option<Expression> {
        match result {
            Ok(expression) => {
                for warning in expression.warnings() {
                    self.warning(warning.code, element, warning.message.clone());
                }
                Some(expression)
            }
            Err(errors) => {
                for error in errors {
                    let shown: String = text.chars().take(80).collect();
                    let message = format!("in {shown:?}: {error}");
                    self.error(diagnostic::DMN_EXPRESSION, element, message);
                }
                None
            }
        }
    }

    fn required<'e>(&mut self, element: &'e Element, attribute: &str) -> &'e str {
        match element.attribute(attribute) {
            Some(value) if !value.trim().is_empty() => value,
            Some(_) | None => {
                let message = format!("expected the attribute {attribute:?} on {:?}", element.name);
                self.error(diagnostic::DMN_MISSING, element, message);
                ""
            }
        }
    }

    fn model(&mut self, root: &Element) -> CompiledModel {
        let mut model = CompiledModel {
            id: root.attribute("id").unwrap_or_default().to_owned(),
            name: root.attribute("name").unwrap_or_default().to_owned(),
            namespace: root.attribute("namespace").unwrap_or_default().to_owned(),
            ..CompiledModel::default()
        };
        if root.name != "definitions" || !NAMESPACES.contains(&root.namespace.as_str()) {
            let message = format!(
                "found {:?} in the namespace {:?}",
                root.name, root.namespace
            );
            self.error(diagnostic::DMN_NAMESPACE, root, message);
            return model;
        }
        for import in root.all("import") {
            self.unsupported(import, "in the model");
        }
        for service in root.all("decisionService") {
            let message = "a decision service is not executed yet; its decisions are".to_owned();
            self.warning(diagnostic::DMN_UNSUPPORTED, service, message);
        }
        self.check_language(root);
        self.item_types(root);
        self.check_ids(root);
        model.inputs = root
            .all("inputData")
            .map(|element| self.input(element))
            .collect();
        let drafts = self.drafts(root, &model.namespace);
        self.check_names(root, &drafts);
        if drafts.len() > NODES_MAX {
            let message = format!(
                "expected at most {NODES_MAX} decisions, found {}",
                drafts.len()
            );
            self.error(diagnostic::DMN_TOO_LARGE, root, message);
            return model;
        }
        self.base = Arc::new(self.shared_names(&drafts));
        let requires: Vec<Vec<usize>> = drafts.iter().map(|it| it.requires.clone()).collect();
        match requirements::order(&requires) {
            Ok(order) => model.order = order,
            Err(circle) => {
                for idx in circle {
                    let message = format!("{:?} requires itself", drafts[idx].name);
                    self.error(diagnostic::DMN_CYCLE, drafts[idx].element, message);
                }
            }
        }
        for draft in &drafts {
            let node = self.node(draft, &drafts, &model.inputs);
            model.nodes.push(node);
        }
        model.describe(&requires);
        model.requires = requires;
        model
    }

    fn check_ids(&mut self, root: &Element) {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Element> = vec![root];
        let mut duplicates = Vec::new();
        while let Some(element) = open.pop() {
            if element.namespace == root.namespace {
                if let Some(id) = element.attribute("id")
                    && !seen.insert(id)
                {
                    duplicates.push((element, id));
                }
                open.extend(element.children.iter().rev());
            }
        }
        for (element, id) in duplicates {
            let message = format!("the id {id:?} is given twice");
            self.error(diagnostic::DMN_DUPLICATE_ID, element, message);
        }
    }

    fn check_names(&mut self, root: &Element, drafts: &[Draft<'_>]) {
        let mut seen = BTreeSet::new();
        let elements = root
            .all("inputData")
            .chain(drafts.iter().map(|draft| draft.element));
        for element in elements {
            let name = element.attribute("name").unwrap_or_default();
            if !name.is_empty() && !seen.insert(name) {
                let message = format!("the name {name:?} is given twice");
                self.error(diagnostic::DMN_DUPLICATE_NAME, element, message);
            }
        }
    }

    fn input(&mut self, element: &Element) -> Input {
        let name = self.required(element, "name");
        let variable = element.first("variable");
        let name = variable.and_then(|it| it.attribute("name")).unwrap_or(name);
        let of = match variable.and_then(|it| it.attribute("typeRef")) {
            Some(of) => self.type_named(of, element),
            None => ItemType::simple(Type::Any),
        };
        let id = element.attribute("id").unwrap_or_default().to_owned();
        Input {
            id,
            name: Arc::from(name),
            of,
        }
    }

    fn drafts<'e>(&mut self, root: &'e Element, namespace: &str) -> Vec<Draft<'e>> {
        let elements: Vec<&Element> = root
            .all("decision")
            .chain(root.all("businessKnowledgeModel"))
            .collect();
        let mut drafts = Vec::new();
        for element in &elements {
            let name = self.required(element, "name");
            let variable = element
                .first("variable")
                .and_then(|it| it.attribute("name"));
            drafts.push(Draft {
                element,
                id: Arc::from(self.required(element, "id")),
                name: Arc::from(variable.unwrap_or(name)),
                is_knowledge: element.name == "businessKnowledgeModel",
                requires: Vec::new(),
                inputs: Vec::new(),
            });
        }
        let node_idx: BTreeMap<&str, usize> = elements
            .iter()
            .enumerate()
            .filter_map(|(idx, it)| Some((it.attribute("id")?, idx)))
            .collect();
        let input_idx: BTreeMap<&str, usize> = root
            .all("inputData")
            .enumerate()
            .filter_map(|(idx, it)| Some((it.attribute("id")?, idx)))
            .collect();
        for (idx, element) in elements.iter().enumerate() {
            for requirement in &element.children {
                let kinds: &[&str] = match requirement.name.as_str() {
                    "informationRequirement" => &["requiredInput", "requiredDecision"],
                    "knowledgeRequirement" => &["requiredKnowledge"],
                    _ => continue,
                };
                for reference in kinds.iter().filter_map(|kind| requirement.first(kind)) {
                    let href = self.required(reference, "href");
                    let id = href.strip_prefix(namespace).unwrap_or(href);
                    let id = id.strip_prefix('#').unwrap_or(id);
                    match (node_idx.get(id), input_idx.get(id)) {
                        // A business knowledge model may call itself.
                        (Some(node), _) if *node == idx && drafts[idx].is_knowledge => {}
                        (Some(node), _) => drafts[idx].requires.push(*node),
                        (None, Some(input)) => drafts[idx].inputs.push(*input),
                        (None, None)
                            if root
                                .all("decisionService")
                                .any(|it| it.attribute("id") == Some(id)) =>
                        {
                            let message = format!("found a call of the decision service {id:?}");
                            self.error(diagnostic::DMN_UNSUPPORTED, reference, message);
                        }
                        (None, None) => {
                            let message = format!("found no element with the id {id:?}");
                            self.error(diagnostic::DMN_UNRESOLVED, reference, message);
                        }
                    }
                }
            }
            drafts[idx].requires.sort_unstable();
            drafts[idx].requires.dedup();
        }
        drafts
    }

    fn node(&mut self, draft: &Draft<'_>, drafts: &[Draft<'_>], inputs: &[Input]) -> Node {
        self.enclosing = Some(draft.id.to_string());
        let scope = self.scope_of(draft, drafts, inputs);
        let of = match draft
            .element
            .first("variable")
            .and_then(|it| it.attribute("typeRef"))
        {
            Some(of) if !draft.is_knowledge => self.type_named(of, draft.element),
            Some(_) | None => ItemType::simple(Type::Any),
        };
        let logic = if draft.is_knowledge {
            self.knowledge(draft)
        } else {
            self.logic(draft)
        };
        if !inputs.is_empty()
            && let Logic::Expression(expression) = &logic
        {
            for name in expression.variables() {
                if !scope.contains(&*name) && name.len() > 1 {
                    let message = format!("{name:?} is neither an input nor a required decision");
                    self.warning(diagnostic::UNKNOWN_NAME, draft.element, message);
                }
            }
        }
        self.enclosing = None;
        Node {
            id: draft.id.clone(),
            name: draft.name.clone(),
            is_knowledge: draft.is_knowledge,
            of,
            logic,
            inputs: draft.inputs.clone(),
        }
    }

    /// The names of types, of their components and of outputs.
    fn shared_names(&self, drafts: &[Draft<'_>]) -> Names {
        let mut names = Names::default();
        for (name, of) in &self.types {
            names.add_type(name, of.structure());
            item::add_members(of, &mut names);
        }
        for draft in drafts {
            let table = draft.element.first("decisionTable");
            for output in table.iter().flat_map(|it| it.all("output")) {
                names.add_member(output.attribute("name").unwrap_or_default());
            }
        }
        names
    }

    /// Fills the names a decision may use: inputs, required decisions and functions, components.
    fn scope_of<'d>(
        &mut self,
        draft: &Draft<'_>,
        drafts: &'d [Draft<'_>],
        inputs: &'d [Input],
    ) -> BTreeSet<&'d str> {
        let required = draft.requires.iter().map(|idx| &*drafts[*idx].name);
        let scope: BTreeSet<&str> = required
            .chain(draft.inputs.iter().map(|idx| &*inputs[*idx].name))
            .collect();
        let mut names = Names::over(&self.base);
        for name in &scope {
            names.add(name);
        }
        let mut locals = Vec::new();
        for child in &draft.element.children {
            if child.name != "variable" {
                local_names(child, &mut locals);
            }
        }
        for local in locals {
            names.add(local);
            names.add_member(local);
        }
        if draft.is_knowledge {
            names.add(&draft.name);
        }
        self.names = names;
        scope
    }

    fn logic(&mut self, draft: &Draft<'_>) -> Logic {
        let Some(element) = expression_of(draft.element) else {
            let message = format!("the decision {:?} has no logic and gives null", draft.name);
            self.warning(diagnostic::DMN_MISSING, draft.element, message);
            return Logic::Absent;
        };
        match element.name.as_str() {
            "decisionTable" => self
                .table(element, &draft.name)
                .map_or(Logic::Absent, Logic::Table),
            "literalExpression" => {
                self.check_language(element);
                match element.expression_text() {
                    None | Some("") => Logic::Absent,
                    Some(text) => self
                        .compile(element, text)
                        .map_or(Logic::Absent, Logic::Expression),
                }
            }
            _ => self.composed(element, |reader| Some(reader.written(element))),
        }
    }

    fn knowledge(&mut self, draft: &Draft<'_>) -> Logic {
        let Some(element) = draft.element.first("encapsulatedLogic") else {
            let message = format!("the function {:?} has no logic", draft.name);
            self.warning(diagnostic::DMN_MISSING, draft.element, message);
            return Logic::Absent;
        };
        let key = format!(
            "\"{}\"",
            draft.name.replace('\\', "\\\\").replace('"', "\\\"")
        );
        self.composed(element, |reader| {
            let function = reader.written_function(element)?;
            let bare = function.strip_prefix('(')?.strip_suffix(')')?.to_owned();
            Some(format!("get value({{{key}: {bare}}}, {key})"))
        })
    }

    /// Compiles what was written out, unless its parts are wrong already.
    fn composed(
        &mut self,
        element: &Element,
        write: impl FnOnce(&mut Self) -> Option<String>,
    ) -> Logic {
        let before = self.errors();
        let Some(written) = write(self) else {
            let message = format!("expected an expression in {:?}", element.name);
            self.error(diagnostic::DMN_MISSING, element, message);
            return Logic::Absent;
        };
        if self.errors() > before {
            return Logic::Absent;
        }
        self.compile(element, &written)
            .map_or(Logic::Absent, Logic::Expression)
    }

    fn errors(&self) -> usize {
        self.diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .count()
    }
}
