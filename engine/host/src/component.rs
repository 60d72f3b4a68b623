//! WebAssembly components: made from a core module, and looked at before they are let in.

use std::collections::BTreeSet;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::contract::surface;
use crate::manifest::Manifest;
use crate::problem::Problem;

/// The component's name in a package.
pub const FILE_NAME: &str = "plugin.wasm";

/// Why a core module could not become a component.
#[derive(Debug, thiserror::Error)]
#[error("expected a WebAssembly module built with the plugin SDK: {0}")]
pub struct EncodeError(String);

/// Whether the bytes are a component already (and not a core module).
pub fn is_component(bytes: &[u8]) -> bool {
    // Magic, then version and layer: layer 1 is a component.
    bytes.starts_with(b"\0asm") && bytes.get(6..8) == Some(&[1, 0])
}

/// Makes a component of a core module that the SDK's macros have annotated. A component stays
/// as it is.
pub fn encode(module: &[u8]) -> Result<Vec<u8>, EncodeError> {
    if is_component(module) {
        return Ok(module.to_vec());
    }
    let failed = |error: &dyn std::fmt::Display| EncodeError(format!("{error:#}"));
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .map_err(|error| failed(&error))?
        .encode()
        .map_err(|error| failed(&error))
}

/// Compiles; a panic of the compiler on hostile input stays here.
pub(crate) fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, Problem> {
    let refused = |found: String| {
        Problem::error(
            "HOST-0060",
            FILE_NAME,
            format!("expected a WebAssembly component: {found}"),
        )
    };
    if !is_component(bytes) {
        let found = if bytes.starts_with(b"\0asm") {
            "found a core module"
        } else {
            "found other bytes"
        };
        return Err(refused(found.to_owned()));
    }
    // The compiler works on copies of its own; the engine's shared state is behind its locks.
    let work = std::panic::AssertUnwindSafe(|| Component::from_binary(engine, bytes));
    let compiled = std::panic::catch_unwind(work);
    match compiled {
        Ok(Ok(component)) => Ok(component),
        Ok(Err(error)) => Err(refused(format!("{error:#}"))),
        Err(_) => Err(refused("the compiler could not cope with it".to_owned())),
    }
}

/// Compares what the component imports and exports with its contract and its grants.
pub(crate) fn check(engine: &Engine, component: &Component, manifest: &Manifest) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(surface) = surface(&manifest.plugin.contract) else {
        let found = &manifest.plugin.contract;
        let message = format!("expected a supported contract version, found `{found}`");
        return vec![Problem::error(
            "HOST-0064",
            crate::manifest::FILE_NAME,
            message,
        )];
    };
    let granted = granted_interfaces(manifest);
    let r#type = component.component_type();
    for (import, _) in r#type.imports(engine) {
        if !surface.imports.contains(&import) {
            let message = format!(
                "expected imports of {} only, found `{import}`: remove the dependency that needs it",
                surface.imports.join(", ")
            );
            problems.push(Problem::error("HOST-0061", FILE_NAME, message).field(import));
        } else if let Some(interface) = interface_name(import)
            && !granted.contains(interface)
        {
            let message = format!(
                "no operation declares a use of `{interface}`: declare it in plugin.toml, or do not import it"
            );
            problems.push(Problem::error("HOST-0062", FILE_NAME, message).field(import));
        }
    }
    if r#type.get_export(engine, surface.export).is_none() {
        let message = format!("expected the export `{}`, found none", surface.export);
        problems.push(Problem::error("HOST-0063", FILE_NAME, message).field(surface.export));
    }
    problems
}

fn interface_name(import: &str) -> Option<&str> {
    import
        .split_once('/')?
        .1
        .split_once('@')
        .map(|(name, _)| name)
}

/// The interfaces that at least one operation may use. What reads nothing personal is free.
/// `checks` and `deadlines` use a type of `records`, so that importing them brings `records` too.
fn granted_interfaces(manifest: &Manifest) -> BTreeSet<&'static str> {
    let mut granted = BTreeSet::from(["types", "calendar", "log"]);
    for operation in &manifest.operations {
        if !operation.reads.is_empty() || !operation.writes.is_empty() {
            granted.insert("records");
        }
        if !operation.checks.is_empty() {
            granted.extend(["checks", "records"]);
        }
        if !operation.decisions.is_empty() {
            granted.insert("decisions");
        }
        if !operation.numbers.is_empty() {
            granted.insert("numbering");
        }
        let reads = operation.reads.iter().map(|it| &it.kind);
        let mut kinds = reads.chain(&operation.writes);
        let has_deadlines =
            kinds.any(|kind| manifest.deadlines.iter().any(|it| it.record == *kind));
        if has_deadlines || !operation.deadlines.is_empty() {
            granted.extend(["deadlines", "records"]);
        }
    }
    granted
}
