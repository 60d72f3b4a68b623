//! `cargo xtask test`: everything the tests need, and all of them.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use serde_json::Value;

use crate::command::demo;
use crate::process::{apt_install, cargo, output, program};
use crate::repository;

/// Arguments of `cargo xtask test`.
#[derive(Debug, Args, Default)]
pub(crate) struct Arguments {
    /// Rounds of the crash test on each database; `cargo xtask crash` runs more.
    #[arg(long, default_value_t = 8)]
    pub(crate) crash_rounds: u32,
}

/// The folder of the package whose tests run once on each database.
const END_TO_END_FOLDER: &str = "tests/e2e";
/// Arguments that select what is built: always the whole workspace, as decision 001 says.
const SELECTION: [&str; 4] = ["--release", "--workspace", "--features", "tongban/console"];
/// The databases, as the tests' variable names them.
const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// The plugin below `tests/plugin`.
const TESTS_PLUGIN: &str = "errand";

/// What a suite's tests are counted as.
///
/// Property tests are told apart by their names, since they lie beside the units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suite {
    Units,
    /// On the database with this position in [`DATABASES`].
    EndToEnd(usize),
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    unit: u64,
    property: u64,
    /// By database.
    scenario: [u64; 2],
    /// By database.
    end_to_end: [u64; 2],
    component: u64,
    crash: u64,
    failed: u64,
}

