//! From files to a compiled model, with all problems on the way.
//!
//! The file of the model and those it imports are read into trees; each import makes an instance of
//! the imported file with inputs of its own (DMN 1.5, 6.3.3); the elements of all instances form one
//! graph; the logic of each element is compiled once.

mod boxed;
mod instance;
mod item;
mod logic;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::check;
use super::graph::{Element as GraphElement, Graph, Logic, ServiceLogic};
use super::order::{closure, order};
use super::xml::{self, Element, Place};
use super::{CompiledModel, DecisionInfo, InvocableInfo, Limits, Source};
use crate::diagnostic::{self, Diagnostic, Severity, SyntaxError};
use crate::names::Names;
use crate::parse::Frames;
use crate::trace::ElementKind;
use crate::types::Type;
use instance::{Draft, DraftKind, Instances};
use item::ItemTypes;

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

/// Elements of the graph of a model.
const ELEMENTS_MAX: usize = 4_000;

/// What becomes of a model in which something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Faults {
    Refused,
    /// What is wrong gives `null`.
    Null,
}

/// A file and its tree.
struct File {
    name: String,
    root: Element,
    namespace: String,
}

/// Reads a model while it collects problems.
pub(super) struct Reader<'f> {
    limits: &'f Limits,
    faults: Faults,
    diagnostics: Vec<Diagnostic>,
    /// The name of the file that is being read.
    file: String,
    /// The id of the element that is being read.
    enclosing: Option<String>,
    /// The types of the file that is being read.
    types: Arc<ItemTypes>,
    /// The names in scope of the element that is being read, locals apart.
    names: Arc<Names>,
    /// The locals of the element that is being read.
    frames: Frames,
    /// The name of what the logic that is being read decides.
    subject: Arc<str>,
    /// The type that this element declares.
    declared: Type,
    /// The names of the file that the element that is being read does not require.
    not_required: Vec<Arc<str>>,
    /// What the checks may still do.
    pub(super) work: check::Work,
    /// The names that the elements of a file share, of the file read last.
    names_of_file: Option<(usize, Arc<Names>)>,
}

