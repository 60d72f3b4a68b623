//! `tongban plugin build`: crate to core module to component to package.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use clap::Args;
use tongban_host::component;
use tongban_host::package::Package;

const TARGET: &str = "wasm32-unknown-unknown";
/// A small shadow stack: the memory of a fresh instance is reset for each call, and costs by its size.
const STACK_FLAG: &str = "-Clink-arg=-zstack-size=131072";

/// Arguments of `tongban plugin build`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// File to write; `<name>-<version>.tbp` in the folder's `target` if not given.
    #[arg(long)]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let component = component(&arguments.folder)?;
    let package = Package::from_folder(&arguments.folder, component);
    super::pack::write(package, &arguments.folder, arguments.output.as_deref())
}

/// Builds the crate in `folder` and encodes it.
pub(crate) fn component(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let module = build(folder)?;
    let bytes =
        std::fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    component::encode(&bytes)
        .with_context(|| format!("cannot make a component of {}", module.display()))
}

/// Runs cargo and gives the path of the core module it wrote.
fn build(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut cargo = toolchain()?;
    cargo
        .current_dir(folder)
        .args([
            "build",
            "--release",
            "--lib",
            "--target",
            TARGET,
            "--message-format",
            "json-render-diagnostics",
        ])
        .env("RUSTFLAGS", STACK_FLAG)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let output = cargo.output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo could not build the plugin in {}", folder.display());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut modules = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let files = message["filenames"].as_array()?;
        let module = files
            .iter()
            .filter_map(serde_json::Value::as_str)
            .find(|it| it.ends_with(".wasm"));
        module.map(PathBuf::from)
    });
    modules.next_back().with_context(|| {
        format!(
            "{} built no .wasm file, expected crate-type = [\"cdylib\"]",
            folder.display()
        )
    })
}

/// Cargo with a compiler that knows the target: rustup's, else Debian's with the standard library built from source.
fn toolchain() -> anyhow::Result<Command> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let has_target =
        libraries.is_ok_and(|it| Path::new(String::from_utf8_lossy(&it.stdout).trim()).is_dir());
    if has_target {
        return Ok(Command::new("cargo"));
    }
    let (cargo, rustc) = (Path::new("/usr/bin/cargo"), Path::new("/usr/bin/rustc"));
    let sysroot = Command::new(rustc).args(["--print", "sysroot"]).output();
    let has_sources = sysroot.is_ok_and(|it| {
        let sysroot = String::from_utf8_lossy(&it.stdout).trim().to_owned();
        Path::new(&sysroot)
            .join("lib/rustlib/src/rust/library")
            .exists()
    });
    if !cargo.exists() || !has_sources {
        bail!(
            "no compiler for {TARGET}: run `rustup target add {TARGET}`, or install Debian's rustc-web cargo-web rust-web-src rust-web-llvm"
        );
    }
    let mut command = Command::new(cargo);
    command
        .env("RUSTC", rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .arg("-Zbuild-std=std,panic_abort");
    Ok(command)
}
