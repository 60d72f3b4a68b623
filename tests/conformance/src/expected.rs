//! What does not pass, by name and with its reason: `suite word case: reason`, one a line.
//!
//! The list is a result to shrink: what is missed and not listed is an error, and so is what is listed
//! and passes. Start from [`Expected::list`].

use std::collections::BTreeMap;

use crate::report::{Outcome, Report};

/// The list of this repository.
static LIST: &str = include_str!("expected.txt");

/// The cases that do not pass.
#[derive(Debug, Default)]
pub struct Expected {
    /// Suite and case to the word for its outcome.
    entries: BTreeMap<(String, String), String>,
}

impl Expected {
    /// The list of this repository.
    ///
    /// # Errors
    /// If a line is none.
    pub fn list() -> anyhow::Result<Expected> {
        Expected::read(LIST)
    }

    fn read(text: &str) -> anyhow::Result<Expected> {
        let mut entries = BTreeMap::new();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|it| !it.is_empty() && !it.starts_with('#')) {
            let parts = line.split_once(": ").and_then(|(head, reason)| {
                let (suite, head) = head.split_once(' ')?;
                let (word, case) = head.split_once(' ')?;
                (!reason.trim().is_empty()).then_some((suite, word, case))
            });
            let Some((suite, word, case)) = parts else {
                anyhow::bail!("expected `suite word case: reason`, found {line:?}");
            };
            let key = (suite.to_owned(), case.to_owned());
            anyhow::ensure!(
                ["failed", "refused", "skipped", "drawing"].contains(&word),
                "{line:?}: unknown word {word}"
            );
            anyhow::ensure!(
                entries.insert(key, word.to_owned()).is_none(),
                "{line:?} is listed twice"
            );
        }
        Ok(Expected { entries })
    }

    /// Whether a case is not to be run.
    pub fn skips(&self, suite: &str, case: &str) -> bool {
        let key = (suite.to_owned(), case.to_owned());
        self.entries.get(&key).is_some_and(|it| it == "skipped")
    }

    /// How a report differs from the list, a line each.
    pub fn differences(&self, report: &Report) -> Vec<String> {
        let mut lines = Vec::new();
        for (case, outcome) in &report.cases {
            let key = (report.suite.to_owned(), case.clone());
            let (found, suite) = (outcome.word(), report.suite);
            match (self.entries.get(&key).map(String::as_str), outcome) {
                (None, Outcome::Passed) => {}
                (None, _) => lines.push(format!(
                    "not listed: {suite} {found} {case}: {}",
                    outcome.why()
                )),
                (Some(word), _) if word == found => {}
                (Some(word), _) => lines.push(format!(
                    "listed as {word}, but {found}: {suite} {case} {}",
                    outcome.why()
                )),
            }
        }
        let has_run = |case: &str| report.cases.iter().any(|(it, _)| it == case);
        let of_suite = self.entries.iter().filter(|it| it.0.0 == report.suite);
        for ((suite, case), word) in of_suite {
            if !has_run(case) {
                lines.push(format!("listed, but not run: {suite} {word} {case}"));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_and_passes_is_told_as_well_as_what_is_missed() {
        let list = "# why\nmiwg refused a b: no\nmiwg failed c: so\nmiwg skipped d: long\nmiwg drawing g: none\ndmn-tck failed h: so";
        let expected = Expected::read(list).unwrap();
        let mut report = Report::new("miwg");
        report.add("a b", Outcome::Passed);
        report.add("c", Outcome::Failed("x".to_owned()));
        report.add("d", Outcome::Skipped);
        report.add("e", Outcome::Refused("BPMN-0033".to_owned()));
        assert_eq!(
            expected.differences(&report),
            [
                "listed as refused, but passed: miwg a b ",
                "not listed: miwg refused e: BPMN-0033",
                "listed, but not run: miwg drawing g",
            ]
        );
        assert!(expected.skips("miwg", "d") && !expected.skips("miwg", "c"));
        assert!(Expected::read("miwg passed x: y").is_err());
        assert!(Expected::list().is_ok());
    }
}
