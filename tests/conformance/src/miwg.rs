//! Models drawn by many tools: each is taken over as the schema has it, written again as it was, and
//! what is executable runs to an end.

use std::path::Path;

use tongban_bpmn::diagnostic::{Diagnostic, Severity};
use tongban_bpmn::document::{Document, Element, canonical};
use tongban_bpmn::graph::Definitions;
use tongban_bpmn::limit::Limits;

use crate::codes;
use crate::expected::Expected;
use crate::files;
use crate::report::{Outcome, Report};
use crate::world::{self, Run, World};
use crate::xml;

/// Random runs of one process.
const RUNS: u32 = 20;

pub(crate) fn run(folder: &Path, expected: &Expected, report: &mut Report) -> anyhow::Result<()> {
    for path in files::under(folder, "bpmn")? {
        let name = files::name(folder, &path);
        let bytes = files::read(&path)?;
        let mut add = |part: &str, outcome: Outcome| {
            let case = format!("{name} {part}");
            let is_skipped = expected.skips("miwg", &case);
            report.add(
                case,
                if is_skipped {
                    Outcome::Skipped
                } else {
                    outcome
                },
            );
        };
        add("read", reads(&name, &bytes));
        add("round-trip", round_trip(&name, &bytes));
        add("run", runs(&name, &bytes));
    }
    Ok(())
}

fn refusal(findings: &[Diagnostic], counts: impl Fn(&str) -> bool) -> Option<String> {
    let errors = findings.iter().filter(|it| it.severity == Severity::Error);
    let lines: Vec<String> = errors
        .filter(|it| counts(it.code))
        .map(ToString::to_string)
        .collect();
    (!lines.is_empty()).then(|| lines.join(" | "))
}

/// Everything in the file is known: what cannot be executed, `run` tells.
fn reads(name: &str, bytes: &[u8]) -> Outcome {
    match tongban_bpmn::read(name, bytes, &Limits::default()) {
        Ok(_) => Outcome::Passed,
        Err(findings) => match refusal(&findings, codes::is_of_schema) {
            None => Outcome::Passed,
            Some(why) => Outcome::Refused(why),
        },
    }
}

fn round_trip(name: &str, bytes: &[u8]) -> Outcome {
    let limits = Limits::default();
    let read = match Document::read(name, bytes, &limits) {
        Ok(read) => read,
        Err(findings) => return Outcome::Failed(format!("{findings:?}")),
    };
    let written = read.write();
    let again = match Document::read(name, written.as_bytes(), &limits) {
        Ok(again) => again,
        Err(findings) => return Outcome::Failed(format!("what was written: {findings:?}")),
    };
    match (xml::content(bytes), xml::content(written.as_bytes())) {
        (Ok(before), Ok(after)) => {
            if let Some(difference) = xml::difference(&before, &after) {
                return Outcome::Failed(format!("what was written differs: {difference}"));
            }
        }
        (Err(error), _) | (_, Err(error)) => return Outcome::Failed(format!("{error:#}")),
    }
    if again != read {
        return Outcome::Failed("what was written is another document".to_owned());
    }
    if canonical(&again) != canonical(&read) {
        return Outcome::Failed("what was written has another canonical form".to_owned());
    }
    Outcome::Passed
}

/// Runs what can be executed, with random choices; what is a drawing only is told as such.
fn runs(name: &str, bytes: &[u8]) -> Outcome {
    let limits = Limits::default();
    let is_meant = String::from_utf8_lossy(bytes).contains("isExecutable=\"true\"");
    let mut document = match Document::read(name, bytes, &limits) {
        Ok(document) => document,
        Err(findings) => return Outcome::Failed(format!("{findings:?}")),
    };
    make_executable(document.root_mut());
    match tongban_bpmn::read(name, document.write().as_bytes(), &limits) {
        Ok(definitions) => random_runs(&definitions),
        Err(findings) => {
            let why = refusal(&findings, |_| true).unwrap_or_default();
            match is_meant {
                true => Outcome::Refused(why),
                false => Outcome::Drawing(why),
            }
        }
    }
}

/// Marks every process as executable.
fn make_executable(root: &mut Element) {
    for child in root.children_mut().filter(|it| it.local() == "process") {
        child.set("isExecutable", "true");
    }
}

/// Every process comes to its end with some of the data that are tried; none gets stuck for another
/// reason than its data.
fn random_runs(definitions: &Definitions) -> Outcome {
    for process in &definitions.processes {
        let mut stopped = None;
        let mut has_ended = false;
        for seed in 0..RUNS {
            let mut world = World::new(definitions.processes.clone());
            match world::random_run(&mut world, &process.key, u64::from(seed)) {
                Ok(Run::Ended) => has_ended = true,
                Ok(Run::Stopped(why)) => stopped = Some(why),
                Err(why) => return Outcome::Failed(format!("{} seed {seed}: {why}", process.key)),
            }
        }
        if !has_ended {
            let why = stopped.unwrap_or_default();
            return Outcome::Failed(format!("{} never ends: {why}", process.key));
        }
    }
    Outcome::Passed
}
