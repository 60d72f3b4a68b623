//! The cases under `tests/cases`, run natively.

use tongban_plugin_funeral_subsidy::PLUGIN;

#[test]
fn every_case_passes() {
    tongban_sdk_harness::run_cases(&PLUGIN, env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn schemas_and_manifest_agree_with_the_code() {
    tongban_sdk_harness::check_schemas(&PLUGIN, env!("CARGO_MANIFEST_DIR"));
}
