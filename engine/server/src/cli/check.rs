//! `tongban check`: every problem of every file, without a server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tongban_host::host::{Host, Options};
use tongban_host::package::Package;

/// Arguments of `tongban check`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Files: .bpmn, .dmn, .form, .tbp.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Problems of one file, each a line, and how many of them are errors.
#[derive(Default)]
struct Findings {
    lines: Vec<String>,
    n_errors: usize,
}

impl Findings {
    fn add(&mut self, is_error: bool, line: impl ToString) {
        self.n_errors += usize::from(is_error);
        self.lines.push(line.to_string());
    }
}

/// Checks the files; fails if any has an error.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut n_errors = 0;
    for file in &arguments.files {
        let bytes =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let findings = check(file, &bytes)?;
        for line in &findings.lines {
            eprintln!("{line}");
        }
        n_errors += findings.n_errors;
    }
    if n_errors == 0 {
        println!("{} files checked, no errors", arguments.files.len());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{n_errors} errors");
    Ok(ExitCode::FAILURE)
}

fn check(file: &Path, bytes: &[u8]) -> anyhow::Result<Findings> {
    let name = file.display().to_string();
    match file
        .extension()
        .and_then(|it| it.to_str())
        .unwrap_or_default()
    {
        "bpmn" => Ok(check_bpmn(&name, bytes)),
        "dmn" => Ok(check_dmn(&name, bytes)),
        "form" => Ok(check_form(&name, bytes)),
        "tbp" => check_package(&name, bytes),
        other => {
            anyhow::bail!("{name}: expected .bpmn, .dmn, .form or .tbp, but it ends in .{other}")
        }
    }
}

fn check_bpmn(name: &str, bytes: &[u8]) -> Findings {
    let limits = tongban_bpmn::limit::Limits::default();
    let diagnostics = match tongban_bpmn::read(name, bytes, &limits) {
        Ok(definitions) => definitions.warnings,
        Err(diagnostics) => diagnostics,
    };
    let mut findings = Findings::default();
    for it in diagnostics {
        findings.add(it.severity == tongban_bpmn::diagnostic::Severity::Error, it);
    }
    findings
}

fn check_dmn(name: &str, bytes: &[u8]) -> Findings {
    let limits = tongban_feel::dmn::Limits::default();
    let mut findings = Findings::default();
    let parsed = tongban_feel::dmn::Model::parse(name, bytes, &limits);
    let read = parsed.and_then(|_| tongban_feel::dmn::outline::outline(name, bytes, &limits));
    if let Err(diagnostics) = read {
        diagnostics.iter().for_each(|it| findings.add(true, it));
    }
    findings
}

fn check_form(name: &str, bytes: &[u8]) -> Findings {
    let mut findings = Findings::default();
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(form) if form["components"].is_array() && form["id"].is_string() => {}
        Ok(_) => findings.add(
            true,
            format!("{name}: expected a form of form-js with an id and components"),
        ),
        Err(error) => findings.add(true, format!("{name}:{}: not JSON: {error}", error.line())),
    }
    findings
}

fn check_package(name: &str, bytes: &[u8]) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let package = match Package::open(bytes) {
        Ok(package) => package,
        Err(error) if error.problems().is_empty() => return Err(error).context(name.to_owned()),
        Err(error) => {
            error
                .problems()
                .iter()
                .for_each(|it| findings.add(true, format!("{name}: {it}")));
            return Ok(findings);
        }
    };
    add_package(&mut findings, name, &package)?;
    Ok(findings)
}

/// Everything that is wrong with an opened package, its models included.
fn add_package(findings: &mut Findings, name: &str, package: &Package) -> anyhow::Result<()> {
    let host = Host::new(Options::default()).context("cannot start the plugin machine")?;
    package
        .warnings()
        .iter()
        .for_each(|it| findings.add(false, format!("{name}: {it}")));
    host.check(package)
        .iter()
        .for_each(|it| findings.add(true, format!("{name}: {it}")));
    let models = package
        .processes()
        .map(|(file, bytes)| check_bpmn(&format!("{name}: {file}"), bytes));
    let models: Vec<Findings> = models
        .chain(
            package
                .decisions()
                .map(|(file, bytes)| check_dmn(&format!("{name}: {file}"), bytes)),
        )
        .chain(
            package
                .forms()
                .map(|(file, bytes)| check_form(&format!("{name}: {file}"), bytes)),
        )
        .collect();
    for model in models {
        findings.n_errors += model.n_errors;
        findings.lines.extend(model.lines);
    }
    Ok(())
}

/// Checks a package before it is written or installed; prints what is wrong.
pub(crate) fn package(name: &str, package: &Package) -> anyhow::Result<bool> {
    let mut findings = Findings::default();
    add_package(&mut findings, name, package)?;
    findings.lines.iter().for_each(|it| eprintln!("{it}"));
    Ok(findings.n_errors == 0)
}
