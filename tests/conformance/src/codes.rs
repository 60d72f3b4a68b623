//! Which findings are about what may be written, and which about a rule of the standard.
//!
//! What is not listed says nothing of a rule: it is about the engine and its dialect.

use std::collections::BTreeMap;

/// For each rule of the suite the codes that say it is broken: `rule: code code`, one a line.
static CONSTRAINTS: &str = include_str!("constraints.txt");

/// Findings about what may be written at all: XML, ids, attributes, parts, references.
const OF_SCHEMA: &[&str] = &[
    "BPMN-0020",
    "BPMN-0021",
    "BPMN-0022",
    "BPMN-0023",
    "BPMN-0024",
    "BPMN-0025",
    "BPMN-0026",
    "BPMN-0032",
    "BPMN-0040",
    "BPMN-0400",
    "BPMN-0401",
    "BPMN-0402",
    "BPMN-0403",
    "BPMN-0404",
    "BPMN-0405",
];

/// Whether a finding says that a file cannot be taken over from another tool.
pub(crate) fn is_of_schema(code: &str) -> bool {
    code < "BPMN-0012" && code != "BPMN-0010" || OF_SCHEMA.contains(&code)
}

/// The rules with the codes that say they are broken.
///
/// # Errors
/// If a line is none.
pub(crate) fn constraints() -> anyhow::Result<BTreeMap<&'static str, Vec<&'static str>>> {
    let lines = CONSTRAINTS.lines().map(str::trim);
    let mut rules = BTreeMap::new();
    for line in lines.filter(|it| !it.is_empty() && !it.starts_with('#')) {
        let Some((rule, codes)) = line.split_once(": ") else {
            anyhow::bail!("expected `rule: code code`, found {line:?}");
        };
        let codes: Vec<&str> = codes.split_whitespace().collect();
        let are_codes = codes.iter().all(|it| it.starts_with("BPMN-"));
        anyhow::ensure!(are_codes && !codes.is_empty(), "{line:?}: no code");
        anyhow::ensure!(
            rules.insert(rule, codes).is_none(),
            "{rule} is listed twice"
        );
    }
    Ok(rules)
}
