//! JSON Pointers (RFC 6901), and at which one reading failed.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::code;
use crate::error::OperationError;

/// Reads JSON that comes from the server and should fit.
///
/// The text of serde's error is not passed on: it quotes the value, which may be personal data.
pub(crate) fn decode<T: DeserializeOwned>(
    json: &[u8],
    what: fmt::Arguments<'_>,
) -> Result<T, OperationError> {
    serde_json::from_slice(json).map_err(|error| {
        let path = at(json, &error);
        OperationError::Failed(format!(
            "{what}: the value at {path:?} does not fit its type"
        ))
    })
}

/// Reads the input of an operation, which a person may have submitted.
pub(crate) fn decode_input<T: DeserializeOwned>(json: &[u8]) -> Result<T, OperationError> {
    serde_json::from_slice(json).map_err(|error| {
        let code = code::leading(&error.to_string()).unwrap_or(code::INPUT_MALFORMED);
        OperationError::invalid(at(json, &error), code)
    })
}

/// The pointer of the value that was being read when the error came.
fn at(json: &[u8], error: &serde_json::Error) -> String {
    let line_start = json
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum::<usize>();
    pointer_at(json, line_start + error.column())
}

enum Level {
    Object(String),
    Array(usize),
}

/// The pointer of the innermost value that has begun before `end`.
///
/// The text may be broken there, but is good JSON before: a parser has come that far.
fn pointer_at(json: &[u8], end: usize) -> String {
    let json = &json[..end.min(json.len())];
    let mut levels: Vec<Level> = Vec::new();
    let mut expects_key = false;
    let mut idx = 0;
    while let Some(byte) = json.get(idx) {
        match byte {
            b'{' => {
                levels.push(Level::Object(String::new()));
                expects_key = true;
            }
            b'[' => {
                levels.push(Level::Array(0));
                expects_key = false;
            }
            // The error of a whole object or array is found at its end, so its last level goes.
            b'}' | b']' => {
                levels.pop();
                expects_key = false;
            }
            b',' => match levels.last_mut() {
                Some(Level::Array(item_idx)) if idx + 1 < json.len() => *item_idx += 1,
                Some(Level::Object(_)) => expects_key = true,
                _ => {}
            },
            b'"' => {
                let length = string_length(&json[idx..]);
                if let (true, Some(Level::Object(key))) = (expects_key, levels.last_mut()) {
                    let text = json.get(idx..idx + length).unwrap_or_default();
                    *key = serde_json::from_slice(text).unwrap_or_default();
                    expects_key = false;
                }
                idx += length - 1;
            }
            _ => {}
        }
        idx += 1;
    }
    levels
        .iter()
        .fold(String::new(), |pointer, level| match level {
            Level::Object(key) if key.is_empty() => pointer,
            Level::Object(key) => pointer + "/" + &key.replace('~', "~0").replace('/', "~1"),
            Level::Array(item_idx) => format!("{pointer}/{item_idx}"),
        })
}

/// The length in bytes of the string literal at the beginning, both quotes included.
fn string_length(json: &[u8]) -> usize {
    let mut escaped = false;
    for (idx, byte) in json.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return idx + 1,
            _ => {}
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Date, ResidentId};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only read into")]
    struct Input {
        parties: Vec<Party>,
        accepted_on: Option<Date>,
        #[serde(default)]
        count: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only read into")]
    struct Party {
        id_number: ResidentId,
    }

    fn check(json: &str, path: &str, code: &str) {
        let error = decode_input::<Input>(json.as_bytes()).unwrap_err();
        assert_eq!(error, OperationError::invalid(path, code), "{json}");
    }

    #[test]
    fn a_wrong_value_is_named_by_its_pointer_and_code() {
        let good = r#"{"idNumber":"150627198001019013"}"#;
        let wrong = r#"{"idNumber":"150627198001019014"}"#;
        check(
            &format!(r#"{{"parties":[{good},{wrong}]}}"#),
            "/parties/1/idNumber",
            "ID-CHECKSUM",
        );
        check(
            &format!("{{\n \"parties\": [{good},\n {wrong}]}}"),
            "/parties/1/idNumber",
            "ID-CHECKSUM",
        );
        check(
            r#"{"parties":[],"acceptedOn":"2026-02-30"}"#,
            "/acceptedOn",
            "INPUT-MALFORMED",
        );
        check(
            r#"{"parties":[],"count":"}\"]"}"#,
            "/count",
            "INPUT-MALFORMED",
        );
        check(r#"{"parties":[],"count":300}"#, "/count", "INPUT-MALFORMED");
        check(
            r#"{"parties":[],"count":300,"acceptedOn":null}"#,
            "/count",
            "INPUT-MALFORMED",
        );
        check(
            &format!(r#"{{"parties":[{good},{{}}]}}"#),
            "/parties/1",
            "INPUT-MALFORMED",
        );
        check(r#"{}"#, "", "INPUT-MALFORMED");
        check(r#"[]"#, "", "INPUT-MALFORMED");
        check(r#"{"parties":[],"x":1}"#, "/x", "INPUT-MALFORMED");
    }

    #[test]
    fn a_failure_does_not_quote_the_value() {
        let json = br#"{"idNumber":150627198001019013}"#;
        let error = decode::<Party>(json, format_args!("record r-1")).unwrap_err();
        let OperationError::Failed(text) = error else {
            unreachable!()
        };
        assert_eq!(
            text,
            "record r-1: the value at \"/idNumber\" does not fit its type"
        );
    }
}
