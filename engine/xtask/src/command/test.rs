//! `cargo xtask test`: everything the tests need, and all of them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use anyhow::bail;
use clap::Args;

use crate::command::demo;
use crate::process::{apt_install, cargo, program};
use crate::repository;

/// Arguments of `cargo xtask test`.
#[derive(Debug, Args, Default)]
pub(crate) struct Arguments {
    /// Rounds of the crash test; `cargo xtask crash` runs more.
    #[arg(long, default_value_t = 8)]
    pub(crate) crash_rounds: u32,
}

/// Kinds of tests as the summary counts them, and the packages whose tests are of that kind.
///
/// Property tests are told apart by their names, since they lie beside the units.
const END_TO_END: &str = "tongban-tests-e2e";
/// The plugin below `tests/plugin`.
const TESTS_PLUGIN: &str = "errand";

#[derive(Default)]
struct Counts {
    unit: u64,
    property: u64,
    scenario: u64,
    end_to_end: u64,
    component: u64,
    crash: u64,
    failed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure_postgres()?;
    demo::build()?;
    let tests_plugin = repository::root().join("tests/plugin");
    demo::build_plugin(&tests_plugin, TESTS_PLUGIN)?;
    let mut counts = Counts::default();
    suite(
        "unit and property tests",
        &[
            "--workspace",
            "--exclude",
            END_TO_END,
            "--features",
            "tongban/console",
        ],
        &mut counts,
    )?;
    suite(
        "end-to-end tests and scenarios",
        &["--package", END_TO_END],
        &mut counts,
    )?;
    for plugin in repository::plugins()? {
        let folder = repository::root().join("plugins").join(&plugin);
        components(&folder, &plugin, &mut counts)?;
    }
    components(&tests_plugin, TESTS_PLUGIN, &mut counts)?;
    crash(arguments.crash_rounds, &mut counts)?;
    let Counts {
        unit,
        property,
        scenario,
        end_to_end,
        component,
        crash,
        failed,
    } = counts;
    println!(
        "unit {unit} · property {property} · scenario {scenario} · end-to-end {end_to_end} · component cases {component} · crash rounds {crash}"
    );
    println!(
        "{} passed, {failed} failed",
        unit + property + scenario + end_to_end + component + crash
    );
    if failed > 0 {
        bail!("{failed} tests failed")
    } else {
        Ok(())
    }
}

/// Debian's PostgreSQL 15, for the store's suite and the end-to-end path on it.
fn ensure_postgres() -> anyhow::Result<()> {
    if Path::new("/usr/lib/postgresql/15/bin/initdb").exists() {
        return Ok(());
    }
    apt_install(&["postgresql-15"])
}

/// Runs `cargo test` and counts each test by its kind.
fn suite(what: &str, selection: &[&str], counts: &mut Counts) -> anyhow::Result<()> {
    eprintln!("── {what}");
    let mut child = cargo()
        .args(["test", "--release", "--no-fail-fast"])
        .args(selection)
        .env("TONGBAN_REQUIRE_POSTGRES", "1")
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().expect("stdout is piped");
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        count(&line, what.starts_with("end-to-end"), counts);
        println!("{line}");
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!("{what} ended with {status}");
    }
    Ok(())
}

/// Counts a line of libtest such as `test value::tests::a_name ... ok`.
fn count(line: &str, end_to_end: bool, counts: &mut Counts) {
    let Some((name, result)) = line
        .strip_prefix("test ")
        .and_then(|it| it.rsplit_once(" ... "))
    else {
        return;
    };
    match result.split_whitespace().next() {
        Some("FAILED") => counts.failed += 1,
        Some("ok") if name.contains("scenario") => counts.scenario += 1,
        Some("ok") if end_to_end => counts.end_to_end += 1,
        Some("ok")
            if name.contains("propert")
                || name.contains("random")
                || name.contains("arbitrary") =>
        {
            counts.property += 1;
        }
        Some("ok") => counts.unit += 1,
        _ => {}
    }
}

/// Runs a plugin's cases on its built component and counts them.
fn components(folder: &Path, plugin: &str, counts: &mut Counts) -> anyhow::Result<()> {
    eprintln!("── cases of {plugin} on its component");
    let binary = repository::binary().display().to_string();
    let mut command = program(&binary);
    let mut child = command
        .args(["plugin", "test"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().expect("stdout is piped");
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        match line.split_whitespace().next() {
            Some("ok") => counts.component += 1,
            Some("FAILED") => counts.failed += 1,
            _ => {}
        }
        println!("{line}");
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!("the cases of {plugin} ended with {status}");
    }
    Ok(())
}

fn crash(rounds: u32, counts: &mut Counts) -> anyhow::Result<()> {
    super::crash::run(&super::crash::Arguments {
        rounds,
        ..Default::default()
    })?;
    counts.crash += u64::from(rounds);
    Ok(())
}
