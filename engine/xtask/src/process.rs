//! Other programs: run, shown, and checked.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::repository;

/// A program started in the repository.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(repository::root());
    command
}

/// Cargo, the one that runs us.
///
/// It is not told of the package it runs for us: some build scripts look at that, and would build their crates anew
/// whenever a developer changes between `cargo build` and `cargo xtask`.
pub(crate) fn cargo() -> Command {
    let mut cargo = program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    let is_of_package = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_"]
            .iter()
            .any(|it| name.starts_with(it))
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_package) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// A program of ours that was built before: the name of a binary, or `examples/` and the name of an example.
pub(crate) fn built(name: &str) -> Command {
    program(
        &repository::target()
            .join("release")
            .join(name)
            .display()
            .to_string(),
    )
}

/// Runs `command` and says what it is for and how long it took.
pub(crate) fn step(what: &str, command: &mut Command) -> anyhow::Result<()> {
    eprintln!("── {what}");
    let start = Instant::now();
    run(command).with_context(|| format!("{what} failed"))?;
    eprintln!("   {what}: {} s", start.elapsed().as_secs());
    Ok(())
}

/// Runs `command` and fails if it does.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    if status.success() {
        Ok(())
    } else {
        bail!("{command:?} ended with {status}")
    }
}

/// Whether `command` runs and succeeds, silently.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|it| it.status.success())
}

/// Standard output of `command`.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} did not write UTF-8"))
}

/// Installs Debian packages, as root or through sudo.
pub(crate) fn apt_install(packages: &[&str]) -> anyhow::Result<()> {
    let is_root = output(program("id").arg("-u"))?.trim() == "0";
    let apt = |arguments: &[&str]| {
        let mut command = if is_root {
            program("apt-get")
        } else {
            program("sudo")
        };
        if !is_root {
            command.arg("apt-get");
        }
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step("apt-get update", &mut apt(&["update", "-q"]))?;
    let what = format!("apt-get install {}", packages.join(" "));
    step(
        &what,
        apt(&["install", "-q", "-y", "--no-install-recommends"]).args(packages),
    )
}
