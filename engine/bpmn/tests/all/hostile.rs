//! Whatever comes in, reading ends with a graph or with findings.

use std::fmt::Write as _;

use proptest::prelude::*;
use tongban_bpmn::document::{Document, canonical};
use tongban_bpmn::limit::{DEPTH_MAX, Limits};
use tongban_bpmn::read;
use tongban_bpmn::soundness;

use crate::mutation::{Random, mutant};
use crate::{check, file, flow, process};

const MODEL: &str = include_str!("files/every_element.bpmn");

#[test]
fn a_document_type_is_refused() {
    check(
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        &["BPMN-0002 -"],
    );
}

#[test]
fn an_unknown_entity_is_refused() {
    check("<a>&b;</a>", &["BPMN-0001 -"]);
    check("<a b=\"&c;\" />", &["BPMN-0001 -"]);
}

#[test]
fn what_is_not_xml_is_refused() {
    for text in [
        "",
        "hello",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "</a>",
        "<a b='1' b='2'/>",
    ] {
        check(text, &["BPMN-0001 -"]);
    }
    check("<p:a />", &["BPMN-0009 -"]);
    check("<html />", &["BPMN-0008 -"]);
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let findings = read("x", b"<a b='\xff'/>", &Limits::default()).unwrap_err();
    assert_eq!(findings[0].code, "BPMN-0007");
    check(
        "<?xml version='1.0' encoding='GBK'?><a b='婚'/>",
        &["BPMN-0007 -"],
    );
}

#[test]
fn a_file_beyond_the_limits_is_refused() {
    let limits = Limits {
        file_bytes_max: 10,
        ..Limits::default()
    };
    assert_eq!(
        read("x", MODEL.as_bytes(), &limits).unwrap_err()[0].code,
        "BPMN-0003"
    );
    let limits = Limits {
        elements_max: 10,
        ..Limits::default()
    };
    assert_eq!(
        read("x", MODEL.as_bytes(), &limits).unwrap_err()[0].code,
        "BPMN-0005"
    );
    let limits = Limits {
        text_bytes_max: 20,
        ..Limits::default()
    };
    assert_eq!(
        read("x", MODEL.as_bytes(), &limits).unwrap_err()[0].code,
        "BPMN-0006"
    );
    let limits = Limits {
        attributes_max: 1,
        ..Limits::default()
    };
    assert_eq!(
        read("x", MODEL.as_bytes(), &limits).unwrap_err()[0].code,
        "BPMN-0011"
    );
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    check(&deep, &["BPMN-0004 -"]);
    let nested = "<subProcess>".repeat(DEPTH_MAX);
    check(
        &process(&format!("{nested}{}", "</subProcess>".repeat(DEPTH_MAX))),
        &["BPMN-0004 -"],
    );
}

#[test]
fn a_file_full_of_problems_is_answered_with_a_bounded_list() {
    let body: String = (0..5_000)
        .map(|it| format!("<task id=\"t\" x{it}=\"1\" />\n"))
        .collect();
    let limits = Limits::default();
    let findings = read("x", process(&body).as_bytes(), &limits).unwrap_err();
    assert_eq!(findings.len(), limits.diagnostics_max + 1);
    assert!(findings.iter().any(|it| it.code == "BPMN-0010"));
}

#[test]
fn the_largest_file_within_the_limits_is_read_quickly() {
    let mut body = String::from("<startEvent id=\"n0\" />");
    for position in 1..20_000 {
        write!(body, "<task id=\"n{position}\" />").unwrap();
        let (source, target) = (format!("n{}", position - 1), format!("n{position}"));
        body.push_str(&flow(&format!("f{position}"), &source, &target));
    }
    check(&process(&body), &[]);
}

#[test]
fn many_boundary_events_and_scopes_are_read_quickly() {
    let mut body = String::from("<startEvent id=\"s\" /><task id=\"t\" /><endEvent id=\"e\" />");
    body.push_str(&flow("f", "s", "t"));
    for position in 0..10_000 {
        write!(
            body,
            "<boundaryEvent id=\"b{position}\" attachedToRef=\"t\"><errorEventDefinition errorRef=\"x{position}\" /></boundaryEvent>"
        )
        .unwrap();
        body.push_str(&flow(&format!("f{position}"), &format!("b{position}"), "e"));
    }
    let errors: String = (0..9_000)
        .map(|it| format!("<error id=\"x{it}\" errorCode=\"E{it}\" />"))
        .collect();
    let xml = file(&format!(
        "{errors}<process id=\"p\" isExecutable=\"true\">{body}</process>"
    ));
    let _ = read("x", xml.as_bytes(), &Limits::default());
}

/// Files of seeded mutants that every test run reads; `cargo xtask fuzz-models` goes on from there.
const MUTANTS: u64 = 1_500;

#[test]
fn mutants_of_files_are_read_or_refused_and_written_again() {
    let seeds = [
        MODEL.as_bytes().to_vec(),
        include_bytes!("files/events_and_loops.bpmn").to_vec(),
    ];
    let limits = Limits::default();
    for seed in 0..MUTANTS {
        let file = mutant(&mut Random::new(seed), &seeds);
        if let Ok(document) = Document::read("x", &file, &limits) {
            let written = document.write();
            let again = Document::read("x", written.as_bytes(), &limits);
            assert_eq!(again.as_ref(), Ok(&document), "seed {seed}");
            let _ = canonical(&document);
        }
        if let Ok(definitions) = read("x", &file, &limits) {
            for process in &definitions.processes {
                let _ = soundness::check("x", process, &soundness::Options::default());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read("x", &bytes, &Limits::default());
    }

    #[test]
    fn arbitrary_texts_within_a_process_never_panic(text in "[<>/a-z\"= &;!-]{0,200}") {
        let _ = read("x", process(&text).as_bytes(), &Limits::default());
    }

    /// Cuts, doubles or swaps pieces of a good file.
    #[test]
    fn mutated_files_never_panic(
        cuts in proptest::collection::vec((0..MODEL.len(), 0usize..60, 0u8..4, any::<u8>()), 1..4)
    ) {
        let mut bytes = MODEL.as_bytes().to_vec();
        for (start, length, how, byte) in cuts {
            let start = start.min(bytes.len());
            let end = (start + length).min(bytes.len());
            match how {
                0 => { bytes.drain(start..end); }
                1 => { let piece = bytes[start..end].to_vec(); bytes.splice(start..start, piece); }
                2 => { if let Some(it) = bytes.get_mut(start) { *it = byte; } }
                _ => { bytes.truncate(end); }
            }
        }
        let _ = read("x", &bytes, &Limits::default());
    }

    /// Removes or doubles whole lines: the XML mostly stays well-formed, the model does not.
    #[test]
    fn models_with_lines_missing_or_doubled_never_panic(
        lines in proptest::collection::vec((0usize..150, any::<bool>()), 1..6)
    ) {
        let mut text: Vec<&str> = MODEL.lines().collect();
        for (line, doubled) in lines {
            let line = line.min(text.len().saturating_sub(1));
            if doubled { text.insert(line, text[line]); } else { text.remove(line); }
        }
        let joined = text.join("\n");
        if let Ok(definitions) = read("x", joined.as_bytes(), &Limits::default()) {
            prop_assert_eq!(definitions.processes.len(), 1);
        }
    }
}
