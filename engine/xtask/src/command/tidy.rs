//! `cargo xtask tidy`: what the layout promises, checked against what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value as Json;

use crate::process::{cargo, output};
use crate::repository;

/// Which of our crates each may use: the dependency table of the style guide. Dev-dependencies count too, but for
/// those listed after the bar.
const MAY_USE: &[(&str, &[&str], &[&str])] = &[
    ("tongban-feel", &[], &[]),
    ("tongban-bpmn", &["tongban-feel"], &[]),
    ("tongban-core", &["tongban-bpmn", "tongban-feel"], &[]),
    ("tongban-document", &["tongban-feel"], &[]),
    (
        "tongban-store",
        &["tongban-core", "tongban-bpmn", "tongban-feel"],
        &[],
    ),
    ("tongban-host", &[], &[]),
    (
        "tongban-runtime",
        &[
            "tongban-bpmn",
            "tongban-feel",
            "tongban-core",
            "tongban-document",
            "tongban-store",
            "tongban-host",
        ],
        &[],
    ),
    (
        "tongban-api",
        &[
            "tongban-runtime",
            "tongban-store",
            "tongban-core",
            "tongban-feel",
        ],
        &[],
    ),
    (
        "tongban",
        &[
            "tongban-bpmn",
            "tongban-feel",
            "tongban-core",
            "tongban-document",
            "tongban-store",
            "tongban-host",
            "tongban-runtime",
            "tongban-api",
            // `tongban plugin test` runs a plugin's cases on its built component.
            "tongban-sdk",
            "tongban-sdk-harness",
        ],
        &[],
    ),
    ("tongban-xtask", &[], &[]),
    ("tongban-sdk-macros", &[], &["tongban-sdk"]),
    ("tongban-sdk", &["tongban-sdk-macros"], &[]),
    // Decisions are made by the evaluator of the server.
    ("tongban-sdk-harness", &["tongban-feel", "tongban-sdk"], &[]),
    (
        "tongban-tests-plugin",
        &["tongban-sdk"],
        &["tongban-sdk-harness"],
    ),
    ("tongban-tests-support", &[], &[]),
    // Over the pure crates alone: what it runs needs neither a server nor a database.
    (
        "tongban-tests-conformance",
        &["tongban-bpmn", "tongban-core", "tongban-feel"],
        &[],
    ),
    // An outside user, like the tests, with the same server and client.
    ("tongban-example-two-weeks", &["tongban-tests-support"], &[]),
    (
        "tongban-tests-e2e",
        &["tongban-tests-support", "tongban-example-two-weeks"],
        &[],
    ),
    ("tongban-tests-crash", &["tongban-tests-support"], &[]),
    ("tongban-tests-load", &["tongban-tests-support"], &[]),
];

/// Crates that must stay free of async, clocks, files and networks.
const PURE: &[&str] = &[
    "tongban-feel",
    "tongban-bpmn",
    "tongban-core",
    "tongban-document",
];
const IMPURE_DEPENDENCIES: &[&str] = &[
    "tokio", "futures", "sqlx", "sea-orm", "wasmtime", "reqwest", "rand",
];

/// What the top level holds.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "engine",
    "examples",
    "plugins",
    "schemas",
    "sdk",
    "tests",
];
/// Built or run here, never committed.
const UNTRACKED: &[&str] = &["target", "data"];

pub(crate) fn run() -> anyhow::Result<()> {
    eprintln!("── tidy");
    let mut problems = Vec::new();
    dependencies(&mut problems)?;
    top_level(&mut problems)?;
    sources(&mut problems)?;
    catalogues(&mut problems)?;
    for problem in &problems {
        eprintln!("   {problem}");
    }
    if problems.is_empty() {
        println!("tidy: the layout holds");
        return Ok(());
    }
    bail!("{} problems of layout", problems.len())
}

