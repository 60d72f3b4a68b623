//! `plugin.toml`: every problem with its line, field and remedy, and the published JSON Schema.

use std::path::Path;

use serde_json::Value;
use tongban_host::manifest::Manifest;
use tongban_host::schema::Schema;

use crate::support::plugin_folder;

fn source() -> String {
    std::fs::read_to_string(plugin_folder().join("plugin.toml")).unwrap()
}

#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let source = source();
    assert!(source.contains(from), "{from}");
    let problems = Manifest::parse(&source.replacen(from, to, 1)).unwrap_err();
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        texts.iter().any(|it| it.starts_with(expected)),
        "{expected}\n{texts:#?}"
    );
}

#[test]
fn a_sound_manifest_is_read_whole() {
    let manifest = Manifest::parse(&source()).unwrap();
    assert_eq!(manifest.operations.len(), 4);
    assert_eq!(manifest.record("thing").unwrap().filters.len(), 2);
    assert_eq!(manifest.operation("act").unwrap().reads[1].snapshot, None);
    assert_eq!(manifest.check("X-MARRIAGE").unwrap().tries, 3);
    assert_eq!(
        manifest.series("certificate").unwrap().scope,
        ["area", "year"]
    );
}

#[test]
fn problems_name_line_field_value_and_remedy() {
    check(
        "version = \"0.1.0\"",
        "version = \"1\"",
        "plugin.toml:3: HOST-0004 plugin.version: expected three numbers, such as `0.1.0`, found `1`",
    );
    check(
        "name = \"hostile\"",
        "name = 5",
        "plugin.toml:2: HOST-0003 plugin.name: expected a string, found the number 5",
    );
    check(
        "namespace = \"hostile\"\n",
        "",
        "plugin.toml:1: HOST-0002 plugin.namespace",
    );
    check(
        "deadline_ms = 100",
        "deadline = 100",
        "plugin.toml:9: HOST-0005 limits.deadline: unknown field; known here: memory_mib, fuel, deadline_ms",
    );
    check(
        "deadline_ms = 100",
        "deadline_ms = 0",
        "plugin.toml:9: HOST-0004 limits.deadline_ms: expected 1 to 10000, found 0",
    );
    check("[limits]", "[limits", "plugin.toml:8: HOST-0001");
    check("kind = \"fixed\"", "kind = \"thing\"", "plugin.toml:");
    check(
        "rule = \"name\"",
        "rule = \"none\"",
        "plugin.toml:27: HOST-0004 record[0].masked[0].rule: expected one of resident-id",
    );
    check(
        "writes = [\"thing\"]",
        "writes = [\"thing\", \"thong\"]",
        "plugin.toml:46: HOST-0007 operation[0].writes: expected a declared record kind (thing, fixed, secret), found `thong`",
    );
    check(
        "roles = [\"CITIZEN\", \"CLERK\"]",
        "roles = [\"BOSS\"]",
        "plugin.toml:42: HOST-0007 operation[0].roles: expected a declared role (CLERK), found `BOSS`",
    );
    check(
        "roles = [\"CITIZEN\", \"CLERK\"]",
        "roles = [\"ANYBODY\"]",
        "plugin.toml:42: HOST-0008 operation[0].roles: anybody may ask and nothing else",
    );
    check(
        "roles = [\"CITIZEN\", \"CLERK\"]\n",
        "",
        "plugin.toml:40: HOST-0008 operation[0].roles",
    );
    check(
        "exposed = true",
        "exposed = true\nquery = true",
        "plugin.toml:40: HOST-0008 operation[0].writes: a query changes nothing",
    );
    check(
        "pattern = \"{seq:3}\"",
        "pattern = \"{seq}\"",
        "plugin.toml:85: HOST-0004 number_series[1].pattern",
    );
    check(
        "default = 5",
        "default = \"five\"",
        "plugin.toml:90: HOST-0003 parameter[0].default: expected a whole number",
    );
    check(
        "prepare = \"prepare\"",
        "prepare = \"act\"",
        "plugin.toml:40: HOST-0008 check[0].prepare",
    );
    check(
        "input = \"schemas/act.input.json\"",
        "input = \"../act.json\"",
        "plugin.toml:43: HOST-0004 operation[0].input",
    );
}

#[test]
fn notices_parameters_and_assertions_are_held_against_each_other() {
    check(
        "notices = [\"THING_READY\"]",
        "notices = [\"THING_LOST\"]",
        "plugin.toml:53: HOST-0007 operation[0].notices: expected a declared notice (THING_READY, OTHER_NOTICE)",
    );
    check(
        "audience = [\"staff\"]",
        "audience = []",
        "plugin.toml:146: HOST-0002 notice[1].audience",
    );
    check(
        "audience = [\"party\", \"role\"]\nrecord = \"thing\"",
        "audience = [\"party\", \"role\"]",
        "plugin.toml:53: HOST-0008 notice[0].record",
    );
    check(
        "default = 5",
        "default = 5\nmin = 6\nmax = 4",
        "plugin.toml:90: HOST-0004 parameter[0].default",
    );
    check(
        "default = \"2026-01-01\"",
        "default = \"2026-13-01\"",
        "plugin.toml:129: HOST-0003 parameter[1].default: expected an ISO date",
    );
    check(
        "vectors = \"fixtures/fee.json\"",
        "vectors = \"../fee.json\"",
        "plugin.toml:151: HOST-0004 assertion[0].vectors",
    );
    check(
        "as_of = { input = \"/on\" }",
        "as_of = { snapshot = \"x\", path = \"/on\" }",
        "plugin.toml:54: HOST-0007 operation[0].as_of",
    );
}

#[test]
fn hostile_manifests_end_in_problems() {
    for source in [
        "",
        "plugin = 1",
        "\0",
        "[[plugin]]",
        "operation = 5\n[plugin]",
        "a = [[[[[[[[[[[[[[[[[[",
    ] {
        assert!(Manifest::parse(source).is_err(), "{source}");
    }
    let deep = format!("a = {}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(Manifest::parse(&deep).is_err());
    let many = "[[role]]\ncode = \"A\"\n".repeat(10_000);
    assert!(Manifest::parse(&many).is_err());
}

fn published() -> (String, Schema) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../schemas/json/plugin-manifest.schema.json");
    let text = std::fs::read_to_string(path).unwrap();
    let schema = Schema::compile("plugin-manifest.schema.json", text.as_bytes()).unwrap();
    (text, schema)
}

fn to_json(source: &str) -> Value {
    serde_json::to_value(source.parse::<toml::Table>().unwrap()).unwrap()
}

#[test]
fn the_published_schema_accepts_what_the_host_accepts() {
    let (_, schema) = published();
    assert_eq!(schema.check(&to_json(&source())), []);
    for (from, to) in [
        ("name = \"hostile\"", "name = \"Hostile Plugin\""),
        ("deadline_ms = 100", "deadline = 100"),
        ("rule = \"name\"", "rule = \"none\""),
        ("kind = \"thing\"", "kind = \"Thing\""),
        (
            "type = \"integer\"\ndefault = 5",
            "type = \"decimal\"\ndefault = 5",
        ),
        ("name = \"act\"", "name = \"Act now\""),
        ("prepare = \"prepare\"\n", ""),
    ] {
        let broken = source().replacen(from, to, 1);
        assert!(!schema.check(&to_json(&broken)).is_empty(), "{to}");
        assert!(Manifest::parse(&broken).is_err(), "{to}");
    }
}
