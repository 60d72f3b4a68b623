//! The forms of names that a manifest and a package may use.

use crate::call::Date;

const NAME_BYTES_MAX: usize = 100;

fn is_made_of(text: &str, allowed: fn(u8) -> bool) -> bool {
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(allowed)
}

fn begins(text: &str, allowed: fn(&u8) -> bool) -> bool {
    text.as_bytes().first().is_some_and(allowed)
}

/// `marriage-registration`
pub(crate) fn is_kebab(text: &str) -> bool {
    is_made_of(text, |it| {
        it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'
    }) && begins(text, u8::is_ascii_lowercase)
        && !text.ends_with('-')
        && !text.contains("--")
}

/// `divorce_case`; short enough for a table's name.
pub(crate) fn is_snake(text: &str) -> bool {
    is_made_of(text, |it| {
        it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_'
    }) && begins(text, u8::is_ascii_lowercase)
        && text.len() <= 48
        && !text.ends_with('_')
        && !text.contains("__")
}

/// `acceptApplication`
pub(crate) fn is_camel(text: &str) -> bool {
    is_made_of(text, |it| it.is_ascii_alphanumeric())
        && begins(text, u8::is_ascii_lowercase)
        && text.len() <= 64
}

/// A name in either case.
pub(crate) fn is_snake_or_camel(text: &str) -> bool {
    is_snake(text) || is_camel(text)
}

/// `REGISTRAR`, `X-MARRIAGE`
pub(crate) fn is_code(text: &str) -> bool {
    is_made_of(text, |it| {
        it.is_ascii_uppercase() || it.is_ascii_digit() || b"_-".contains(&it)
    }) && begins(text, u8::is_ascii_uppercase)
}

/// `0.1.0`
pub(crate) fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number = |part: &&str| {
        part.len() <= 9
            && !part.is_empty()
            && part.bytes().all(|it| it.is_ascii_digit())
            && (*part == "0" || !part.starts_with('0'))
    };
    parts.len() == 3 && parts.iter().all(is_number)
}

/// Any text of one line that is not blank.
pub(crate) fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 300 && !text.chars().any(char::is_control)
}

/// `/parties/0/name`
pub(crate) fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.len() <= 200 && !text.contains('*')
}

/// A pointer in which a step may be `*`.
pub(crate) fn is_pattern_pointer(text: &str) -> bool {
    let steps_fit = text
        .split('/')
        .all(|step| step == "*" || !step.contains('*'));
    text.starts_with('/') && text.len() <= 200 && steps_fit
}

/// `schemas/record/divorce_case.json`
pub(crate) fn is_schema_path(text: &str) -> bool {
    text.starts_with("schemas/") && text.ends_with(".json") && is_file_path(text)
}

/// A relative path that stays where it is on every operating system: steps of letters (also
/// Chinese ones), digits, `.`, `_`, `-`, separated by `/`, none of them beginning with a dot.
pub(crate) fn is_file_path(text: &str) -> bool {
    let is_allowed = |it: char| it.is_alphanumeric() || ".-_@+".contains(it);
    text.len() <= 200
        && text.split('/').count() <= 8
        && text.split('/').all(|step| {
            !step.is_empty()
                && !step.starts_with('.')
                && !step.ends_with('.')
                && step.chars().all(is_allowed)
        })
}

/// `2026-02-17`
pub(crate) fn is_date(text: &str) -> bool {
    parse_date(text).is_some()
}

/// The date of an ISO text.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let is_shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(byte_idx, byte)| match byte_idx {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
    if !is_shaped {
        return None;
    }
    let number = |range| text.get(range).and_then(|it: &str| it.parse::<u16>().ok());
    let year = i32::from(number(0..4)?);
    let month = u8::try_from(number(5..7)?).ok()?;
    let day = u8::try_from(number(8..10)?).ok()?;
    Date::new(year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_package_are_no_paths() {
        for path in [
            "../a", "a/../b", "/a", "a//b", "a\\b", "C:a", ".hidden", "a/.", "a\0", "con ", "",
        ] {
            assert!(!is_file_path(path), "{path}");
        }
        assert!(is_file_path("processes/离婚登记.bpmn"));
    }

    #[test]
    fn dates_must_exist() {
        assert!(is_date("2028-02-29"));
        for text in [
            "2026-02-29",
            "2026-13-01",
            "26-01-01",
            "2026-1-1",
            "2026-01-0a",
            "二〇二六-01-01",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
