//! `include`: a case that builds on a world that others share.

use std::path::Path;

use serde_json::{Map, Value};

use super::read_value;
use crate::Problem;

/// How many files may include one another.
const DEPTH_MAX: usize = 16;
/// What is merged member by member; this file's members win.
const OBJECTS: [&str; 3] = ["context", "parameters", "calendar"];
/// Lists and the members that name an entry: one of this file stands for one of the same name.
const LISTS: [(&str, &[&str]); 3] = [
    ("record", &["kind", "id"]),
    ("answer", &["kind", "subject"]),
    ("number", &["series", "scope"]),
];

/// The case with all that it includes from `worlds`.
pub(super) fn complete(worlds: &Path, case: Value, file: &str) -> Result<Value, Problem> {
    let mut case = object(case, file)?;
    let mut including = file.to_owned();
    for _ in 0..DEPTH_MAX {
        let Some(include) = case.remove("include") else {
            return Ok(Value::Object(case));
        };
        let Some(name) = include.as_str() else {
            let text =
                format!("expected `include` to name a file under tests/worlds, found {include}");
            return Err(Problem::new(including, text));
        };
        let path = worlds.join(name);
        if !path.is_file() {
            let text = format!("expected the file {}, which it includes", path.display());
            return Err(Problem::new(including, text));
        }
        let included = format!("tests/worlds/{name}");
        let world = object(read_value(&path, &included)?, &included)?;
        case = merged(world, case);
        including = included;
    }
    let text = format!("expected at most {DEPTH_MAX} files that include one another");
    Err(Problem::new(file, text))
}

fn object(value: Value, file: &str) -> Result<Map<String, Value>, Problem> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Problem::new(file, "expected an object")),
    }
}

/// `own` on top of `world`; what `own` still includes is the world's own include.
fn merged(mut world: Map<String, Value>, own: Map<String, Value>) -> Map<String, Value> {
    for (member, value) in own {
        match (world.get_mut(&member), value) {
            (Some(Value::Object(below)), Value::Object(above)) if is_object(&member) => {
                below.extend(above);
            }
            (Some(Value::Array(below)), Value::Array(above)) => lay(&member, below, above),
            (_, value) => {
                world.insert(member, value);
            }
        }
    }
    world
}

fn is_object(member: &str) -> bool {
    OBJECTS.contains(&member)
}

/// Lays the entries of a list over those below: calls come after, others replace their namesakes.
fn lay(member: &str, below: &mut Vec<Value>, above: Vec<Value>) {
    let names = LISTS.iter().find(|(list, _)| *list == member);
    for entry in above {
        let namesake = names.and_then(|(_, names)| {
            let is_same = |it: &Value| names.iter().all(|name| it.get(name) == entry.get(name));
            below.iter().position(is_same)
        });
        match namesake {
            Some(idx) => below[idx] = entry,
            None => below.push(entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merge(world: Value, own: Value) -> Value {
        Value::Object(merged(object(world, "").unwrap(), object(own, "").unwrap()))
    }

    #[test]
    fn what_the_case_says_stands_over_what_it_includes() {
        let world = json!({
            "description": "world",
            "parameters": { "a": 1, "b": 2 },
            "record": [{ "kind": "k", "id": "1", "body": 1 }, { "kind": "k", "id": "2", "body": 2 }],
            "call": [{ "operation": "first" }],
        });
        let own = json!({
            "description": "case",
            "parameters": { "b": 3 },
            "record": [{ "kind": "k", "id": "2", "body": 20 }, { "kind": "l", "id": "2", "body": 3 }],
            "answer": [{ "kind": "X", "subject": "s" }],
            "call": [{ "operation": "second" }],
        });
        let expected = json!({
            "description": "case",
            "parameters": { "a": 1, "b": 3 },
            "record": [{ "kind": "k", "id": "1", "body": 1 }, { "kind": "k", "id": "2", "body": 20 },
                { "kind": "l", "id": "2", "body": 3 }],
            "call": [{ "operation": "first" }, { "operation": "second" }],
            "answer": [{ "kind": "X", "subject": "s" }],
        });
        assert_eq!(merge(world, own), expected);
    }

    #[test]
    fn a_world_that_is_missing_or_includes_itself_is_a_problem() {
        let folder = std::env::temp_dir().join(format!("tongban-worlds-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("round.toml"), "include = \"round.toml\"").unwrap();
        let missing = complete(&folder, json!({ "include": "none.toml" }), "case").unwrap_err();
        assert!(missing.text.contains("none.toml"), "{missing}");
        let round = complete(&folder, json!({ "include": "round.toml" }), "case").unwrap_err();
        assert!(round.text.contains("at most 16"), "{round}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
