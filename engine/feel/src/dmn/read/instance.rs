//! Which files take part in a model, how often, and which elements they bring in.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{File, Reader};
use crate::diagnostic;
use crate::dmn::xml::Element;

/// Imports in each other.
const IMPORT_DEPTH_MAX: usize = 8;
/// Files of a model, each counted as often as it is imported.
const INSTANCES_MAX: usize = 200;

/// A file as one path of imports leads to it.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) file: usize,
    /// The names of the imports, outermost first.
    pub(super) path: Arc<[Arc<str>]>,
    /// The name of each import with the instance it leads to.
    pub(super) imports: Vec<(Arc<str>, usize)>,
}

/// The instances; the first is the model's own file.
pub(super) type Instances = Vec<Instance>;

/// An element of the graph before it is compiled.
pub(super) struct Draft<'e> {
    pub(super) element: &'e Element,
    pub(super) kind: DraftKind,
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) file: usize,
    /// The place among the elements of the file.
    pub(super) ordinal: usize,
    pub(super) instance: usize,
    pub(super) path: Arc<[Arc<str>]>,
    pub(super) requires: Vec<usize>,
}

/// What a draft becomes.
pub(super) enum DraftKind {
    Input,
    Decision,
    Knowledge,
    Service(ServiceDraft),
}

/// What a decision service takes and gives.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceDraft {
    pub(super) parameters: Vec<usize>,
    pub(super) outputs: Vec<usize>,
}

impl Draft<'_> {
    /// The name as an importing model writes it.
    pub(super) fn qualified_name(&self) -> Arc<str> {
        let mut parts: Vec<&str> = self.path.iter().map(|it| &**it).collect();
        parts.retain(|it| !it.is_empty());
        if parts.is_empty() {
            return self.name.clone();
        }
        parts.push(&self.name);
        Arc::from(parts.join("."))
    }
}

