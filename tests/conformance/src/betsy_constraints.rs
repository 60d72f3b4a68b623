//! Models that break one rule of the standard each: all are to be refused, and for that rule.
//!
//! A refusal for any other reason does not count, as it would say nothing of the rule:
//! `constraints.txt` says which codes are about which rule.

use std::path::Path;

use tongban_bpmn::diagnostic::Severity;
use tongban_bpmn::limit::Limits;

use crate::codes;
use crate::expected::Expected;
use crate::files;
use crate::report::{Outcome, Report};

pub(crate) fn run(folder: &Path, expected: &Expected, report: &mut Report) -> anyhow::Result<()> {
    let rules = codes::constraints()?;
    for path in files::under(folder, "bpmn")? {
        let name = files::name(folder, &path);
        if expected.skips(report.suite, &name) {
            report.add(name, Outcome::Skipped);
            continue;
        }
        let rule = name.split('/').next().unwrap_or_default();
        let codes = rules.get(rule).map(Vec::as_slice).unwrap_or_default();
        let outcome = judge(&name, &files::read(&path)?, codes);
        report.add(name, outcome);
    }
    Ok(())
}

fn judge(name: &str, bytes: &[u8], codes: &[&str]) -> Outcome {
    let findings = match tongban_bpmn::read(name, bytes, &Limits::default()) {
        Ok(_) => return Outcome::Failed("accepted".to_owned()),
        Err(findings) => findings,
    };
    let errors = findings.iter().filter(|it| it.severity == Severity::Error);
    let mut found: Vec<&str> = errors.map(|it| it.code).collect();
    found.sort_unstable();
    found.dedup();
    if found.iter().any(|it| codes.contains(it)) {
        Outcome::Passed
    } else {
        Outcome::Failed(format!(
            "refused for other reasons only: {}",
            found.join(" ")
        ))
    }
}
