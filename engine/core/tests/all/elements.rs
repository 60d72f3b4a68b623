//! `docs/elements.md` against the elements that the compiler knows and the scripts that there are.

use std::fs;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The targets of all links of a page that lead to files.
fn links(page: &str) -> Vec<&str> {
    let parts = page.split("](").skip(1);
    let targets = parts.filter_map(|it| it.split_once(')').map(|(target, _)| target));
    targets.filter(|it| !it.starts_with("http")).collect()
}

#[test]
fn every_link_leads_to_a_file() {
    let mut wrong = Vec::new();
    for name in ["elements.md", "patterns.md"] {
        let page = fs::read_to_string(docs().join(name)).unwrap();
        let found = links(&page);
        assert!(found.len() > 40, "{name} has {} links", found.len());
        let missing = found.into_iter().filter(|it| !docs().join(it).is_file());
        wrong.extend(missing.map(|it| format!("{name}: {it}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_element_that_is_executed_is_in_the_tables() {
    let page = fs::read_to_string(docs().join("elements.md")).unwrap();
    let names = tongban_bpmn::element_names();
    assert!(names.len() > 24, "{names:?}");
    let missing: Vec<&&str> = names
        .iter()
        .filter(|it| !page.contains(&format!("`{it}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?} are not in elements.md");
}

#[test]
fn every_folder_of_scripts_is_shown() {
    let page = fs::read_to_string(docs().join("elements.md")).unwrap();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    // What is no element has a page of its own, or none.
    let others = [
        "limit",
        "migration",
        "modification",
        "pattern",
        "simulation",
        "suspension",
    ];
    for folder in fs::read_dir(scripts).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        let is_shown = page.contains(&format!("scripts/{name}/"));
        assert!(is_shown || others.contains(&name.as_str()), "{name}");
    }
}
