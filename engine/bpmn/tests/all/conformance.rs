//! Files that nobody in this project wrote. They stay where they are and are never copied here;
//! `TONGBAN_CONFORMANCE` says where.

#![expect(
    clippy::disallowed_methods,
    reason = "the suites are files on the disk"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tongban_bpmn::limit::Limits;
use tongban_bpmn::read;

fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TONGBAN_CONFORMANCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"),
        PathBuf::from,
    );
    Some(root.join(name)).filter(|it| it.is_dir())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut queue = vec![folder.to_path_buf()];
    while let Some(folder) = queue.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                queue.push(path);
            } else if path.extension().is_some_and(|it| it == "bpmn") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Reads a file; the codes of its errors, each once.
fn codes(name: &str, bytes: &[u8]) -> Vec<&'static str> {
    match read(name, bytes, &Limits::default()) {
        Ok(_) => Vec::new(),
        Err(findings) => {
            let mut codes: Vec<_> = findings
                .iter()
                .filter(|it| it.severity == tongban_bpmn::diagnostic::Severity::Error)
                .map(|it| it.code)
                .collect();
            codes.sort_unstable();
            codes.dedup();
            assert!(!codes.is_empty(), "{name} is refused without an error");
            codes
        }
    }
}

/// The drawings of the suite are mostly not executable; this marks them as if they were.
fn made_executable(text: &str) -> String {
    let text = text.replace("isExecutable=\"false\"", "isExecutable=\"true\"");
    let mut marked = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find("process ") {
        let end = rest[start..].find('>').map_or(rest.len(), |it| start + it);
        let is_tag =
            rest[..start].ends_with(['<', ':']) && !rest[start..end].contains("isExecutable");
        marked.push_str(&rest[..start]);
        marked.push_str(if is_tag {
            "process isExecutable=\"true\" "
        } else {
            "process "
        });
        rest = &rest[start + "process ".len()..];
    }
    marked.push_str(rest);
    marked
}

#[test]
fn every_file_of_the_interchange_suite_is_read_or_refused_by_name() {
    let Some(folder) = folder("miwg") else {
        println!("miwg: not run");
        return;
    };
    let (mut as_drawn, mut accepted, mut refused) = (0, 0, 0);
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        as_drawn += usize::from(codes(&name, &bytes).is_empty());
        let text = made_executable(&String::from_utf8(bytes).unwrap());
        let found = codes(&name, text.as_bytes());
        println!("  {name}: {}", found.join(" "));
        if found.is_empty() {
            accepted += 1
        } else {
            refused += 1
        }
    }
    println!(
        "miwg: {accepted} accepted, {refused} refused by name \
         (marked executable; {as_drawn} accepted as drawn)"
    );
}

#[test]
fn the_broken_files_of_betsy_are_refused() {
    let Some(folder) = folder("betsy/constraints") else {
        println!("betsy constraints: not run");
        return;
    };
    let (mut all, mut refused) = (0, 0);
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let found = codes(&name, &std::fs::read(&path).unwrap());
        all += 1;
        if found.is_empty() {
            println!("  accepted: {name}");
        } else {
            refused += 1;
        }
        for code in found {
            *by_code.entry(code).or_default() += 1;
        }
    }
    println!("  {by_code:?}");
    println!("betsy constraints: {refused} of {all} refused");
}
