//! Reading files that are to be deployed: everything that is wrong with any of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tongban_bpmn::graph::ProcessDefinition;
use tongban_feel::dmn::Model;
use tongban_feel::dmn::outline::outline;
use tongban_feel::time::Date;

use crate::command::Resource;
use crate::error::{CommandError, Rejected, Text, UserError};
use crate::executor::stop::Stop;
use crate::outcome::Notice;

/// Files that were read without an error.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) processes: Vec<(Arc<ProcessDefinition>, usize)>,
    pub(crate) decisions: Vec<ReadDecision>,
    pub(crate) forms: Vec<(String, usize)>,
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

/// Reads all files; on failure everything that is wrong with any of them.
pub(crate) fn read_all(resources: &[Resource]) -> Result<Read, Stop> {
    let mut read = Read::default();
    let mut errors = Vec::new();
    for (position, resource) in resources.iter().enumerate() {
        if let Some(error) = check_date(resource) {
            errors.push(error.at(format!("/resources/{position}/effectiveFrom")));
            continue;
        }
        let found = match resource.name.rsplit('.').next() {
            Some("bpmn") => read_processes(resource, position, &mut read),
            Some("dmn") => read_decisions(resource, position, &mut read),
            Some("form" | "json") => read_form(resource, position, &mut read),
            _ => vec![UserError::new(
                "RESOURCE_TYPE_UNKNOWN",
                &[("name", &resource.name)],
            )],
        };
        let place = |it: UserError| it.at(format!("/resources/{position}"));
        errors.extend(found.into_iter().map(place));
    }
    errors.extend(duplicates(&read));
    if errors.is_empty() {
        return Ok(read);
    }
    Err(Stop::Refused(CommandError::Rejected(Rejected {
        errors,
        warnings: Vec::new(),
    })))
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

fn read_processes(resource: &Resource, position: usize, read: &mut Read) -> Vec<UserError> {
    use tongban_bpmn::diagnostic::{Diagnostic, Severity};
    let text = |it: &Diagnostic| Text {
        zh: format!(
            "{}:{}:{}: {}。{}",
            it.file, it.line, it.column, it.message_zh, it.remedy_zh
        ),
        en: format!(
            "{}:{}:{}: {}; {}",
            it.file, it.line, it.column, it.message, it.remedy
        ),
    };
    let limits = tongban_bpmn::limit::Limits::default();
    match tongban_bpmn::read(&resource.name, &resource.content, &limits) {
        Ok(definitions) => {
            let notice = |it: &Diagnostic| {
                let Text { zh, en } = text(it);
                Notice {
                    code: it.code.to_owned(),
                    zh,
                    en,
                }
            };
            read.warnings
                .extend(definitions.warnings.iter().map(notice));
            let processes = definitions.processes.into_iter();
            read.processes.extend(processes.map(|it| (it, position)));
            Vec::new()
        }
        Err(diagnostics) => {
            let errors = diagnostics
                .iter()
                .filter(|it| it.severity == Severity::Error);
            let error = |it: &Diagnostic| {
                diagnosed(
                    it.code,
                    text(it),
                    json!({
                        "file": it.file, "line": it.line, "column": it.column, "elementId": it.element_id,
                        "remedy": it.remedy,
                    }),
                )
            };
            errors.map(error).collect()
        }
    }
}

fn read_decisions(resource: &Resource, position: usize, read: &mut Read) -> Vec<UserError> {
    use tongban_feel::diagnostic::Diagnostic;
    let text = |it: &Diagnostic| {
        let registered = crate::code::text(it.code, &[]);
        let place = format!("{}:{}:{}", it.file, it.line, it.column);
        Text {
            zh: format!("{place}: {}（{}）", registered.zh, it.message),
            en: format!("{place}: {}; {}", it.message, it.remedy),
        }
    };
    let error = |it: &Diagnostic| {
        diagnosed(
            it.code,
            text(it),
            json!({
                "file": it.file, "line": it.line, "column": it.column, "elementId": it.element_id,
                "remedy": it.remedy,
            }),
        )
    };
    let limits = tongban_feel::dmn::Limits::default();
    match Model::parse(&resource.name, &resource.content, &limits) {
        Ok(model) => {
            let notice = |it: &Diagnostic| {
                let Text { zh, en } = text(it);
                Notice {
                    code: it.code.to_owned(),
                    zh,
                    en,
                }
            };
            read.warnings.extend(model.warnings().iter().map(notice));
            let outlines = match outline(&resource.name, &resource.content, &limits) {
                Ok(outlines) => outlines,
                Err(diagnostics) => return diagnostics.iter().map(error).collect(),
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
            Vec::new()
        }
        Err(diagnostics) => diagnostics.iter().map(error).collect(),
    }
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

fn diagnosed(code: &str, text: Text, details: Json) -> UserError {
    UserError {
        code: code.to_owned(),
        field: None,
        text,
        law_basis: None,
        details: Some(details),
    }
}

fn duplicates(read: &Read) -> Vec<UserError> {
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
    let error = |((_, key), (_, file)): ((&str, &str), (u32, usize))| {
        UserError::new("RESOURCE_DUPLICATE", &[("name", key)]).at(format!("/resources/{file}"))
    };
    twice.map(error).collect()
}
