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
    /// Files: .bpmn, .dmn, .form, .json, .toml (templates of documents), .tbp.
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
    /// What the file would deploy: of each thing its kind and its key.
    keys: Vec<(&'static str, String)>,
}

impl Findings {
    fn add(&mut self, is_error: bool, line: impl ToString) {
        self.n_errors += usize::from(is_error);
        self.lines.push(line.to_string());
    }

    fn extend(&mut self, other: Findings) {
        self.lines.extend(other.lines);
        self.n_errors += other.n_errors;
        self.keys.extend(other.keys);
    }

    /// What is there twice among what is deployed together.
    fn add_duplicates(&mut self, name: &str) {
        self.keys.sort();
        let twice = self.keys.chunk_by(|a, b| a == b).filter(|it| it.len() > 1);
        let keys: Vec<(&str, String)> = twice.map(|it| it[0].clone()).collect();
        for (kind, key) in keys {
            let text = tongban_runtime::code::text("RESOURCE_DUPLICATE", &[("name", &key)]).en;
            self.add(true, format!("{name}RESOURCE_DUPLICATE: {kind}: {text}"));
        }
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
    let mut all = Findings::default();
    for (file, bytes) in &files {
        all.extend(check(file, bytes, &decisions, arguments.soundness)?);
    }
    all.add_duplicates("");
    all.lines.iter().for_each(|line| eprintln!("{line}"));
    let n_errors = all.n_errors;
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
        "form" | "json" => Ok(check_form(&name, bytes)),
        "toml" => Ok(check_document(&name, bytes)),
        "tbp" => check_package(&name, bytes, soundness),
        other => {
            let mut findings = Findings::default();
            let expected = "expected .bpmn, .dmn, .form, .json, .toml or .tbp";
            findings.add(
                true,
                format!("{name}: RESOURCE_TYPE_UNKNOWN: {expected}, but it ends in .{other}"),
            );
            Ok(findings)
        }
    }
}

fn check_bpmn(name: &str, bytes: &[u8], soundness: Soundness) -> Findings {
    let limits = tongban_bpmn::limit::Limits::default();
    let mut findings = Findings::default();
    let diagnostics = match tongban_bpmn::read(name, bytes, &limits) {
        Ok(definitions) => {
            let processes = definitions.processes.iter();
            let keys = processes.map(|it| ("process", it.key.to_string()));
            findings.keys.extend(keys);
            let mut all = definitions.warnings;
            for process in &definitions.processes {
                all.extend(unsound(name, process, soundness));
            }
            all
        }
        Err(diagnostics) => diagnostics,
    };
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
            let decisions = model.decisions().iter();
            let keys = decisions.map(|it| ("decision", it.id.to_string()));
            findings.keys.extend(keys);
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
        Ok(form) if form["components"].is_array() && form["id"].is_string() => {
            let key = form["id"].as_str().unwrap_or_default();
            findings.keys.push(("form", key.to_owned()));
        }
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

fn check_package(name: &str, bytes: &[u8], soundness: Soundness) -> anyhow::Result<Findings> {
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
    add_package(&mut findings, (name, &package), soundness)?;
    // A package is deployed by itself.
    findings.keys.clear();
    Ok(findings)
}

/// Everything that is wrong with an opened package, its models included.
fn add_package(
    findings: &mut Findings,
    (name, package): (&str, &Package),
    soundness: Soundness,
) -> anyhow::Result<()> {
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
        .map(|(file, bytes)| check_bpmn(&format!("{name}: {file}"), bytes, soundness));
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
    models.into_iter().for_each(|it| findings.extend(it));
    for operation in &package.manifest().operations {
        let is_missing = |it: &&String| {
            let key = ("decision", (*it).clone());
            !findings.keys.contains(&key)
        };
        let missing: Vec<&String> = operation.decisions.iter().filter(is_missing).collect();
        for decision in missing {
            let text = format!(
                "{name}: plugin.toml: operation `{}`: expected a decision of a file under decisions/, found `{decision}`",
                operation.name
            );
            findings.add(true, text);
        }
    }
    findings.add_duplicates(&format!("{name}: "));
    Ok(())
}

/// Checks a package before it is written or installed; prints what is wrong.
pub(crate) fn package(name: &str, package: &Package) -> anyhow::Result<bool> {
    let mut findings = Findings::default();
    add_package(&mut findings, (name, package), Soundness::Warn)?;
    findings.lines.iter().for_each(|it| eprintln!("{it}"));
    Ok(findings.n_errors == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:p"><process id="p" isExecutable="true">
        <startEvent id="start"/><sequenceFlow id="f" sourceRef="start" targetRef="end"/><endEvent id="end"/></process></definitions>"#;

    fn checked(files: &[(&str, &str)]) -> Findings {
        let mut all = Findings::default();
        for (name, content) in files {
            let of_file = check(Path::new(name), content.as_bytes(), &[], Soundness::Warn);
            all.extend(of_file.unwrap_or_default());
        }
        all.add_duplicates("");
        all
    }

    #[test]
    fn a_process_in_two_files_is_told() {
        assert_eq!(checked(&[("a.bpmn", PROCESS)]).n_errors, 0);
        let twice = checked(&[("a.bpmn", PROCESS), ("b.bpmn", PROCESS)]);
        assert_eq!(twice.n_errors, 1, "{:?}", twice.lines);
        assert!(twice.lines[0].contains("RESOURCE_DUPLICATE"));
    }

    #[test]
    fn a_form_may_end_in_json_and_a_foreign_file_stops_no_other() {
        let form = r#"{"id": "f", "components": []}"#;
        let files = [("a.txt", ""), ("f.json", form), ("g.form", form)];
        let found = checked(&files);
        assert_eq!(found.n_errors, 2, "{:?}", found.lines);
        assert!(found.lines[0].contains("RESOURCE_TYPE_UNKNOWN"));
        assert!(found.lines[1].contains("RESOURCE_DUPLICATE"));
    }
}
