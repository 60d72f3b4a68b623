//! Differences between an expected and a found JSON value.

use serde_json::Value;

use crate::case::Match;

/// Adds a line for each place at which the two differ.
pub(crate) fn values(
    path: &str,
    expected: &Value,
    found: &Value,
    mode: Match,
    differences: &mut Vec<String>,
) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                let path = format!("{path}/{key}");
                match found.get(key) {
                    Some(found) => values(&path, value, found, mode, differences),
                    None => differences.push(format!("{path}: expected {value}, found nothing")),
                }
            }
            if mode == Match::Exact {
                for (key, value) in found.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                    differences.push(format!("{path}/{key}: expected nothing, found {value}"));
                }
            }
        }
        (Value::Array(expected_items), Value::Array(found_items))
            if expected_items.len() == found_items.len() =>
        {
            for (idx, (expected, found)) in expected_items.iter().zip(found_items).enumerate() {
                values(&format!("{path}/{idx}"), expected, found, mode, differences);
            }
        }
        _ if expected == found => {}
        _ => differences.push(format!("{path}: expected {expected}, found {found}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(mode: Match, expected: Value, found: Value, lines: &[&str]) {
        let mut differences = Vec::new();
        values("", &expected, &found, mode, &mut differences);
        assert_eq!(differences, lines);
    }

    #[test]
    fn every_difference_is_named_by_its_path() {
        let found = json!({ "a": 1, "b": [{ "c": "x", "d": null }] });
        check(Match::Exact, found.clone(), found.clone(), &[]);
        check(
            Match::Subset,
            json!({ "b": [{ "c": "x" }] }),
            found.clone(),
            &[],
        );
        check(
            Match::Exact,
            json!({ "a": 2, "b": [{ "c": "x" }], "e": true }),
            found.clone(),
            &[
                "/a: expected 2, found 1",
                "/b/0/d: expected nothing, found null",
                "/e: expected true, found nothing",
            ],
        );
        check(
            Match::Subset,
            json!({ "b": [] }),
            found,
            &[r#"/b: expected [], found [{"c":"x","d":null}]"#],
        );
    }
}
