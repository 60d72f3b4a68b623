//! How a gapless number is written: `L{area:6}-{year:4}-{seq:6}`.

use std::collections::BTreeMap;

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternPart {
    /// Stands as it is.
    Literal(String),
    /// A value of the scope, exactly so many characters wide.
    Scope {
        /// The name of the scope value.
        name: String,
        /// Its width in characters.
        width: u8,
    },
    /// The sequence number, filled with zeros to this width.
    Sequence {
        /// Its width in digits.
        width: u8,
    },
}

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    parts: Vec<PatternPart>,
}

impl Pattern {
    /// Parses a pattern; the error says what is expected.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(open) = rest.find('{') {
            let (literal, tail) = rest.split_at(open);
            push_literal(&mut parts, literal)?;
            let Some((field, after)) = tail.strip_prefix('{').and_then(|it| it.split_once('}'))
            else {
                return Err("expected `}` after `{`".to_owned());
            };
            parts.push(parse_field(field)?);
            rest = after;
        }
        push_literal(&mut parts, rest)?;
        let sequences = parts
            .iter()
            .filter(|it| matches!(it, PatternPart::Sequence { .. }));
        match sequences.count() {
            1 => Ok(Self {
                source: source.to_owned(),
                parts,
            }),
            n => Err(format!(
                "expected `{{seq:<width>}}` exactly once, found it {n} times"
            )),
        }
    }

    /// The text it was parsed from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its parts.
    pub fn parts(&self) -> &[PatternPart] {
        &self.parts
    }

    /// The scope names it shows.
    pub fn scope_names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            PatternPart::Scope { name, .. } => Some(name.as_str()),
            PatternPart::Literal(_) | PatternPart::Sequence { .. } => None,
        })
    }

    /// Whether the scope values have the widths that the pattern needs; if not, which one.
    pub fn check_scope(&self, scope: &BTreeMap<String, String>) -> Result<(), String> {
        for part in &self.parts {
            let PatternPart::Scope { name, width } = part else {
                continue;
            };
            let value = scope.get(name).map_or("", String::as_str);
            let fits = value.len() == usize::from(*width)
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !fits {
                return Err(format!(
                    "scope value `{name}`: expected {width} letters or digits, found `{value}`"
                ));
            }
        }
        Ok(())
    }

    /// The number in writing, or nothing if the sequence is wider than its field.
    pub fn format(&self, scope: &BTreeMap<String, String>, sequence: u64) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                PatternPart::Literal(literal) => text.push_str(literal),
                PatternPart::Scope { name, .. } => text.push_str(scope.get(name)?),
                PatternPart::Sequence { width } => {
                    let digits = sequence.to_string();
                    let width = usize::from(*width);
                    if digits.len() > width {
                        return None;
                    }
                    text.push_str(&"0".repeat(width - digits.len()));
                    text.push_str(&digits);
                }
            }
        }
        Some(text)
    }
}

fn push_literal(parts: &mut Vec<PatternPart>, literal: &str) -> Result<(), String> {
    if literal.contains('}') {
        return Err("found `}` without `{`".to_owned());
    }
    if !literal.is_empty() {
        parts.push(PatternPart::Literal(literal.to_owned()));
    }
    Ok(())
}

fn parse_field(field: &str) -> Result<PatternPart, String> {
    let expected =
        || format!("expected `{{name:width}}` with a width of 1 to 32, found `{{{field}}}`");
    let (name, width) = field.split_once(':').ok_or_else(expected)?;
    let width: u8 = width.parse().map_err(|_| expected())?;
    if name.is_empty() || !(1..=32).contains(&width) {
        return Err(expected());
    }
    if name == "seq" {
        if width > 18 {
            return Err("expected a width of the sequence of 1 to 18".to_owned());
        }
        return Ok(PatternPart::Sequence { width });
    }
    Ok(PatternPart::Scope {
        name: name.to_owned(),
        width,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_certificate_number_is_written_with_zeros() {
        let pattern = Pattern::parse("L{area:6}-{year:4}-{seq:6}").unwrap();
        let scope = scope(&[("area", "150627"), ("year", "2026")]);
        pattern.check_scope(&scope).unwrap();
        assert_eq!(
            pattern.format(&scope, 7).as_deref(),
            Some("L150627-2026-000007")
        );
        assert_eq!(pattern.format(&scope, 1_000_000), None);
    }

    #[test]
    fn a_pattern_without_exactly_one_sequence_is_refused() {
        for source in [
            "",
            "A{year:4}",
            "{seq:3}{seq:3}",
            "{seq}",
            "{seq:0}",
            "{seq:3",
            "seq:3}",
        ] {
            assert!(Pattern::parse(source).is_err(), "{source}");
        }
    }
}
