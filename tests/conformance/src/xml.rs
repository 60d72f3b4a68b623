//! What a file says as XML, read by another reader than ours: elements and attributes by their
//! namespaces, and text. Comments, the order of attributes and insignificant white space are not
//! part of it. Start from [`content`].

use std::collections::BTreeMap;

use anyhow::Context as _;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// One thing that a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// An element begins: its name, and its attributes by theirs.
    Begin(String, BTreeMap<String, String>),
    /// It ends.
    End,
    /// Text, without the white space round it.
    Text(String),
}

/// Everything that a file says, in order.
///
/// # Errors
/// If it is no XML.
pub(crate) fn content(bytes: &[u8]) -> anyhow::Result<Vec<Said>> {
    let text = std::str::from_utf8(bytes)?.trim_start_matches('\u{feff}');
    let mut reader = NsReader::from_str(text);
    let (mut said, mut open) = (Vec::new(), String::new());
    loop {
        let event = reader.read_event()?;
        match event {
            Event::Text(text) => open.push_str(&text.xml10_content()),
            Event::CData(text) => open.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref()?.map(String::from);
                let entity = quick_xml::escape::resolve_xml_entity(&reference).map(str::to_owned);
                open.push_str(&character.or(entity).context("an unknown entity")?);
            }
            Event::Start(tag) => {
                say(&mut said, &mut open);
                said.push(begin(&reader, &tag)?);
            }
            Event::Empty(tag) => {
                say(&mut said, &mut open);
                said.extend([begin(&reader, &tag)?, Said::End]);
            }
            Event::End(_) => {
                say(&mut said, &mut open);
                said.push(Said::End);
            }
            Event::Eof => return Ok(said),
            _ => {}
        }
    }
}

/// The first difference of what two files say.
pub(crate) fn difference(before: &[Said], after: &[Said]) -> Option<String> {
    let n_same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    match (before.get(n_same), after.get(n_same)) {
        (None, None) => None,
        (was, is) => Some(format!("after {n_same}: expected {was:?}, found {is:?}")),
    }
}

fn say(said: &mut Vec<Said>, open: &mut String) {
    let text = open.trim();
    if !text.is_empty() {
        said.push(Said::Text(text.to_owned()));
    }
    open.clear();
}

fn begin(reader: &NsReader<&[u8]>, tag: &BytesStart<'_>) -> anyhow::Result<Said> {
    let (namespace, local) = reader.resolver().resolve_element(tag.name());
    let name = qualified(namespace, local.into_inner())?;
    let mut attributes = BTreeMap::new();
    for attribute in tag.attributes() {
        let attribute = attribute?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let key = qualified(namespace, local.into_inner())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        attributes.insert(key, value.into_owned());
    }
    Ok(Said::Begin(name, attributes))
}

fn qualified(namespace: ResolveResult<'_>, local: &str) -> anyhow::Result<String> {
    Ok(match namespace {
        ResolveResult::Bound(namespace) => format!("{{{}}}{local}", namespace.into_inner()),
        ResolveResult::Unbound => local.to_owned(),
        ResolveResult::Unknown(prefix) => anyhow::bail!("prefix {prefix:?} is not declared"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_counts() {
        let one = br#"<a:x xmlns:a="urn:a" p="1" q="2"><!-- no --> <a:y/> t </a:x>"#;
        let same = br#"<x xmlns="urn:a" q="2" p="1"><y></y>t</x>"#;
        let other = br#"<x xmlns="urn:a" q="2" p="1"><y z=""></y>t</x>"#;
        let one = content(one).unwrap_or_default();
        assert_eq!(one.len(), 5);
        let same = content(same).unwrap_or_default();
        assert_eq!(difference(&one, &same), None);
        let other = content(other).unwrap_or_default();
        assert!(difference(&one, &other).is_some());
    }
}
