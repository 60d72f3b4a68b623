//! `tongban check`: every problem of every file, without a server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use tongban_bpmn::diagnostic::Diagnostic;
use tongban_bpmn::graph::ProcessDefinition;
use tongban_bpmn::soundness;
use tongban_feel::dmn::{Model, Source};
use tongban_host::host::{Host, Options};
use tongban_host::package::Package;

/// Arguments of `tongban check`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Files: .bpmn, .dmn, .form, .toml (templates of documents), .tbp.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What becomes of processes in which a token can wait forever, two can meet, or an element is
    /// never reached.
    #[arg(long, value_enum, default_value = "warn")]
    soundness: Soundness,
}

/// What becomes of processes that cannot work out, whatever their data.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Soundness {
    /// They are not looked for.
    Off,
    /// They are told as warnings.
    Warn,
    /// They are errors.
    Refuse,
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
    let mut files = Vec::new();
    for file in &arguments.files {
        let bytes =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        files.push((file.as_path(), bytes));
    }
    let decisions: Vec<(String, &[u8])> = files
        .iter()
        .filter(|(file, _)| ending(file) == "dmn")
        .map(|(file, bytes)| (file.display().to_string(), bytes.as_slice()))
        .collect();
    let mut n_errors = 0;
    for (file, bytes) in &files {
        let findings = check(file, bytes, &decisions, arguments.soundness)?;
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

fn ending(file: &Path) -> &str {
    let extension = file.extension();
    extension.and_then(|it| it.to_str()).unwrap_or_default()
}

fn check(
    file: &Path,
    bytes: &[u8],
    decisions: &[(String, &[u8])],
    soundness: Soundness,
) -> anyhow::Result<Findings> {
    let name = file.display().to_string();
    match ending(file) {
        "bpmn" => Ok(check_bpmn(&name, bytes, soundness)),
        "dmn" => Ok(check_dmn(&name, bytes, decisions)),
        "form" => Ok(check_form(&name, bytes)),
        "tbp" => check_package(&name, bytes),
        "toml" => Ok(check_document(&name, bytes)),
        other => {
            anyhow::bail!(
                "{name}: expected .bpmn, .dmn, .form, .toml or .tbp, but it ends in .{other}"
            )
        }
    }
}

fn check_bpmn(name: &str, bytes: &[u8], soundness: Soundness) -> Findings {
    let limits = tongban_bpmn::limit::Limits::default();
    let diagnostics = match tongban_bpmn::read(name, bytes, &limits) {
        Ok(definitions) => {
            let mut all = definitions.warnings;
            for process in &definitions.processes {
                all.extend(unsound(name, process, soundness));
            }
            all
        }
        Err(diagnostics) => diagnostics,
    };
    let mut findings = Findings::default();
    for it in diagnostics {
        findings.add(it.severity == tongban_bpmn::diagnostic::Severity::Error, it);
    }
    findings
}

/// What cannot work out in a process, whatever its data.
fn unsound(name: &str, process: &ProcessDefinition, soundness: Soundness) -> Vec<Diagnostic> {
    let are_errors = match soundness {
        Soundness::Off => return Vec::new(),
        Soundness::Warn => false,
        Soundness::Refuse => true,
    };
    let options = soundness::Options {
        are_errors,
        ..soundness::Options::default()
    };
    soundness::check(name, process, &options)
}

/// A decision model may import the others that are checked with it.
fn check_dmn(name: &str, bytes: &[u8], decisions: &[(String, &[u8])]) -> Findings {
    let limits = tongban_feel::dmn::Limits::default();
    let own = Source { file: name, bytes };
    let others: Vec<Source<'_>> = decisions
        .iter()
        .filter(|(other, _)| other != name)
        .map(|(file, bytes)| Source { file, bytes })
        .collect();
    let mut findings = Findings::default();
    match Model::parse_with_imports(own, &others, &limits) {
        Ok(model) => {
            for warning in model.warnings() {
                findings.add(false, warning);
            }
            // What is kept of a decision for those who configure it.
            if let Err(diagnostics) = tongban_feel::dmn::outline::outline(name, bytes, &limits) {
                diagnostics.iter().for_each(|it| findings.add(true, it));
            }
        }
        Err(diagnostics) => diagnostics.iter().for_each(|it| findings.add(true, it)),
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

/// A template of a document.
fn check_document(name: &str, bytes: &[u8]) -> Findings {
    let mut findings = Findings::default();
    let text = String::from_utf8_lossy(bytes);
    if let Err(problems) = tongban_document::template::Template::read(&text) {
        for problem in problems {
            let line = problem.line.map(|it| format!(":{it}")).unwrap_or_default();
            findings.add(true, format!("{name}{line}: {problem}"));
        }
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
    for (file, bytes) in package.documents() {
        let found = check_document(&format!("{name}: {file}"), bytes);
        findings.n_errors += found.n_errors;
        findings.lines.extend(found.lines);
    }
    let decisions: Vec<(String, &[u8])> = package
        .decisions()
        .map(|(file, bytes)| (format!("{name}: {file}"), bytes))
        .collect();
    let models = package
        .processes()
        .map(|(file, bytes)| check_bpmn(&format!("{name}: {file}"), bytes, Soundness::Warn));
    let models: Vec<Findings> = models
        .chain(
            decisions
                .iter()
                .map(|(file, bytes)| check_dmn(file, bytes, &decisions)),
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
