//! The standard's schema: attributes and their values, how often parts are there, references that
//! lead to something of the right type.

use super::file::{File, Idx, Reference};
use super::metamodel::{Attribute, Kind};
use crate::diagnostic::{At, Problems, code};
use crate::xml::Space;

/// Findings of the reading that say the same of a reference.
const REFERENCE_SAID: &[&str] = &[
    "BPMN-0050",
    "BPMN-0051",
    "BPMN-0059",
    "BPMN-0063",
    "BPMN-0064",
    "BPMN-0080",
    "BPMN-0081",
    "BPMN-0090",
    "BPMN-0093",
    "BPMN-0102",
    "BPMN-0105",
    "BPMN-0140",
    "BPMN-0300",
    "BPMN-0316",
    "BPMN-0325",
    "BPMN-0358",
    "BPMN-0365",
];

/// Findings of the reading that say the same of a missing or superfluous part.
const PART_SAID: &[&str] = &[
    "BPMN-0032",
    "BPMN-0033",
    "BPMN-0095",
    "BPMN-0112",
    "BPMN-0303",
    "BPMN-0308",
    "BPMN-0350",
    "BPMN-0360",
];

/// Findings of the reading about the value of an attribute.
const VALUE_SAID: &[&str] = &["BPMN-0025", "BPMN-0115"];

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    for idx in 0..file.elements.len() {
        check_attributes(problems, file, idx);
        check_counts(problems, file, idx);
        for reference in &file.at(idx).references {
            check_reference(problems, file, idx, reference);
        }
    }
}

fn check_attributes(problems: &mut Problems, file: &File<'_>, idx: Idx) {
    let element = file.at(idx);
    if element.of.name == "Opaque" || element.of.name == "Text" {
        return;
    }
    let at = file.place(idx);
    for attribute in &element.node.attributes {
        let local = attribute.local.as_str();
        match &attribute.space {
            Space::None | Space::Bpmn => {}
            Space::Zeebe | Space::SchemaInstance | Space::Diagram | Space::Foreign(_) => continue,
        }
        let around = element.parent.map(|it| file.at(it).node.place);
        let said = problems.has(at.place, VALUE_SAID)
            || around.is_some_and(|it| problems.has(it, VALUE_SAID));
        match element.of.attribute(local) {
            Some(_) if said => {}
            Some(known) => check_value(problems, at, known, &attribute.value),
            // Our dialect's readers take a name and an id everywhere.
            None if local == "name" || local == "id" => {}
            None => {
                let found = [local.into(), element.node.local.as_str().into()];
                problems.report_once(&code::UNKNOWN_ATTRIBUTE, at, &found);
            }
        }
    }
    for attribute in element.of.attributes.iter().filter(|it| it.required) {
        let value = element.node.attribute(attribute.name);
        let said = problems.has(at.place, &["BPMN-0033", "BPMN-0303"]);
        if value.is_none_or(|it| it.trim().is_empty()) && !said {
            let found = [attribute.name.into(), element.node.local.as_str().into()];
            problems.report_once(&code::MISSING_ATTRIBUTE, at, &found);
        }
    }
}

fn check_value(problems: &mut Problems, at: At<'_>, attribute: &Attribute, value: &str) {
    let value = value.trim();
    let expected: Option<String> = match &attribute.kind {
        Kind::Text | Kind::Id | Kind::Reference(_) => None,
        Kind::Boolean => {
            if matches!(value, "true" | "false" | "1" | "0") {
                return;
            }
            let expected = ("true or false", " true 或 false");
            let found = [attribute.name.into(), value.into(), expected.into()];
            problems.report_once(&code::INVALID_ATTRIBUTE, at, &found);
            return;
        }
        Kind::Integer => {
            if value.parse::<i64>().is_ok() {
                return;
            }
            let expected = ("an integer", "整数");
            let found = [attribute.name.into(), value.into(), expected.into()];
            problems.report_once(&code::INVALID_ATTRIBUTE, at, &found);
            return;
        }
        Kind::Uri => {
            if !is_uri(value) {
                let found = [attribute.name.into(), value.into()];
                problems.report(&code::INVALID_URI, at, &found);
            }
            return;
        }
        Kind::Mime => {
            if !is_mime(value) {
                let found = [attribute.name.into(), value.into()];
                problems.report(&code::INVALID_MIME_TYPE, at, &found);
            }
            return;
        }
        Kind::OneOf(values) => (!values.contains(&value)).then(|| values.join(" | ")),
    };
    if let Some(expected) = expected {
        let found = [
            attribute.name.into(),
            value.into(),
            expected.as_str().into(),
        ];
        problems.report_once(&code::INVALID_ATTRIBUTE, at, &found);
    }
}

