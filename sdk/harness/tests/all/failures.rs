//! What the harness says when a case, a manifest or a plugin is wrong.

use std::path::Path;

use tongban_sdk::{Context, Nothing, OperationError, Query, operation};
use tongban_sdk_harness::run::run_all;
use tongban_sdk_harness::schemas::{Mode, check_or_write};

use crate::sample::plugin::{HomeVisit, PLUGIN as SAMPLE};

#[operation]
fn read_undeclared(ctx: &mut Context, _: Nothing) -> Result<Nothing, OperationError> {
    // Passing over the refusal does not help.
    let _ = ctx.count::<HomeVisit>(Query::new());
    Ok(Nothing {})
}

#[operation]
fn note_thread(ctx: &mut Context, _: Nothing) -> Result<Nothing, OperationError> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    ctx.note_audit("CALLS", CALLS.fetch_add(1, Ordering::Relaxed).to_string());
    Ok(Nothing {})
}

#[operation]
#[expect(clippy::panic_in_result_fn, reason = "the panic is what is tested")]
fn panicking(_: &mut Context, _: Nothing) -> Result<Nothing, OperationError> {
    panic!("boom");
}

mod odd {
    use super::{note_thread, panicking, read_undeclared, tell_staff};

    tongban_sdk::plugin! {
        records: [],
        operations: [read_undeclared, note_thread, panicking, tell_staff],
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const NO_TEXTS: [(&str, &str); 2] = [("messages/zh-CN.toml", ""), ("messages/en.toml", "")];

fn failures(plugin: &tongban_sdk::Plugin, files: &[(&str, &str)]) -> String {
    let folder = folder(&[files, &NO_TEXTS].concat());
    run_all(plugin, folder.path()).unwrap_err().to_string()
}

fn check(plugin: &tongban_sdk::Plugin, manifest: &str, case: &str, expected: &[&str]) {
    let found = failures(
        plugin,
        &[("plugin.toml", manifest), ("tests/cases/case.toml", case)],
    );
    for line in expected {
        assert!(found.contains(line), "expected {line}, found {found}");
    }
}

fn call(operation: &str, expect: &str) -> String {
    format!("description = \"x\"\n[[call]]\noperation = \"{operation}\"\n[call.expect]\n{expect}\n")
}

#[test]
fn a_refused_read_fails_the_call_whatever_it_answers() {
    let manifest = "[[operation]]\nname = \"readUndeclared\"";
    let case = call("readUndeclared", "output = {}");
    check(
        &odd::PLUGIN,
        manifest,
        &case,
        &["something that plugin.toml does not grant"],
    );
}

#[operation]
fn tell_staff(ctx: &mut Context, _: Nothing) -> Result<Nothing, OperationError> {
    ctx.send_notice(tongban_sdk::SendNotice::to_staff("TOLD", "clerk-1"));
    Ok(Nothing {})
}

#[test]
fn a_notice_for_others_than_its_declaration_names_is_a_mistake() {
    let manifest = |notice: &str| {
        format!("[[operation]]\nname = \"tellStaff\"\nnotices = [\"TOLD\"]\n{notice}")
    };
    let case = call("tellStaff", "output = {}\nany_writes = true");
    let to_party = manifest("[[notice]]\ncode = \"TOLD\"\naudience = [\"party\"]\n");
    check(&odd::PLUGIN, &to_party, &case, &["not for `staff`"]);
    check(
        &odd::PLUGIN,
        &manifest(""),
        &case,
        &["TOLD is not declared"],
    );
}

#[test]
fn an_operation_that_answers_differently_is_found() {
    let manifest = "[[operation]]\nname = \"noteThread\"";
    let case = call("noteThread", "output = {}\nany_writes = true");
    check(
        &odd::PLUGIN,
        manifest,
        &case,
        &["found different answers to the same call"],
    );
}

#[test]
fn a_panic_fails_its_case_only() {
    let manifest = "[[operation]]\nname = \"panicking\"\n[[operation]]\nname = \"readUndeclared\"";
    let one = call("panicking", "output = {}");
    let other = call("readUndeclared", "output = {}");
    let found = failures(
        &odd::PLUGIN,
        &[
            ("plugin.toml", manifest),
            ("tests/cases/a.toml", &one),
            ("tests/cases/b.toml", &other),
        ],
    );
    assert!(found.contains("a.toml (call 1, panicking): expected success, found a panic: boom"));
    assert!(found.contains("b.toml (call 1, readUndeclared)"), "{found}");
}

fn sample_manifest() -> String {
    std::fs::read_to_string(crate::sample::dir().join("plugin.toml")).unwrap()
}

fn sample_call(expect: &str) -> String {
    let input = "input = { residentId = \"150627194803159036\" }\n";
    call("planHomeVisit", expect).replace("[call.expect]", &format!("{input}[call.expect]"))
}

#[test]
fn every_difference_is_shown() {
    let expect = "output = { homeVisitId = \"x\" }\nwarning = [{ code = \"W\" }]\n[[call.expect.write]]\n\
                  put_record = { kind = \"home_visit\", body = { state = \"DONE\" } }";
    check(
        &SAMPLE,
        &sample_manifest(),
        &sample_call(expect),
        &[
            "case.toml (call 1, planHomeVisit): output /homeVisitId: expected \"x\", found \"call-1-0\"",
            "output /dueOn: expected nothing, found \"2026-01-12\"",
            "warnings: expected [\" W\"], found []",
            "write 0 /body/state: expected \"DONE\", found \"PLANNED\"",
        ],
    );
}

#[test]
fn an_unexpected_write_is_shown() {
    let expect = "output = { homeVisitId = \"call-1-0\", dueOn = \"2026-01-12\" }";
    let line = "expected 0 writes, found 1:\n      {\"put_record\":{\"kind\":\"home_visit\"";
    check(&SAMPLE, &sample_manifest(), &sample_call(expect), &[line]);
}

#[test]
fn a_write_that_is_not_granted_is_refused() {
    let manifest = sample_manifest().replace(
        "writes = [\"home_visit\"]",
        "reads = [{ kind = \"home_visit\" }]",
    );
    let line = "writes the server refuses: write 0: not granted: add home_visit to `writes` of planHomeVisit";
    check(&SAMPLE, &manifest, &sample_call("output = {}"), &[line]);
}

#[test]
fn a_code_needs_its_text_in_both_languages() {
    let expect = "invalid = [{ path = \"/residentId\", code = \"ID-CHECKSUM\" }]";
    let case = sample_call(expect).replace("159036", "159037");
    check(
        &SAMPLE,
        &sample_manifest(),
        &case,
        &[
            "messages/zh-CN.toml: expected a text: ID-CHECKSUM = \"身份号码校验码错误\"",
            "messages/en.toml: expected a text: ID-CHECKSUM",
        ],
    );
}

#[test]
fn a_case_with_an_unknown_field_or_without_one_outcome_is_refused() {
    let line = "unknown field `outputs`";
    check(
        &SAMPLE,
        &sample_manifest(),
        &sample_call("outputs = {}"),
        &[line],
    );
    let line =
        "call 1: expected one of output, business, invalid, retry, failed and conflict, found 0";
    check(
        &SAMPLE,
        &sample_manifest(),
        &sample_call("warning = []"),
        &[line],
    );
    let line = "expected integers of the smallest unit, found 1.5";
    check(
        &SAMPLE,
        &sample_manifest(),
        &sample_call("output = { rate = 1.5 }"),
        &[line],
    );
}

fn problems(dir: &Path, mode: Mode) -> String {
    let problems = check_or_write(&SAMPLE, dir, mode);
    problems.iter().map(|it| format!("{it}\n")).collect()
}

#[test]
fn a_stale_schema_is_named_and_blessing_writes_it() {
    let folder = folder(&[
        ("plugin.toml", &sample_manifest()),
        ("schemas/record/home_visit.json", "{}"),
    ]);
    let found = problems(folder.path(), Mode::Compare);
    assert!(found.contains("schemas/record/home_visit.json: the file differs from the code"));
    assert!(found.contains("schemas/operation/planHomeVisit.input.json: the file is missing"));
    assert_eq!(problems(folder.path(), Mode::Write), "");
    assert_eq!(problems(folder.path(), Mode::Compare), "");
    std::fs::write(folder.path().join("schemas/operation/old.input.json"), "{}").unwrap();
    let found = problems(folder.path(), Mode::Compare);
    assert!(
        found.contains("schemas/operation/old.input.json: nothing in the code has this schema")
    );
}

#[test]
fn a_manifest_that_does_not_fit_the_code_is_refused() {
    let manifest = sample_manifest()
        .replace("name = \"planHomeVisit\"", "name = \"planVisit\"")
        .replace("path = \"/dueOn\"", "path = \"/due/on\"")
        .replace("schema_version = 1", "schema_version = 2");
    let folder = folder(&[("plugin.toml", &manifest)]);
    let found = problems(folder.path(), Mode::Compare);
    for line in [
        "plugin.toml: expected an `[[operation]]` with the name planHomeVisit",
        "plugin.toml: the operation planVisit is not in the code",
        "home_visit: expected schema_version 1, as in the code, found 2",
        "the filter dueOn lies at /due/on; expected /dueOn, or in the code",
    ] {
        assert!(found.contains(line), "expected {line}, found {found}");
    }
}
