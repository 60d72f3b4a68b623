//! `tongban plugin test`: a plugin's cases on its built component.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

/// Arguments of `tongban plugin test`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plugin's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub fn run(_arguments: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not yet")
}