/// RFC 3986, as far as a wrong text shows: characters that must be escaped, and broken escapes.
fn is_uri(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_escape = |position: usize| {
        let digits = bytes.get(position + 1..position + 3);
        digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit))
    };
    let forbidden = |byte: u8| byte <= b' ' || b"<>\"{}|\\^`".contains(&byte);
    !bytes
        .iter()
        .enumerate()
        .any(|(position, byte)| forbidden(*byte) || (*byte == b'%' && !is_escape(position)))
}

/// `type/subtype`, with parameters perhaps.
fn is_mime(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_token = |it: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        !it.is_empty() && it.bytes().all(is_plain)
    };
    essence
        .split_once('/')
        .is_some_and(|(left, right)| is_token(left) && is_token(right))
}

fn check_counts(problems: &mut Problems, file: &File<'_>, idx: Idx) {
    let element = file.at(idx);
    for (child, count) in element.of.children.iter().zip(&element.counts) {
        let (text, bound) = if *count < child.min {
            (&code::TOO_FEW_PARTS, child.min)
        } else if child.max.is_some_and(|max| *count > max) {
            (&code::TOO_MANY_PARTS, child.max.unwrap_or_default())
        } else {
            continue;
        };
        let at = file.place(idx);
        let parent = element.parent.map(|it| file.at(it).node.place);
        let said = problems.has(at.place, PART_SAID)
            || parent.is_some_and(|it| problems.has(it, PART_SAID));
        if said {
            continue;
        }
        let found = [
            file.label(idx).into(),
            (*count).into(),
            child.what.name().into(),
            bound.into(),
        ];
        problems.report(text, at, &found);
    }
}

fn check_reference(problems: &mut Problems, file: &File<'_>, idx: Idx, reference: &Reference<'_>) {
    if reference.is_foreign {
        return;
    }
    let at = At {
        place: reference.node.place,
        element_id: file.place(idx).element_id,
    };
    let said = |problems: &Problems| {
        let owner = file.at(idx).node.place;
        let around = file.at(idx).parent.map(|it| file.at(it).node.place);
        problems.has(at.place, REFERENCE_SAID)
            || problems.has(owner, REFERENCE_SAID)
            || around.is_some_and(|it| {
                file.is(idx, "EventDefinition") && problems.has(it, REFERENCE_SAID)
            })
    };
    let Some(found_idx) = reference.found else {
        // The structure of a signal or an error may be named as that of an item definition is.
        if !said(problems) && reference.name != "structureRef" {
            let found = [
                reference.name.into(),
                reference.value.into(),
                reference.target.text.into(),
            ];
            problems.report(&code::DANGLING_REFERENCE, at, &found);
        }
        return;
    };
    let is_right = reference
        .target
        .types
        .iter()
        .any(|it| file.is(found_idx, it));
    if !is_right && !said(problems) {
        let found = [
            reference.name.into(),
            reference.value.into(),
            file.at(found_idx).node.local.as_str().into(),
            reference.target.text.into(),
        ];
        problems.report(&code::WRONG_REFERENCE, at, &found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_and_mime_types_are_told_from_other_texts() {
        for text in ["feel", "http://www.w3.org/1999/XPath", "urn:a:b%20c", ""] {
            assert!(is_uri(text), "{text}");
        }
        for text in ["_invalid_uri%$!", "a b", "<a>"] {
            assert!(!is_uri(text), "{text}");
        }
        assert!(is_mime("text/plain") && is_mime("text/html; charset=utf-8"));
        assert!(!is_mime("wrong_mime_type") && !is_mime("a/") && !is_mime("a b/c"));
    }
}
