//! `tongban model`: the canonical form of a BPMN file, by which two tools' files of one model can be
//! compared.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tongban_bpmn::document::{Document, canonical};
use tongban_bpmn::limit::Limits;

/// Arguments of `tongban model`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A .bpmn file; it need not be executable.
    file: PathBuf,
}

/// Prints elements, names, references, attributes, extensions and the diagram, a line each.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let name = arguments.file.display().to_string();
    let bytes = std::fs::read(&arguments.file).with_context(|| format!("cannot read {name}"))?;
    match Document::read(&name, &bytes, &Limits::default()) {
        Ok(document) => {
            // Who reads the first lines only closes the pipe, which is no failure of ours.
            let _ = std::io::stdout().write_all(canonical(&document).as_bytes());
            Ok(ExitCode::SUCCESS)
        }
        Err(findings) => {
            findings.iter().for_each(|it| eprintln!("{it}"));
            Ok(ExitCode::FAILURE)
        }
    }
}
