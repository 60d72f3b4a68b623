//! The template that a new plugin begins with passes its own tests.

use std::path::PathBuf;

use tongban_sdk_harness::run::{Outcome, Session};

#[expect(unreachable_pub, reason = "it is the root of a crate elsewhere")]
#[path = "../../../template/src/lib.rs"]
pub(crate) mod plugin;

pub(crate) fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template")
}

#[test]
fn its_cases_pass() {
    tongban_sdk_harness::run_cases(&plugin::PLUGIN, dir());
}

#[test]
fn its_schemas_and_manifest_agree_with_its_code() {
    tongban_sdk_harness::check_schemas(&plugin::PLUGIN, dir());
}

#[test]
fn a_session_makes_any_sequence_of_calls_in_one_world() {
    let folder = tempfile::tempdir().unwrap();
    let worlds = folder.path().join("tests/worlds");
    std::fs::create_dir_all(&worlds).unwrap();
    std::fs::copy(dir().join("plugin.toml"), folder.path().join("plugin.toml")).unwrap();
    let resident = "residentId = \"150627194803159036\"";
    let world = format!(
        "[context]\nnow = \"2026-02-12T10:00:00+08:00\"\n\n[[call]]\noperation = \"planHomeVisit\"\n\
         input = {{ {resident} }}\nexpect = {{ output = {{}} }}\n"
    );
    std::fs::write(worlds.join("one.toml"), world).unwrap();
    let mut session = Session::open(&plugin::PLUGIN, folder.path(), "one.toml").unwrap();
    assert_eq!(session.records("home_visit").len(), 1);
    // What the world's own call wrote is there: the same visit is not planned twice.
    let again = serde_json::json!({ "residentId": "150627194803159036" });
    let refused = session.call("planHomeVisit", again).unwrap();
    assert!(matches!(refused, Outcome::Failed(_)), "{refused:?}");
    let input = serde_json::json!({ "residentId": "340503201010109081" });
    let outcome = session.call("planHomeVisit", input).unwrap();
    assert!(matches!(outcome, Outcome::Completed(_)), "{outcome:?}");
    assert_eq!(session.records("home_visit").len(), 2);
    session.context().dry_run = Some(true);
    let other = serde_json::json!({ "residentId": "152502193609089067" });
    let tried = session.call("planHomeVisit", other).unwrap();
    assert!(matches!(tried, Outcome::Completed(_)), "{tried:?}");
    assert_eq!(session.records("home_visit").len(), 2);
    assert!(session.call("unknown", serde_json::json!({})).is_err());
    assert!(Session::open(&plugin::PLUGIN, folder.path(), "two.toml").is_err());
}

/// `tongban plugin new` replaces the names and the paths that are said here, and nothing else.
#[test]
fn its_names_stand_where_new_replaces_them() {
    let read = |file: &str| std::fs::read_to_string(dir().join(file)).unwrap();
    assert!(read("Cargo.toml").contains("name = \"sample-plugin\""));
    assert!(read("Cargo.toml").contains("tongban-sdk = { path = \"..\" }"));
    assert!(read("Cargo.toml").contains("tongban-sdk-harness = { path = \"../harness\" }"));
    assert!(read("plugin.toml").contains("name = \"sample-plugin\""));
    assert!(read("tests/all/main.rs").contains("use sample_plugin::PLUGIN;"));
}
