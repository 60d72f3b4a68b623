//! Files in, graphs or findings out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod activity;
mod conformance;
mod data;
mod event;
mod graph;
mod hostile;
mod refusal;

use tongban_bpmn::diagnostic::{Diagnostic, Severity};
use tongban_bpmn::graph::Definitions;
use tongban_bpmn::limit::Limits;
use tongban_bpmn::read;

/// Puts a process round elements; the first line of `body` is line 2 of the file.
fn process(body: &str) -> String {
    file(&format!(
        r#"<process id="p" isExecutable="true">{body}</process>"#
    ))
}

/// Puts `definitions` round declarations and processes.
fn file(body: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:other="urn:other" id="d">
{body}</definitions>"#
    )
}

/// Elements in a row, connected by flows `f1`, `f2`, … between a start and an end event.
fn sequence(elements: &[(&str, &str)]) -> String {
    let mut body = String::from("<startEvent id=\"start\" />");
    let mut previous = "start";
    for (position, (id, xml)) in elements.iter().enumerate() {
        body.push_str(xml);
        body.push_str(&flow(&format!("f{}", position + 1), previous, id));
        previous = id;
    }
    body.push_str("<endEvent id=\"end\" />");
    body.push_str(&flow("last", previous, "end"));
    body
}

fn flow(id: &str, source: &str, target: &str) -> String {
    format!(r#"<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}" />"#)
}

fn accept(xml: &str) -> Definitions {
    match read("test.bpmn", xml.as_bytes(), &Limits::default()) {
        Ok(definitions) => definitions,
        Err(findings) => panic!("refused:\n{}", lines(&findings).join("\n")),
    }
}

fn findings(xml: &str) -> Vec<Diagnostic> {
    match read("test.bpmn", xml.as_bytes(), &Limits::default()) {
        Ok(definitions) => definitions.warnings,
        Err(findings) => findings,
    }
}

fn lines(findings: &[Diagnostic]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

/// Compares all findings, each as `CODE element-id` (`?` before a warning, `-` for no id).
#[track_caller]
fn check(xml: &str, expected: &[&str]) {
    let found = findings(xml);
    let short: Vec<String> = found
        .iter()
        .map(|it| {
            let mark = if it.severity == Severity::Warning {
                "?"
            } else {
                ""
            };
            format!(
                "{mark}{} {}",
                it.code,
                it.element_id.as_deref().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(short, expected, "\n{}\n", lines(&found).join("\n"));
}