impl Reader<'_> {
    /// Follows the imports of the model's file; `None` if there are too many.
    pub(super) fn instances(&mut self, files: &[File]) -> Option<Instances> {
        let mut instances = vec![Instance {
            file: 0,
            path: Arc::from([]),
            imports: Vec::new(),
        }];
        let mut ancestors = vec![vec![0]];
        let mut next = 0;
        while next < instances.len() {
            let file = &files[instances[next].file];
            self.file = file.name.clone();
            for import in file.root.all("import") {
                let Some(target) = self.imported(import, files) else {
                    continue;
                };
                let lineage = &ancestors[next];
                if lineage.contains(&target) {
                    let message = format!("{:?} imports itself", files[target].name);
                    self.error(diagnostic::DMN_CYCLE, import, message);
                    continue;
                }
                if instances.len() >= INSTANCES_MAX || lineage.len() > IMPORT_DEPTH_MAX {
                    let message = format!(
                        "expected at most {INSTANCES_MAX} imports, {IMPORT_DEPTH_MAX} in each other"
                    );
                    self.error(diagnostic::DMN_TOO_LARGE, import, message);
                    return None;
                }
                let name: Arc<str> = Arc::from(import.attribute("name").unwrap_or_default());
                // An import without a name brings its elements in under their own names.
                let path = instances[next].path.iter().cloned();
                let path = path
                    .chain((!name.is_empty()).then(|| name.clone()))
                    .collect();
                let place = instances.len();
                let lineage = lineage.iter().copied().chain([target]).collect();
                instances[next].imports.push((name, place));
                ancestors.push(lineage);
                instances.push(Instance {
                    file: target,
                    path,
                    imports: Vec::new(),
                });
            }
            next += 1;
        }
        Some(instances)
    }

    /// The file an import asks for. Imports of other kinds, such as XML schemas, bring in nothing.
    fn imported(&mut self, import: &Element, files: &[File]) -> Option<usize> {
        let kind = import.attribute("importType").unwrap_or_default();
        if !kind.is_empty() && !kind.contains("/DMN/") {
            let message = format!("an import of the type {kind:?} is not read");
            self.error(diagnostic::DMN_UNSUPPORTED, import, message);
            return None;
        }
        let namespace = self.required(import, "namespace").to_owned();
        let found = files.iter().position(|file| file.namespace == namespace);
        if found.is_none() && !namespace.is_empty() {
            let message = format!("found no file with the namespace {namespace:?}");
            self.error(diagnostic::DMN_UNRESOLVED, import, message);
        }
        found
    }

    /// The elements of all instances with what they require.
    pub(super) fn drafts<'e>(
        &mut self,
        files: &'e [File],
        instances: &Instances,
    ) -> Vec<Draft<'e>> {
        let mut drafts = Vec::new();
        let mut places = Vec::new();
        for (idx, instance) in instances.iter().enumerate() {
            let file = &files[instance.file];
            self.file = file.name.clone();
            let mut by_id = BTreeMap::new();
            for draft in self.drafts_of(&file.root, instance, idx) {
                by_id.insert(draft.id.clone(), drafts.len());
                drafts.push(draft);
            }
            places.push(by_id);
        }
        for idx in 0..drafts.len() {
            let (instance, element) = (drafts[idx].instance, drafts[idx].element);
            self.file = files[drafts[idx].file].name.clone();
            self.enclosing = Some(drafts[idx].id.to_string());
            let find = Find {
                files,
                instances,
                places: &places,
                instance,
            };
            let requires = self.requirements(element, &find);
            // A business knowledge model may call itself.
            let is_knowledge = matches!(drafts[idx].kind, DraftKind::Knowledge);
            let requires = requires
                .into_iter()
                .filter(|it| !is_knowledge || *it != idx);
            drafts[idx].requires = requires.collect();
            if let DraftKind::Service(_) = drafts[idx].kind {
                let service = self.service(element, &find);
                drafts[idx].kind = DraftKind::Service(service);
            }
        }
        self.enclosing = None;
        complete_services(&mut drafts);
        drafts
    }

    fn drafts_of<'e>(
        &mut self,
        root: &'e Element,
        instance: &Instance,
        instance_idx: usize,
    ) -> Vec<Draft<'e>> {
        let mut drafts = Vec::new();
        for element in &root.children {
            if element.namespace != root.namespace {
                continue;
            }
            let kind = match element.name.as_str() {
                "inputData" => DraftKind::Input,
                "decision" => DraftKind::Decision,
                "businessKnowledgeModel" => DraftKind::Knowledge,
                "decisionService" => DraftKind::Service(ServiceDraft::default()),
                _ => continue,
            };
            let name = self.required(element, "name");
            let variable = element.first("variable");
            let variable = variable.and_then(|it| it.attribute("name"));
            let id = match kind {
                // An input that nobody refers to needs no id.
                DraftKind::Input => element.attribute("id").unwrap_or(name),
                _ => self.required(element, "id"),
            };
            drafts.push(Draft {
                element,
                kind,
                id: Arc::from(id),
                name: Arc::from(variable.filter(|it| !it.is_empty()).unwrap_or(name)),
                file: instance.file,
                ordinal: drafts.len(),
                instance: instance_idx,
                path: instance.path.clone(),
                requires: Vec::new(),
            });
        }
        drafts
    }

    fn requirements(&mut self, element: &Element, find: &Find<'_>) -> Vec<usize> {
        let mut requires = Vec::new();
        for requirement in &element.children {
            let kinds: &[&str] = match requirement.name.as_str() {
                "informationRequirement" => &["requiredInput", "requiredDecision"],
                "knowledgeRequirement" => &["requiredKnowledge"],
                _ => continue,
            };
            for reference in kinds.iter().filter_map(|kind| requirement.first(kind)) {
                if let Some(place) = self.referenced(reference, find) {
                    if requires.contains(&place) {
                        let href = reference.attribute("href").unwrap_or_default();
                        let message = format!("{href:?} is required twice");
                        self.warning(diagnostic::DMN_REQUIREMENT, requirement, message);
                    } else {
                        requires.push(place);
                    }
                }
            }
        }
        requires
    }

    fn service(&mut self, element: &Element, find: &Find<'_>) -> ServiceDraft {
        let mut places = |name: &str| -> Vec<usize> {
            let references = element.all(name);
            references
                .filter_map(|reference| self.referenced(reference, find))
                .collect()
        };
        let mut parameters = places("inputData");
        parameters.extend(places("inputDecision"));
        let outputs = places("outputDecision");
        if outputs.is_empty() {
            let message = "expected at least one output decision".to_owned();
            self.error(diagnostic::DMN_MISSING, element, message);
        }
        ServiceDraft {
            parameters,
            outputs,
        }
    }

    fn referenced(&mut self, reference: &Element, find: &Find<'_>) -> Option<usize> {
        let href = self.required(reference, "href");
        let found = find.place(href);
        if found.is_none() && !href.is_empty() {
            let message = format!("found no element {href:?}");
            self.error(diagnostic::DMN_UNRESOLVED, reference, message);
        }
        found
    }
}

/// Where references of an instance lead.
struct Find<'f> {
    files: &'f [File],
    instances: &'f Instances,
    places: &'f [BTreeMap<Arc<str>, usize>],
    instance: usize,
}

impl Find<'_> {
    fn place(&self, href: &str) -> Option<usize> {
        let (namespace, id) = href.rsplit_once('#').unwrap_or(("", href));
        let instance = &self.instances[self.instance];
        if namespace.is_empty() || namespace == self.files[instance.file].namespace {
            return self.places[self.instance].get(id).copied();
        }
        instance
            .imports
            .iter()
            .filter(|(_, target)| self.files[self.instances[*target].file].namespace == namespace)
            .find_map(|(_, target)| self.places[*target].get(id).copied())
    }
}

/// A service that lists no inputs takes those its decisions need (10.4: the lists are not
/// independent).
fn complete_services(drafts: &mut [Draft<'_>]) {
    let requires: Vec<Vec<usize>> = drafts.iter().map(|it| it.requires.clone()).collect();
    for idx in 0..drafts.len() {
        let DraftKind::Service(service) = &drafts[idx].kind else {
            continue;
        };
        if !service.parameters.is_empty() {
            continue;
        }
        let outputs = service.outputs.iter();
        let mut needed: Vec<usize> = outputs
            .flat_map(|output| crate::dmn::order::closure(&requires, *output))
            .filter(|place| matches!(drafts[*place].kind, DraftKind::Input))
            .collect();
        needed.sort_unstable();
        needed.dedup();
        if let DraftKind::Service(service) = &mut drafts[idx].kind {
            service.parameters = needed;
        }
    }
}
