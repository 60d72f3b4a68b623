//! Reading files that are to be deployed: everything that is wrong with any of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use tongban_bpmn::diagnostic::Diagnostic;
use tongban_bpmn::graph::data_type::ExternalType;
use tongban_bpmn::graph::{Definitions, ProcessDefinition};
use tongban_feel::diagnostic::Severity;
use tongban_feel::dmn::outline::outline;
use tongban_feel::dmn::{Model as DecisionModel, Source};
use tongban_feel::time::Date;
use tongban_host::problem::Problem;
use tongban_host::schema::Schema;

use super::import::Imports;
use super::verdict::{self, Look};
use crate::command::Resource;
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::stop::Stop;
use crate::outcome::Notice;
use crate::resource::Finding;

/// Files that were read without an error.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) processes: Vec<(Arc<ProcessDefinition>, usize)>,
    pub(crate) decisions: Vec<ReadDecision>,
    pub(crate) forms: Vec<(String, usize)>,
    /// Names of the schemas by which data can be declared.
    pub(crate) schemas: BTreeMap<Arc<str>, usize>,
    pub(crate) warnings: Vec<Notice>,
}

/// A decision of a file.
pub(crate) struct ReadDecision {
    pub(crate) key: Arc<str>,
    pub(crate) name: Arc<str>,
    /// The date from which it holds, as the publisher or else the file says.
    pub(crate) effective_from: Option<Arc<str>>,
    /// Position of the file.
    pub(crate) file: usize,
}

/// Something that was found in one of the files.
pub(crate) struct Found {
    /// Position of the file.
    pub(crate) file: usize,
    /// The member of the resource that is meant, if it is not the whole.
    member: Option<&'static str>,
    pub(crate) finding: Finding,
}

/// Reads all files; on failure everything that is wrong with any of them.
pub(crate) fn read_all(
    resources: &[Resource],
    imports: &Imports,
    look: Look<'_>,
) -> Result<Read, Stop> {
    let (mut read, found) = examine(resources, imports, look);
    let errors: Vec<UserError> = found
        .iter()
        .filter(|it| it.finding.is_error)
        .map(|it| {
            let place = format!("/resources/{}", it.file);
            let member = it.member.map(|it| format!("/{it}")).unwrap_or_default();
            it.finding.to_error().at(place + &member)
        })
        .collect();
    if errors.is_empty() {
        read.warnings = found.iter().map(|it| it.finding.to_notice()).collect();
        return Ok(read);
    }
    Err(Stop::Refused(CommandError::Rejected(Rejected {
        errors,
        warnings: Vec::new(),
    })))
}

/// Reads all files; what was found in them, errors and warnings.
pub(crate) fn examine(
    resources: &[Resource],
    imports: &Imports,
    look: Look<'_>,
) -> (Read, Vec<Found>) {
    let mut read = Read::default();
    let mut all = Vec::new();
    let mut models = models(resources);
    let n_scopes = n_scopes(&models);
    for (position, resource) in resources.iter().enumerate() {
        if let Some(error) = check_date(resource) {
            all.push(Found {
                file: position,
                member: Some("effectiveFrom"),
                finding: Finding::of_file(&resource.name, error),
            });
            continue;
        }
        let found = match resource.name.rsplit('.').next() {
            Some("json") if ExternalType::is_schema(&resource.name) => {
                read_schema(resource, position, &mut read)
            }
            Some("bpmn") => match models.remove(&position) {
                Some(Ok(model)) => {
                    let unsound = look.at(resource, &model.processes, n_scopes);
                    take_processes(model, position, &unsound, &mut read)
                }
                Some(Err(diagnostics)) => diagnostics.iter().map(Finding::of_process).collect(),
                None => Vec::new(),
            },
            Some("dmn") => read_decisions(position, resources, imports, &mut read),
            Some("form" | "json") => {
                let errors = read_form(resource, position, &mut read).into_iter();
                let finding = |it| Finding::of_file(&resource.name, it);
                errors.map(finding).collect()
            }
            _ => {
                let error = UserError::new("RESOURCE_TYPE_UNKNOWN", &[("name", &resource.name)]);
                vec![Finding::of_file(&resource.name, error)]
            }
        };
        all.extend(found.into_iter().map(|finding| Found {
            file: position,
            member: None,
            finding,
        }));
    }
    all.extend(duplicates(&read, resources));
    all.extend(missing_schemas(&read, resources));
    (read, all)
}

