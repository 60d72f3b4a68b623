//! `tongban plugin pack`: a folder and a component to a `.tbp`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tongban_host::component;
use tongban_host::package::{Error, Package};

/// Arguments of `tongban plugin pack`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The component, or the core module to make one of.
    #[arg(long, value_name = "FILE")]
    component: PathBuf,
    /// File to write; `<name>-<version>.tbp` in the folder's `target` if not given.
    #[arg(long)]
    output: Option<PathBuf>,
    /// Ed25519 private key (PEM) to sign the package with.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let component = component::encode(&read(&arguments.component)?)?;
    let mut package = Package::from_folder(&arguments.folder, component);
    if let (Some(key), Ok(package)) = (&arguments.key, &mut package) {
        let pem = String::from_utf8(read(key)?)
            .with_context(|| format!("{} is not PEM", key.display()))?;
        package
            .sign(&pem)
            .with_context(|| format!("cannot sign with {}", key.display()))?;
    }
    write(package, &arguments.folder, arguments.output.as_deref())
}

/// Checks and writes a package; prints what is wrong with it instead if something is.
pub(crate) fn write(
    package: Result<Package, Error>,
    folder: &Path,
    output: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let package = match package {
        Ok(package) => package,
        Err(error) if error.problems().is_empty() => return Err(error.into()),
        Err(error) => {
            error.problems().iter().for_each(|it| eprintln!("{it}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    if !super::super::check::package(&folder.display().to_string(), &package)? {
        return Ok(ExitCode::FAILURE);
    }
    let default = folder.join("target").join(package.file_name());
    let path = output.unwrap_or(&default);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let bytes = package.pack();
    std::fs::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
    println!(
        "{} · {} bytes · component {} bytes · sha256 {}",
        path.display(),
        bytes.len(),
        package.component().len(),
        package.digest()
    );
    Ok(ExitCode::SUCCESS)
}
