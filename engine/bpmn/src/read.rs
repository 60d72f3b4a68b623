//! From the bytes of a file to compiled processes, or to all that is wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check;
use crate::compile;
use crate::diagnostic::{At, Diagnostic, Place, Problems, code};
use crate::element::{global_task, process, refused};
use crate::graph::{Definitions, ProcessDefinition};
use crate::limit::Limits;
use crate::model::{Process, correlation, declaration, item, item_definition};
use crate::parse::Parse;
use crate::standard;
use crate::xml::{self, Node, Space};

/// Reads, checks and compiles a BPMN 2.0 file.
///
/// # Errors
/// If anything in the file prevents its deployment: all findings, warnings included, in the order
/// of the file.
pub fn read(
    file_name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Definitions, Vec<Diagnostic>> {
    read_by(file_name, bytes, limits, Some(standard::check))
}

/// Reads a file that has been deployed: what can be executed is executed, even if a later version
/// of the checks would refuse the file.
///
/// # Errors
/// If something in it cannot be executed.
pub fn read_deployed(
    file_name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Definitions, Vec<Diagnostic>> {
    read_by(file_name, bytes, limits, None)
}

fn read_by(
    file_name: &str,
    bytes: &[u8],
    limits: &Limits,
    further: Option<fn(&mut Problems, &Node)>,
) -> Result<Definitions, Vec<Diagnostic>> {
    let mut problems = Problems::new(file_name, limits.diagnostics_max);
    let Some(root) = xml::read(bytes, limits, &mut problems) else {
        return Err(problems.into_list());
    };
    let mut parse = Parse::new(problems, limits);
    if !root.is_bpmn("definitions") {
        parse.report(
            &code::NOT_DEFINITIONS,
            root.at(),
            &[root.local.as_str().into()],
        );
        return Err(parse.problems.into_list());
    }
    check_ids(&mut parse, &root);
    read_declarations(&mut parse, &root);
    correlation::note_subscribed(&mut parse, &root);
    let mut processes = Vec::new();
    for node in root.bpmn("process") {
        if !parse.boolean(node, "isExecutable", false) {
            let name = node.id().unwrap_or_default();
            parse.report(&code::PROCESS_NOT_EXECUTABLE, node.at(), &[name.into()]);
            continue;
        }
        let mut model = process::read(&mut parse, node);
        check::link(&mut parse.problems, &mut model);
        check::check(&mut parse, &model);
        compile::assign_lanes(&mut parse, &mut model);
        processes.push(model);
    }
    if let Some(further) = further {
        further(&mut parse.problems, &root);
    }
    if processes.is_empty() {
        parse.report(&code::NO_EXECUTABLE_PROCESS, root.at(), &[]);
    }
    if parse.problems.has_errors() {
        return Err(parse.problems.into_list());
    }
    let processes = compile_all(&mut parse, processes);
    // Nothing is left out in silence.
    if parse.problems.has_errors() {
        return Err(parse.problems.into_list());
    }
    let id = root.id().map(Arc::from);
    Ok(Definitions {
        id,
        processes,
        warnings: parse.problems.into_list(),
    })
}

fn compile_all(parse: &mut Parse<'_>, models: Vec<Process>) -> Vec<Arc<ProcessDefinition>> {
    let message_keys = correlation::message_keys(parse);
    let mut processes = Vec::with_capacity(models.len());
    for model in models {
        let (id, place) = (model.nodes[0].id.clone(), model.nodes[0].place);
        match compile::compile(model, &message_keys) {
            Some(process) => processes.push(Arc::new(process)),
            None => {
                let at = At {
                    place,
                    element_id: Some(&id),
                };
                parse.report(&code::NOT_COMPILED, at, &[(&*id).into()]);
            }
        }
    }
    processes
}

/// Ids are unique in the whole file, whatever their elements are.
fn check_ids(parse: &mut Parse<'_>, root: &Node) {
    let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
    let mut queue: Vec<&Node> = vec![root];
    while let Some(node) = queue.pop() {
        queue.extend(node.children.iter().rev());
        if node.space != Space::Bpmn {
            continue;
        }
        item::note(parse, node);
        item_definition::note(parse, node);
        let Some(id) = node.id() else { continue };
        check_id(parse, node, id);
        if let Some(first) = seen.get(id) {
            let line = first.line as usize;
            parse.report(&code::DUPLICATE_ID, node.at(), &[id.into(), line.into()]);
        } else {
            seen.insert(id, node.place);
        }
    }
}

/// An id is an XML name without a colon, since it may be referred to by qualified names.
fn check_id(parse: &mut Parse<'_>, node: &Node, id: &str) {
    let mut characters = id.chars();
    let begins = characters
        .next()
        .is_some_and(|it| it.is_alphabetic() || it == '_');
    let goes_on = characters.all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'));
    if !begins || !goes_on || id.chars().count() > parse.limits.id_chars_max {
        let found = [id.into(), parse.limits.id_chars_max.into()];
        parse.report(&code::INVALID_ID, node.at(), &found);
    }
}

/// Everything beside the processes: messages, signals and the like are read first, since events refer to
/// them; what only describes is kept.
fn read_declarations(parse: &mut Parse<'_>, root: &Node) {
    let known = [
        "targetNamespace",
        "expressionLanguage",
        "typeLanguage",
        "exporter",
        "exporterVersion",
    ];
    parse.check_attributes(root, &[], &known);
    for child in &root.children {
        match &child.space {
            Space::Bpmn => read_declaration(parse, root, child),
            Space::Diagram | Space::SchemaInstance => {}
            Space::Foreign(uri) => parse.note_foreign(uri, child.at()),
            Space::Zeebe | Space::None => {
                let found = [child.local.as_str().into(), "definitions".into()];
                parse.report(&code::UNKNOWN_ELEMENT, child.at(), &found);
            }
        }
    }
}

fn read_declaration(parse: &mut Parse<'_>, root: &Node, child: &Node) {
    match child.local.as_str() {
        "message" => declaration::message(parse, child),
        "signal" => declaration::signal(parse, child),
        "error" => declaration::error(parse, child),
        "escalation" => declaration::escalation(parse, child),
        // Read afterwards, with the declarations at hand.
        "process" => {
            let is_executable = matches!(
                child.attribute("isExecutable").map(str::trim),
                Some("true" | "1")
            );
            if let Some(id) = child.id().filter(|_| is_executable) {
                parse.process_ids.insert(id.to_owned());
            }
        }
        local if global_task::is_one(local) => {
            if let Some(id) = parse.id(child) {
                let global = Arc::new(child.clone());
                parse.global_tasks.insert(id.to_string(), global);
            }
        }
        "collaboration" => correlation::keys(parse, child),
        "correlationProperty" => correlation::property(parse, child),
        "documentation" | "extensionElements" | "category" | "interface" | "endPoint"
        | "partnerEntity" | "partnerRole" | "resource" | "itemDefinition" | "relationship"
        | "dataStore" => {}
        // Read with each event that refers to them.
        local if local.ends_with("EventDefinition") => {
            if let Some(id) = parse.id(child) {
                let definition = Arc::new(child.clone());
                parse.event_definitions.insert(id.to_string(), definition);
            }
        }
        // What it brings in is named by those who use it.
        "import" if item_definition::is_schema_import(child) => {}
        local @ "import" => {
            parse.report(&code::DATA_NOT_EXECUTED, child.at(), &[local.into()]);
        }
        "extension" => {
            if parse.boolean(child, "mustUnderstand", false) {
                let at = At {
                    place: child.place,
                    element_id: None,
                };
                let remedy = ("remove the extension", "请删除该扩展");
                let found = ["mustUnderstand".into(), "true".into(), remedy.into()];
                parse.report(&code::REFUSED_ATTRIBUTE, at, &found);
            }
        }
        _ => {
            refused::report(parse, child, root);
        }
    }
}