impl Counts {
    fn passed(&self) -> u64 {
        let both: u64 = self.scenario.iter().chain(&self.end_to_end).sum();
        self.unit + self.property + both + self.component + self.crash
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure_postgres()?;
    demo::build(&["--bins"])?;
    let tests_plugin = repository::root().join("tests/plugin");
    demo::build_plugin(&tests_plugin, TESTS_PLUGIN)?;
    let mut counts = Counts::default();
    let built = test_binaries()?;
    let (end_to_end, units): (Vec<_>, Vec<_>) = built
        .into_iter()
        .partition(|it| it.is_in(END_TO_END_FOLDER));
    suite("unit and property tests", Suite::Units, &units, &mut counts)?;
    documentation(&mut counts)?;
    for (position, database) in DATABASES.iter().enumerate() {
        let what = format!("end-to-end tests and scenarios on {database}");
        suite(&what, Suite::EndToEnd(position), &end_to_end, &mut counts)?;
    }
    for plugin in repository::plugins()? {
        let folder = repository::root().join("plugins").join(&plugin);
        components(&folder, &plugin, &mut counts)?;
    }
    components(&tests_plugin, TESTS_PLUGIN, &mut counts)?;
    crash(arguments.crash_rounds, &mut counts)?;
    let on_each = |counts: &[u64; 2]| {
        let parts = DATABASES
            .iter()
            .zip(counts)
            .map(|(database, n)| format!("{n} {database}"));
        parts.collect::<Vec<_>>().join(" + ")
    };
    println!(
        "unit {} · property {} · scenario {} · end-to-end {} · component cases {} · crash rounds {}",
        counts.unit,
        counts.property,
        on_each(&counts.scenario),
        on_each(&counts.end_to_end),
        counts.component,
        counts.crash
    );
    println!("{} passed, {} failed", counts.passed(), counts.failed);
    if counts.failed > 0 {
        bail!("{} tests failed", counts.failed)
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

/// A built test program.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TestBinary {
    program: PathBuf,
    /// Folder of its package, in which cargo would run it.
    folder: PathBuf,
}

impl TestBinary {
    fn is_in(&self, folder: &str) -> bool {
        self.folder == repository::root().join(folder)
    }
}

/// Builds all tests at once and says where they are.
fn test_binaries() -> anyhow::Result<Vec<TestBinary>> {
    let mut build = cargo();
    build
        .args([
            "test",
            "--no-run",
            "--lib",
            "--bins",
            "--tests",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(SELECTION)
        .stderr(Stdio::inherit());
    eprintln!("── build the tests");
    let text = output(&mut build)?;
    Ok(text.lines().filter_map(test_binary).collect())
}

/// The test program that a line of cargo's messages tells of.
fn test_binary(message: &str) -> Option<TestBinary> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_test = message["reason"] == "compiler-artifact" && message["profile"]["test"] == true;
    let program = message["executable"].as_str().filter(|_| is_test)?;
    let manifest = Path::new(message["manifest_path"].as_str()?);
    Some(TestBinary {
        program: program.into(),
        folder: manifest.parent()?.to_owned(),
    })
}

/// Runs test programs and counts each test by its kind.
fn suite(
    what: &str,
    suite: Suite,
    binaries: &[TestBinary],
    counts: &mut Counts,
) -> anyhow::Result<()> {
    eprintln!("── {what}");
    let started = Instant::now();
    for binary in binaries {
        let mut command = program(&binary.program.display().to_string());
        command
            .current_dir(&binary.folder)
            .env("CARGO_MANIFEST_DIR", &binary.folder)
            .env("TONGBAN_REQUIRE_POSTGRES", "1");
        if let Suite::EndToEnd(position) = suite {
            command.env("TONGBAN_TEST_DATABASE", DATABASES[position]);
        }
        run_and_count(&mut command, suite, counts)?;
    }
    eprintln!("   {what}: {} s", started.elapsed().as_secs());
    Ok(())
}

/// The examples in documentation, which cargo compiles as it runs them.
fn documentation(counts: &mut Counts) -> anyhow::Result<()> {
    eprintln!("── examples in documentation");
    let mut command = cargo();
    command
        .args(["test", "--doc", "--no-fail-fast"])
        .args(SELECTION);
    run_and_count(&mut command, Suite::Units, counts)
}

fn run_and_count(command: &mut Command, suite: Suite, counts: &mut Counts) -> anyhow::Result<()> {
    let n_failed = counts.failed;
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().expect("stdout is piped");
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        count(&line, suite, counts);
        println!("{line}");
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == n_failed {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// Counts a line of libtest such as `test value::tests::a_name ... ok`.
fn count(line: &str, suite: Suite, counts: &mut Counts) {
    let Some((name, result)) = line
        .strip_prefix("test ")
        .and_then(|it| it.rsplit_once(" ... "))
    else {
        return;
    };
    let is_property = ["propert", "random", "arbitrary"]
        .iter()
        .any(|it| name.contains(it));
    match (result.split_whitespace().next(), suite) {
        (Some("FAILED"), _) => counts.failed += 1,
        (Some("ok"), Suite::EndToEnd(position)) if name.contains("scenario") => {
            counts.scenario[position] += 1;
        }
        (Some("ok"), Suite::EndToEnd(position)) => counts.end_to_end[position] += 1,
        (Some("ok"), Suite::Units) if is_property => counts.property += 1,
        (Some("ok"), Suite::Units) => counts.unit += 1,
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
    for database in DATABASES {
        super::crash::run(&super::crash::Arguments {
            rounds,
            database: database.to_owned(),
            ..Default::default()
        })?;
        counts.crash += u64::from(rounds);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_program_is_found_among_the_messages_of_cargo() {
        let artifact = r#"{"reason":"compiler-artifact","manifest_path":"/r/tests/e2e/Cargo.toml","profile":{"test":true},"executable":"/r/target/release/deps/all-1"}"#;
        let found = test_binary(artifact).unwrap();
        assert_eq!(found.folder, Path::new("/r/tests/e2e"));
        assert_eq!(test_binary(&artifact.replace("true", "false")), None);
        assert_eq!(test_binary("not JSON"), None);
    }

    #[test]
    fn a_test_counts_for_its_suite_and_database() {
        let mut counts = Counts::default();
        count(
            "test a::scenario_t27 ... ok",
            Suite::EndToEnd(1),
            &mut counts,
        );
        count("test a::b ... ok", Suite::EndToEnd(0), &mut counts);
        count("test a::random_walks ... ok", Suite::Units, &mut counts);
        count("test a::b ... FAILED", Suite::Units, &mut counts);
        count("test a::b ... ignored", Suite::Units, &mut counts);
        let expected = Counts {
            scenario: [0, 1],
            end_to_end: [1, 0],
            property: 1,
            failed: 1,
            ..Counts::default()
        };
        assert_eq!(counts, expected);
        assert_eq!(counts.passed(), 3);
    }
}