/// Reads files; the model with its warnings, or all problems.
pub(super) fn read(
    source: Source<'_>,
    others: &[Source<'_>],
    limits: &Limits,
    faults: Faults,
) -> Result<CompiledModel, Vec<Diagnostic>> {
    let mut reader = Reader {
        limits,
        faults,
        diagnostics: Vec::new(),
        file: source.file.to_owned(),
        enclosing: None,
        types: Arc::default(),
        names: Arc::default(),
        frames: Frames::default(),
        subject: Arc::from(""),
        declared: Type::Any,
        not_required: Vec::new(),
        work: check::Work::default(),
        names_of_file: None,
    };
    let Some(files) = reader.files(source, others) else {
        return Err(reader.diagnostics);
    };
    let model = reader.model(&files);
    reader
        .diagnostics
        .sort_by(|left, right| place_of(left).cmp(&place_of(right)));
    let is_error = |it: &Diagnostic| it.severity == Severity::Error;
    match model {
        Some(mut model) if faults == Faults::Null || !reader.diagnostics.iter().any(is_error) => {
            model.warnings = reader.diagnostics;
            Ok(model)
        }
        _ => Err(reader.diagnostics),
    }
}

/// Problems are told file by file in the order of the text.
fn place_of(diagnostic: &Diagnostic) -> (&str, u32, u32) {
    (&diagnostic.file, diagnostic.line, diagnostic.column)
}

impl Reader<'_> {
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
            file: self.file.clone(),
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

    pub(super) fn warning(&mut self, code: &'static str, element: &Element, message: String) {
        let id = self.id_of(element);
        self.report(Severity::Warning, code, element.place, id, message);
    }

    /// Reports what is wrong with, or strange about, a text.
    fn note(
        &mut self,
        severity: Severity,
        element: &Element,
        text: &str,
        problems: Vec<SyntaxError>,
    ) {
        for problem in problems {
            let shown: String = text.chars().take(80).collect();
            let message = format!("in {shown:?}: {problem}");
            let code = match severity {
                Severity::Error => diagnostic::DMN_EXPRESSION,
                Severity::Warning => problem.code,
            };
            let id = self.id_of(element);
            self.report(severity, code, element.place, id, message);
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

    fn check_language(&mut self, element: &Element) {
        let Some(language) = element.attribute("expressionLanguage") else {
            return;
        };
        if !language.is_empty() && !language.to_lowercase().contains("feel") {
            let message = format!("expected FEEL, found the expression language {language:?}");
            self.error(diagnostic::DMN_LANGUAGE, element, message);
        }
    }

    /// The trees of the model's file and of those it may import.
    fn files(&mut self, source: Source<'_>, others: &[Source<'_>]) -> Option<Vec<File>> {
        let mut files = vec![self.file(source, Severity::Error)?];
        for other in others {
            // What is wrong with a file that nobody imports is its own affair.
            files.extend(self.file(*other, Severity::Warning));
        }
        Some(files)
    }

    fn file(&mut self, source: Source<'_>, severity: Severity) -> Option<File> {
        let root = match xml::read(source.bytes, self.limits) {
            Ok(root) => root,
            Err(refusal) => {
                self.file = source.file.to_owned();
                self.report(severity, refusal.code, refusal.place, None, refusal.message);
                return None;
            }
        };
        if root.name != "definitions" || !NAMESPACES.contains(&root.namespace.as_str()) {
            if severity == Severity::Error {
                let message = format!(
                    "found {:?} in the namespace {:?}",
                    root.name, root.namespace
                );
                self.error(diagnostic::DMN_NAMESPACE, &root, message);
            }
            return None;
        }
        Some(File {
            name: source.file.to_owned(),
            namespace: root.attribute("namespace").unwrap_or_default().to_owned(),
            root,
        })
    }

    fn model(&mut self, files: &[File]) -> Option<CompiledModel> {
        let main = &files[0];
        self.check_language(&main.root);
        let instances = self.instances(files)?;
        let types = self.types_of_files(files, &instances);
        let drafts = self.drafts(files, &instances);
        if drafts.len() > ELEMENTS_MAX {
            let message = format!(
                "expected at most {ELEMENTS_MAX} elements, found {}",
                drafts.len()
            );
            self.error(diagnostic::DMN_TOO_LARGE, &main.root, message);
            return None;
        }
        self.file = main.name.clone();
        check::names(self, &main.root);
        let graph = self.graph(files, &instances, &types, &drafts);
        Some(describe(&main.root, &drafts, graph))
    }

    fn graph(
        &mut self,
        files: &[File],
        instances: &Instances,
        types: &[Arc<ItemTypes>],
        drafts: &[Draft<'_>],
    ) -> Graph {
        let mut requires: Vec<Vec<usize>> = drafts.iter().map(|it| it.requires.clone()).collect();
        let order = order(&requires);
        for place in &order.circular {
            let draft = &drafts[*place];
            self.file = files[draft.file].name.clone();
            let message = format!("{:?} requires itself", draft.name);
            self.error(diagnostic::DMN_CYCLE, draft.element, message);
            requires[*place].clear();
        }
        let sorted = match order.circular.is_empty() {
            true => order.sorted,
            false => super::order::order(&requires).sorted,
        };
        let mut compiled: BTreeMap<(usize, usize), logic::Compiled> = BTreeMap::new();
        let mut elements: Vec<Option<GraphElement>> = drafts.iter().map(|_| None).collect();
        for place in sorted {
            let draft = &drafts[place];
            self.file = files[draft.file].name.clone();
            self.types = types[draft.file].clone();
            let key = (draft.file, draft.ordinal);
            let is_circular = order.circular.contains(&place);
            // The same element of a file that is imported twice has the same logic.
            let known = compiled.get(&key).filter(|_| !is_circular).cloned();
            let logic = match known {
                Some(known) => known,
                None => {
                    let scope = self.scope(draft, drafts, instances, &elements);
                    let logic = self.compiled(draft, scope, is_circular, files);
                    compiled.insert(key, logic.clone());
                    logic
                }
            };
            elements[place] = Some(element(draft, logic, requires[place].clone()));
        }
        let elements = elements.into_iter().flatten().collect();
        Graph { elements }
    }
}

fn element(draft: &Draft<'_>, logic: logic::Compiled, requires: Vec<usize>) -> GraphElement {
    let logic_of = match (&draft.kind, logic.code) {
        (DraftKind::Decision, Some(code)) => Logic::Decision(code),
        (DraftKind::Knowledge, Some(code)) => Logic::Knowledge(code),
        (DraftKind::Service(service), _) => Logic::Service(ServiceLogic {
            parameters: service.parameters.clone(),
            outputs: service.outputs.clone(),
        }),
        _ => Logic::Input,
    };
    GraphElement {
        id: draft.id.clone(),
        name: draft.name.clone(),
        path: draft.path.clone(),
        of: logic.of,
        inferred: logic.inferred,
        requires,
        logic: logic_of,
    }
}

/// The model as its callers see it.
fn describe(root: &Element, drafts: &[Draft<'_>], graph: Graph) -> CompiledModel {
    let own = |it: &&Draft<'_>| it.path.is_empty() && it.file == 0;
    let requires: Vec<Vec<usize>> = drafts.iter().map(|it| it.requires.clone()).collect();
    let name = |place: usize| drafts[place].qualified_name();
    let mut model = CompiledModel {
        id: root.attribute("id").unwrap_or_default().to_owned(),
        name: root.attribute("name").unwrap_or_default().to_owned(),
        namespace: root.attribute("namespace").unwrap_or_default().to_owned(),
        ..CompiledModel::default()
    };
    for (place, draft) in drafts.iter().enumerate().filter(|(_, it)| own(it)) {
        let (id, draft_name) = (draft.id.clone(), draft.name.clone());
        match &draft.kind {
            DraftKind::Input => {
                model.inputs.push((id.to_string(), draft_name));
                continue;
            }
            DraftKind::Decision => {
                let needed = closure(&requires, place).into_iter();
                let inputs = needed.filter(|it| matches!(drafts[*it].kind, DraftKind::Input));
                model.decisions.push(DecisionInfo {
                    id,
                    name: draft_name,
                    inputs: inputs.map(name).collect(),
                });
            }
            DraftKind::Knowledge => model.invocables.push(InvocableInfo {
                id,
                name: draft_name,
                kind: ElementKind::BusinessKnowledgeModel,
                parameters: logic::parameter_names(draft.element),
                outputs: Vec::new(),
            }),
            DraftKind::Service(service) => model.invocables.push(InvocableInfo {
                id,
                name: draft_name,
                kind: ElementKind::DecisionService,
                parameters: service.parameters.iter().copied().map(name).collect(),
                outputs: service.outputs.iter().copied().map(name).collect(),
            }),
        }
        model.targets.push(place);
    }
    model.graph = Arc::new(graph);
    model
}

/// The declared type of an element's variable.
fn variable_type(element: &Element) -> Option<&str> {
    element
        .first("variable")
        .and_then(|it| it.attribute("typeRef"))
}

/// `Any` where nothing is declared.
fn any_if_missing(of: Option<Type>) -> Type {
    of.unwrap_or(Type::Any)
}
