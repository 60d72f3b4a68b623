//! Every file below `tests/scripts` is a process, commands and the trace they leave.
//!
//! `TONGBAN_BLESS=1` writes the traces anew; the difference is to be read before it is kept.

use std::fs;
use std::path::{Path, PathBuf};

use tongban_core::simulation::script;

#[test]
fn scripts_leave_the_trace_that_is_written_in_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let bless = std::env::var_os("TONGBAN_BLESS").is_some();
    let mut wrong = Vec::new();
    let files = files(&root);
    assert!(
        files.len() >= 50,
        "expected at least 50 scripts, found {}",
        files.len()
    );
    for file in files {
        let expected = fs::read_to_string(&file).unwrap();
        let found = match script::run(&expected) {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{}: {error}", file.display()));
                continue;
            }
        };
        if found == expected {
            continue;
        }
        if bless {
            fs::write(&file, found).unwrap();
        } else {
            wrong.push(difference(&file, &expected, &found));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_element_has_three_scripts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    for folder in fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        if folder.file_name().is_some_and(|name| name != "simulation") {
            assert!(
                files(&folder).len() >= 3,
                "{} has fewer than 3",
                folder.display()
            );
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn difference(file: &Path, expected: &str, found: &str) -> String {
    let (mut before, mut after) = (expected.lines(), found.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (before.next(), after.next()) {
            (None, None) => return format!("{}: the line ends differ", file.display()),
            (before, after) if before == after => {}
            (before, after) => {
                let (before, after) = (before.unwrap_or("the end"), after.unwrap_or("the end"));
                let file = file.display();
                return format!("{file}:{number}\n  expected {before}\n  found    {after}");
            }
        }
    }
}