/// A date is said of decisions alone, and is one.
fn check_date(resource: &Resource) -> Option<UserError> {
    let text = resource.effective_from.as_ref()?;
    let invalid = |reason: &str| Some(UserError::new("INVALID_INPUT", &[("reason", reason)]));
    if !resource.name.ends_with(".dmn") {
        return invalid("only decisions hold from a date");
    }
    match Date::parse(text) {
        Some(_) if text.len() == "YYYY-MM-DD".len() => None,
        _ => invalid("expected a date as YYYY-MM-DD"),
    }
}

/// A file of processes as it was read.
type Model = Result<Definitions, Vec<Diagnostic>>;

/// The files of processes, by their positions.
fn models(resources: &[Resource]) -> BTreeMap<usize, Model> {
    let limits = tongban_bpmn::limit::Limits::default();
    let files = resources.iter().enumerate();
    let files = files.filter(|(_, it)| it.name.ends_with(".bpmn"));
    let read = |it: &Resource| tongban_bpmn::read(&it.name, &it.content, &limits);
    files.map(|(position, it)| (position, read(it))).collect()
}

fn n_scopes(models: &BTreeMap<usize, Model>) -> usize {
    let sound = models.values().filter_map(|it| it.as_ref().ok());
    let processes = sound.flat_map(|it| &it.processes);
    processes.map(|it| verdict::scopes(it)).sum()
}

/// Looks at the processes of files as [`examine`] will, so that it finds the verdict ready.
pub(crate) fn look_before(resources: &[Resource], look: Look<'_>) {
    let models = models(resources);
    let n_scopes = n_scopes(&models);
    for (position, model) in &models {
        if let Ok(model) = model {
            look.at(&resources[*position], &model.processes, n_scopes);
        }
    }
}

fn take_processes(
    model: Definitions,
    position: usize,
    unsound: &[Diagnostic],
    read: &mut Read,
) -> Vec<Finding> {
    let found = model.warnings.iter().chain(unsound);
    let found = found.map(Finding::of_process).collect();
    let processes = model.processes.into_iter();
    read.processes.extend(processes.map(|it| (it, position)));
    found
}

fn read_decisions(
    position: usize,
    resources: &[Resource],
    imports: &Imports,
    read: &mut Read,
) -> Vec<Finding> {
    let resource = &resources[position];
    let limits = tongban_feel::dmn::Limits::default();
    let (here, before) = imports.needed(position);
    fn source(it: &Resource) -> Source<'_> {
        Source {
            file: &it.name,
            bytes: &it.content,
        }
    }
    let mut others: Vec<Source<'_>> = here.iter().map(|it| source(&resources[*it])).collect();
    others.extend(before.iter().map(|it| imports.files[*it].source()));
    let own = source(resource);
    let as_errors = |diagnostics: Vec<tongban_feel::diagnostic::Diagnostic>| {
        let error = |it: &_| Finding::of_decision(it, true);
        diagnostics.iter().map(error).collect()
    };
    let model = match DecisionModel::parse_with_imports(own, &others, &limits) {
        Ok(model) => model,
        Err(diagnostics) => return as_errors(diagnostics),
    };
    let outlines = match outline(&resource.name, &resource.content, &limits) {
        Ok(outlines) => outlines,
        Err(diagnostics) => return as_errors(diagnostics),
    };
    let dates: BTreeMap<String, Date> = outlines
        .into_iter()
        .filter_map(|it| Some((it.id, it.effective_from?)))
        .collect();
    let given = resource.effective_from.as_deref().map(Arc::from);
    let decisions = model.decisions().iter().map(|it| ReadDecision {
        key: it.id.clone(),
        name: it.name.clone(),
        effective_from: given.clone().or_else(|| {
            let date = dates.get(&*it.id)?;
            Some(Arc::from(date.to_string()))
        }),
        file: position,
    });
    read.decisions.extend(decisions);
    let warnings = model.warnings().iter();
    warnings
        .map(|it| Finding::of_decision(it, it.severity == Severity::Error))
        .collect()
}

