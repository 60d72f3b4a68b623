//! The template that a new plugin begins with passes its own tests.

use std::path::PathBuf;

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
