//! Runs a plugin natively against an in-memory host, from cases that are data.
//!
//! A plugin's `tests/all/main.rs` has one test that calls [`run_cases`] and one that calls
//! [`check_schemas`], both with its `PLUGIN` and `env!("CARGO_MANIFEST_DIR")`; see
//! `sdk/template/tests/all/main.rs`.
//!
//! The format of a case is described in `README.md` and `case.schema.json` beside this crate; the
//! server runs the same files on the built component (`tongban plugin test`).
//!
//! It does not know the server: what the in-memory host does is the plain second model of what
//! the contract says. Only decisions are made by the server's own evaluator, of the plugin's own files. Begin with [`case::Case`].

use std::path::Path;

use tongban_sdk::Plugin;

mod calendar;
pub mod case;
mod compare;
mod deadline;
mod decision;
pub mod manifest;
pub mod memory_host;
pub mod run;
pub mod schemas;

/// Something wrong with a file of the plugin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}: {text}")]
pub struct Problem {
    /// The file, from the plugin's folder.
    pub file: String,
    /// Expected and found.
    pub text: String,
}

impl Problem {
    fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
        }
    }
}

/// Runs all cases under `tests/cases` of the plugin's folder.
///
/// # Panics
/// If any case fails, with all differences of all cases; that is how a test fails.
#[track_caller]
pub fn run_cases(plugin: &Plugin, plugin_dir: impl AsRef<Path>) {
    match run::run_all(plugin, plugin_dir.as_ref()) {
        Ok(summary) => println!("{summary}"),
        Err(failures) => panic!("{failures}"),
    }
}

/// Compares the committed JSON Schemas and `plugin.toml` with the code; with `TONGBAN_BLESS=1` in
/// the environment the schemas are written instead.
///
/// # Panics
/// If anything differs, naming each file; that is how a test fails.
#[track_caller]
pub fn check_schemas(plugin: &Plugin, plugin_dir: impl AsRef<Path>) {
    let mode = match std::env::var_os("TONGBAN_BLESS") {
        Some(value) if value == "1" => schemas::Mode::Write,
        _ => schemas::Mode::Compare,
    };
    let problems = schemas::check_or_write(plugin, plugin_dir.as_ref(), mode);
    assert!(problems.is_empty(), "{}", list(&problems));
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|it| format!("\n  {it}")).collect();
    format!("{} problems:{}", problems.len(), lines.concat())
}
