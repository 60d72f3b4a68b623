//! The JSON Schema of the case format is the one of the types.

use tongban_sdk_harness::case::CaseSpec;

#[test]
fn the_schema_of_a_case_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("case.schema.json");
    let expected = format!("{:#}\n", tongban_sdk::schema::read::<CaseSpec>());
    if std::env::var_os("TONGBAN_BLESS").is_some_and(|it| it == "1") {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, expected,
        "run the test with TONGBAN_BLESS=1 and commit the file"
    );
}