fn read_form(resource: &Resource, position: usize, read: &mut Read) -> Vec<UserError> {
    let invalid = |reason: &str| {
        vec![UserError::new(
            "FORM_INVALID",
            &[("name", &resource.name), ("reason", reason)],
        )]
    };
    let form: Json = match serde_json::from_slice(&resource.content) {
        Ok(form) => form,
        Err(error) => return invalid(&error.to_string()),
    };
    let Some(id) = form.get("id").and_then(Json::as_str) else {
        return invalid("expected a member id, found none");
    };
    if !form.get("components").is_some_and(Json::is_array) {
        return invalid("expected a member components, found none");
    }
    read.forms.push((id.to_owned(), position));
    Vec::new()
}

fn read_schema(resource: &Resource, position: usize, read: &mut Read) -> Vec<Finding> {
    if let Err(problems) = Schema::compile(&resource.name, &resource.content) {
        let finding = |it: Problem| {
            let parameters = [
                ("name", resource.name.as_str()),
                ("reason", it.message.as_str()),
            ];
            let error = UserError::new("SCHEMA_INVALID", &parameters);
            Finding::of_file(&resource.name, error)
        };
        return problems.into_iter().map(finding).collect();
    }
    read.schemas
        .insert(Arc::from(resource.name.as_str()), position);
    Vec::new()
}

/// The schemas by which the data of a process are declared.
pub(crate) fn schemas_of(process: &ProcessDefinition) -> BTreeSet<Arc<str>> {
    let declared = process.elements().iter().flat_map(|it| &it.data);
    let external = declared.filter_map(|it| it.of.external());
    let schema = |it: &ExternalType| match it {
        ExternalType::Schema(name) => Some(name.clone()),
        ExternalType::Record { .. } => None,
    };
    external.filter_map(schema).collect()
}

fn missing_schemas(read: &Read, resources: &[Resource]) -> Vec<Found> {
    let mut found = Vec::new();
    for (process, file) in &read.processes {
        for name in schemas_of(process) {
            // One that is there and cannot be read has been told.
            if resources.iter().any(|it| *it.name == *name) {
                continue;
            }
            let parameters = [("key", &*process.key), ("name", &*name)];
            let error = UserError::new("SCHEMA_MISSING", &parameters);
            found.push(Found {
                file: *file,
                member: None,
                finding: Finding::of_file(&resources[*file].name, error),
            });
        }
    }
    found
}

fn duplicates(read: &Read, resources: &[Resource]) -> Vec<Found> {
    let mut counts: BTreeMap<(&str, &str), (u32, usize)> = BTreeMap::new();
    let processes = read
        .processes
        .iter()
        .map(|(it, file)| (("process", &*it.key), *file));
    let decisions = read
        .decisions
        .iter()
        .map(|it| (("decision", &*it.key), it.file));
    let forms = read
        .forms
        .iter()
        .map(|(it, file)| (("form", it.as_str()), *file));
    for (key, file) in processes.chain(decisions).chain(forms) {
        let entry = counts.entry(key).or_insert((0, file));
        *entry = (entry.0 + 1, file);
    }
    let twice = counts.into_iter().filter(|(_, (count, _))| *count > 1);
    let found = |((_, key), (_, file)): ((&str, &str), (u32, usize))| {
        let error = UserError::new("RESOURCE_DUPLICATE", &[("name", key)]);
        Found {
            file,
            member: None,
            finding: Finding::of_file(&resources[file].name, error),
        }
    };
    twice.map(found).collect()
}
