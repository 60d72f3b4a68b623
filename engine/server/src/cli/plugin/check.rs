//! `tongban plugin check`: a package, or the package that a folder would make.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tongban_host::package::Package;

/// Arguments of `tongban plugin check`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A `.tbp` file, or a plugin's folder, which is built first.
    #[arg(default_value = ".")]
    plugin: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = &arguments.plugin;
    let opened = if path.is_dir() {
        Package::from_folder(path, super::build::component(path)?)
    } else {
        Package::open(
            &std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?,
        )
    };
    let package = match opened {
        Ok(package) => package,
        Err(error) if error.problems().is_empty() => return Err(error.into()),
        Err(error) => {
            error.problems().iter().for_each(|it| eprintln!("{it}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    if !super::super::check::package(&path.display().to_string(), &package)? {
        return Ok(ExitCode::FAILURE);
    }
    let header = &package.manifest().plugin;
    println!("{} {}: no errors", header.name, header.version);
    Ok(ExitCode::SUCCESS)
}
