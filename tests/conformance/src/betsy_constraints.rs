//! Models that break one rule of the standard each: all are to be refused, and for such a rule.
//!
//! A refusal because something cannot be executed yet, or because it is not written in our dialect,
//! does not count: it would say nothing of the rule.

use std::path::Path;

use tongban_bpmn::diagnostic::Severity;
use tongban_bpmn::limit::Limits;

use crate::codes;
use crate::expected::Expected;
use crate::files;
use crate::report::{Outcome, Report};

pub(crate) fn run(folder: &Path, expected: &Expected, report: &mut Report) -> anyhow::Result<()> {
    for path in files::under(folder, "bpmn")? {
        let name = files::name(folder, &path);
        if expected.skips(report.suite, &name) {
            report.add(name, Outcome::Skipped);
            continue;
        }
        let outcome = judge(&name, &files::read(&path)?);
        report.add(name, outcome);
    }
    Ok(())
}

fn judge(name: &str, bytes: &[u8]) -> Outcome {
    let findings = match tongban_bpmn::read(name, bytes, &Limits::default()) {
        Ok(_) => return Outcome::Failed("accepted".to_owned()),
        Err(findings) => findings,
    };
    let errors = findings.iter().filter(|it| it.severity == Severity::Error);
    let mut found: Vec<&str> = errors.map(|it| it.code).collect();
    found.sort_unstable();
    found.dedup();
    if found.iter().any(|it| codes::is_of_standard(it)) {
        Outcome::Passed
    } else {
        Outcome::Failed(format!(
            "refused for other reasons only: {}",
            found.join(" ")
        ))
    }
}