fn dependencies(problems: &mut Vec<String>) -> anyhow::Result<()> {
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Json = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata has no packages")?;
    let ours: BTreeSet<&str> = packages
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    let table: BTreeMap<_, _> = MAY_USE
        .iter()
        .map(|(name, uses, dev)| (*name, (*uses, *dev)))
        .collect();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let allowed = match table.get(name) {
            Some(allowed) => *allowed,
            None if name.starts_with("tongban-plugin-") => {
                (&["tongban-sdk"][..], &["tongban-sdk-harness"][..])
            }
            None => {
                problems.push(format!("{name} is not in the dependency table"));
                continue;
            }
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let uses = dependency["name"].as_str().unwrap_or_default();
            let is_dev = dependency["kind"] == "dev";
            if PURE.contains(&name) && !is_dev && IMPURE_DEPENDENCIES.contains(&uses) {
                problems.push(format!("{name} is pure and must not use {uses}"));
            }
            let is_allowed =
                allowed.0.contains(&uses) || is_dev && allowed.1.contains(&uses) || uses == name;
            if ours.contains(uses) && !is_allowed {
                problems.push(format!("{name} must not use {uses}"));
            }
        }
    }
    Ok(())
}

fn top_level(problems: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(repository::root())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let known = TOP_LEVEL.contains(&name.as_str()) || UNTRACKED.contains(&name.as_str());
        if !known && !name.starts_with('.') {
            problems.push(format!("{name} does not belong to the top level"));
        }
    }
    Ok(())
}

/// Rules on the text of our sources.
fn sources(problems: &mut Vec<String>) -> anyhow::Result<()> {
    let root = repository::root();
    for top in ["engine", "sdk", "plugins", "examples", "tests"] {
        for path in files(&root.join(top), "rs")? {
            let text = std::fs::read_to_string(&path)?;
            let place = path.strip_prefix(&root).unwrap_or(&path).display();
            if path.file_name().is_some_and(|it| it == "mod.rs") {
                problems.push(format!("{place}: foo.rs beside foo/ instead of mod.rs"));
            }
            let is_module = !path.components().any(|it| it.as_os_str() == "migration");
            if is_module
                && !text.trim_start().starts_with("//!")
                && !text.trim_start().starts_with("#!")
            {
                problems.push(format!("{place}: a module opens with its purpose (//!)"));
            }
            for (n, line) in text.lines().enumerate() {
                if line.trim_start().starts_with("#[allow(")
                    || line.trim_start().starts_with("#![allow(")
                {
                    problems.push(format!(
                        "{place}:{}: #[expect(…, reason = …)] instead of allow",
                        n + 1
                    ));
                }
                if line.contains(concat!("#[", "ignore"))
                    || line.contains(concat!("#[", "should_panic"))
                {
                    problems.push(format!(
                        "{place}:{}: no ignored tests, no should_panic",
                        n + 1
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Each plugin's messages exist in both languages.
fn catalogues(problems: &mut Vec<String>) -> anyhow::Result<()> {
    for plugin in repository::plugins()? {
        let folder = repository::root()
            .join("plugins")
            .join(&plugin)
            .join("messages");
        let keys = |language: &str| -> anyhow::Result<BTreeSet<String>> {
            let text = std::fs::read_to_string(folder.join(format!("{language}.toml")))
                .with_context(|| format!("plugin {plugin} has no messages in {language}"))?;
            let key = |line: &str| {
                line.split_once('=')
                    .map(|(key, _)| key.trim().trim_matches('"').to_owned())
            };
            Ok(text
                .lines()
                .filter(|it| !it.trim_start().starts_with(['#', '[']))
                .filter_map(key)
                .collect())
        };
        let (chinese, english) = (keys("zh-CN")?, keys("en")?);
        for key in chinese.symmetric_difference(&english) {
            problems.push(format!(
                "plugin {plugin}: message {key} exists in one language only"
            ));
        }
    }
    Ok(())
}

fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|it| it.to_str())
                .unwrap_or_default();
            if path.is_dir() && !matches!(name, "target" | "node_modules" | "dist") {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
