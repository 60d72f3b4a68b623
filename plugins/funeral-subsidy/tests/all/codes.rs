//! Each code with a text is provoked: by a case here, or by a scenario of the specification.

use std::fs;
use std::path::Path;

fn read(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// What the SDK answers to an input that the server's own check of the schema lets nobody send.
const OF_THE_SDK: &str = "INPUT-MALFORMED";

#[test]
fn each_code_is_provoked_by_a_test() {
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    read(&plugin.join("tests/cases"), &mut tests);
    read(
        &plugin.join("../../tests/e2e/scenarios/funeral-subsidy"),
        &mut tests,
    );
    let catalogue = fs::read_to_string(plugin.join("messages/zh-CN.toml")).unwrap();
    let keys = catalogue
        .lines()
        .filter_map(|it| it.strip_prefix('"')?.split('"').next());
    let codes: Vec<_> = keys.filter(|it| !it.starts_with("form.")).collect();
    assert!(codes.contains(&"FS-V-01"), "{codes:?}");
    let notices = fs::read_to_string(plugin.join("plugin.toml")).unwrap();
    let silent = codes.into_iter().filter(|it| {
        let is_notice = notices.contains(&format!("code = \"{it}\"\ntitle"));
        !is_notice && *it != OF_THE_SDK && !tests.contains(*it)
    });
    assert_eq!(silent.collect::<Vec<_>>(), Vec::<&str>::new());
}
