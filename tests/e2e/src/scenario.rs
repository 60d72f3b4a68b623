//! Scenarios of a domain: a list of ids, and a script for each that can be run so far.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use tongban_tests_support::paths;
use tongban_tests_support::script::{self, Memory, Script};
use tongban_tests_support::server::{Options, Server};

/// Ids of all scenarios of `domain`, in the order of its document.
pub fn ids(domain: &str) -> anyhow::Result<Vec<String>> {
    let path = folder().join(format!("{domain}.csv"));
    let text = fs::read_to_string(&path)
        .with_context(|| format!("no domain {domain}: cannot read {}", path.display()))?;
    let ids = text
        .lines()
        .skip(1)
        .map(str::trim)
        .filter(|it| !it.is_empty());
    Ok(ids.map(str::to_owned).collect())
}

/// The script of a scenario; none if it waits for its part of the product.
pub fn script(domain: &str, id: &str) -> anyhow::Result<Option<Script>> {
    let path = folder().join(domain).join(format!("{id}.toml"));
    if path.exists() {
        Script::read(&path).map(Some)
    } else {
        Ok(None)
    }
}

/// Takes a server of its own with the plugin of `domain` through `script`, on the kind of database that the run is for.
pub async fn run(domain: &str, script: &Script) -> anyhow::Result<()> {
    let options = Options {
        only_plugin: Some(domain.to_owned()),
        patch: script.county.clone(),
        ..Options::sample(&script.starts_at)
    };
    let server = Server::start(&options)?;
    if let Err(error) = script::run(script, &server, &mut Memory::new()).await {
        return Err(error.context(complaints(&server.log())));
    }
    server.stop()?;
    Ok(())
}

/// The last lines in which the server complained: why an operation failed is said nowhere else.
fn complaints(log: &str) -> String {
    const LINES_MAX: usize = 10;
    let lines = log
        .lines()
        .filter(|it| it.contains("WARN") || it.contains("ERROR"));
    let lines: Vec<_> = lines.collect();
    let last = &lines[lines.len().saturating_sub(LINES_MAX)..];
    format!(
        "the server complained {} times, at last of {last:#?}",
        lines.len()
    )
}

fn folder() -> PathBuf {
    paths::repository().join("tests/e2e/scenarios")
}
